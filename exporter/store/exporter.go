// Package store writes batches to a store engine: the one door from the
// pipeline to the data that questions are asked of.
//
// There is no queue: Consume answers when the engine has made the batch durable, so a
// receiver's acknowledgement means that the batch will be found again.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `store:` block.
type Config struct {
	// Folder of the data; made if it is not there. By default what --data says, ./oriel-data without it.
	Directory string `yaml:"directory"`
	// Delete what came in longer ago. 0: keep.
	RetentionTime time.Duration `yaml:"retention_time"`
	// Delete the oldest above this many bytes on disk. 20 GB by default, so that a laptop's disk does not fill up; 0: no limit.
	RetentionBytes int64 `yaml:"retention_bytes"`
}

// Validate checks the limits.
func (c *Config) Validate() error {
	var problems config.Problems
	if c.RetentionTime < 0 || c.RetentionTime > 0 && c.RetentionTime < time.Minute {
		problems = append(problems, &config.Problem{Where: "retention_time", What: fmt.Sprintf("%s is less than a minute", c.RetentionTime), Fix: "retention_time: 168h"})
	}
	if c.RetentionBytes < 0 {
		problems = append(problems, config.Problemf("retention_bytes", "%d is negative", c.RetentionBytes))
	}
	return problems.Err()
}

// Opener opens the engine in a folder. Whoever gave it closes what it opened,
// after the pipeline has ended.
type Opener func(cfg Config) (store.Writer, error)

// Factory makes the factory; unlike the others it is given something, because only app opens stores.
func Factory(open Opener) component.ExporterFactory[Config] {
	return component.ExporterFactory[Config]{
		Type:    "store",
		Summary: "Keeps traces and logs in the embedded store.",
		Signals: component.SignalsOf(otlp.Traces, otlp.Logs),
		Default: func() Config { return Config{RetentionBytes: 20_000_000_000} },
		New: func(cfg Config, _ component.Settings) (component.Stage, error) {
			return &exporter{cfg: cfg, open: open}, nil
		},
	}
}

type exporter struct {
	cfg    Config
	open   Opener
	writer store.Writer // from Start on
}

// Start opens the engine.
func (e *exporter) Start(context.Context) (err error) {
	e.writer, err = e.open(e.cfg)
	return err
}

// Shutdown does nothing: all that was acknowledged is durable.
func (e *exporter) Shutdown(context.Context) error { return nil }

// fullDelay is what senders are asked to wait while the disk is full.
const fullDelay = 10 * time.Second

// Consume writes the batch. A full or failing disk is retryable.
func (e *exporter) Consume(ctx context.Context, batch *otlp.Batch) error {
	err := e.writer.Write(ctx, batch)
	if errors.Is(err, store.ErrFull) {
		return component.Throttled(err, fullDelay)
	}
	return err
}
