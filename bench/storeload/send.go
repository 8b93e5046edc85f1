package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// templates is how many different requests each sender has; more make strings vary more.
const templates = 24

// sample is some of what was acknowledged, to ask for later.
type sample struct {
	traces, requests []string
}

// result is what sending came to.
type result struct {
	spans, retried int64
	took           time.Duration
	acks           latencies
	known          sample
}

// send sends the spans over all connections, and counts what is acknowledged.
func send(ctx context.Context, o options) (*result, error) {
	conns := make([]*grpc.ClientConn, o.conns)
	for i := range conns {
		conn, err := grpc.NewClient(o.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, fmt.Errorf("dial %s: %w", o.grpc, err)
		}
		defer conn.Close()
		conns[i] = conn
	}
	workers := make([]*sender, o.inFlight)
	var making sync.WaitGroup
	for i := range workers {
		making.Go(func() { workers[i] = newSender(uint64(i)+1, conns[i%o.conns], o) })
	}
	making.Wait()

	share := o.spans / int64(len(workers))
	began := time.Now()
	errs := make([]error, len(workers))
	var sending sync.WaitGroup
	for i, w := range workers {
		sending.Go(func() { errs[i] = w.run(ctx, share) })
	}
	sending.Wait()
	all := &result{took: time.Since(began)}
	for i, w := range workers {
		if errs[i] != nil {
			return nil, errs[i]
		}
		all.spans += w.spans
		all.retried += w.retried
		all.acks = append(all.acks, w.acks...)
		all.known.traces = append(all.known.traces, w.known.traces...)
		all.known.requests = append(all.known.requests, w.known.requests...)
	}
	return all, nil
}

// sender has one request in flight.
type sender struct {
	result
	conn     *grpc.ClientConn
	rng      *rand.Rand
	payloads []*payload
	pause    time.Duration // between the beginnings of two requests
}

func newSender(seed uint64, conn *grpc.ClientConn, o options) *sender {
	s := &sender{conn: conn, rng: rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano())))}
	for range templates {
		s.payloads = append(s.payloads, newPayload(s.rng, o.perRequest))
	}
	if o.rate > 0 {
		s.pause = time.Duration(float64(o.perRequest*o.inFlight) / o.rate * float64(time.Second))
	}
	return s
}

// run sends until so many spans are acknowledged. A request that is pushed back is sent again.
func (s *sender) run(ctx context.Context, spans int64) error {
	for next, i := time.Now(), 0; s.spans < spans; i++ {
		p := s.payloads[i%len(s.payloads)]
		began := time.Now()
		p.renew(salts{s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64()}, uint64(began.UnixNano()))
		if err := s.deliver(ctx, p.data); err != nil {
			return err
		}
		s.spans += int64(p.spans)
		s.acks = append(s.acks, time.Since(began))
		if s.rng.IntN(1+i/200) == 0 { // some from each part of the run
			id, request := p.firstTrace()
			s.known.traces, s.known.requests = append(s.known.traces, id), append(s.known.requests, request)
		}
		if s.pause > 0 {
			next = next.Add(s.pause)
			time.Sleep(time.Until(next))
		}
	}
	return nil
}

func (s *sender) deliver(ctx context.Context, data []byte) error {
	for {
		err := s.conn.Invoke(ctx, coltrace.TraceService_Export_FullMethodName, data, new([]byte), grpc.ForceCodecV2(rawCodec{}))
		switch status.Code(err) {
		case codes.OK:
			return nil
		case codes.Unavailable, codes.ResourceExhausted:
			s.retried++
			time.Sleep(20 * time.Millisecond)
		default:
			return err
		}
	}
}

// rawCodec sends and receives bytes as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}
