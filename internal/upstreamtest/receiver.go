// Package upstreamtest runs the OpenTelemetry Collector's own OTLP receiver inside a test, as the
// other side of an exporter.
package upstreamtest

import (
	"context"
	"net"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// Receiver is upstream's OTLP receiver. What it takes in is kept as protobuf.
type Receiver struct {
	GRPC, HTTP string // addresses

	mu      sync.Mutex // guards the rest
	answer  error
	request [][]byte
}

// Answer makes the receiver answer with err from now on.
func (r *Receiver) Answer(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = err
}

// Take returns what came since the last Take.
func (r *Receiver) Take() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.request
	r.request = nil
	return out
}

func (r *Receiver) keep(request []byte, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.answer == nil {
		r.request = append(r.request, request)
		return nil
	}
	if err == nil {
		err = r.answer
	}
	return err
}

// NewReceiver starts a receiver on free ports. tls is the `tls:` block for both protocols, nil for none.
func NewReceiver(t testing.TB, tls map[string]any) *Receiver {
	t.Helper()
	r := &Receiver{GRPC: freeAddress(t), HTTP: freeAddress(t)}
	grpc, http := map[string]any{"endpoint": r.GRPC}, map[string]any{"endpoint": r.HTTP}
	if tls != nil {
		grpc["tls"], http["tls"] = tls, tls
	}
	factory := otlpreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{"grpc": grpc, "http": http}}).Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	traces, err := consumer.NewTraces(func(_ context.Context, td ptrace.Traces) error {
		return r.keep((&ptrace.ProtoMarshaler{}).MarshalTraces(td))
	})
	if err != nil {
		t.Fatal(err)
	}
	logs, err := consumer.NewLogs(func(_ context.Context, ld plog.Logs) error {
		return r.keep((&plog.ProtoMarshaler{}).MarshalLogs(ld))
	})
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := consumer.NewMetrics(func(_ context.Context, md pmetric.Metrics) error {
		return r.keep((&pmetric.ProtoMarshaler{}).MarshalMetrics(md))
	})
	if err != nil {
		t.Fatal(err)
	}
	set := receivertest.NewNopSettings(factory.Type())
	made, err := factory.CreateTraces(t.Context(), set, cfg, traces)
	if err != nil {
		t.Fatal(err)
	}
	// The three are one receiver: the others only tell it their consumer.
	if _, err := factory.CreateLogs(t.Context(), set, cfg, logs); err != nil {
		t.Fatal(err)
	}
	if _, err := factory.CreateMetrics(t.Context(), set, cfg, metrics); err != nil {
		t.Fatal(err)
	}
	if err := made.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// freeAddress is one that nobody listened on a moment ago: the receiver does not say which port 0 became.
func freeAddress(t testing.TB) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return socket.Addr().String()
}
