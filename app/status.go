package app

import (
	"cmp"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/oriel-io/oriel/api/ui"
	"github.com/oriel-io/oriel/wire/otlp"
)

// status tells the UI what the process does; it is ui.StatusSource.
type status struct {
	process *process

	mu    sync.Mutex // guards rates
	rates [otlp.Metrics + 1]rate
}

// Live is everything but the store.
func (s *status) Live() ui.Status {
	p := s.process
	out := ui.Status{Version: version(), StartedMs: p.started.UnixMilli(), Dropped: p.ledger.Items()}
	for _, l := range p.servers.States() {
		out.Listeners = append(out.Listeners, ui.ListenerStatus{
			Name: l.Name, Protocol: l.Protocol, Address: l.Address, Open: l.Open, Error: l.Error, Items: l.Items, Refused: l.Refused,
		})
		out.Refused += l.Refused
	}
	out.Reload = p.reloads.status()
	s.mu.Lock()
	defer s.mu.Unlock()
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		sum := p.current.Load().received(signal)
		out.Received = append(out.Received, ui.SignalStatus{
			Signal: signal.String(), Items: sum.Items, PerSecond: s.rates[signal].perSecond(time.Now(), sum.Items), LastMs: sum.LastMs,
		})
	}
	return out
}

// status is what became of the last reload, nil if there was none.
func (r *reloads) status() *ui.ReloadStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.result == "" {
		return nil
	}
	return &ui.ReloadStatus{Result: r.result, Error: r.why, AtMs: r.at.UnixMilli()}
}

// Drops is the drop ledger, most items first.
func (s *status) Drops() (out []ui.Drop) {
	for _, d := range s.process.ledger.Drops() {
		drop := ui.Drop{
			Component: d.Component, Signal: d.Signal.String(), Reason: d.Reason,
			Items: d.Items, FirstMs: d.First.UnixMilli(), LastMs: d.Last.UnixMilli(), Samples: []string{},
		}
		for _, id := range d.Traces[max(0, len(d.Traces)-10):] {
			drop.Samples = append(drop.Samples, hex.EncodeToString(id[:]))
		}
		out = append(out, drop)
	}
	slices.SortStableFunc(out, func(a, b ui.Drop) int { return cmp.Compare(b.Items, a.Items) })
	return out
}

// rate is how fast a count grew over the last ten seconds. It remembers the
// count at the times it was asked, at most once a second.
type rate struct {
	samples []sample // oldest first, the first one up to rateWindow ago
}

type sample struct {
	at    time.Time
	count int64
}

const rateWindow = 10 * time.Second

// perSecond notes the count and answers the rate since the oldest sample. The
// first question cannot be answered and says 0.
func (r *rate) perSecond(now time.Time, count int64) float64 {
	for len(r.samples) > 1 && now.Sub(r.samples[1].at) >= rateWindow {
		r.samples = r.samples[1:]
	}
	if n := len(r.samples); n == 0 || now.Sub(r.samples[n-1].at) >= time.Second {
		r.samples = append(r.samples, sample{now, count})
	}
	first := r.samples[0]
	if elapsed := now.Sub(first.at); elapsed > 0 {
		return float64(count-first.count) / elapsed.Seconds()
	}
	return 0
}
