package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
)

// live is the mesh at work: its services listen, its stores answer.
type live struct {
	mesh     *mesh
	dice     *dice
	network  *network
	stores   map[string]*store
	queues   map[string]chan event
	services []*service
	ctx      context.Context // ends when the mesh stops; background work listens to it
	stop     context.CancelFunc
	work     sync.WaitGroup // jobs and consumers
	serving  sync.WaitGroup // HTTP servers
}

// service is one service, or one version of it, in a live mesh.
type service struct {
	spec
	*telemetry // nil if it is silent
	mesh       *live
	pools      map[string]chan struct{} // a token for each connection
	client     *http.Client
	server     *http.Server
}

// startLive opens all ports and begins background work. Each service sends its telemetry to out.
func startLive(ctx context.Context, m *mesh, d *dice, out outlet) (*live, error) {
	l := &live{mesh: m, dice: d, network: newNetwork(d), stores: map[string]*store{}, queues: map[string]chan event{}}
	l.ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range m.stores {
		st, err := startStore(s)
		if err != nil {
			return nil, errors.Join(err, l.close(ctx))
		}
		l.stores[s.name] = st
	}
	for _, s := range m.services {
		if err := l.open(ctx, s, out); err != nil {
			return nil, errors.Join(fmt.Errorf("start %s: %w", s.name, err), l.close(ctx))
		}
	}
	for _, s := range l.services {
		for _, j := range s.jobs {
			l.work.Go(func() { s.repeatJob(j) })
		}
		if q := l.queues[s.consumes]; q != nil {
			l.work.Go(func() { s.consume(q) })
		}
	}
	return l, nil
}

// open starts one service on a port of its own.
func (l *live) open(ctx context.Context, s spec, out outlet) error {
	svc := &service{spec: s, mesh: l, pools: map[string]chan struct{}{}, client: &http.Client{Transport: l.network, Timeout: 10 * time.Second}}
	for name, size := range s.pools {
		svc.pools[name] = make(chan struct{}, size)
	}
	if s.consumes != "" {
		l.queues[s.consumes] = make(chan event, 1024)
	}
	if !s.silent {
		t, err := newTelemetry(ctx, s, out)
		if err != nil {
			return err
		}
		svc.telemetry = t
		svc.client.Transport = otelhttp.NewTransport(l.network, otelhttp.WithTracerProvider(t.traces), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
			otelhttp.WithPropagators(w3c), otelhttp.WithSpanNameFormatter(clientSpanName))
	}
	l.services = append(l.services, svc)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	svc.server = &http.Server{Handler: svc.routes(), ReadHeaderTimeout: 5 * time.Second}
	l.network.add(s.name, s.weight, listener.Addr().String())
	l.serving.Go(func() { svc.server.Serve(listener) })
	return nil
}

// close ends background work, lets requests end, and sends what telemetry is left, as far as ctx allows.
func (l *live) close(ctx context.Context) error {
	l.stop()
	l.work.Wait()
	l.network.close() // or servers wait five seconds for connections that were never used
	errs := make([]error, len(l.services))
	var ending sync.WaitGroup
	for i, s := range l.services {
		if s.server != nil {
			ending.Go(func() { errs[i] = s.server.Shutdown(ctx) })
		}
	}
	ending.Wait()
	l.serving.Wait()
	l.network.close()
	for _, s := range l.stores {
		s.close()
	}
	var flush sync.WaitGroup
	for _, s := range l.services {
		if s.telemetry != nil {
			flush.Go(func() { s.telemetry.close(ctx) }) // the outlet reports what cannot be sent
		}
	}
	flush.Wait()
	return errors.Join(errs...)
}

// routes is the HTTP handler of a service.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	for _, op := range s.operations {
		var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, op) })
		if s.telemetry != nil {
			h = otelhttp.NewHandler(h, op.route, otelhttp.WithTracerProvider(s.traces), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
				otelhttp.WithPropagators(w3c), otelhttp.WithSpanNameFormatter(func(operation string, _ *http.Request) string { return operation }))
		}
		mux.Handle(op.route, h)
	}
	return mux
}

// answer takes the steps of an operation and answers with their outcome.
func (s *service) answer(w http.ResponseWriter, r *http.Request, op operation) {
	ctx, id, began := r.Context(), r.PathValue("id"), time.Now()
	if id != "" {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("product.id", id))
	}
	status := http.StatusOK
	if f := s.run(ctx, op.steps, id); f != nil {
		status = f.status
		if s.telemetry != nil {
			s.sayOutcome(ctx, time.Time{}, op.route, f)
		}
	}
	if s.name == "gateway" {
		s.say(ctx, time.Time{}, log.SeverityInfo, fmt.Sprintf("%s %s %d in %s", r.Method, r.URL.Path, status, time.Since(began).Round(time.Millisecond/10)),
			attribute.String("client.address", r.Header.Get("X-Forwarded-For")), attribute.Int("http.response.status_code", status))
	}
	w.WriteHeader(status)
	io.WriteString(w, http.StatusText(status)+"\n")
}

// run takes the steps in order until one fails.
func (s *service) run(ctx context.Context, steps []step, id string) *failure {
	for _, st := range steps {
		if f := s.take(ctx, st, id); f != nil {
			return f
		}
	}
	return nil
}

func (s *service) take(ctx context.Context, st step, id string) *failure {
	d := s.mesh.dice
	switch st := st.(type) {
	case work:
		time.Sleep(d.about(st.typical))
	case refuse:
		if d.hit(st.share) {
			return &failure{st.status, st.reason}
		}
	case sometimes:
		if d.hit(st.share) {
			return s.run(ctx, st.steps, id)
		}
	case together:
		return s.runTogether(ctx, st, id)
	case repeat:
		return s.runRepeat(ctx, st)
	case call:
		return s.call(ctx, st, id)
	case query:
		return s.query(ctx, st, id)
	case borrow:
		return s.borrow(ctx, st, id)
	case publish:
		return s.publish(ctx, st, id)
	}
	return nil
}

func (s *service) runTogether(ctx context.Context, steps []step, id string) *failure {
	failures := make([]*failure, len(steps))
	var wg sync.WaitGroup
	for i, st := range steps {
		wg.Go(func() { failures[i] = s.take(ctx, st, id) })
	}
	wg.Wait()
	for _, f := range failures {
		if f != nil {
			return f
		}
	}
	return nil
}

func (s *service) runRepeat(ctx context.Context, st repeat) *failure {
	for i := 1; i <= st.times; i++ {
		if s.mesh.ctx.Err() != nil {
			return &failure{http.StatusServiceUnavailable, "interrupted by the end of the process"}
		}
		if f := s.run(ctx, st.steps, fmt.Sprint(i)); f != nil {
			return f
		}
	}
	return nil
}

// pathKey is the context key of the path template of a call.
type pathKey struct{}

func clientSpanName(_ string, r *http.Request) string {
	template, _ := r.Context().Value(pathKey{}).(string)
	return r.Method + " " + template
}

// call asks another service over HTTP.
func (s *service) call(ctx context.Context, c call, id string) *failure {
	ctx = context.WithValue(ctx, pathKey{}, c.path)
	r, err := http.NewRequestWithContext(ctx, c.method, "http://"+c.to+fillID(c.path, id), nil)
	if err != nil {
		return &failure{http.StatusInternalServerError, err.Error()}
	}
	answer, err := s.client.Do(r)
	var f *failure
	switch {
	case err != nil:
		f = &failure{http.StatusBadGateway, err.Error()}
	default:
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode >= 400 {
			f = &failure{answer.StatusCode, fmt.Sprintf("%s answered %s", c.to, answer.Status)}
		}
	}
	if f != nil && c.optional {
		if s.telemetry != nil {
			s.say(ctx, time.Time{}, log.SeverityWarn, "left out of the page: "+f.reason)
		}
		return nil
	}
	return f
}

// query asks a store and tells of it in a client span.
func (s *service) query(ctx context.Context, q query, id string) *failure {
	st := s.mesh.stores[q.store]
	ctx, span := s.tracer.Start(ctx, q.spanName(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(q.attributes(st.storeSpec, id)...))
	defer span.End()
	if err := st.ask(ctx, s.mesh.dice.about(q.typical)); err != nil {
		span.SetStatus(codes.Error, err.Error())
		return &failure{http.StatusInternalServerError, q.store + ": " + err.Error()}
	}
	return nil
}

// borrow waits for a connection of the pool, and says so in a span and a log line.
func (s *service) borrow(ctx context.Context, b borrow, id string) *failure {
	pool := s.pools[b.pool]
	waitCtx, span := s.tracer.Start(ctx, "wait for pool "+b.pool, trace.WithAttributes(poolAttributes(b.pool, cap(pool))...))
	began := time.Now()
	timer := time.NewTimer(b.wait)
	defer timer.Stop()
	select {
	case pool <- struct{}{}:
		defer func() { <-pool }()
		waited := time.Since(began)
		span.End()
		if waited > 100*time.Millisecond {
			s.sayWaited(waitCtx, time.Time{}, b.pool, waited)
		}
		return s.run(ctx, b.steps, id)
	case <-timer.C:
		f := gaveUp(b, cap(pool))
		span.SetStatus(codes.Error, f.reason)
		span.End()
		return f
	}
}

func fillID(path, id string) string { return strings.ReplaceAll(path, "{id}", id) }
