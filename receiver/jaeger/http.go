package jaeger

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/jaeger"
)

// httpWay is Thrift's binary protocol over HTTP.
type httpWay struct {
	*receiver
	cfg      transport.HTTPConfig
	next     component.Sink
	listener *transport.Listener
	ready    chan struct{} // closed when listener is set: a request may come before
}

func (w *httpWay) listen() (*transport.Listener, error) {
	l, err := w.servers.ListenHTTP(w.owner, w.cfg, map[string]http.Handler{"POST /api/traces": w})
	if err != nil {
		return nil, err
	}
	w.listener = l.Named("Jaeger HTTP")
	close(w.ready)
	return l, nil
}

// ServeHTTP answers one POST: 202 when the spans are in somebody's hands, else why not.
func (w *httpWay) ServeHTTP(answer http.ResponseWriter, req *http.Request) {
	<-w.ready
	kind, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/x-thrift", "application/vnd.apache.thrift.binary":
	default:
		w.listener.Refused(1)
		http.Error(answer, fmt.Sprintf("unsupported content type: %q; send application/x-thrift", kind), http.StatusBadRequest)
		return
	}
	request, err := transport.ReadRequest(req)
	if err != nil {
		w.listener.Refused(1)
		status, text := transport.BodyStatus(err)
		http.Error(answer, text, status)
		return
	}
	defer request.Body.Release()
	from := &component.Client{Address: request.Peer, Metadata: request.Metadata}
	_, err = w.take(req.Context(), w.listener, w.next, request.Body.Bytes(), jaeger.Thrift, from)
	var invalid *jaeger.Error
	switch {
	case errors.As(err, &invalid):
		http.Error(answer, "cannot read the spans: "+err.Error(), http.StatusBadRequest)
	case err != nil:
		component.RefuseHTTP(answer, err, http.StatusInternalServerError)
	default:
		answer.WriteHeader(http.StatusAccepted)
	}
}
