package resourcedetection

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/internal/backoff"
)

// found is what the detectors of one block found. All processors that are made of
// the block share it, so that three pipelines do not ask three times; it lives as long as they do.
type found struct {
	current atomic.Pointer[resource]

	mu      sync.Mutex // guards the rest
	users   int
	stop    context.CancelFunc // ends the loop that detects again
	stopped sync.WaitGroup
}

// resource is what was found at one time. Not changed after.
type resource struct {
	attributes []attribute
	schemaURL  string
}

// retries are those of a detector that fails, until the timeout.
var retries = backoff.Policy{Initial: time.Second, Max: 30 * time.Second, Multiplier: 2}

// use detects if nobody has, and begins to detect again if the configuration wants it.
func (f *found) use(ctx context.Context, cfg *Config, log *slog.Logger, detectors []detector) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users++; f.users > 1 {
		return
	}
	f.detect(ctx, cfg, detectors, log)
	if cfg.RefreshInterval <= 0 {
		return
	}
	ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	f.stopped.Go(func() {
		tick := time.NewTicker(cfg.RefreshInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				f.detect(ctx, cfg, detectors, log)
			}
		}
	})
}

// release ends what use began when the last user is gone.
func (f *found) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users--; f.users == 0 && f.stop != nil {
		f.stop()
		f.stopped.Wait()
		f.stop = nil
	}
}

// detect asks all detectors at once. A refresh in which all of them fail changes nothing.
func (f *found) detect(ctx context.Context, cfg *Config, detectors []detector, log *slog.Logger) {
	if cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.Timeout)
		defer cancel()
	}
	results := make([]*attributes, len(detectors))
	var all sync.WaitGroup
	for i, d := range detectors {
		all.Go(func() { results[i] = persist(ctx, d, log.With("detector", cfg.Detectors[i])) })
	}
	all.Wait()
	merged, failed := merge(results)
	if failed == len(detectors) && f.current.Load() != nil {
		log.Warn("all detectors failed; what was found before stays")
		return
	}
	keys := make([]string, len(merged.attributes))
	for i, a := range merged.attributes {
		keys[i] = a.key
	}
	log.Info("detected the resource", "attributes", keys)
	f.current.Store(merged)
}

// merge takes each attribute from the first detector that has it. A nil result is one that failed.
func merge(results []*attributes) (merged *resource, failed int) {
	merged = &resource{}
	known := map[string]bool{}
	for _, result := range results {
		if result == nil {
			failed++
			continue
		}
		if len(result.list) > 0 && merged.schemaURL == "" {
			merged.schemaURL = result.schema
		}
		for _, a := range result.list {
			if !known[a.key] {
				known[a.key] = true
				merged.attributes = append(merged.attributes, a)
			}
		}
	}
	return merged, failed
}

// persist asks one detector until it answers or the time is over; nil if it never did. Without an end to
// the time it asks once.
func persist(ctx context.Context, d detector, log *slog.Logger) *attributes {
	for failed := 1; ; failed++ {
		got, err := d.detect(ctx)
		if partial, ok := errors.AsType[*partialError](err); ok && got != nil {
			log.Warn("not all of the resource could be detected", "error", partial)
			return got
		}
		if err == nil {
			return got
		}
		log.Warn("the detector failed", "error", err)
		if _, ends := ctx.Deadline(); !ends {
			return nil
		}
		wait := time.NewTimer(retries.Delay(failed, 0))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-wait.C:
		}
	}
}
