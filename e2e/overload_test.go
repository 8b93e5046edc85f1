//go:build e2e

package e2e

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

const overloadConfig = `
receivers:
  otlp: {protocols: {grpc: {endpoint: GRPC, max_recv_msg_size_mib: 16}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 100}
exporters:
  otlp: {endpoint: BACKEND, tls: {insecure: true}, sending_queue: {queue_size: 100000}, retry_on_failure: {initial_interval: 500ms, max_interval: 1s}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp]}
`

// counting is a backend that notes the traces that it gets.
type counting struct {
	coltrace.UnimplementedTraceServiceServer
	mu    sync.Mutex // guards times
	times map[string]int
}

func (c *counting) Export(_ context.Context, r *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, group := range r.ResourceSpans {
		c.times[hex.EncodeToString(group.ScopeSpans[0].Spans[0].TraceId)]++
	}
	return &coltrace.ExportTraceServiceResponse{}, nil
}

// With the backend away, a collector with a memory limit takes what fits, refuses the rest so that every client
// tries again, stays below its limit, and delivers all that it took once the backend is there.
func TestOverload(t *testing.T) {
	t.Parallel()
	in, backend := freePort(t), freePort(t)
	c := runConfig(t, "collector", strings.NewReplacer("GRPC", in, "BACKEND", backend).Replace(overloadConfig))
	c.awaitPort(in)
	s := newSender(t, in)
	taken := map[string]bool{}
	for refusals := 0; refusals < 20; {
		ids, err := s.send(t.Context(), 2000)
		if err == nil {
			for _, id := range ids {
				taken[id] = true
			}
			continue
		}
		refusals++
		if st := status.Convert(err); st.Code() != codes.Unavailable || !hasRetryInfo(st) {
			t.Fatalf("refused with %v, want Unavailable with RetryInfo", err)
		}
	}
	if len(taken) == 0 {
		t.Fatal("nothing was taken")
	}

	socket, err := net.Listen("tcp", backend)
	if err != nil {
		t.Fatal(err)
	}
	arrived, server := &counting{times: map[string]int{}}, grpc.NewServer(grpc.MaxRecvMsgSize(16<<20))
	coltrace.RegisterTraceServiceServer(server, arrived)
	go server.Serve(socket)
	defer server.Stop()
	eventually(t, 30*time.Second, func() error {
		arrived.mu.Lock()
		defer arrived.mu.Unlock()
		for id := range taken {
			if arrived.times[id] != 1 {
				return fmt.Errorf("trace %s of %d arrived %d times", id, len(taken), arrived.times[id])
			}
		}
		if len(arrived.times) != len(taken) {
			return fmt.Errorf("%d traces arrived, and %d were taken", len(arrived.times), len(taken))
		}
		return nil
	})
	if _, err := s.send(t.Context(), 10); err != nil {
		t.Errorf("after it: %v", err)
	}
	if peak := peakMiB(t, c.cmd.Process.Pid); peak > 115 {
		t.Errorf("%d MiB resident at the peak, against a limit of 100", peak)
	} else {
		t.Logf("%d traces were taken, %d MiB resident at the peak", len(taken), peak)
	}
}

func hasRetryInfo(st *status.Status) bool {
	for _, detail := range st.Details() {
		if _, ok := detail.(*errdetails.RetryInfo); ok {
			return true
		}
	}
	return false
}
