// Package resource is the resource processor: it changes the attributes of
// resources, by a list of actions.
//
// wire/attraction does the actions. Keys and outcomes are those of the upstream processor.
package resource

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/attraction"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `resource:` block.
type Config struct {
	// What to do with each resource, in order.
	Attributes []attraction.Action `yaml:"attributes"`
}

// Validate reports all that is wrong.
func (c *Config) Validate() error {
	if len(c.Attributes) == 0 {
		return &config.Problem{Where: "attributes", What: "there is no action, so nothing would change", Fix: "attributes:\n  - {key: cluster, value: eu-1, action: upsert}"}
	}
	return component.ValidateActions("attributes", c.Attributes)
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "resource",
	Summary: "Changes the attributes of resources.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{} },
	New:     newProcessor,
}

type processor struct {
	actions *attraction.Actions
	next    component.Sink
}

func newProcessor(cfg Config, _ component.Settings, next component.Sink) (component.Stage, error) {
	actions, err := attraction.Compile(cfg.Attributes)
	return &processor{actions, next}, err
}

func (p *processor) Start(context.Context) error    { return nil }
func (p *processor) Shutdown(context.Context) error { return nil }

// Consume hands on the batch with its resources changed.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	lookup := func(name string) (string, bool) { return component.FromContext(ctx, name) }
	return p.next.Consume(ctx, otlp.EditResources(b, func(_ otlp.Resource, e *otlp.AttrEdit) { p.actions.Apply(e, lookup) }))
}
