package hosted

import (
	"context"
	"fmt"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// inlets are the consumers of one hosted component, for each signal that it was
// built for. There is more than one only for a connector that makes several signals of one.
//
// Each of them gets pdata of its own, so a component that changes its data
// (upstream's MutatesData) changes nothing that others see, and nothing is copied for it.
type inlets struct {
	traces  []traces
	logs    []logs
	metrics []metrics
}

// consume decodes the batch and hands it in. pdata keeps nothing of the batch's bytes.
func (in *inlets) consume(ctx context.Context, batch *otlp.Batch) error {
	ctx = toUpstreamClient(ctx)
	var answers []error
	switch batch.Signal() {
	case otlp.Traces:
		for _, to := range in.traces {
			data, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
			answers = append(answers, handIn(ctx, err, data, to.ConsumeTraces))
		}
	case otlp.Logs:
		for _, to := range in.logs {
			data, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(batch.Bytes())
			answers = append(answers, handIn(ctx, err, data, to.ConsumeLogs))
		}
	case otlp.Metrics:
		for _, to := range in.metrics {
			data, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(batch.Bytes())
			answers = append(answers, handIn(ctx, err, data, to.ConsumeMetrics))
		}
	}
	if len(answers) == 0 {
		return component.Permanent(fmt.Errorf("the component does not take %s", batch.Signal()))
	}
	return joinAnswers(answers)
}

func handIn[D any](ctx context.Context, err error, data D, consume func(context.Context, D) error) error {
	if err != nil {
		return component.Permanent(fmt.Errorf("decode: %w", err))
	}
	return fromUpstreamError(consume(ctx, data))
}

// outlet is what a hosted component hands its data to: it encodes them and
// passes them to our sink. It takes all signals.
type outlet struct{ next component.Sink }

// Capabilities say that the data are only read.
func (outlet) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeTraces passes traces on.
func (o outlet) ConsumeTraces(ctx context.Context, data ptrace.Traces) error {
	bytes, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
	return o.pass(ctx, otlp.Traces, bytes, err)
}

// ConsumeLogs passes logs on.
func (o outlet) ConsumeLogs(ctx context.Context, data plog.Logs) error {
	bytes, err := (&plog.ProtoMarshaler{}).MarshalLogs(data)
	return o.pass(ctx, otlp.Logs, bytes, err)
}

// ConsumeMetrics passes metrics on.
func (o outlet) ConsumeMetrics(ctx context.Context, data pmetric.Metrics) error {
	bytes, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(data)
	return o.pass(ctx, otlp.Metrics, bytes, err)
}

// pass makes a batch. The bytes are verified although pdata encoded them: a
// component may have built values that nest deeper than the rest of the pipeline
// takes, from a log line for example, and verifying is cheap beside encoding.
func (o outlet) pass(ctx context.Context, signal otlp.Signal, bytes []byte, err error) error {
	if err == nil && len(bytes) == 0 {
		return nil // a scrape that found nothing
	}
	var batch *otlp.Batch
	if err == nil {
		batch, err = otlp.New(signal, bytes)
	}
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	return toUpstreamError(o.next.Consume(fromUpstreamClient(ctx), batch))
}
