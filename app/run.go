package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/pipeline"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
)

// Options are the command line of a run.
type Options struct {
	Config          []string // --config; empty: AllInOne
	Set             []string // --set
	FeatureGates    []string // --feature-gates
	Data            string   // --data
	UI              string   // --ui
	Watch           bool     // --watch
	ShutdownTimeout time.Duration
	Stdout, Stderr  io.Writer

	files *sources // notes what the configuration is read from; may be nil
}

// process is everything that runs.
type process struct {
	options  Options
	instance string // service.instance.id
	log      *selfmon.Log
	voice    *voice
	servers  *transport.Servers
	ledger   *pipeline.Ledger
	memory   *budget.Budget
	stores   *stores
	tracer   *selfmon.Tracer
	systemd  systemd
	started  time.Time

	current atomic.Pointer[running]
	ui      *transport.Listener // nil without a store
	reloads reloads
	// rest ends when earlier configurations have no more time to hand on what they hold.
	rest    context.Context
	endRest context.CancelFunc
}

// Run runs a configuration until SIGTERM or SIGINT, or until ctx ends. A second signal
// ends the process at once. SIGHUP loads the configuration again.
func Run(ctx context.Context, o Options) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)     // from then on a signal has its usual effect, which is to end the process
	again := make(chan os.Signal, 1) // one that comes while the process starts is answered after it
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(again, syscall.SIGHUP)
		defer signal.Stop(again)
	}

	p, err := begin(ctx, o)
	if err != nil {
		return err
	}
	alive, end := context.WithCancel(context.WithoutCancel(ctx)) // the drain included
	defer end()
	go p.systemd.watchdog(alive)
	return errors.Join(p.serveUntil(ctx, again), p.end(ctx))
}

// begin loads the configuration and starts it.
func begin(ctx context.Context, o Options) (*process, error) {
	opened := &stores{data: o.Data}
	o.files = new(sources)
	plan, problems, err := load(o, opened.open)
	if err != nil {
		return nil, err
	}
	if fatal := problems.Fatal(); len(fatal) > 0 {
		return nil, fmt.Errorf("the configuration has %d %s\n%w", len(fatal), plural(len(fatal), "problem"), problems)
	}
	p, err := newProcess(o, plan, opened)
	if err != nil {
		return nil, err
	}
	for _, note := range problems {
		p.log.Warn(note.Error())
	}
	r, err := p.build(plan, nil)
	if err == nil {
		p.current.Store(r) // for questions that come early
		err = p.open(ctx, r)
	}
	if err != nil {
		p.silence(p.voice)
		return nil, errors.Join(err, p.stores.close())
	}
	p.run(r)
	tuneMemory(p.stores.main() != nil)
	p.announce()
	forgetStartupPages()
	p.systemd.ready("running")
	return p, nil
}

// serveUntil answers requests to load the configuration again until ctx ends.
func (p *process) serveUntil(ctx context.Context, again <-chan os.Signal) error {
	changed := make(chan struct{}, 1)
	if p.options.Watch {
		go p.options.files.watch(ctx, changed)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again:
			p.log.Info("loading the configuration again", "because", "SIGHUP")
		case <-changed:
			p.log.Info("loading the configuration again", "because", "a file of it has changed")
		}
		if err := p.reload(); err != nil {
			return err
		}
	}
}

func newProcess(o Options, plan *pipeline.Plan, opened *stores) (*process, error) {
	p := &process{
		options: o, instance: instanceID(), started: time.Now(), tracer: selfmon.NewTracer(),
		ledger: pipeline.NewLedger(), memory: new(budget.Budget), stores: opened,
	}
	p.reloads.good = p.started
	p.rest, p.endRest = context.WithCancel(context.Background())
	p.log = selfmon.NewLog(o.Stderr, logOptions(&plan.Telemetry.Logs, o.Stderr))
	v, err := p.prepareVoice(plan.Telemetry)
	if err != nil {
		return nil, err
	}
	p.speak(v)
	p.servers = transport.NewServers(p.log.Logger)
	p.servers.SetMemory(p.memory)
	opened.log = p.log.Logger
	p.systemd = newSystemd(p.log.Logger)
	return p, nil
}

// registry is the metrics of what runs now.
func (p *process) registry() *selfmon.Registry {
	if r := p.current.Load(); r != nil {
		return r.metrics
	}
	return selfmon.NewRegistry() // nothing runs yet
}

// end stops taking in, drains, and closes all.
func (p *process) end(ctx context.Context) error {
	r := p.current.Load()
	r.health.SetNotReady("shutting down")
	p.systemd.stopping()
	p.log.Info("shutting down", "deadline", p.options.ShutdownTimeout)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.options.ShutdownTimeout)
	defer cancel()
	r.closeListeners(drain)
	if p.ui != nil {
		brief, cancel := context.WithTimeout(drain, apiGrace)
		defer cancel()
		_ = p.ui.Close(brief) // an answer that is cut off can be asked for again
	}
	err := r.graph.Shutdown(drain)
	p.finishResting(drain)
	if errors.Is(err, context.DeadlineExceeded) { // stated, counted, and no failure of the process
		p.log.Warn("the shutdown deadline passed before all was drained", "error", err)
		err = nil
	}
	err = errors.Join(err, p.stores.close())
	for _, d := range p.ledger.Drops() {
		p.log.Warn("dropped since the start", "by", d.Component, "signal", d.Signal.String(), "items", d.Items, "reason", d.Reason)
	}
	p.silence(p.voice)
	return err
}

// apiGrace is how long answers to questions may take at shutdown. An open page
// watches a stream that never ends, and must not hold the process.
const apiGrace = 300 * time.Millisecond

// announce prints what is listened on, for people.
func (p *process) announce() {
	if len(p.options.Config) > 0 {
		for _, s := range p.servers.States() {
			p.log.Info("listening", "name", s.Name, "protocol", s.Protocol, "address", s.Address)
		}
		p.log.Info("ready", "took", time.Since(p.started).Round(time.Millisecond))
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "oriel %s\n\n", version())
	for _, s := range p.servers.States() {
		if s.Open && s.Owner != apiOwner {
			fmt.Fprintf(&b, "  %-14s %s\n", s.Name, s.Address)
		}
	}
	fmt.Fprintf(&b, "  %-14s %s\n", "data", p.options.Data)
	for _, s := range p.servers.States() {
		if s.Open && s.Owner == apiOwner {
			fmt.Fprintf(&b, "\nOpen http://%s\n", s.Address)
		}
	}
	fmt.Fprint(p.options.Stdout, b.String())
}
