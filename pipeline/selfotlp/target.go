package selfotlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// target is a server for one signal.
type target struct {
	signal  otlp.Signal
	name    string // the endpoint, for people
	log     *slog.Logger
	o       Options
	timeout time.Duration
	// post is one attempt. permanent: the server will never take it.
	post  func(ctx context.Context, batch *otlp.Batch) (permanent bool, err error)
	close func() error
}

// Of each signal: its method of gRPC, its path, and what metrics call it.
var (
	methods = [otlp.Metrics + 1]string{
		otlp.Traces:  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
		otlp.Logs:    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
		otlp.Metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
	}
	paths = [otlp.Metrics + 1]string{otlp.Traces: "/v1/traces", otlp.Logs: "/v1/logs", otlp.Metrics: "/v1/metrics"}
)

func newTarget(signal otlp.Signal, cfg *config.TelemetryOTLP, o Options) (*target, error) {
	u, err := url.Parse(cfg.URL())
	if err != nil {
		return nil, err
	}
	t := &target{signal: signal, name: u.Host, o: o, timeout: cfg.Patience(), log: o.Log.With("component", ownComponent+signal.String())}
	tls := transport.TLSClientConfig{
		TLSConfig: transport.TLSConfig{CAFile: cfg.Certificate, CertFile: cfg.ClientCertificate, KeyFile: cfg.ClientKey},
		Insecure:  u.Scheme == "http",
	}
	agent := "oriel/" + o.Version
	if cfg.Protocol == "grpc" {
		return t, t.overGRPC(transport.GRPCClientConfig{Endpoint: u.Host, Compression: compression(cfg), TLS: tls, Headers: cfg.AllHeaders()}, agent)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = paths[signal]
	}
	client := transport.DefaultHTTPClient()
	client.TLS, client.Headers, client.Compression = tls, cfg.AllHeaders(), compression(cfg)
	return t, t.overHTTP(client, u.String(), agent)
}

func compression(cfg *config.TelemetryOTLP) string {
	if cfg.Compression == "" {
		return "none"
	}
	return cfg.Compression
}

func (t *target) overGRPC(cfg transport.GRPCClientConfig, agent string) error {
	client, err := cfg.NewClient(t.log, agent)
	if err != nil {
		return err
	}
	t.close = client.Close
	t.post = func(ctx context.Context, batch *otlp.Batch) (bool, error) {
		_, err := client.Call(ctx, methods[t.signal], batch.Bytes(), nil)
		switch status.Code(err) {
		case codes.OK, codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss, codes.ResourceExhausted:
			return false, err
		}
		return true, err
	}
	return nil
}

func (t *target) overHTTP(cfg transport.HTTPClientConfig, to, agent string) error {
	client, err := cfg.NewClient(t.log, agent)
	if err != nil {
		return err
	}
	t.close = func() error { client.Close(); return nil }
	t.post = func(ctx context.Context, batch *otlp.Batch) (bool, error) {
		answer, err := client.Post(ctx, transport.HTTPRequest{URL: to, ContentType: "application/x-protobuf", Body: batch.Pieces(nil)})
		switch {
		case err != nil:
			return false, err
		case answer.Status/100 == 2:
			return false, nil
		}
		again := answer.Status == 429 || answer.Status == 502 || answer.Status == 503 || answer.Status == 504
		text, _, _ := strings.Cut(string(answer.Body), "\n")
		return !again, fmt.Errorf("it answered %d %.120q", answer.Status, text)
	}
	return nil
}

// send is one attempt. again says that the batch could be taken later.
func (t *target) send(ctx context.Context, batch *otlp.Batch) (again bool) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	permanent, err := t.post(ctx, batch)
	if err == nil {
		return false
	}
	t.log.Warn("own telemetry was not sent", "to", t.name, "error", err)
	if permanent {
		t.dropped(t.o, batch.Items())
	}
	return !permanent
}

// dropped counts what will not be sent.
func (t *target) dropped(o Options, count int) {
	o.Registry().Scope().Counter("oriel_own_telemetry_dropped_items", "What the process says of itself and could not send.", "signal", t.signal.String()).Add(count)
}
