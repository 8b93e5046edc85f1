package otlp

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

func traces(t *testing.T) *otlp.Batch {
	t.Helper()
	tree := ptrace.NewTraces()
	spans := tree.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range byte(4) {
		spans.AppendEmpty().SetTraceID([16]byte{1, i})
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(tree).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	batch, err := otlp.New(otlp.Traces, body)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// dropped is what the exporter told the ledger.
type dropped struct {
	items  int
	reason string
}

// export sends one batch to a server that answers as serve says.
func export(t *testing.T, cfg Config, serve transport.UnaryMethod) (drops []dropped, err error) {
	t.Helper()
	l, err := transport.NewServers(nil).ListenGRPC("test", transport.GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]transport.UnaryMethod{methods[otlp.Traces]: serve})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	cfg.Endpoint, cfg.TLS.Insecure = l.Addr().String(), true
	e, err := Factory.New(cfg, component.Settings{
		Log:      slog.New(slog.DiscardHandler),
		DropSome: func(_ *otlp.Batch, items int, reason string) { drops = append(drops, dropped{items, reason}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = e.Consume(ctx, traces(t))
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return drops, err
}

// The server gets the bytes that came in, whatever the compression, with the configured headers.
func TestBytesArriveUnchanged(t *testing.T) {
	t.Parallel()
	want := traces(t).Bytes()
	for _, compression := range []string{"gzip", "zstd", "none"} {
		cfg := Factory.Default()
		cfg.Compression = compression
		cfg.Headers = map[string]config.Secret{"X-Tenant": "blue"}
		cfg.UserAgent = "oriel/test"
		_, err := export(t, cfg, func(ctx context.Context, request *transport.Request) ([]byte, error) {
			md, _ := metadata.FromIncomingContext(ctx)
			if got := md.Get("x-tenant"); len(got) != 1 || got[0] != "blue" {
				t.Errorf("header x-tenant: %v", got)
			}
			if !bytes.Equal(request.Body.Bytes(), want) {
				t.Errorf("%s: %d bytes arrived, %d were sent", compression, len(request.Body.Bytes()), len(want))
			}
			return nil, nil
		})
		if err != nil {
			t.Errorf("%s: %v", compression, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	retryInfo := func(code codes.Code, delay time.Duration) error {
		st, err := status.New(code, "busy").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(delay)})
		if err != nil {
			t.Fatal(err)
		}
		return st.Err()
	}
	for name, c := range map[string]struct {
		err       error
		permanent bool
		after     time.Duration // -1: no throttling
	}{
		"unavailable":            {status.Error(codes.Unavailable, "x"), false, -1},
		"unavailable with delay": {retryInfo(codes.Unavailable, 3*time.Second), false, 3 * time.Second},
		"deadline":               {status.Error(codes.DeadlineExceeded, "x"), false, -1},
		"aborted":                {status.Error(codes.Aborted, "x"), false, -1},
		"data loss":              {status.Error(codes.DataLoss, "x"), false, -1},
		"exhausted with delay":   {retryInfo(codes.ResourceExhausted, time.Second), false, time.Second},
		"exhausted, no delay":    {status.Error(codes.ResourceExhausted, "x"), true, -1},
		"invalid":                {status.Error(codes.InvalidArgument, "x"), true, -1},
		"internal":               {status.Error(codes.Internal, "x"), true, -1},
		"unauthenticated":        {retryInfo(codes.Unauthenticated, time.Second), true, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := export(t, Factory.Default(), func(context.Context, *transport.Request) ([]byte, error) { return nil, c.err })
			if err == nil || component.IsPermanent(err) != c.permanent {
				t.Errorf("got %v, permanent %t", err, component.IsPermanent(err))
			}
			if after, ok := component.RetryAfter(err); ok != (c.after >= 0) || ok && after != c.after {
				t.Errorf("retry after %s %t, want %s", after, ok, c.after)
			}
		})
	}
}

// What a server takes in part is counted as dropped, whatever it claims.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	response := func(rejected int64) []byte {
		r := ptraceotlp.NewExportResponse()
		r.PartialSuccess().SetRejectedSpans(rejected)
		r.PartialSuccess().SetErrorMessage("too old")
		body, err := r.MarshalProto()
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for name, c := range map[string]struct {
		reply []byte
		items int
	}{
		"none": {nil, 0}, "a warning": {response(0), 0}, "three": {response(3), 3}, "more than were sent": {response(1 << 40), 4},
		"negative": {response(-5), 0}, "broken": {[]byte{0x0a, 0xff}, 0}, "noise": {[]byte("hello"), 0},
	} {
		drops, err := export(t, Factory.Default(), func(context.Context, *transport.Request) ([]byte, error) { return c.reply, nil })
		sum := 0
		for _, d := range drops {
			sum += d.items
		}
		if err != nil || sum != c.items {
			t.Errorf("%s: %d dropped, want %d (%v)", name, sum, c.items, err)
		}
	}
}

func TestDeadPeer(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	cfg := Factory.Default()
	cfg.Endpoint, cfg.TLS.Insecure = free.Addr().String(), true
	e, err := Factory.New(cfg, component.Settings{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.Consume(t.Context(), traces(t)); err == nil || component.IsPermanent(err) {
		t.Errorf("got %v, want a retryable error", err)
	}
	for range 2 {
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := e.Consume(t.Context(), traces(t)); err == nil {
		t.Error("a closed exporter took a batch")
	}
}
