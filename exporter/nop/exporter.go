// Package nop takes every batch and does nothing with it: for measuring and
// trying what stands before it.
package nop

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `nop:` block. It has no keys.
type Config struct{}

// Factory is listed in components/components.go.
var Factory = component.ExporterFactory[Config]{
	Type:    "nop",
	Summary: "Takes batches and does nothing with them.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{} },
	New: func(Config, component.Settings) (component.Stage, error) {
		return exporter{}, nil
	},
}

type exporter struct{}

func (exporter) Start(context.Context) error                { return nil }
func (exporter) Shutdown(context.Context) error             { return nil }
func (exporter) Consume(context.Context, *otlp.Batch) error { return nil }

// ConsumeBorrowed lets the receiver use the bytes again.
func (exporter) ConsumeBorrowed(context.Context, *otlp.Batch, *bytepool.Buffer) error { return nil }
