package component

import (
	"fmt"
	"time"

	"github.com/oriel-io/oriel/config"
)

// Delivery are the keys that every sending exporter has: its queue, its
// retries and its timeout, with upstream's spelling and defaults. An exporter's Config
// embeds it (`yaml:",inline"`); the pipeline then puts queue and retries before the
// exporter, whose Consume is one attempt.
type Delivery struct {
	// How long one attempt may take. 0: no limit.
	Timeout time.Duration `yaml:"timeout"`
	// Batches that wait for the exporter.
	SendingQueue QueueConfig `yaml:"sending_queue"`
	// What happens after a failed attempt.
	RetryOnFailure RetryConfig `yaml:"retry_on_failure"`
}

// DeliveryConfig lets the pipeline find the keys in any exporter's Config.
func (d *Delivery) DeliveryConfig() *Delivery { return d }

// QueueConfig is the `sending_queue:` block.
type QueueConfig struct {
	// Without a queue, a receiver waits until its batch is sent.
	Enabled bool `yaml:"enabled"`
	// How many batches are sent at once.
	NumConsumers int `yaml:"num_consumers"`
	// How much the queue holds, in units of the sizer. Batches that are being sent count.
	QueueSize int64 `yaml:"queue_size"`
	// What queue_size counts: requests (batches), items or bytes.
	Sizer string `yaml:"sizer"`
	// When the queue is full, let the receiver wait in place of refusing the batch.
	BlockOnOverflow bool `yaml:"block_on_overflow"`
	// Answer the receiver only when the batch is sent or given up.
	WaitForResult bool `yaml:"wait_for_result"`

	Storage config.Unsupported `yaml:"storage"`
	Batch   config.Unsupported `yaml:"batch"`
}

// RetryConfig is the `retry_on_failure:` block.
type RetryConfig struct {
	// false gives a batch up after the first failure.
	Enabled bool `yaml:"enabled"`
	// Wait after the first failure.
	InitialInterval time.Duration `yaml:"initial_interval"`
	// Longest wait between attempts.
	MaxInterval time.Duration `yaml:"max_interval"`
	// Give up so long after the first attempt. 0: never.
	MaxElapsedTime time.Duration `yaml:"max_elapsed_time"`
	// By how much each wait is longer than the one before.
	Multiplier float64 `yaml:"multiplier"`
	// Share of each wait that is random: 0.5 makes it half to one and a half times as long.
	RandomizationFactor float64 `yaml:"randomization_factor"`
}

// DefaultDelivery holds upstream's defaults.
func DefaultDelivery() Delivery {
	return Delivery{
		Timeout:      5 * time.Second,
		SendingQueue: QueueConfig{Enabled: true, NumConsumers: 10, QueueSize: 1000, Sizer: "requests"},
		RetryOnFailure: RetryConfig{Enabled: true, InitialInterval: 5 * time.Second, MaxInterval: 30 * time.Second,
			MaxElapsedTime: 5 * time.Minute, Multiplier: 1.5, RandomizationFactor: 0.5},
	}
}

// Validate checks the queue's numbers.
func (q *QueueConfig) Validate() error {
	switch {
	case !q.Enabled:
		return nil
	case q.NumConsumers < 1:
		return &config.Problem{Where: "num_consumers", What: fmt.Sprintf("%d is less than 1, so nothing would be sent", q.NumConsumers), Fix: "num_consumers: 10  # the default"}
	case q.QueueSize < 1:
		return &config.Problem{Where: "queue_size", What: fmt.Sprintf("%d is less than 1, so nothing could wait", q.QueueSize), Fix: "queue_size: 1000  # the default\nor enabled: false"}
	case q.Sizer != "requests" && q.Sizer != "items" && q.Sizer != "bytes":
		return &config.Problem{Where: "sizer", What: fmt.Sprintf("%q is not known", q.Sizer), Fix: "sizer: requests  # or items, bytes"}
	}
	return nil
}

// Validate checks the timeout.
func (d *Delivery) Validate() error {
	if d.Timeout < 0 {
		return &config.Problem{Where: "timeout", What: fmt.Sprintf("%s is negative", d.Timeout), Fix: "timeout: 5s  # the default"}
	}
	return nil
}

// Validate checks the intervals.
func (r *RetryConfig) Validate() error {
	switch {
	case !r.Enabled:
		return nil
	case r.MaxElapsedTime > 0 && r.MaxElapsedTime < r.InitialInterval:
		return &config.Problem{Where: "max_elapsed_time", What: fmt.Sprintf("%s is less than initial_interval, %s, so there would be no second attempt",
			r.MaxElapsedTime, r.InitialInterval), Fix: "max_elapsed_time: 5m  # the default"}
	case r.InitialInterval < 0 || r.MaxInterval < 0 || r.MaxElapsedTime < 0:
		return config.Problemf("", "an interval is negative")
	case r.RandomizationFactor < 0 || r.RandomizationFactor > 1:
		return &config.Problem{Where: "randomization_factor", What: fmt.Sprintf("%g is not between 0 and 1", r.RandomizationFactor), Fix: "randomization_factor: 0.5  # the default"}
	case r.Multiplier < 0:
		return &config.Problem{Where: "multiplier", What: fmt.Sprintf("%g is negative", r.Multiplier), Fix: "multiplier: 1.5  # the default"}
	}
	return nil
}
