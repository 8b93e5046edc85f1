// Package backoff computes how long to wait before the next attempt. It keeps
// no state and reads no clock, so that every caller can be tested with its own.
package backoff

import (
	"math"
	"time"
)

// Policy is an exponential backoff.
type Policy struct {
	Initial    time.Duration // before the second attempt
	Max        time.Duration // no delay is longer, jitter aside
	Multiplier float64       // from one delay to the next; under 1 counts as 1
	Jitter     float64       // 0.5: between half and one and a half of the delay
}

// Delay is the wait after failed attempts, counted from 1. random is from
// [0, 1) and says where within the jitter the delay falls.
func (p Policy) Delay(failed int, random float64) time.Duration {
	delay := float64(p.Initial) * math.Pow(max(1, p.Multiplier), float64(max(1, failed)-1))
	delay = min(delay, float64(p.Max))
	return time.Duration(delay * (1 - p.Jitter + 2*p.Jitter*random))
}
