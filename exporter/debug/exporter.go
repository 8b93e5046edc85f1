// Package debug writes what passes for people to read, in upstream's layout: a
// line a batch (text.go), about a line an item (normal.go), or everything (detailed.go).
package debug

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
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
	// How many batches of a signal are written in each second before sampling begins.
	SamplingInitial int `yaml:"sampling_initial"`
	// Of the others in that second, one in so many is written. 0: none.
	SamplingThereafter int `yaml:"sampling_thereafter"`

	// true writes to standard error, where the log is, but past the log, which holds repeats back; false to standard output.
	UseInternalLogger bool `yaml:"use_internal_logger"`

	// Batches that wait to be written. There is a queue only if this block is there.
	SendingQueue *Queue `yaml:"sending_queue"`

	OutputPaths config.Unsupported `yaml:"output_paths"`
}

// Queue is the `sending_queue:` block.
type Queue struct {
	component.QueueConfig `yaml:",inline"`
}

// SetDefaults holds those of all queues.
func (q *Queue) SetDefaults() { q.QueueConfig = component.DefaultDelivery().SendingQueue }

// DeliveryConfig is the queue alone: nothing that is written here can fail.
func (c *Config) DeliveryConfig() *component.Delivery {
	if c.SendingQueue == nil {
		return &component.Delivery{}
	}
	return &component.Delivery{SendingQueue: c.SendingQueue.QueueConfig}
}

// Validate checks the verbosity.
func (c *Config) Validate() error {
	switch strings.ToLower(c.Verbosity) {
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
	Summary: "Writes batches to standard error, for people to read.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		return Config{Verbosity: "basic", SamplingInitial: 2, SamplingThereafter: 1, UseInternalLogger: true}
	},
	New: func(cfg Config, _ component.Settings) (component.Stage, error) {
		if cfg.UseInternalLogger {
			return newExporter(cfg, os.Stderr), nil
		}
		return newExporter(cfg, os.Stdout), nil
	},
}

type exporter struct {
	cfg Config
	now func() time.Time

	mu     sync.Mutex // guards the rest; keeps the lines of two batches apart
	out    io.Writer
	second int64 // that seen counts in
	seen   [otlp.Metrics + 1]int
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
	if !e.turn(batch.Signal()) {
		return nil
	}
	text := appendSummary(nil, batch)
	switch strings.ToLower(e.cfg.Verbosity) {
	case "normal":
		text = appendNormal(text, batch)
	case "detailed":
		d := detail{text}
		d.batch(batch)
		text = d.out
	}
	// Nobody is served by an error here: the text is for whoever watches.
	_, _ = e.out.Write(text)
	return nil
}

// turn counts the batches of a signal in a second. The caller holds mu.
func (e *exporter) turn(signal otlp.Signal) bool {
	if now := e.now().Unix(); now != e.second {
		e.second, e.seen = now, [len(e.seen)]int{}
	}
	e.seen[signal]++
	late := e.seen[signal] - e.cfg.SamplingInitial
	return late <= 0 || e.cfg.SamplingThereafter > 0 && late%e.cfg.SamplingThereafter == 0
}
