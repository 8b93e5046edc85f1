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
	"strings"
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
	// Keys of the client's metadata to keep batches apart by. Not supported yet: must be empty.
	MetadataKeys []string `yaml:"metadata_keys"`
	// Bounds the combinations of metadata_keys; without them it has no effect.
	MetadataCardinalityLimit config.Ignored `yaml:"metadata_cardinality_limit"`
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "batch",
	Summary: "Gathers small batches and hands on large ones.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{Timeout: 200 * time.Millisecond, SendBatchSize: 8192} },
	New:     newProcessor,
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
	if len(c.MetadataKeys) > 0 {
		problems = append(problems, &config.Problem{
			Where: "metadata_keys",
			What:  fmt.Sprintf("batches cannot be kept apart by client metadata (%s) yet", strings.Join(c.MetadataKeys, ", ")),
			Fix:   "metadata_keys: []",
		})
	}
	return errors.Join(problems...)
}
