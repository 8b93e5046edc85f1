package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
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
	ShutdownTimeout time.Duration
	Stdout, Stderr  io.Writer
}

// process is everything that runs.
type process struct {
	options  Options
	instance string // service.instance.id
	log      *selfmon.Log
	logFiles []io.Closer
	servers  *transport.Servers
	ledger   *pipeline.Ledger
	memory   *budget.Budget
	stores   *stores
	metrics  *selfmon.Registry
	graph    *pipeline.Graph
	health   *selfmon.Health
	tracer   *selfmon.Tracer
	systemd  systemd
	started  time.Time
	// apis are listeners that are not the pipeline's.
	apis []*transport.Listener
}

// Run runs a configuration until SIGTERM or SIGINT, or until ctx ends. A second signal
// ends the process at once.
func Run(ctx context.Context, o Options) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	opened := &stores{data: o.Data}
	plan, problems, err := load(o, opened.open)
	if err != nil {
		return err
	}
	if fatal := problems.Fatal(); len(fatal) > 0 {
		return fmt.Errorf("the configuration has %d %s\n%w", len(fatal), plural(len(fatal), "problem"), problems)
	}
	p, err := newProcess(o, plan, opened)
	if err != nil {
		return err
	}
	for _, note := range problems {
		p.log.Warn(note.Error())
	}
	if err := p.start(ctx, plan); err != nil {
		return err
	}
	tuneMemory(p.stores.main() != nil)
	p.health.SetReady()
	p.announce()
	p.systemd.ready("running")
	alive, end := context.WithCancel(context.WithoutCancel(ctx)) // the drain included
	defer end()
	go p.systemd.watchdog(alive)
	<-ctx.Done()
	stop() // from here on a signal has its usual effect, which is to end the process

	p.health.SetNotReady("shutting down")
	p.systemd.stopping()
	p.log.Info("shutting down", "deadline", o.ShutdownTimeout)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.ShutdownTimeout)
	defer cancel()
	err = p.shutdown(drain)
	for _, d := range p.ledger.Drops() {
		p.log.Warn("dropped since the start", "by", d.Component, "signal", d.Signal.String(), "items", d.Items, "reason", d.Reason)
	}
	return err
}

func newProcess(o Options, plan *pipeline.Plan, opened *stores) (*process, error) {
	p := &process{
		options: o, instance: instanceID(), started: time.Now(),
		metrics: selfmon.NewRegistry(), health: selfmon.NewHealth(), tracer: selfmon.NewTracer(),
		ledger: pipeline.NewLedger(), memory: new(budget.Budget), stores: opened,
	}
	if err := p.setLog(&plan.Telemetry.Logs); err != nil {
		return nil, err
	}
	p.servers = transport.NewServers(p.log.Logger)
	p.servers.SetMemory(p.memory)
	opened.log = p.log.Logger
	p.systemd = newSystemd(p.log.Logger)
	return p, nil
}

// registry is the metrics of what runs now.
func (p *process) registry() *selfmon.Registry { return p.metrics }

// start builds and opens everything; what it opened is closed again if it fails.
func (p *process) start(ctx context.Context, plan *pipeline.Plan) (err error) {
	p.memory.SetLimit(cgroupLimit(cgroupMemory) / 10 * 6) // a memory_limiter sets another
	env := pipeline.Env{
		Log: p.log.Logger, Servers: p.servers, Metrics: p.metrics, Ledger: p.ledger, Memory: p.memory,
		Health: p.health, Tracer: p.tracer, Version: version(), Started: p.started,
	}
	if p.graph, err = plan.Build(env); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			expired, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			err = errors.Join(err, p.shutdown(expired))
		}
	}()
	if err := p.graph.Start(ctx); err != nil {
		return err
	}
	p.countProcess(p.metrics)
	if err := p.serveMetrics(&plan.Telemetry); err != nil {
		return err
	}
	return p.serveAPIs()
}

// shutdown stops answering, stops taking in, drains, and closes the stores.
func (p *process) shutdown(ctx context.Context) error {
	brief, cancel := context.WithTimeout(ctx, apiGrace)
	defer cancel()
	for _, l := range p.apis {
		// What is cut off then is an answer that can be asked for again.
		_ = l.Close(brief)
	}
	err := p.graph.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // stated, counted, and no failure of the process
		p.log.Warn("the shutdown deadline passed before all was drained", "error", err)
		err = nil
	}
	return errors.Join(err, p.stores.close())
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
