// Package zipkin receives Zipkin spans over HTTP and hands them on as OTLP.
// What becomes of each field is told in wire/zipkin.
//
// Begin with receiver.serve. As upstream's receiver does, it takes a POST at any path:
// one with api/v1/spans in it is version 1, in Thrift or JSON, each other one version 2, in
// protobuf or JSON. The other methods are left to the query API, which may listen at the same address.
package zipkin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/zipkin"
)

type receiver struct {
	cfg     Config
	next    map[zipkin.Format]component.Sink
	servers *transport.Servers
	owner   string
	log     *slog.Logger
	invalid *selfmon.Counter

	listener *transport.Listener
	ready    chan struct{} // closed when listener is set: a request may come before
}

func newReceiver(cfg Config, set component.Settings, next component.Sink) (component.Component, error) {
	return &receiver{
		cfg: cfg, servers: set.Servers, owner: "receivers." + set.ID.String(), log: set.Log,
		next: map[zipkin.Format]component.Sink{
			zipkin.JSON: set.Via("http_v2_json", next), zipkin.Proto: set.Via("http_v2_proto", next),
			zipkin.JSONV1: set.Via("http_v1_json", next), zipkin.ThriftV1: set.Via("http_v1_thrift", next),
		},
		invalid: set.Metrics.Counter("oriel_receiver_invalid_requests", "Requests that could not be read."),
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
	request, err := transport.ReadRequest(req)
	if err != nil {
		r.listener.Refused(1)
		status, text := transport.BodyStatus(err)
		http.Error(w, text, status)
		return
	}
	defer request.Body.Release()
	format, hint := formatOf(req)
	batch, err := zipkin.ToOTLP(request.Body.Bytes(), zipkin.Options{
		Format: format, ParseStringTags: r.cfg.ParseStringTags, Debug: req.Header.Get("X-B3-Flags") == "1",
	})
	if err != nil {
		r.listener.Refused(1)
		r.invalid.Add(1)
		r.log.Warn("refused a request", "peer", request.Peer, "path", req.URL.Path, "error", err)
		http.Error(w, "cannot read the spans: "+err.Error()+hint, http.StatusBadRequest)
		return
	}
	if batch.Items() > 0 {
		ctx := component.WithClient(req.Context(), &component.Client{Address: request.Peer, Metadata: request.Metadata})
		if err := r.next[format].Consume(ctx, batch); err != nil {
			r.listener.Refused(batch.Items())
			component.RefuseHTTP(w, err, http.StatusBadRequest)
			return
		}
		r.listener.Received(batch.Items())
	}
	w.WriteHeader(http.StatusAccepted)
}

// formatOf is the format of a body by path and Content-Type. Whatever else the
// header says, it is JSON, as it is for upstream; hint is what to say if it turns out not to be.
func formatOf(req *http.Request) (format zipkin.Format, hint string) {
	kind, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	thrift := kind == "application/x-thrift" || kind == "application/vnd.apache.thrift.binary"
	proto := kind == "application/x-protobuf" || kind == "application/protobuf"
	if strings.Contains(req.URL.Path, "api/v1/spans") {
		switch {
		case thrift:
			return zipkin.ThriftV1, ""
		case proto:
			hint = "; protobuf is version 2: send it to /api/v2/spans"
		}
		return zipkin.JSONV1, hint
	}
	switch {
	case proto:
		return zipkin.Proto, ""
	case thrift:
		hint = "; Thrift is version 1: send it to /api/v1/spans"
	}
	return zipkin.JSON, hint
}
