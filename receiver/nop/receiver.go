// Package nop receives nothing, for a pipeline that must name a receiver.
package nop

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `nop:` block. It has no keys.
type Config struct{}

// Factory is listed in components/components.go.
var Factory = component.ReceiverFactory[Config]{
	Type:    "nop",
	Summary: "Receives nothing.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{} },
	New: func(Config, component.Settings, component.Sink) (component.Component, error) {
		return receiver{}, nil
	},
}

type receiver struct{}

func (receiver) Start(context.Context) error    { return nil }
func (receiver) Shutdown(context.Context) error { return nil }
