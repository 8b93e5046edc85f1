package demo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"
)

// past makes up what the mesh would have sent in a time that has gone by. It
// takes the same steps as live on a clock that it moves itself: nothing
// listens and nothing waits. What it sends is synthetic, in shape and numbers
// like live traffic.
type past struct {
	mesh     *mesh
	dice     *dice
	services map[string][]*pastService
	// v3From is when reviews v3 was rolled out; before it, there is no trouble.
	v3From time.Time
}

// pastService is one service, or one version of it.
type pastService struct {
	spec
	*telemetry
	busy []window // when a job of its own held its only connection
}

type window struct{ from, to time.Time }

// hop is how long a request or an answer is on its way.
const hop = 300 * time.Microsecond

// fillPast sends the traffic of [from, to) at the rate, oldest first. The rollout of
// reviews v3 falls into it, two fifths after its beginning.
func fillPast(ctx context.Context, m *mesh, d *dice, out outlet, from, to time.Time, rate float64) (visits int, err error) {
	out.patient = true
	p := &past{mesh: m, dice: d, services: map[string][]*pastService{}, v3From: from.Add(to.Sub(from) * 2 / 5)}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	for _, s := range m.services {
		ps := &pastService{spec: s}
		if !s.silent {
			if ps.telemetry, err = newTelemetry(ctx, s, out); err != nil {
				return 0, err
			}
		}
		p.services[s.name] = append(p.services[s.name], ps)
	}
	p.doJobs(ctx, to)
	for at := from; ctx.Err() == nil; visits++ {
		if at = at.Add(d.until(rate)); !at.Before(to) {
			break
		}
		p.visit(at)
	}
	return visits, nil
}

func (p *past) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	var errs []error
	for _, versions := range p.services {
		for _, s := range versions {
			if s.telemetry != nil {
				errs = append(errs, s.telemetry.close(ctx))
			}
		}
	}
	return errors.Join(errs...)
}

// doJobs does all jobs first, because requests wait for the connections that they hold.
// Jobs came with v3: they begin with it.
func (p *past) doJobs(ctx context.Context, to time.Time) {
	for _, versions := range p.services {
		for _, s := range versions {
			for _, j := range s.jobs {
				for at := p.v3From.Add(j.first); at.Before(to) && ctx.Err() == nil; at = at.Add(j.every) {
					ctx, span := s.tracer.Start(context.Background(), j.name, trace.WithTimestamp(at))
					s.say(ctx, at, log.SeverityInfo, j.name+": begins")
					end, _ := p.run(ctx, s, j.steps, "", at)
					s.say(ctx, end, log.SeverityInfo, j.name+": done", attribute.Int64("took.ms", end.Sub(at).Milliseconds()))
					span.End(trace.WithTimestamp(end))
					s.busy = append(s.busy, window{at, end})
				}
			}
		}
	}
}

// visit is one request to the gateway.
func (p *past) visit(at time.Time) {
	v, id := p.dice.visit(p.mesh.visits), p.dice.product()
	gateway := p.services["gateway"][0]
	ctx, end, f := p.serve(context.Background(), gateway, v.method, v.path, id, at)
	status := http.StatusOK
	if f != nil {
		status = f.status
	}
	gateway.say(ctx, end, log.SeverityInfo, fmt.Sprintf("%s %s %d in %s", v.method, fillID(v.path, id), status, end.Sub(at).Round(time.Millisecond/10)),
		attribute.String("client.address", p.dice.address()), attribute.Int("http.response.status_code", status))
}

// serve is what a service does with a request that arrives at the time. It
// returns the context of the server span and when the answer was written.
func (p *past) serve(ctx context.Context, s *pastService, method, path, id string, at time.Time) (context.Context, time.Time, *failure) {
	op := s.operation(method + " " + path)
	if s.telemetry == nil {
		end, f := p.run(ctx, s, op.steps, id, at)
		return ctx, end, f
	}
	ctx, span := s.tracer.Start(ctx, op.route, trace.WithTimestamp(at), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("http.route", path), attribute.String("url.path", fillID(path, id)),
		attribute.String("url.scheme", "http"), attribute.String("server.address", s.name), attribute.String("network.protocol.version", "1.1")))
	if strings.Contains(path, "{id}") {
		span.SetAttributes(attribute.String("product.id", id))
	}
	end, f := p.run(ctx, s, op.steps, id, at)
	status := http.StatusOK
	if f != nil {
		status = f.status
		s.sayOutcome(ctx, end, op.route, f)
	}
	span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= 500 {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(end))
	return ctx, end, f
}

func (s *pastService) operation(route string) operation {
	for _, op := range s.operations {
		if op.route == route {
			return op
		}
	}
	panic("demo: " + s.name + " has no " + route)
}

// run takes the steps from the time on, and returns when they ended.
func (p *past) run(ctx context.Context, s *pastService, steps []step, id string, at time.Time) (time.Time, *failure) {
	for _, st := range steps {
		end, f := p.take(ctx, s, st, id, at)
		if f != nil {
			return end, f
		}
		at = end
	}
	return at, nil
}

func (p *past) take(ctx context.Context, s *pastService, st step, id string, at time.Time) (time.Time, *failure) {
	switch st := st.(type) {
	case work:
		return at.Add(p.dice.about(st.typical)), nil
	case refuse:
		if p.dice.hit(st.share) {
			return at, &failure{st.status, st.reason}
		}
	case sometimes:
		if p.dice.hit(st.share) {
			return p.run(ctx, s, st.steps, id, at)
		}
	case together:
		return p.runTogether(ctx, s, st, id, at)
	case repeat:
		for i := 1; i <= st.times; i++ {
			at, _ = p.run(ctx, s, st.steps, fmt.Sprint(i), at)
		}
	case call:
		return p.call(ctx, s, st, id, at)
	case query:
		end := at.Add(p.dice.about(st.typical))
		_, span := s.tracer.Start(ctx, st.spanName(), trace.WithTimestamp(at), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(st.attributes(p.mesh.store(st.store), id)...))
		span.End(trace.WithTimestamp(end))
		return end, nil
	case borrow:
		return p.borrow(ctx, s, st, id, at)
	case publish:
		p.publish(ctx, s, st, id, at)
	}
	return at, nil
}

func (p *past) runTogether(ctx context.Context, s *pastService, steps []step, id string, at time.Time) (end time.Time, failed *failure) {
	end = at
	for _, st := range steps {
		e, f := p.take(ctx, s, st, id, at)
		if e.After(end) {
			end = e
		}
		if failed == nil {
			failed = f
		}
	}
	return end, failed
}

func (p *past) call(ctx context.Context, s *pastService, c call, id string, at time.Time) (time.Time, *failure) {
	to := p.pick(c.to, at)
	ctx, span := s.tracer.Start(ctx, c.method+" "+c.path, trace.WithTimestamp(at), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", c.method), attribute.String("url.full", "http://"+c.to+fillID(c.path, id)), attribute.String("server.address", c.to)))
	_, end, f := p.serve(ctx, to, c.method, c.path, id, at.Add(hop))
	end = end.Add(hop)
	status := http.StatusOK
	if f != nil {
		status = f.status
		f = &failure{f.status, fmt.Sprintf("%s answered %d %s", c.to, f.status, http.StatusText(f.status))}
	}
	span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= 400 {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(end))
	if f != nil && c.optional {
		s.say(ctx, end, log.SeverityWarn, "left out of the page: "+f.reason)
		return end, nil
	}
	return end, f
}

// pick chooses the version that serves a request.
func (p *past) pick(name string, at time.Time) *pastService {
	versions := p.services[name]
	weights := make([]int, len(versions))
	for i, v := range versions {
		if weights[i] = v.weight; v.version == "v3" && at.Before(p.v3From) {
			weights[i] = 0
		}
	}
	return versions[p.dice.pick(weights)]
}

// borrow waits while a job holds the service's only connection.
func (p *past) borrow(ctx context.Context, s *pastService, b borrow, id string, at time.Time) (time.Time, *failure) {
	size, free := s.pools[b.pool], at
	for i := len(s.busy) - 1; i >= 0 && size == 1; i-- {
		if w := s.busy[i]; !at.Before(w.from) && at.Before(w.to) {
			free = w.to
		}
	}
	waited := time.Duration(math.Min(float64(free.Sub(at)), float64(b.wait)))
	got := at.Add(waited)
	waitCtx, span := s.tracer.Start(ctx, "wait for pool "+b.pool, trace.WithTimestamp(at), trace.WithAttributes(poolAttributes(b.pool, size)...))
	defer span.End(trace.WithTimestamp(got))
	if free.After(got) {
		f := gaveUp(b, size)
		span.SetStatus(codes.Error, f.reason)
		return got, f
	}
	if waited > 100*time.Millisecond {
		s.sayWaited(waitCtx, got, b.pool, waited)
	}
	return p.run(ctx, s, b.steps, id, got)
}

// publish sends an event, which its consumer handles soon after.
func (p *past) publish(ctx context.Context, s *pastService, q publish, id string, at time.Time) {
	ctx, span := s.tracer.Start(ctx, "send "+q.queue, trace.WithTimestamp(at), trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(messageAttributes(q.queue, "send")...))
	span.End(trace.WithTimestamp(at.Add(hop)))
	for _, versions := range p.services {
		for _, c := range versions {
			if c.consumes != q.queue {
				continue
			}
			at := at.Add(p.dice.about(5 * time.Millisecond))
			ctx, span := c.tracer.Start(ctx, "process "+q.queue, trace.WithTimestamp(at), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(messageAttributes(q.queue, "process")...))
			end, f := p.run(ctx, c, c.onEvent, id, at)
			c.sayHandled(ctx, end, id, f)
			span.End(trace.WithTimestamp(end))
		}
	}
}
