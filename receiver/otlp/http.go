package otlp

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"google.golang.org/grpc/codes"
)

func (r *receiver) listenHTTP(cfg *HTTP) (*transport.Listener, error) {
	h := &httpHandler{receiver: r, ready: make(chan struct{})}
	routes := map[string]http.Handler{}
	for signal, path := range map[otlp.Signal]string{otlp.Traces: cfg.TracesURLPath, otlp.Logs: cfg.LogsURLPath, otlp.Metrics: cfg.MetricsURLPath} {
		if !strings.HasPrefix(path, "/") { // upstream puts it there too
			path = "/" + path
		}
		routes[path] = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, signal) })
	}
	l, err := r.servers.ListenHTTP(r.owner, cfg.HTTPConfig, routes)
	if err != nil {
		return nil, err
	}
	h.listener = l.Named("OTLP HTTP")
	close(h.ready)
	return l, nil
}

type httpHandler struct {
	receiver *receiver
	listener *transport.Listener
	ready    chan struct{} // closed when listener is set: a request may come before
}

func (h *httpHandler) serve(w http.ResponseWriter, req *http.Request, signal otlp.Signal) {
	<-h.ready
	if req.Method != http.MethodPost {
		h.listener.Refused(1)
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "send OTLP with POST", http.StatusMethodNotAllowed)
		return
	}
	f := formatOf(req.Header.Get("Content-Type"))
	if f == nil {
		h.listener.Refused(1)
		http.Error(w, contentTypeText(req.Header.Get("Content-Type")), http.StatusUnsupportedMediaType)
		return
	}
	request, err := transport.ReadRequest(req)
	if err != nil {
		h.listener.Refused(1)
		httpStatus, text := transport.BodyStatus(err)
		code := codes.InvalidArgument
		if httpStatus == http.StatusServiceUnavailable {
			code = codes.Unavailable
		}
		f.answer(w, httpStatus, code, text)
		return
	}
	defer func() { request.Body.Release() }()
	if err := h.receiver.take(req.Context(), h.listener, h.receiver.http, signal, request, f.read); err != nil {
		f.refuse(w, err)
		return
	}
	// Exactly 200: Envoy counts 202 as a failure.
	w.Header().Set("Content-Type", f.contentType)
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, f.accepted)
}

// refuse answers an error of take.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#failures-1
func (f *format) refuse(w http.ResponseWriter, err error) {
	var invalid *invalidError
	var noPipeline *noPipelineError
	switch {
	case errors.As(err, &invalid):
		f.answer(w, http.StatusBadRequest, codes.InvalidArgument, err.Error())
	case errors.As(err, &noPipeline):
		f.answer(w, http.StatusNotFound, codes.Unimplemented, err.Error())
	case component.IsPermanent(err):
		f.answer(w, http.StatusInternalServerError, codes.Internal, err.Error()) // 500 is not retried by OTLP's rules
	default:
		delay, throttled := component.RetryDelay(err)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(delay.Seconds()))))
		if throttled {
			f.answer(w, http.StatusTooManyRequests, codes.ResourceExhausted, err.Error())
		} else {
			f.answer(w, http.StatusServiceUnavailable, codes.Unavailable, err.Error())
		}
	}
}

// answer writes a google.rpc.Status.
func (f *format) answer(w http.ResponseWriter, httpStatus int, code codes.Code, text string) {
	w.Header().Set("Content-Type", f.contentType)
	w.WriteHeader(httpStatus)
	// The client is gone if this fails, and it has its status already.
	_, _ = w.Write(f.status(code, text))
}
