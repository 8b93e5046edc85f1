package selfmon

import (
	"slices"
	"sync"
	"time"
)

// Health is how a process and its parts are: the parts report, probes ask. Safe for concurrent use.
type Health struct {
	now func() time.Time

	mu    sync.Mutex // guards the rest, and what is in parts
	ready bool
	since time.Time // when ready last changed
	why   string    // why it is not ready
	parts []*Part   // in the order in which they were made
}

// NewHealth makes the health of a process that is starting.
func NewHealth() *Health { return &Health{now: time.Now, since: time.Now(), why: "starting"} }

// Successor is the health for the next configuration of the same process: as
// ready, and without parts.
func (h *Health) Successor() *Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &Health{now: h.now, ready: h.ready, since: h.since, why: h.why}
}

// SetReady says that all runs.
func (h *Health) SetReady() { h.set(true, "") }

// SetNotReady says that no requests should come, and why: "shutting down".
func (h *Health) SetNotReady(why string) { h.set(false, why) }

func (h *Health) set(ready bool, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ready != h.ready {
		h.since = h.now()
	}
	h.ready, h.why = ready, why
}

// Condition is how a part is.
type Condition string

// The conditions of a part.
const (
	Starting Condition = "starting"
	Running  Condition = "running"
	// Degraded works in part, or not for a while: an exporter whose server is away.
	Degraded Condition = "degraded"
	// Failed does not work, and will not by itself.
	Failed  Condition = "failed"
	Stopped Condition = "stopped"
)

// Part is one component. A nil Part can be reported to, and forgets it.
type Part struct {
	health *Health
	state  PartState
}

// PartState is what is known of a part.
type PartState struct {
	Name      string // "exporters.otlp/gateway"
	Condition Condition
	Reason    string // for people; "" while it runs
	Since     time.Time
}

// Part adds a component, which is starting.
func (h *Health) Part(name string) *Part {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := &Part{health: h, state: PartState{Name: name, Condition: Starting, Since: h.now()}}
	h.parts = append(h.parts, p)
	return p
}

// Report says how the part is. The same condition again changes only the reason.
func (p *Part) Report(condition Condition, reason string) {
	if p == nil {
		return
	}
	p.health.mu.Lock()
	defer p.health.mu.Unlock()
	if condition != p.state.Condition {
		p.state.Since = p.health.now()
	}
	p.state.Condition, p.state.Reason = condition, reason
}

// State is what was reported last.
func (p *Part) State() PartState {
	p.health.mu.Lock()
	defer p.health.mu.Unlock()
	return p.state
}

// HealthState is the health at one moment.
type HealthState struct {
	// Ready: all runs, no part has failed and nothing is being shut down.
	Ready bool
	Why   string // why not
	Since time.Time
	Parts []PartState
}

// State is the health now.
func (h *Health) State() HealthState {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := HealthState{Ready: h.ready, Why: h.why, Since: h.since}
	for _, p := range h.parts {
		out.Parts = append(out.Parts, p.state)
	}
	if i := slices.IndexFunc(out.Parts, func(p PartState) bool { return p.Condition == Failed }); i >= 0 && out.Ready {
		out.Ready, out.Why = false, out.Parts[i].Name+" has failed: "+out.Parts[i].Reason
	}
	return out
}
