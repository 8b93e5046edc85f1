//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// spansPerTrace is how many spans newTrace makes.
const spansPerTrace = 5

// sender sends traces over OTLP/gRPC.
type sender struct {
	conn   *grpc.ClientConn
	client coltrace.TraceServiceClient
}

func newSender(t *testing.T, address string) *sender {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &sender{conn, coltrace.NewTraceServiceClient(conn)}
}

// send exports new traces in one request and returns their ids in hex.
func (s *sender) send(ctx context.Context, count int) (ids []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request := &coltrace.ExportTraceServiceRequest{}
	for range count {
		id, group := newTrace("loaded")
		ids = append(ids, id)
		request.ResourceSpans = append(request.ResourceSpans, group)
	}
	answer, err := s.client.Export(ctx, request)
	if err == nil && answer.GetPartialSuccess().GetRejectedSpans() > 0 {
		err = fmt.Errorf("partial success: %v", answer.PartialSuccess)
	}
	return ids, err
}

// newTrace is a root and its children, with an attribute that is as long as usual ones.
func newTrace(service string) (id string, group *traces.ResourceSpans) {
	traceID := randomBytes(16)
	now := uint64(time.Now().UnixNano())
	scope := &traces.ScopeSpans{Scope: &common.InstrumentationScope{Name: "e2e"}}
	root := randomBytes(8)
	for i := range uint64(spansPerTrace) {
		span := &traces.Span{TraceId: traceID, SpanId: root, Name: "GET /load", Kind: traces.Span_SPAN_KIND_SERVER,
			StartTimeUnixNano: now + i*1000, EndTimeUnixNano: now + 1_000_000, Attributes: []*common.KeyValue{stringAttr("request.id", hex.EncodeToString(randomBytes(16)))}}
		if i > 0 {
			span.SpanId, span.ParentSpanId, span.Name, span.Kind = randomBytes(8), root, "work", traces.Span_SPAN_KIND_INTERNAL
		}
		scope.Spans = append(scope.Spans, span)
	}
	return hex.EncodeToString(traceID), &traces.ResourceSpans{
		Resource:   &resource.Resource{Attributes: []*common.KeyValue{stringAttr("service.name", service)}},
		ScopeSpans: []*traces.ScopeSpans{scope},
	}
}

func stringAttr(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// load sends from several connections until it is stopped, and remembers what was acknowledged.
type load struct {
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex
	acked []string // trace ids; guarded by mu
}

func startLoad(t *testing.T, address string) *load {
	t.Helper()
	l := &load{}
	ctx, cancel := context.WithCancel(t.Context())
	l.stop = cancel
	for range 4 {
		s := newSender(t, address)
		l.wg.Go(func() {
			for ctx.Err() == nil {
				ids, err := s.send(context.WithoutCancel(ctx), 10)
				if err != nil {
					return // the process is gone, or going
				}
				l.mu.Lock()
				l.acked = append(l.acked, ids...)
				l.mu.Unlock()
			}
		})
	}
	return l
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// end stops the load and returns the ids of all traces that were acknowledged.
func (l *load) end() []string {
	l.stop()
	l.wg.Wait()
	return l.acked
}

// checkKept asks for traces that were acknowledged: all of them, or every n-th
// if they are thousands, and counts the rest by the store's own number.
func checkKept(t *testing.T, o *oriel, ids []string) {
	t.Helper()
	const most = 3000
	step := 1 + len(ids)/most
	lost := 0
	for i := 0; i < len(ids); i += step {
		tr, err := o.trace(ids[i])
		if err != nil || tr.Spans != spansPerTrace {
			if lost++; lost <= 5 {
				t.Errorf("trace %s, number %d of %d that were acknowledged: %d spans, want %d (%v)", ids[i], i, len(ids), tr.Spans, spansPerTrace, err)
			}
		}
	}
	if lost > 5 {
		t.Errorf("%d of %d checked traces are not whole", lost, (len(ids)+step-1)/step)
	}
	if err := o.keeps(len(ids)); err != nil {
		t.Error(err)
	}
}

// keeps says whether the store has the spans of so many traces.
func (o *oriel) keeps(traces int) error {
	if kept := o.status().Store.Spans; kept < int64(traces*spansPerTrace) {
		return fmt.Errorf("the store has %d spans, want at least %d", kept, traces*spansPerTrace)
	}
	return nil
}
