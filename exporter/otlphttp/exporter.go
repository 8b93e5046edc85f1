package otlphttp

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

type exporter struct {
	cfg      Config
	targets  [otlp.Metrics + 1]target
	log      *slog.Logger
	process  *component.Process
	dropSome func(batch *otlp.Batch, items int, reason string)
	client   *transport.HTTPClient // from Start on
}

// target is where a signal goes.
type target struct {
	url  string
	name string // for people: without what may be secret in it
}

func newExporter(cfg Config, set component.Settings) (component.Stage, error) {
	e := &exporter{cfg: cfg, log: set.Log, process: set.Process, dropSome: set.DropSome}
	for signal, own := range map[otlp.Signal]string{otlp.Traces: cfg.TracesEndpoint, otlp.Logs: cfg.LogsEndpoint, otlp.Metrics: cfg.MetricsEndpoint} {
		to := own
		switch {
		case to != "":
		case cfg.Endpoint != "":
			to = strings.TrimSuffix(cfg.Endpoint, "/") + "/v1/" + signal.String()
		case set.Signals.Has(signal):
			return nil, fmt.Errorf("a pipeline sends %s here: set endpoint or %s_endpoint", signal, signal)
		default:
			continue
		}
		u, err := url.Parse(to)
		if err != nil {
			return nil, err
		}
		e.targets[signal] = target{to, u.Scheme + "://" + u.Host + u.Path}
	}
	return e, nil
}

// Start reads certificates. The first batch connects.
func (e *exporter) Start(context.Context) (err error) {
	e.client, err = e.cfg.NewClient(e.log, e.process.UserAgent())
	return err
}

// Shutdown closes what no request uses.
func (e *exporter) Shutdown(context.Context) error {
	if e.client != nil {
		e.client.Close()
	}
	return nil
}

// Consume sends the batch once.
func (e *exporter) Consume(ctx context.Context, batch *otlp.Batch) error {
	return e.ConsumeBorrowed(ctx, batch, nil)
}

// ConsumeBorrowed sends the batch once, from where its bytes are lent.
func (e *exporter) ConsumeBorrowed(ctx context.Context, batch *otlp.Batch, bytes *bytepool.Buffer) error {
	to := e.targets[batch.Signal()]
	request := transport.HTTPRequest{URL: to.url, ContentType: typeProto, Body: batch.Pieces(nil), Lender: bytes}
	request.Encoding, request.Encoded = batch.Encoded()
	if e.cfg.Encoding == encodingJSON {
		// JSON is about twice as long as protobuf.
		text := bytepool.Get(2*batch.Size() + 4<<10)
		defer text.Release()
		request = transport.HTTPRequest{URL: to.url, ContentType: typeJSON, Body: [][]byte{batch.AppendJSON(text.Bytes()[:0])}, Lender: text}
	}
	answer, err := e.client.Post(ctx, request)
	if err != nil {
		return fmt.Errorf("%s: %w", to.name, err)
	}
	if answer.Status < 200 || answer.Status > 299 {
		return refusal(to.name, answer)
	}
	if rejected, message := partialSuccess(answer); rejected > 0 {
		e.dropSome(batch, min(rejected, batch.Items()), "the server took the batch only in part")
		e.log.Warn("the server took a batch only in part", "endpoint", to.name, "rejected", rejected, "message", message)
	} else if message != "" {
		e.log.Warn("the server says", "endpoint", to.name, "message", message)
	}
	return nil
}
