package filter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// processor filters one signal.
type processor struct {
	rules  [stepCount][]rule
	mode   ErrorMode
	log    *slog.Logger
	next   component.Sink
	hosted component.Stage // upstream's, if next is one

	passes sync.Pool // of *pass

	filtered *selfmon.Counter
	failures *selfmon.Counter
}

// signals in the order of a configuration.
var signals = []otlp.Signal{otlp.Traces, otlp.Metrics, otlp.Logs}

// counters by signal, under upstream's names.
var counters = map[otlp.Signal]struct{ name, help string }{
	otlp.Traces:  {"otelcol_processor_filter_spans_filtered", "Spans dropped by the filter processor."},
	otlp.Metrics: {"otelcol_processor_filter_datapoints_filtered", "Data points dropped by the filter processor."},
	otlp.Logs:    {"otelcol_processor_filter_logs_filtered", "Log records dropped by the filter processor."},
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	for _, signal := range signals {
		if set.Signals.Has(signal) {
			return newFilter(cfg, signal, set, next)
		}
	}
	return nil, errors.New("the pipeline carries nothing that can be filtered")
}

func newFilter(cfg Config, signal otlp.Signal, set component.Settings, next component.Sink) (component.Stage, error) {
	p := cfg.plan(signal)
	if !p.hasRules() && !p.hasRest() {
		return passing{next}, nil
	}
	var hosted component.Stage
	if p.hasRest() {
		var err error
		if hosted, err = cfg.hosted(p, signal.String(), set, next); err != nil {
			return nil, err
		}
		if !p.hasRules() {
			return hosted, nil
		}
		next = hosted
	}
	f := &processor{
		rules: p.rules, mode: cfg.ErrorMode, log: set.Log, next: next, hosted: hosted,
		filtered: set.Metrics.Counter(counters[signal].name, counters[signal].help, "filter", set.ID.String()),
		failures: set.Metrics.Counter("oriel_processor_filter_condition_errors", "Items for which a condition had no answer.", "filter", set.ID.String()),
	}
	f.passes.New = func() any {
		s := &pass{processor: f, env: p.compiler.NewEnv()}
		for step, rules := range f.rules {
			s.failed[step] = make([]failure, len(rules))
		}
		return s
	}
	return f, nil
}

// passing is a filter of a signal for which there are no conditions.
type passing struct{ next component.Sink }

func (passing) Start(context.Context) error    { return nil }
func (passing) Shutdown(context.Context) error { return nil }

func (p passing) Consume(ctx context.Context, b *otlp.Batch) error { return p.next.Consume(ctx, b) }

func (p passing) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	return component.Lend(ctx, p.next, b, bytes)
}

// Start starts the hosted part.
func (f *processor) Start(ctx context.Context) error {
	if f.hosted == nil {
		return nil
	}
	return f.hosted.Start(ctx)
}

// Shutdown ends the hosted part.
func (f *processor) Shutdown(ctx context.Context) error {
	if f.hosted == nil {
		return nil
	}
	return f.hosted.Shutdown(ctx)
}

// Consume hands on what is left of the batch.
func (f *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	left, made, err := f.filter(b)
	defer made.Release()
	switch {
	case left == nil || err != nil:
		return err
	case left == b:
		return f.next.Consume(ctx, b)
	}
	return component.Lend(ctx, f.next, left, made)
}

// ConsumeBorrowed hands the bytes on with a batch of which nothing was dropped.
func (f *processor) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, bytes *bytepool.Buffer) error {
	left, made, err := f.filter(b)
	defer made.Release()
	switch {
	case left == nil || err != nil:
		return err
	case left == b:
		return component.Lend(ctx, f.next, b, bytes)
	}
	return component.Lend(ctx, f.next, left, made)
}

// filter is b itself if nothing is dropped, nil if nothing is left, and
// otherwise a new batch with the buffer that it is in.
func (f *processor) filter(b *otlp.Batch) (left *otlp.Batch, made *bytepool.Buffer, err error) {
	s := f.passes.Get().(*pass)
	left = s.run(b)
	made = s.made
	err = s.report()
	s.forget()
	f.passes.Put(s)
	if err != nil {
		return nil, made, component.Permanent(err)
	}
	kept := 0
	if left != nil {
		kept = left.Items()
	}
	f.filtered.Add(b.Items() - kept)
	return left, made, nil
}

// report tells of conditions that had no answer. It returns an error if they
// have to refuse the batch.
func (s *pass) report() error {
	var refuse error
	for step, rules := range s.rules {
		for i, r := range rules {
			failed := &s.failed[step][i]
			if failed.count == 0 {
				continue
			}
			s.failures.Add(failed.count)
			switch s.mode {
			case Propagate:
				if refuse == nil {
					refuse = fmt.Errorf("the condition %s has no answer: %w", r.text, failed.first)
				}
			case Ignore:
				s.log.Warn("a condition has no answer", "condition", r.text, "error", failed.first, "items", failed.count)
			}
			*failed = failure{}
		}
	}
	return refuse
}

// failure are the errors of one rule in one batch.
type failure struct {
	count int
	first error
}

var _ component.Borrower = (*processor)(nil)
