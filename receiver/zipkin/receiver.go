// Package zipkin receives Zipkin spans in JSON over HTTP and hands them on as
// OTLP. What becomes of each field is told in wire/zipkin.
//
// Begin with receiver.serve. As upstream's receiver does, it takes a POST at any path:
// one with api/v1/spans in it is version 1, each other one version 2. The other methods
// are left to the query API, which may listen at the same address.
package zipkin

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/zipkin"
)

type receiver struct {
	cfg     Config
	v1, v2  component.Sink // by the version of the format
	servers *transport.Servers
	owner   string
	log     *slog.Logger
	invalid *selfmon.Counter
	bodies  sync.Pool // of *bytes.Buffer

	listener *transport.Listener
	ready    chan struct{} // closed when listener is set: a request may come before
}

func newReceiver(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
	return &receiver{
		cfg: cfg, v1: set.Via("http_v1_json", next), v2: set.Via("http_v2_json", next), servers: set.Servers, owner: "receivers." + set.ID.String(), log: set.Log,
		invalid: set.Metrics.Counter("oriel_receiver_invalid_requests", "Requests that could not be read."),
		bodies:  sync.Pool{New: func() any { return new(bytes.Buffer) }},
		ready:   make(chan struct{}),
	}, nil
}

// Start opens the listener.
func (r *receiver) Start(context.Context) error {
	l, err := r.servers.ListenHTTP(r.owner, r.cfg.HTTPConfig, map[string]http.Handler{"POST /": http.HandlerFunc(r.serve)})
	if err != nil {
		return err
	}
	r.listener = l.Named("Zipkin")
	close(r.ready)
	return nil
}

// Shutdown stops listening and waits for running requests.
func (r *receiver) Shutdown(ctx context.Context) error {
	if r.listener == nil {
		return nil
	}
	return r.listener.Close(ctx)
}

// serve answers one POST: 202 when the spans are in somebody's hands, else why not.
func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	<-r.ready
	if text := unsupportedType(req.Header.Get("Content-Type")); text != "" {
		r.listener.Refused(1)
		http.Error(w, text, http.StatusUnsupportedMediaType)
		return
	}
	body := r.bodies.Get().(*bytes.Buffer)
	defer r.release(body)
	if _, err := body.ReadFrom(req.Body); err != nil {
		r.listener.Refused(1)
		status, text := transport.BodyStatus(err)
		http.Error(w, text, status)
		return
	}
	next, v1 := r.v2, strings.Contains(req.URL.Path, "api/v1/spans")
	if v1 {
		next = r.v1
	}
	batch, err := zipkin.ToOTLP(body.Bytes(), zipkin.Options{V1: v1, ParseStringTags: r.cfg.ParseStringTags})
	if err != nil {
		r.listener.Refused(1)
		r.invalid.Add(1)
		r.log.Warn("refused a request", "peer", req.RemoteAddr, "path", req.URL.Path, "error", err)
		http.Error(w, "cannot read the spans: "+err.Error(), http.StatusBadRequest)
		return
	}
	if batch.Items() > 0 {
		if err := next.Consume(req.Context(), batch); err != nil {
			r.listener.Refused(batch.Items())
			refuse(w, err)
			return
		}
		r.listener.Received(batch.Items())
	}
	w.WriteHeader(http.StatusAccepted)
}

// keepBody is the largest buffer that is kept for the next request.
const keepBody = 4 << 20

func (r *receiver) release(body *bytes.Buffer) {
	if body.Cap() <= keepBody {
		body.Reset()
		r.bodies.Put(body)
	}
}

// unsupportedType says what to send in place of a format that we cannot read,
// "" if it is none of those. Whatever else the header says, it is JSON.
func unsupportedType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
	case "application/x-protobuf", "application/protobuf":
		return fmt.Sprintf("Zipkin spans as %s are not supported; send JSON (Envoy: collector_endpoint_version: HTTP_JSON)", kind)
	case "application/x-thrift", "application/vnd.apache.thrift.binary":
		return fmt.Sprintf("Zipkin spans as %s are not supported; send JSON (Brave and zipkin-reporter: Encoding.JSON)", kind)
	}
	return ""
}

// refuse answers an error of the pipeline: 400 tells the client not to try
// again, 429 and 503 when to.
func refuse(w http.ResponseWriter, err error) {
	if component.IsPermanent(err) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	after, throttled := component.RetryAfter(err)
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(after, time.Second).Seconds()))))
	status := http.StatusServiceUnavailable
	if throttled {
		status = http.StatusTooManyRequests
	}
	http.Error(w, err.Error(), status)
}
