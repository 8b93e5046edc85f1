package demo

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// event is a message of a queue. Its headers carry the trace.
type event struct {
	headers propagation.MapCarrier
	product string
}

// publish puts an event into a queue. A full queue refuses.
func (s *service) publish(ctx context.Context, p publish, id string) *failure {
	ctx, span := s.tracer.Start(ctx, "send "+p.queue, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(messageAttributes(p.queue, "send")...))
	defer span.End()
	e := event{headers: propagation.MapCarrier{}, product: id}
	w3c.Inject(ctx, e.headers)
	select {
	case s.mesh.queues[p.queue] <- e:
		return nil
	default:
		span.SetStatus(codes.Error, "queue full")
		return &failure{http.StatusServiceUnavailable, p.queue + " is full"}
	}
}

// consume handles events until the mesh stops.
func (s *service) consume(queue <-chan event) {
	for {
		select {
		case <-s.mesh.ctx.Done():
			return
		case e := <-queue:
			s.handle(e)
		}
	}
}

// handle takes the consumer's steps for one event, in the trace of its sender.
func (s *service) handle(e event) {
	parent := w3c.Extract(context.Background(), e.headers)
	ctx, span := s.tracer.Start(parent, "process "+s.consumes, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(messageAttributes(s.consumes, "process")...))
	defer span.End()
	span.SetAttributes(attribute.String("product.id", e.product))
	f := s.run(ctx, s.onEvent, e.product)
	s.sayHandled(ctx, time.Time{}, e.product, f)
}

// sayHandled writes how an event went: what could not be sent is sent again with the next round of mails.
func (t *telemetry) sayHandled(ctx context.Context, at time.Time, product string, f *failure) {
	if f != nil {
		t.say(ctx, at, log.SeverityWarn, "confirmation put back: "+f.reason, attribute.String("product.id", product))
		return
	}
	t.say(ctx, at, log.SeverityInfo, "sent the confirmation of an order", attribute.String("product.id", product))
}

// messageAttributes follow OpenTelemetry's conventions for messaging spans,
// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/.
func messageAttributes(queue, operation string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("messaging.system", "aws_sqs"),
		attribute.String("messaging.destination.name", queue),
		attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.operation.type", operation),
	}
}

// repeatJob does a job again and again until the mesh stops.
func (s *service) repeatJob(j job) {
	timer := time.NewTimer(j.first)
	defer timer.Stop()
	for {
		select {
		case <-s.mesh.ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(j.every)
		s.do(j)
	}
}

// do runs a job once, as the root of a trace.
func (s *service) do(j job) {
	ctx, span := s.tracer.Start(context.Background(), j.name)
	defer span.End()
	began := time.Now()
	s.say(ctx, began, log.SeverityInfo, j.name+": begins")
	if f := s.run(ctx, j.steps, ""); f != nil {
		span.SetStatus(codes.Error, f.reason)
		s.say(ctx, time.Time{}, log.SeverityError, j.name+": "+f.reason)
		return
	}
	s.say(ctx, time.Time{}, log.SeverityInfo, j.name+": done", attribute.Int64("took.ms", time.Since(began).Milliseconds()))
}
