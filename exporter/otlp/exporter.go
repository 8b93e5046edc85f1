// Package otlp sends OTLP over gRPC: the bytes that came in, without decoding
// or encoding them again. One Consume is one attempt; queue and retries are the
// pipeline's (component.Delivery).
package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Config is the `otlp:` block of exporters, with upstream's keys.
type Config struct {
	component.Delivery         `yaml:",inline"`
	transport.GRPCClientConfig `yaml:",inline"`
}

// Factory is listed in components/components.go.
var Factory = component.ExporterFactory[Config]{
	Type:    "otlp",
	Aliases: []string{"otlp_grpc"},
	Summary: "Sends OTLP over gRPC.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		return Config{component.DefaultDelivery(), transport.GRPCClientConfig{Compression: "gzip"}}
	},
	New: newExporter,
}

type exporter struct {
	cfg      Config
	log      *slog.Logger
	process  *component.Process
	dropSome func(batch *otlp.Batch, items int, reason string)
	client   *transport.GRPCClient // from Start on
}

func newExporter(cfg Config, set component.Settings) (component.Stage, error) {
	return &exporter{cfg: cfg, log: set.Log, process: set.Process, dropSome: set.DropSome}, nil
}

// Start begins to connect. A server that is not there yet is no error.
func (e *exporter) Start(context.Context) (err error) {
	if e.client, err = e.cfg.NewClient(e.log, e.process.UserAgent()); err == nil {
		e.client.Connect()
	}
	return err
}

// Shutdown cuts the connection.
func (e *exporter) Shutdown(context.Context) error {
	if e.client == nil {
		return nil
	}
	return e.client.Close()
}

var methods = [otlp.Metrics + 1]string{
	otlp.Traces:  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	otlp.Logs:    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
	otlp.Metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}

// Consume sends the batch once.
func (e *exporter) Consume(ctx context.Context, batch *otlp.Batch) error {
	return e.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed sends the batch once, from where its bytes are lent; compressed as it came, if the server is to have that.
func (e *exporter) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	message := batch.Pieces(nil)
	if encoding, encoded := batch.Encoded(); e.client.Takes(encoding) {
		message, bytes = [][]byte{encoded}, nil
	}
	reply, err := e.client.CallPieces(ctx, methods[batch.Signal()], message, bytes)
	if err != nil {
		return classify(e.cfg.Endpoint, err)
	}
	if rejected, message := otlp.PartialSuccess(reply); rejected > 0 {
		e.dropSome(batch, min(rejected, batch.Items()), "the server took the batch only in part")
		e.log.Warn("the server took a batch only in part", "endpoint", e.cfg.Endpoint, "rejected", rejected, "message", message)
	} else if message != "" {
		e.log.Warn("the server says", "endpoint", e.cfg.Endpoint, "message", message)
	}
	return nil
}

// classify marks an error as permanent or throttling, by OTLP's table of codes.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#failures
func classify(endpoint string, err error) error {
	st := status.Convert(err)
	told := fmt.Errorf("%s: %s: %s", endpoint, st.Code(), st.Message())
	delay, asked := retryInfo(st)
	switch st.Code() {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
	case codes.ResourceExhausted:
		if !asked {
			return component.Permanent(told)
		}
	default:
		return component.Permanent(told)
	}
	if asked {
		return component.Throttled(told, delay)
	}
	return told
}

func retryInfo(st *status.Status) (delay time.Duration, ok bool) {
	if len(st.Proto().GetDetails()) == 0 {
		return 0, false
	}
	for _, detail := range st.Details() {
		if info, is := detail.(*errdetails.RetryInfo); is {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}
