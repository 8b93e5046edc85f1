package zipkin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/zipkin"
)

type exporter struct {
	cfg         Config
	name        string // of the server, for people
	contentType string
	options     zipkin.WriteOptions
	log         *slog.Logger
	process     *component.Process
	dropSome    func(batch *otlp.Batch, items int, reason string)
	client      *transport.HTTPClient // from Start on
}

func newExporter(cfg Config, set component.Settings) (component.Stage, error) {
	to, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	e := &exporter{
		cfg: cfg, name: to.Scheme + "://" + to.Host + to.Path, log: set.Log, process: set.Process, dropSome: set.DropSome,
		contentType: "application/json", options: zipkin.WriteOptions{DefaultService: cfg.DefaultServiceName},
	}
	if cfg.Format == "proto" {
		e.contentType, e.options.Format = "application/x-protobuf", zipkin.Proto
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
	whole := otlp.Filter(batch, hasIDs)
	if whole == nil {
		e.dropSome(batch, batch.Items(), noIDs)
		return nil
	}
	text := bytepool.Get(2*whole.Size() + 4<<10)
	defer text.Release()
	answer, err := e.client.Post(ctx, transport.HTTPRequest{
		URL: e.cfg.Endpoint, ContentType: e.contentType, Body: [][]byte{zipkin.FromOTLP(text.Bytes()[:0], whole, e.options)}, Lender: text,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	if answer.Status < 200 || answer.Status > 299 {
		return refusal(e.name, answer)
	}
	if without := batch.Items() - whole.Items(); without > 0 { // counted when the others are through, and so once
		e.dropSome(batch, without, noIDs)
	}
	return nil
}

const noIDs = "a span without trace id or span id, which Zipkin has no way to keep"

// hasIDs says whether a server would take the span. It would refuse all that are sent with one that has none.
func hasIDs(_ otlp.Group, _ otlp.Scope, item []byte) bool {
	f := otlp.Span(item).Fields()
	return !f.TraceID.IsZero() && !f.SpanID.IsZero()
}

// refusal makes an error of an answer. What the server found wrong with the request would be wrong
// again; that it is busy or has lost its storage, which Zipkin answers with 500, will pass.
func refusal(name string, answer *transport.HTTPResponse) error {
	told := fmt.Errorf("%s: %d %s%s", name, answer.Status, http.StatusText(answer.Status), reason(answer))
	passing := answer.Status >= 500 || answer.Status == http.StatusRequestTimeout || answer.Status == http.StatusTooManyRequests
	if !passing {
		return component.Permanent(told)
	}
	if wait, ok := answer.RetryAfter(); ok {
		return component.Throttled(told, wait)
	}
	return told
}

// reason is the first line of what the server says, where that is text.
func reason(answer *transport.HTTPResponse) string {
	const most = 300
	if kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "text/plain" {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(answer.Body[:min(len(answer.Body), most)])), "\n")
	if line == "" {
		return ""
	}
	return ": " + strings.ToValidUTF8(line, "\uFFFD")
}
