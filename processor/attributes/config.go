// Package attributes is the attributes processor: it changes the attributes of
// spans, log records and data points, by a list of actions.
//
// Begin with Config; wire/attraction does the actions, wire/ottl/match decides by include
// and exclude. Keys and outcomes are those of the upstream processor.
package attributes

import (
	"errors"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/attraction"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl/match"
)

// Config is the `attributes:` block.
type Config struct {
	// Which items to change. Without it, all.
	Include *match.Properties `yaml:"include"`
	// Which of those not to change.
	Exclude *match.Properties `yaml:"exclude"`
	// What to do with each item, in order.
	Actions []attraction.Action `yaml:"actions"`
}

// Validate reports all that is wrong whatever the signal.
func (c *Config) Validate() error {
	if len(c.Actions) == 0 {
		return &config.Problem{Where: "actions", What: "there is no action, so nothing would change", Fix: "actions:\n  - {key: environment, value: production, action: upsert}"}
	}
	return component.ValidateActions("actions", c.Actions)
}

// ValidateSignal reports properties that items of the signal do not have.
func (c *Config) ValidateSignal(signal otlp.Signal) error {
	_, err := c.tests(signal)
	return err
}

// tests are the two blocks, nil where there is none.
func (c *Config) tests(signal otlp.Signal) (tests [2]match.Test, err error) {
	for i, block := range []struct {
		where      string
		properties *match.Properties
	}{{"include", c.Include}, {"exclude", c.Exclude}} {
		if block.properties == nil {
			continue
		}
		compile := map[otlp.Signal]func() (match.Test, error){
			otlp.Traces: block.properties.Spans, otlp.Logs: block.properties.Logs, otlp.Metrics: block.properties.Metrics,
		}[signal]
		test, wrong := compile()
		tests[i] = test
		var e *match.Error
		if errors.As(wrong, &e) {
			where := block.where
			if e.Where != "" {
				where += "." + e.Where
			}
			wrong = &config.Problem{Where: where, What: e.What, Fix: e.Fix}
		}
		err = errors.Join(err, wrong)
	}
	return tests, err
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "attributes",
	Summary: "Changes the attributes of spans, log records and data points.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{} },
	New:     newProcessor,
}
