package pipeline

import (
	"context"
	"encoding/binary"
	"log/slog"
	"sync"
	"testing"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// spans makes a batch of spans; span i has trace id and span id first+i.
func spans(t testing.TB, first uint64, count int) *otlp.Batch {
	t.Helper()
	b := otlp.NewBuilder(otlp.Traces)
	for i := range uint64(count) {
		id := make([]byte, 16)
		binary.BigEndian.PutUint64(id[8:], first+i)
		span := protoscan.AppendBytes(nil, 1, id)
		span = protoscan.AppendBytes(span, 2, id[8:])
		b.Add(nil, nil, protoscan.AppendBytes(span, 5, "GET /"), 1)
	}
	return b.Batch()
}

func traceID(n uint64) (id otlp.TraceID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

// recorder writes down what happens to fake components, in order.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) add(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
}

// fake is a component of any kind.
type fake struct {
	name    string
	r       *recorder
	next    component.Sink
	failing error                                    // what Start answers
	consume func(context.Context, *otlp.Batch) error // nil: pass on
}

func (f *fake) Start(context.Context) error {
	f.r.add("start " + f.name)
	return f.failing
}

func (f *fake) Shutdown(context.Context) error {
	f.r.add("stop " + f.name)
	return nil
}

func (f *fake) Consume(ctx context.Context, batch *otlp.Batch) error {
	if f.consume != nil {
		return f.consume(ctx, batch)
	}
	if f.next != nil {
		return f.next.Consume(ctx, batch)
	}
	return nil
}

type fakeConfig struct {
	Endpoint string `yaml:"endpoint"`
}

type sendingConfig struct {
	component.Delivery `yaml:",inline"`
}

var all = component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics)

// world is a list of fake components and the instances that were made.
type world struct {
	recorder
	made    map[string]*fake
	consume func(name string) func(context.Context, *otlp.Batch) error
	failing map[string]error
}

func (w *world) make(kind component.Kind, set component.Settings, next component.Sink) *fake {
	f := &fake{name: string(kind) + " " + set.ID.String(), r: &w.recorder, next: next}
	f.failing = w.failing[f.name]
	if w.consume != nil {
		f.consume = w.consume(f.name)
	}
	if w.made == nil {
		w.made = map[string]*fake{}
	}
	w.made[f.name] = f
	return f
}

func (w *world) list() []component.Factory {
	none := func() fakeConfig { return fakeConfig{} }
	return []component.Factory{
		component.ReceiverFactory[fakeConfig]{Type: "in", Signals: all, Default: none,
			New: func(_ fakeConfig, set component.Settings, next component.Sink) (component.Component, error) {
				return w.make(component.KindReceiver, set, next), nil
			}},
		component.ReceiverFactory[fakeConfig]{Type: "zipkin", Signals: component.SignalsOf(otlp.Traces), Default: none,
			New: func(_ fakeConfig, set component.Settings, next component.Sink) (component.Component, error) {
				return w.make(component.KindReceiver, set, next), nil
			}},
		component.ProcessorFactory[fakeConfig]{Type: "batch", Signals: all, Default: none,
			New: func(_ fakeConfig, set component.Settings, next component.Sink) (component.Stage, error) {
				return w.make(component.KindProcessor, set, next), nil
			}},
		component.ExporterFactory[fakeConfig]{Type: "debug", Aliases: []string{"logging"}, Signals: all, Default: none,
			New: func(_ fakeConfig, set component.Settings) (component.Stage, error) {
				return w.make(component.KindExporter, set, nil), nil
			}},
		component.ExporterFactory[sendingConfig]{Type: "out", Signals: all, Default: func() sendingConfig { return sendingConfig{component.DefaultDelivery()} },
			New: func(_ sendingConfig, set component.Settings) (component.Stage, error) {
				return w.make(component.KindExporter, set, nil), nil
			}},
		component.ConnectorFactory[fakeConfig]{Type: "count", Signals: component.SignalsOf(otlp.Traces, otlp.Logs), Emits: component.SignalsOf(otlp.Metrics), Default: none,
			New: func(_ fakeConfig, set component.Settings, next component.Sink) (component.Stage, error) {
				return w.make(component.KindConnector, set, next), nil
			}},
		component.ConnectorFactory[fakeConfig]{Type: "forward", Signals: all, Emits: all, Default: none,
			New: func(_ fakeConfig, set component.Settings, next component.Sink) (component.Stage, error) {
				return w.make(component.KindConnector, set, next), nil
			}},
		component.ExtensionFactory[fakeConfig]{Type: "pprof", Default: none,
			New: func(_ fakeConfig, set component.Settings) (component.Component, error) {
				return w.make(component.KindExtension, set, nil), nil
			}},
	}
}

func testEnv() Env {
	return Env{Log: slog.New(slog.DiscardHandler), Metrics: selfmon.NewRegistry(), Ledger: NewLedger()}
}
