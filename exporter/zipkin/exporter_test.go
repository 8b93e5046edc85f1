package zipkin

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	zipkinmodel "github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

func batch(t testing.TB, text string) *otlp.Batch {
	t.Helper()
	b, err := otlp.FromJSON(otlp.Traces, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	span1 = `{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","parentSpanId":"0000000000000001","name":"get","kind":3,
		"startTimeUnixNano":"1700000000000001000","endTimeUnixNano":"1700000000000501000","status":{"code":2,"message":"boom"},
		"attributes":[{"key":"http.status_code","value":{"intValue":500}},{"key":"peer.service","value":{"stringValue":"db"}},{"key":"net.peer.ip","value":{"stringValue":"10.0.0.2"}},{"key":"net.peer.port","value":{"intValue":5432}}],
		"events":[{"timeUnixNano":"1700000000000100000","name":"retry"}]}`
	span2 = `{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000aa","startTimeUnixNano":"1700000000000001000"}`
)

func spans(resource string, list ...string) string {
	return `{"resourceSpans":[{"resource":{"attributes":[` + resource + `]},"scopeSpans":[{"spans":[` + strings.Join(list, ",") + `]}]}]}`
}

const frontend = `{"key":"service.name","value":{"stringValue":"frontend"}},{"key":"host.name","value":{"stringValue":"h1"}}`

// received is what Zipkin's own library makes of a request.
func received(t *testing.T, contentType string, body []byte) (out []*zipkinmodel.SpanModel) {
	t.Helper()
	var err error
	switch contentType {
	case "application/json":
		err = json.Unmarshal(body, &out)
	case "application/x-protobuf":
		out, err = zipkin_proto3.ParseSpans(body, false)
	default:
		err = fmt.Errorf("Content-Type %q", contentType)
	}
	if err != nil {
		t.Fatalf("%v: %q", err, body)
	}
	return out
}

// export sends one batch to a server that answers as serve says.
func export(t *testing.T, change func(*Config), b *otlp.Batch, serve http.HandlerFunc) (dropped []string, err error) {
	t.Helper()
	server := httptest.NewServer(serve)
	defer server.Close()
	cfg := Factory.Default()
	cfg.Endpoint = server.URL + "/api/v2/spans"
	if change != nil {
		change(&cfg)
	}
	e, err := Factory.New(cfg, component.Settings{
		Log: slog.New(slog.DiscardHandler),
		DropSome: func(_ *otlp.Batch, items int, reason string) {
			dropped = append(dropped, fmt.Sprint(items, " ", reason))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for range 2 {
			if err := e.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}()
	err = e.Consume(t.Context(), b)
	return dropped, err
}

func TestSpansArrive(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "proto"} {
		for _, compression := range []string{"", "gzip"} {
			var got []*zipkinmodel.SpanModel
			dropped, err := export(t, func(c *Config) { c.Format, c.Compression = format, compression }, batch(t, spans(frontend, span1, span2)), func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "POST" || r.URL.Path != "/api/v2/spans" || r.Header.Get("Content-Encoding") != compression {
					t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
				}
				got = received(t, r.Header.Get("Content-Type"), plain(t, r))
				w.WriteHeader(http.StatusAccepted)
			})
			if err != nil || len(dropped) > 0 {
				t.Fatal(err, dropped)
			}
			if len(got) != 2 {
				t.Fatalf("%d spans", len(got))
			}
			s := got[0]
			if s.TraceID.String() != "0af7651916cd43dd8448eb211c80319c" || s.ID.String() != "b7ad6b7169203331" || *s.ParentID != 1 || s.Name != "get" || s.Kind != zipkinmodel.Client ||
				s.Timestamp.UnixMicro() != 1700000000000001 || s.Duration != 500*time.Microsecond || s.LocalEndpoint.ServiceName != "frontend" ||
				s.RemoteEndpoint.ServiceName != "db" || s.RemoteEndpoint.IPv4.String() != "10.0.0.2" || s.RemoteEndpoint.Port != 5432 ||
				len(s.Annotations) != 1 || s.Annotations[0].Value != "retry" {
				t.Errorf("%s: got %+v", format, s)
			}
			for key, want := range map[string]string{"http.status_code": "500", "error": "boom", "host.name": "h1", "otel.status_code": "ERROR"} {
				if s.Tags[key] != want {
					t.Errorf("%s: tag %s is %q, want %q", format, key, s.Tags[key], want)
				}
			}
		}
	}
}

// plain is the body of a request, whatever its coding.
func plain(t *testing.T, r *http.Request) []byte {
	t.Helper()
	var reader io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		reader = z
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDefaultServiceName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ resource, name, want string }{
		{"", "", ""},
		{"", "somebody", "somebody"},
		{frontend, "somebody", "frontend"},
		{`{"key":"faas.name","value":{"stringValue":"f"}}`, "somebody", "f"},
	} {
		for _, format := range []string{"json", "proto"} {
			_, err := export(t, func(cfg *Config) { cfg.Format, cfg.DefaultServiceName = format, c.name }, batch(t, spans(c.resource, span2)), func(_ http.ResponseWriter, r *http.Request) {
				got := ""
				if e := received(t, r.Header.Get("Content-Type"), plain(t, r))[0].LocalEndpoint; e != nil {
					got = e.ServiceName
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Spans that Zipkin cannot take are counted, and keep nobody from getting through.
func TestSpansWithoutIDs(t *testing.T) {
	t.Parallel()
	got := 0
	take := func(_ http.ResponseWriter, r *http.Request) {
		got += len(received(t, r.Header.Get("Content-Type"), plain(t, r)))
	}
	dropped, err := export(t, nil, batch(t, spans("", span1, `{"name":"x"}`, `{"traceId":"0af7651916cd43dd8448eb211c80319c"}`, span2)), take)
	if err != nil || got != 2 || !slices.Equal(dropped, []string{"2 " + noIDs}) {
		t.Errorf("%v, %d arrived, dropped %q", err, got, dropped)
	}
	dropped, err = export(t, nil, batch(t, spans("", `{"name":"x"}`)), take)
	if err != nil || got != 2 || !slices.Equal(dropped, []string{"1 " + noIDs}) {
		t.Errorf("%v, %d arrived, dropped %q", err, got, dropped)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for status, c := range map[int]struct {
		permanent  bool
		retryAfter string
		after      time.Duration // -1: no throttling
		text       string
	}{
		200: {after: -1}, 202: {after: -1},
		400: {permanent: true, after: -1, text: "400 Bad Request: expected a list"}, 413: {permanent: true, after: -1}, 404: {permanent: true, after: -1}, 301: {permanent: true, after: -1},
		408: {after: -1}, 429: {retryAfter: "7", after: 7 * time.Second}, 500: {after: -1, text: "500 Internal Server Error"}, 503: {retryAfter: "2", after: 2 * time.Second},
	} {
		dropped, err := export(t, nil, batch(t, spans("", span1, `{}`)), func(w http.ResponseWriter, r *http.Request) {
			if c.retryAfter != "" {
				w.Header().Set("Retry-After", c.retryAfter)
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(status)
			if status/100 == 4 {
				io.WriteString(w, "expected a list\nand more")
			}
		})
		if (err == nil) != (status/100 == 2) || (len(dropped) == 1) != (err == nil) {
			t.Errorf("%d: %v, dropped %q", status, err, dropped)
		}
		if err == nil {
			continue
		}
		if component.IsPermanent(err) != c.permanent || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%d: %v, permanent %t", status, err, component.IsPermanent(err))
		}
		if after, ok := component.RetryAfter(err); ok != (c.after >= 0) || ok && after != c.after {
			t.Errorf("%d: retry after %s %t", status, after, ok)
		}
	}
}

func TestDeadServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := export(t, func(c *Config) { c.Endpoint = server.URL }, batch(t, spans("", span1)), nil)
	if err == nil || component.IsPermanent(err) || !strings.HasPrefix(err.Error(), server.URL) {
		t.Errorf("got %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"endpoint: http://some.location.org:9411/api/v2/spans": "",
		"endpoint: https://somedest:1234/api/v2/spans\nformat: proto\ndefault_service_name: test_name\nsending_queue: {enabled: true, num_consumers: 2, queue_size: 10}\nretry_on_failure: {enabled: true, initial_interval: 10s, max_interval: 60s, max_elapsed_time: 10m}": "",
		"format: json":                             "endpoint: is not set",
		"endpoint: zipkin:9411":                    `endpoint: "zipkin:9411" is not the URL of an HTTP server`,
		"endpoint: http://zipkin\nformat: thrift":  `format: "thrift" is not known`,
		"endpoint: http://zipkin\nurl: http://x:1": "url: the key is not known here",
	} {
		text := "exporters:\n  zipkin:\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte(text)})
		cfg := Factory.Default()
		problems = append(problems, doc.Blocks[0].Decode(&cfg)...)
		if got := fmt.Sprint(problems.Err()); (want == "") != (len(problems) == 0) || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}
