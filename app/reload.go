package app

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/oriel-io/oriel/pipeline"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Results of a reload, as the label of oriel_config_reloads_total.
const (
	reloadDone    = "success"
	reloadInvalid = "invalid" // it was not tried: the configuration has problems
	reloadFailed  = "failed"  // it did not start, and the one before was brought back
)

// reloads is what became of loading the configuration again.
type reloads struct {
	mu     sync.Mutex // guards the rest
	result string     // of the last one; "" before the first
	why    string     // why it was not a success
	at     time.Time
	good   time.Time // when the running configuration was loaded

	// resting are earlier graphs that still hand on what they took in.
	resting []*pipeline.Rest
}

func (r *reloads) note(result, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result, r.why, r.at = result, why, time.Now()
	if result == reloadDone {
		r.good = r.at
	}
}

// unfinished are the graphs that still have something to hand on.
func (r *reloads) unfinished() (left []*pipeline.Rest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rest := range r.resting {
		select {
		case <-rest.Done():
		default:
			left = append(left, rest)
		}
	}
	r.resting = left
	return left
}

// countReloads shows reloads in a registry.
func (p *process) countReloads(registry *selfmon.Registry) {
	scope := registry.Scope()
	for _, result := range []string{reloadDone, reloadInvalid, reloadFailed} {
		p.reloadCounter(registry, result)
	}
	scope.Gauge("oriel_config_last_reload_success_timestamp_seconds", "When the configuration that runs was loaded, in Unix time.", func() float64 {
		p.reloads.mu.Lock()
		defer p.reloads.mu.Unlock()
		return float64(p.reloads.good.UnixMilli()) / 1000
	})
	scope.Gauge("oriel_config_draining", "Earlier configurations whose exporters still send what they took in.", func() float64 { return float64(len(p.reloads.unfinished())) })
}

func (p *process) reloadCounter(registry *selfmon.Registry, result string) *selfmon.Counter {
	return registry.Scope().Counter("oriel_config_reloads_total", "How often the configuration was loaded again, by what became of it.", "result", result)
}

const (
	// swapDeadline is how long requests that run may take when their receiver is replaced.
	swapDeadline = 5 * time.Second
	// swapGrace is how long a new configuration waits for exporters of the old one. Most are done at once; one whose
	// server is away must not keep senders waiting.
	swapGrace = time.Second
	// maxResting bounds how many queues of the past are held.
	maxResting = 4
)

// reload loads the configuration again and runs it in place of the one that runs. If it is not
// valid, nothing changes; if it does not start, the one before is brought back.
// Errors: neither could be started, so nothing runs.
func (p *process) reload() error {
	began := time.Now()
	p.systemd.reloading()
	old := p.current.Load()
	result, why, err := p.tryReload(old)
	p.reloads.note(result, why)
	p.reloadCounter(p.registry(), result).Add(1)
	if err != nil {
		return err
	}
	switch result {
	case reloadDone:
		p.log.Info("the configuration was loaded again", "took", time.Since(began).Round(time.Millisecond))
		p.systemd.ready("running; the configuration was loaded again")
	case reloadInvalid:
		p.log.Error("the configuration was not loaded again; the one before goes on running", "reason", why)
		p.systemd.ready("running the configuration from before: " + why)
	case reloadFailed:
		p.log.Error("the new configuration did not start; the one before runs again", "reason", why)
		p.systemd.ready("running the configuration from before: " + why)
	}
	return nil
}

func (p *process) tryReload(old *running) (result, why string, err error) {
	plan, problems, err := load(p.options, p.stores.open)
	if err != nil {
		return reloadInvalid, err.Error(), nil
	}
	for _, problem := range problems {
		if problem.Note {
			p.log.Warn(problem.Error())
		} else {
			p.log.Error(problem.Error())
		}
	}
	if fatal := problems.Fatal(); len(fatal) > 0 {
		return reloadInvalid, fmt.Sprintf("it has %d %s, the first: %s", len(fatal), plural(len(fatal), "problem"), fatal[0]), nil
	}
	if len(p.reloads.unfinished()) >= maxResting {
		return reloadInvalid, fmt.Sprintf("exporters of %d earlier configurations still send what they took in; try again when their servers are back", maxResting), nil
	}
	voice := p.voice
	if !reflect.DeepEqual(plan.Telemetry, voice.cfg) {
		if voice, err = p.prepareVoice(plan.Telemetry); err != nil {
			return reloadInvalid, err.Error(), nil
		}
	}
	next, err := p.build(plan, old)
	if err != nil {
		p.drop(voice)
		return reloadInvalid, err.Error(), nil
	}
	failure, err := p.swap(old, next)
	if failure != nil {
		p.drop(voice)
		return reloadFailed, oneLine(failure.Error()), err
	}
	if voice != p.voice {
		p.speak(voice)
	}
	return reloadDone, "", nil
}

// drop gives up a voice that was prepared, if it is not the one that speaks.
func (p *process) drop(v *voice) {
	if v != p.voice {
		p.silence(v)
	}
}

// swap puts next in the place of old. failure says why it could not, and that old runs
// again; err that it does not.
func (p *process) swap(old, next *running) (failure, err error) {
	p.servers.BeginReload()
	defer p.servers.EndReload()
	p.retire(old, next)
	if failure = p.open(context.Background(), next); failure == nil {
		p.run(next)
		return nil, nil
	}
	again, err := p.build(old.plan, old)
	if err == nil {
		again.before = next.before
		err = p.open(context.Background(), again)
	}
	if err != nil {
		return failure, fmt.Errorf("the new configuration did not start: %w; and the one before does not start again: %w", failure, err)
	}
	p.run(again)
	return failure, nil
}

// retire stops what runs. What it took in and did not hand on yet is sent in the background.
func (p *process) retire(old, next *running) {
	ctx, cancel := context.WithTimeout(context.Background(), swapDeadline)
	defer cancel()
	old.closeListeners(ctx)
	rest, err := old.graph.Retire(ctx, p.rest, swapGrace)
	if err != nil {
		p.log.Warn("a component of the configuration before did not stop well", "error", err)
	}
	p.reloads.mu.Lock()
	p.reloads.resting = append(p.reloads.resting, rest)
	p.reloads.mu.Unlock()
	if len(p.reloads.unfinished()) > 0 {
		p.log.Warn("exporters of an earlier configuration still have batches, and send them in the background")
	}
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		next.before[signal] = old.received(signal)
	}
}

// run makes r what runs.
func (p *process) run(r *running) {
	p.current.Store(r)
	r.health.SetReady()
}

// finishResting waits for earlier graphs until ctx ends; what they have not handed on then is given up.
func (p *process) finishResting(ctx context.Context) {
	left := p.reloads.unfinished()
	for _, rest := range left {
		select {
		case <-rest.Done():
		case <-ctx.Done():
		}
	}
	p.endRest()
	for _, rest := range left {
		<-rest.Done() // it gives up at once now
	}
}
