// Package zipkin answers Zipkin's query API, version 2, from a store: what
// Zipkin's own UI, Grafana and scripts ask a zipkin-server for.
//
// Begin with Routes. params.go reads and checks parameters, with zipkin-server's
// texts and status codes; search.go finds traces; links.go makes dependencies.
//
// Differences from zipkin-server 3.5.1: names keep their case (it makes them lower
// case; here a name in a question matches in any case). Annotations without a tag of
// that name cannot be searched for. Autocompletion knows all tags, not configured ones.
//
// Source: https://zipkin.io/zipkin-api/zipkin2-api.yaml, and zipkin-server itself
// for what that leaves open.
package zipkin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/zipkin"
)

// server answers questions. It holds no state.
type server struct {
	reader  store.Reader
	version string
	log     *slog.Logger
	now     func() time.Time
}

// Routes are the handlers of the API by their net/http.ServeMux pattern; all
// are GETs, so that a receiver can have the POSTs of the same address.
func Routes(reader store.Reader, version string, log *slog.Logger) map[string]http.Handler {
	s := &server{reader: reader, version: version, log: log, now: time.Now}
	return map[string]http.Handler{
		"GET /health":                    s.handle(s.health),
		"GET /info":                      s.handle(s.info),
		"GET /api/v2/services":           s.handle(s.services),
		"GET /api/v2/spans":              s.handle(s.spans),
		"GET /api/v2/remoteServices":     s.handle(s.remoteServices),
		"GET /api/v2/traces":             s.handle(s.traces),
		"GET /api/v2/trace/{id}":         s.handle(s.trace),
		"GET /api/v2/traceMany":          s.handle(s.traceMany),
		"GET /api/v2/dependencies":       s.handle(s.dependencies),
		"GET /api/v2/autocompleteKeys":   s.handle(s.autocompleteKeys),
		"GET /api/v2/autocompleteValues": s.handle(s.autocompleteValues),
	}
}

// badRequest and notFound are answers rather than failures.
type badRequest string

func (e badRequest) Error() string { return string(e) }

type notFound string

func (e notFound) Error() string { return string(e) }

// handle answers with the JSON of f, or with its error as text.
func (s *server) handle(f func(r *http.Request) (body []byte, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := f(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// The client is gone if this fails.
		_, _ = w.Write(body)
	})
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var bad badRequest
	var missing notFound
	status := http.StatusInternalServerError
	switch {
	case errors.As(err, &bad), errors.Is(err, plan.ErrTooLarge):
		status = http.StatusBadRequest
	case errors.As(err, &missing):
		status = http.StatusNotFound
	case errors.Is(err, context.Canceled):
		return // nobody listens any more
	default:
		s.log.Error("a question failed", "path", r.URL.Path, "query", r.URL.RawQuery, "error", err)
	}
	http.Error(w, err.Error(), status)
}

// health says UP while the store takes writes.
func (s *server) health(*http.Request) ([]byte, error) {
	type component struct {
		Status  string               `json:"status"`
		Error   string               `json:"error,omitempty"`
		Details map[string]component `json:"details,omitempty"`
	}
	storage := component{Status: "UP"}
	if why := s.reader.Usage().Err; why != "" {
		storage = component{Status: "DOWN", Error: why}
	}
	return json.Marshal(map[string]any{
		"status": storage.Status,
		"zipkin": component{Status: storage.Status, Details: map[string]component{"OrielStore{}": storage}},
	})
}

func (s *server) info(*http.Request) ([]byte, error) {
	return json.Marshal(map[string]any{"zipkin": map[string]string{"version": s.version}})
}

// maxNames is how many names a list holds; more do not fit a menu anyhow.
const maxNames = 10_000

func (s *server) services(r *http.Request) ([]byte, error) {
	names, err := s.values(r.Context(), plan.F(plan.Service))
	if err != nil {
		return nil, err
	}
	return marshalNames(names)
}

// values are all values of a field in the store.
func (s *server) values(ctx context.Context, field plan.Field) ([]string, error) {
	catalog, err := s.reader.Catalog(ctx, store.CatalogQuery{Table: plan.Spans, Field: &field, Limit: maxNames})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(catalog.Entries))
	for i, e := range catalog.Entries {
		names[i] = e.Value.Text()
	}
	return names, nil
}

// marshalNames sorts names and leaves empty and repeated ones out.
func marshalNames(names []string) ([]byte, error) {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > 0 && names[0] == "" {
		names = names[1:]
	}
	if names == nil {
		names = []string{}
	}
	return json.Marshal(names)
}

func (s *server) spans(r *http.Request) ([]byte, error) {
	return s.namesOfService(r, plan.F(plan.Name))
}

func (s *server) remoteServices(r *http.Request) ([]byte, error) {
	return s.namesOfService(r, plan.Attr("peer.service"))
}

// namesOfService lists the values of a field among the spans of one service.
func (s *server) namesOfService(r *http.Request, field plan.Field) ([]byte, error) {
	service, err := required(r.URL.Query(), "serviceName")
	if err != nil {
		return nil, err
	}
	where, err := s.ofService(r.Context(), service)
	if err != nil {
		return nil, err
	}
	result, err := s.reader.Query(r.Context(), plan.Query{
		Table: plan.Spans, Where: plan.And{where, plan.Exists{Field: field}},
		GroupBy: []plan.Key{{Field: field}}, Aggregates: []plan.Aggregate{{Kind: plan.Count}}, Limit: maxNames,
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(result.Rows))
	for i, row := range result.Rows {
		names[i] = row[0].Text()
	}
	return marshalNames(names)
}

func (s *server) traces(r *http.Request) ([]byte, error) {
	q, err := parseSearch(r.URL.Query(), s.now())
	if err != nil {
		return nil, err
	}
	ids, err := s.find(r.Context(), q)
	if err != nil {
		return nil, err
	}
	return s.marshalTraces(r.Context(), ids)
}

func (s *server) trace(r *http.Request) ([]byte, error) {
	id, err := parseTraceID(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	batch, err := s.reader.Trace(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if batch == nil || batch.Items() == 0 {
		return nil, notFound(shortTraceID(id) + " not found")
	}
	return zipkin.AppendJSON(nil, batch), nil
}

func (s *server) traceMany(r *http.Request) ([]byte, error) {
	text, err := required(r.URL.Query(), "traceIds")
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, badRequest("traceIds parameter is empty")
	}
	var ids []otlp.TraceID
	for part := range strings.SplitSeq(text, ",") {
		id, err := parseTraceID(part)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, id) {
			return nil, badRequest("redundant traceId: " + part)
		}
		if ids = append(ids, id); len(ids) > maxTraces {
			return nil, badRequest("more than " + strconv.Itoa(maxTraces) + " traceIds")
		}
	}
	if len(ids) == 1 {
		return nil, badRequest("Use /api/v2/trace/{traceId} endpoint to retrieve a single trace")
	}
	return s.marshalTraces(r.Context(), ids)
}

// maxTraceBytes is when an answer of many traces ends early.
const maxTraceBytes = 256 << 20

func (s *server) marshalTraces(ctx context.Context, ids []otlp.TraceID) ([]byte, error) {
	out := []byte{'['}
	for _, id := range ids {
		batch, err := s.reader.Trace(ctx, id)
		if err != nil {
			return nil, err
		}
		if batch == nil || batch.Items() == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if out = zipkin.AppendJSON(out, batch); len(out) > maxTraceBytes {
			return nil, badRequest("the traces are larger than 256 MiB together; ask for fewer with limit")
		}
	}
	return append(out, ']'), nil
}

// autocompleteKeys are the tags of spans, most frequent ones first chosen.
func (s *server) autocompleteKeys(r *http.Request) ([]byte, error) {
	const most = 100
	catalog, err := s.reader.Catalog(r.Context(), store.CatalogQuery{Table: plan.Spans, Limit: most})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, e := range catalog.Entries {
		if e.Field.Scope != plan.Intrinsic {
			keys = append(keys, e.Field.Name)
		}
	}
	return marshalNames(keys)
}

func (s *server) autocompleteValues(r *http.Request) ([]byte, error) {
	key, err := required(r.URL.Query(), "key")
	if err != nil {
		return nil, err
	}
	values, err := s.values(r.Context(), plan.Attr(key))
	if err != nil {
		return nil, err
	}
	return marshalNames(values)
}
