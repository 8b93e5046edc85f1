package hosted

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/pipeline"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
)

// collector is a pipeline from YAML text: hosted components between `in`, a
// receiver that the test feeds, and `out`, an exporter that keeps what comes.
type collector struct {
	graph   *pipeline.Graph
	metrics *selfmon.Registry
	log     lockedBuffer

	in      component.Sink
	out     chan *otlp.Batch
	refuse  error // what out answers
	started bool
}

// list is all that the tests' texts can name.
func (c *collector) list() []component.Factory {
	all := component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics)
	return []component.Factory{
		component.ReceiverFactory[struct{}]{Type: "in", Signals: all, Default: func() (none struct{}) { return },
			New: func(_ struct{}, _ component.Settings, next component.Sink) (component.Component, error) {
				c.in = next
				return idle{}, nil
			}},
		component.ExporterFactory[struct{}]{Type: "out", Signals: all, Default: func() (none struct{}) { return },
			New: func(struct{}, component.Settings) (component.Stage, error) { return keeper{c: c}, nil }},
		Receiver(filelogreceiver.NewFactory()),
		Receiver(hostmetricsreceiver.NewFactory()),
		Processor(transformprocessor.NewFactory()),
		Extension(filestorage.NewFactory()),
		Connector(countconnector.NewFactory()),
		Exporter(otlphttpexporter.NewFactory()),
	}
}

type idle struct{}

func (idle) Start(context.Context) error    { return nil }
func (idle) Shutdown(context.Context) error { return nil }

type keeper struct {
	idle
	c *collector
}

func (k keeper) Consume(_ context.Context, batch *otlp.Batch) error {
	if k.c.refuse == nil {
		k.c.out <- batch
	}
	return k.c.refuse
}

// load checks a text.
func (c *collector) load(text string) (*pipeline.Plan, config.Problems) {
	env := func(name string) (string, bool) { return map[string]string{"NUMBER": "5", "TEXT": "text"}[name], true }
	doc, problems := config.Load(config.Lookup{Env: env}, config.Source{Name: "c.yaml", Text: []byte(text)})
	if doc == nil {
		return nil, problems
	}
	plan, found := pipeline.NewPlan(doc, c.list())
	problems = append(problems, found...)
	problems.Sort()
	return plan, problems
}

// run starts a text and stops it at the end of the test.
func run(t testing.TB, text string) *collector {
	t.Helper()
	c := &collector{out: make(chan *otlp.Batch, 1000)}
	if err := c.tryToStart(t, text); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stop(t) })
	return c
}

func (c *collector) tryToStart(t testing.TB, text string) error {
	t.Helper()
	c.metrics = selfmon.NewRegistry()
	plan, problems := c.load(text)
	if fatal := problems.Fatal(); len(fatal) > 0 {
		t.Fatal(fatal)
	}
	log := selfmon.NewLog(&c.log, selfmon.LogOptions{})
	graph, err := plan.Build(pipeline.Env{Log: log.Logger, Servers: transport.NewServers(log.Logger), Metrics: c.metrics, Ledger: pipeline.NewLedger(), Memory: new(budget.Budget)})
	if err != nil {
		return err
	}
	c.graph = graph
	err = graph.Start(t.Context())
	c.started = err == nil
	return err
}

func (c *collector) stop(t testing.TB) {
	t.Helper()
	if !c.started {
		return
	}
	c.started = false
	if err := c.graph.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Logf("the log:\n%s", c.log.String())
	}
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
