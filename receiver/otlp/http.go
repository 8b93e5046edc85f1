package otlp

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"google.golang.org/grpc/codes"
)

const protobufType = "application/x-protobuf"

func (r *receiver) listenHTTP(cfg *HTTP) (*transport.Listener, error) {
	h := &httpHandler{receiver: r, ready: make(chan struct{})}
	routes := map[string]http.Handler{}
	for signal, path := range map[otlp.Signal]string{otlp.Traces: cfg.TracesURLPath, otlp.Logs: cfg.LogsURLPath, otlp.Metrics: cfg.MetricsURLPath} {
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
	if kind, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), protobufType) {
		h.listener.Refused(1)
		http.Error(w, contentTypeText(kind), http.StatusUnsupportedMediaType)
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
		answer(w, httpStatus, code, text)
		return
	}
	defer request.Body.Release()
	if err := h.receiver.take(req.Context(), h.listener, h.receiver.http, signal, request); err != nil {
		refuse(w, err)
		return
	}
	// Exactly 200: Envoy counts 202 as a failure. The empty body is an empty
	// ExportServiceResponse, which says that all was accepted.
	w.Header().Set("Content-Type", protobufType)
	w.WriteHeader(http.StatusOK)
}

func contentTypeText(kind string) string {
	if strings.Contains(kind, "json") {
		return "OTLP in JSON is not supported yet; send protobuf with Content-Type: " + protobufType +
			" (for SDKs: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf)"
	}
	return fmt.Sprintf("Content-Type %q is not OTLP; send %s", kind, protobufType)
}

// refuse answers an error of take.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#failures-1
func refuse(w http.ResponseWriter, err error) {
	var invalid *invalidError
	var noPipeline *noPipelineError
	switch {
	case errors.As(err, &invalid):
		answer(w, http.StatusBadRequest, codes.InvalidArgument, err.Error())
	case errors.As(err, &noPipeline):
		answer(w, http.StatusNotFound, codes.Unimplemented, err.Error())
	case component.IsPermanent(err):
		answer(w, http.StatusInternalServerError, codes.Internal, err.Error()) // 500 is not retried by OTLP's rules
	default:
		delay, throttled := retryDelay(err)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(delay.Seconds()))))
		if throttled {
			answer(w, http.StatusTooManyRequests, codes.ResourceExhausted, err.Error())
		} else {
			answer(w, http.StatusServiceUnavailable, codes.Unavailable, err.Error())
		}
	}
}

// answer writes a google.rpc.Status: 1 code, 2 message.
func answer(w http.ResponseWriter, httpStatus int, code codes.Code, text string) {
	body := protoscan.AppendVarint(nil, 1, uint64(code))
	body = protoscan.AppendBytes(body, 2, text)
	w.Header().Set("Content-Type", protobufType)
	w.WriteHeader(httpStatus)
	// The client is gone if this fails, and it has its status already.
	_, _ = w.Write(body)
}
