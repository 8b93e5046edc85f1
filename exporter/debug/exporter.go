// Package debug writes what passes to standard error, for people: a count a batch,
// a line an item, or everything.
package debug

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `debug:` block, with upstream's keys.
type Config struct {
	// basic: counts; normal: a line an item; detailed: everything.
	Verbosity string `yaml:"verbosity"`
	// How many batches of each second are written ...
	SamplingInitial int `yaml:"sampling_initial"`
	// ... and after those, one in how many. 0: none.
	SamplingThereafter int `yaml:"sampling_thereafter"`

	// Upstream sends its output through the log or past it; here it never goes
	// through the log, which holds repeats back.
	UseInternalLogger config.Ignored     `yaml:"use_internal_logger"`
	OutputPaths       config.Unsupported `yaml:"output_paths"`
	SendingQueue      config.Unsupported `yaml:"sending_queue"`
}

// Validate checks the verbosity.
func (c *Config) Validate() error {
	switch c.Verbosity {
	case "basic", "normal", "detailed":
	default:
		return &config.Problem{Where: "verbosity", What: fmt.Sprintf("%q is not known", c.Verbosity), Fix: "verbosity: basic  # or normal, detailed"}
	}
	if c.SamplingInitial < 0 || c.SamplingThereafter < 0 {
		return config.Problemf("", "sampling_initial and sampling_thereafter cannot be negative")
	}
	return nil
}

// Factory is listed in components/components.go. "logging" is what upstream called it before.
var Factory = component.ExporterFactory[Config]{
	Type:    "debug",
	Aliases: []string{"logging"},
	Summary: "Writes batches to standard error.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{Verbosity: "basic", SamplingInitial: 2, SamplingThereafter: 1} },
	New: func(cfg Config, _ component.Settings) (component.Stage, error) {
		return newExporter(cfg, os.Stderr), nil
	},
}

type exporter struct {
	cfg Config
	now func() time.Time

	mu     sync.Mutex // guards the rest; keeps the lines of two batches apart
	out    io.Writer
	second int64 // that seen counts in
	seen   int
}

func newExporter(cfg Config, out io.Writer) *exporter {
	return &exporter{cfg: cfg, now: time.Now, out: out}
}

// Start does nothing.
func (e *exporter) Start(context.Context) error { return nil }

// Shutdown does nothing.
func (e *exporter) Shutdown(context.Context) error { return nil }

// Consume writes the batch, if it is this one's turn.
func (e *exporter) Consume(_ context.Context, batch *otlp.Batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.turn() {
		return nil
	}
	text := fmt.Appendf(nil, "%s: groups %d, items %d, bytes %d\n", batch.Signal(), groupCount(batch), batch.Items(), batch.Size())
	switch e.cfg.Verbosity {
	case "normal":
		text = appendNormal(text, batch)
	case "detailed":
		text = appendDetailed(text, batch)
	}
	// Nobody is served by an error here: the text is for whoever watches.
	_, _ = e.out.Write(text)
	return nil
}

// turn counts the batches of a second. The caller holds mu.
func (e *exporter) turn() bool {
	if now := e.now().Unix(); now != e.second {
		e.second, e.seen = now, 0
	}
	e.seen++
	if e.seen <= e.cfg.SamplingInitial {
		return true
	}
	return e.cfg.SamplingThereafter > 0 && (e.seen-e.cfg.SamplingInitial)%e.cfg.SamplingThereafter == 0
}

func groupCount(batch *otlp.Batch) (n int) {
	for range batch.Groups() {
		n++
	}
	return n
}
