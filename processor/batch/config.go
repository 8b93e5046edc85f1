// Package batch is the batch processor: it gathers small batches and hands on
// large ones, when they are large enough or old enough.
//
// Begin with Config; lane.go does the work.
//
// Keys and defaults are those of the upstream processor. Three things differ:
//   - What is gathered is bounded. While the next component is slow, Consume
//     waits until its context ends instead of letting the process grow.
//   - An answer of the next component that allows another attempt is followed by one.
//   - With timeout or send_batch_size 0 nothing is gathered, so the caller waits
//     for the next component and gets its answer.
package batch

import (
	"errors"
	"fmt"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `batch:` block.
type Config struct {
	// How long an item waits at most for others. 0 hands each batch on at once.
	Timeout time.Duration `yaml:"timeout"`
	// Spans, log records or data points that are enough to be handed on before the
	// timeout. 0 hands each batch on at once. Twice this is what the processor
	// holds of a signal while the next component is slow.
	SendBatchSize int `yaml:"send_batch_size"`
	// Most items in a batch that is handed on; larger ones are cut. 0 cuts none. Not below send_batch_size.
	SendBatchMaxSize int `yaml:"send_batch_max_size"`
	// Headers of requests to keep batches apart by; the receiver needs include_metadata. A batch holds
	// only items of senders with the same values, and goes on with those.
	MetadataKeys []string `yaml:"metadata_keys"`
	// Most combinations of the values of metadata_keys; each has a batch of its own. What comes
	// with one more is refused. 0: no limit.
	MetadataCardinalityLimit int `yaml:"metadata_cardinality_limit"`
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "batch",
	Summary: "Gathers small batches and hands on large ones.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		return Config{Timeout: 200 * time.Millisecond, SendBatchSize: 8192, MetadataCardinalityLimit: 1000}
	},
	New: newProcessor,
}

// Validate reports all that is wrong.
func (c *Config) Validate() error {
	var problems []error
	if c.Timeout < 0 {
		problems = append(problems, &config.Problem{Where: "timeout", What: fmt.Sprintf("%s is negative", c.Timeout), Fix: "timeout: 200ms  # the default"})
	}
	if c.SendBatchSize < 0 {
		problems = append(problems, &config.Problem{Where: "send_batch_size", What: fmt.Sprintf("%d is negative", c.SendBatchSize), Fix: "send_batch_size: 8192  # the default"})
	}
	if c.SendBatchMaxSize < 0 || c.SendBatchMaxSize > 0 && c.SendBatchMaxSize < c.SendBatchSize {
		problems = append(problems, &config.Problem{
			Where: "send_batch_max_size",
			What:  fmt.Sprintf("%d is below send_batch_size, %d: no batch could reach the size that it is handed on at", c.SendBatchMaxSize, c.SendBatchSize),
			Fix:   fmt.Sprintf("send_batch_max_size: %d", max(0, c.SendBatchSize)),
		})
	}
	seen := map[string]bool{}
	for i, name := range c.MetadataKeys {
		if key := component.MetadataKey(name); seen[key] {
			problems = append(problems, &config.Problem{
				Where: fmt.Sprintf("metadata_keys[%d]", i), What: fmt.Sprintf("%q stands here twice; upper and lower case are the same header", name), Fix: "remove one of them",
			})
		} else {
			seen[key] = true
		}
	}
	if c.MetadataCardinalityLimit < 0 {
		problems = append(problems, &config.Problem{
			Where: "metadata_cardinality_limit", What: fmt.Sprintf("%d is negative", c.MetadataCardinalityLimit), Fix: "metadata_cardinality_limit: 1000  # the default",
		})
	}
	return errors.Join(problems...)
}
