// Package memorylimiter is the memory_limiter processor: it keeps the process
// below a memory limit by refusing telemetry while there is too much of it.
//
// Begin with Config; limiter.go does the work.
//
// Keys and defaults are those of the upstream processor. Three things differ:
//   - It works before anything is read. Servers count the telemetry that is in the process and refuse a request that would be too
//     much before they inflate it; 60 % of the soft limit is for telemetry, the rest for all else.
//   - The limit is the Go runtime's too (GOMEMLIMIT, unless the environment sets one), so that garbage is collected before the
//     process grows to it.
//   - What counts is what the garbage collector cannot free. Garbage alone, which a collection would remove, refuses nothing.
//
// A sender that is refused is told when to try again.
package memorylimiter

import (
	"errors"
	"fmt"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `memory_limiter:` block.
type Config struct {
	// How often the process's memory is looked at. Must be set; 1s is good.
	CheckInterval time.Duration `yaml:"check_interval"`
	// MiB that the process may use: the hard limit.
	LimitMiB uint32 `yaml:"limit_mib"`
	// By how many MiB the soft limit, above which telemetry is refused, is below the hard one. A fifth of limit_mib by default.
	SpikeLimitMiB uint32 `yaml:"spike_limit_mib"`
	// The hard limit as a percentage of what the cgroup allows, or else of the machine's memory. limit_mib comes first.
	LimitPercentage uint32 `yaml:"limit_percentage"`
	// spike_limit_mib as such a percentage. A fifth of the limit by default.
	SpikeLimitPercentage uint32 `yaml:"spike_limit_percentage"`
	// How far apart collections of garbage are at least that are forced above the soft limit.
	MinGCIntervalWhenSoftLimited time.Duration `yaml:"min_gc_interval_when_soft_limited"`
	// The same above the hard limit. 0: one at each check.
	MinGCIntervalWhenHardLimited time.Duration `yaml:"min_gc_interval_when_hard_limited"`
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "memory_limiter",
	Summary: "Refuses telemetry while the process uses too much memory.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config { return Config{MinGCIntervalWhenSoftLimited: 10 * time.Second} },
	New:     newProcessor,
}

// Validate reports all that is wrong.
func (c *Config) Validate() error {
	var problems []error
	complain := func(where, what, fix string) {
		problems = append(problems, &config.Problem{Where: where, What: what, Fix: fix})
	}
	if c.CheckInterval <= 0 {
		complain("check_interval", fmt.Sprintf("%s would never look at the memory", c.CheckInterval), "check_interval: 1s")
	}
	if c.MinGCIntervalWhenSoftLimited < c.MinGCIntervalWhenHardLimited {
		complain("min_gc_interval_when_soft_limited", fmt.Sprintf("%s is shorter than min_gc_interval_when_hard_limited, %s", c.MinGCIntervalWhenSoftLimited, c.MinGCIntervalWhenHardLimited),
			fmt.Sprintf("min_gc_interval_when_soft_limited: %s", c.MinGCIntervalWhenHardLimited))
	}
	if c.LimitMiB == 0 && c.LimitPercentage == 0 {
		complain("limit_mib", "neither this nor limit_percentage is set, so there is no limit", "limit_percentage: 80\nspike_limit_percentage: 20")
	}
	if c.LimitPercentage > 100 {
		complain("limit_percentage", fmt.Sprintf("%d %% is more than there is", c.LimitPercentage), "limit_percentage: 80")
	}
	if c.SpikeLimitPercentage > 100 {
		complain("spike_limit_percentage", fmt.Sprintf("%d %% is more than there is", c.SpikeLimitPercentage), "spike_limit_percentage: 20")
	}
	if c.LimitMiB > 0 && c.SpikeLimitMiB >= c.LimitMiB {
		complain("spike_limit_mib", fmt.Sprintf("%d is not below limit_mib, %d, so everything would be refused", c.SpikeLimitMiB, c.LimitMiB), fmt.Sprintf("spike_limit_mib: %d", c.LimitMiB/5))
	}
	if c.LimitPercentage > 0 && c.SpikeLimitPercentage >= c.LimitPercentage {
		complain("spike_limit_percentage", fmt.Sprintf("%d is not below limit_percentage, %d, so everything would be refused", c.SpikeLimitPercentage, c.LimitPercentage),
			fmt.Sprintf("spike_limit_percentage: %d", c.LimitPercentage/4))
	}
	return errors.Join(problems...)
}

// limits are the hard limit and the soft one in bytes. total is what the process could use at most, 0 if that is not known.
func (c *Config) limits(total int64) (hard, soft int64, err error) {
	var spike int64
	switch {
	case c.LimitMiB > 0:
		hard, spike = int64(c.LimitMiB)<<20, int64(c.SpikeLimitMiB)<<20
	case total > 0:
		hard, spike = total/100*int64(c.LimitPercentage), total/100*int64(c.SpikeLimitPercentage)
	default:
		return 0, 0, errors.New("how much memory there is cannot be told here: set limit_mib in place of limit_percentage")
	}
	if spike == 0 {
		spike = hard / 5
	}
	return hard, hard - spike, nil
}
