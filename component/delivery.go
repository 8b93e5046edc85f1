package component

import (
	"errors"
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

	// Gather what waits into larger batches. An empty block turns it on.
	Batch *BatchConfig `yaml:"batch"`
	// An extension to keep the queue on disk with. Not supported yet: the queue is in memory.
	Storage string `yaml:"storage"`
}

// BatchConfig is the `batch:` block of a queue.
type BatchConfig struct {
	// How long a batch waits at most for others.
	FlushTimeout time.Duration `yaml:"flush_timeout"`
	// How much is enough to be sent before that.
	MinSize int64 `yaml:"min_size"`
	// Most in one batch; larger ones are cut. 0 cuts none.
	MaxSize int64 `yaml:"max_size"`
	// What the sizes count: items or bytes. By default what the queue's sizer counts, or items if that is requests.
	Sizer string `yaml:"sizer"`
}

// SetDefaults are upstream's.
func (b *BatchConfig) SetDefaults() { b.FlushTimeout, b.MinSize = 200*time.Millisecond, 8192 }

// BatchSizer is what the sizes of batches count.
func (q *QueueConfig) BatchSizer() string {
	switch {
	case q.Batch.Sizer != "":
		return q.Batch.Sizer
	case q.Sizer == "bytes":
		return q.Sizer
	}
	return "items"
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

// Validate checks the timeout.
func (d *Delivery) Validate() error {
	if d.Timeout < 0 {
		return &config.Problem{Where: "timeout", What: fmt.Sprintf("%s is negative", d.Timeout), Fix: "timeout: 5s  # the default, or 0 for no limit"}
	}
	return nil
}

// Validate reports all that is wrong.
func (q *QueueConfig) Validate() error {
	if !q.Enabled {
		return nil
	}
	var problems []error
	complain := func(where, what, fix string) {
		problems = append(problems, &config.Problem{Where: where, What: what, Fix: fix})
	}
	if q.NumConsumers < 1 {
		complain("num_consumers", fmt.Sprintf("%d is less than 1, so nothing would be sent", q.NumConsumers), "num_consumers: 10  # the default")
	}
	if q.QueueSize < 1 {
		complain("queue_size", fmt.Sprintf("%d is less than 1, so nothing could wait", q.QueueSize), "queue_size: 1000  # the default\nor enabled: false")
	}
	if q.Sizer != "requests" && q.Sizer != "items" && q.Sizer != "bytes" {
		complain("sizer", fmt.Sprintf("%q is not known", q.Sizer), "sizer: requests  # or items, bytes")
	}
	if q.Storage != "" {
		complain("storage", "a queue on disk is not supported yet; this one is in memory, and what waits in it is lost with the process", "remove it, or keep this exporter in an upstream collector for now")
	}
	if b := q.Batch; b != nil && q.BatchSizer() == q.Sizer && b.MinSize > q.QueueSize {
		complain("batch.min_size", fmt.Sprintf("%d is more than the queue holds, %d, so no batch could become large enough", b.MinSize, q.QueueSize), fmt.Sprintf("min_size: %d", q.QueueSize))
	}
	return errors.Join(problems...)
}

// Validate reports all that is wrong.
func (b *BatchConfig) Validate() error {
	var problems []error
	complain := func(where, what, fix string) {
		problems = append(problems, &config.Problem{Where: where, What: what, Fix: fix})
	}
	if b.Sizer != "" && b.Sizer != "items" && b.Sizer != "bytes" {
		complain("sizer", fmt.Sprintf("%q does not measure a batch", b.Sizer), "sizer: items  # or bytes")
	}
	if b.FlushTimeout <= 0 {
		complain("flush_timeout", fmt.Sprintf("%s is no time to wait", b.FlushTimeout), "flush_timeout: 200ms  # the default")
	}
	if b.MinSize < 0 {
		complain("min_size", fmt.Sprintf("%d is negative", b.MinSize), "min_size: 8192  # the default")
	}
	if b.MaxSize < 0 || b.MaxSize > 0 && b.MaxSize < b.MinSize {
		complain("max_size", fmt.Sprintf("%d is below min_size, %d: no batch could become large enough", b.MaxSize, b.MinSize), fmt.Sprintf("max_size: %d", max(0, b.MinSize)))
	}
	return errors.Join(problems...)
}

// Validate reports all that is wrong.
func (r *RetryConfig) Validate() error {
	if !r.Enabled {
		return nil
	}
	var problems []error
	complain := func(where, what, fix string) {
		problems = append(problems, &config.Problem{Where: where, What: what, Fix: fix})
	}
	for _, interval := range [...]struct {
		key   string
		value time.Duration
		usual string
	}{{"initial_interval", r.InitialInterval, "5s"}, {"max_interval", r.MaxInterval, "30s"}, {"max_elapsed_time", r.MaxElapsedTime, "5m"}} {
		switch {
		case interval.value < 0:
			complain(interval.key, fmt.Sprintf("%s is negative", interval.value), interval.key+": "+interval.usual+"  # the default")
		case r.MaxElapsedTime > 0 && r.MaxElapsedTime < interval.value:
			complain("max_elapsed_time", fmt.Sprintf("%s is shorter than %s, %s", r.MaxElapsedTime, interval.key, interval.value), fmt.Sprintf("max_elapsed_time: %s  # or 0, to never give up", interval.value))
		}
	}
	if r.RandomizationFactor < 0 || r.RandomizationFactor > 1 {
		complain("randomization_factor", fmt.Sprintf("%g is not between 0 and 1", r.RandomizationFactor), "randomization_factor: 0.5  # the default")
	}
	if r.Multiplier < 0 {
		complain("multiplier", fmt.Sprintf("%g is negative", r.Multiplier), "multiplier: 1.5  # the default")
	}
	return errors.Join(problems...)
}
