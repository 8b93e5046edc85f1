package demo

import (
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// dice is the chance in the demo. Safe for concurrent use.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand // guarded by mu
}

func newDice(seed uint64) *dice {
	return &dice{rng: rand.New(rand.NewPCG(seed, 0x6f7269656c))}
}

// hit is true for the share of calls.
func (d *dice) hit(share float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.Float64() < share
}

// about varies a duration as real latencies do: log-normal, and one in 300 has
// met something, a collection or a cold page, that makes it six times as long.
func (d *dice) about(typical time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	factor := math.Exp(0.3 * d.rng.NormFloat64())
	if d.rng.IntN(300) == 0 {
		factor *= 6
	}
	return time.Duration(float64(typical) * factor)
}

// until is the time to the next of events that happen so often on average, each for itself.
func (d *dice) until(perSecond float64) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.rng.ExpFloat64() / perSecond * float64(time.Second))
}

// product is the id of a book; some are asked for much more often than others.
func (d *dice) product() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strconv.Itoa(1 + int(math.Pow(d.rng.Float64(), 2)*products))
}

// address is where a visitor comes from: one of RFC 5737's, which belong to nobody.
func (d *dice) address() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "203.0.113." + strconv.Itoa(1+d.rng.IntN(254))
}

// visit draws one of the visits by their shares.
func (d *dice) visit(visits []visit) visit {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.rng.Float64()
	for _, v := range visits {
		if at -= v.share; at < 0 {
			return v
		}
	}
	return visits[0]
}

// pick draws an index by the weights; all zero means the first.
func (d *dice) pick(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	if total == 0 {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.rng.IntN(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return 0
}
