package otlphttp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/internal/certtest"
	"github.com/oriel-io/oriel/internal/upstreamtest"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
)

// started is an exporter that runs, and what it told the ledger.
type started struct {
	component.Stage
	dropped int
}

func start(t *testing.T, change func(*Config)) *started {
	t.Helper()
	cfg := Factory.Default()
	change(&cfg)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	s := &started{}
	e, err := Factory.New(cfg, component.Settings{
		Log: slog.New(slog.DiscardHandler), Signals: component.SignalsOf(otlp.Traces), Process: &component.Process{Version: "1.2.3"},
		DropSome: func(_ *otlp.Batch, items int, _ string) { s.dropped += items },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Stage = e
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := e.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	return s
}

func batchOf(t *testing.T, signal otlp.Signal, body []byte) *otlp.Batch {
	t.Helper()
	b, err := otlp.New(signal, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// batches are one of each signal.
func batches(t *testing.T) []*otlp.Batch {
	t.Helper()
	s := upstreamtest.NewSample(t, 300)
	return []*otlp.Batch{batchOf(t, otlp.Traces, s.Traces), batchOf(t, otlp.Logs, s.Logs), batchOf(t, otlp.Metrics, s.Metrics)}
}

// The upstream collector's receiver gets what was sent, in each encoding and compression.
func TestToUpstream(t *testing.T) {
	t.Parallel()
	r := upstreamtest.NewReceiver(t, nil)
	for _, encoding := range []string{"proto", "json"} {
		for _, compression := range []string{"gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "lz4", "none"} {
			e := start(t, func(c *Config) { c.Endpoint, c.Encoding, c.Compression = "http://"+r.HTTP, encoding, compression })
			for _, b := range batches(t) {
				if err := e.Consume(t.Context(), b); err != nil {
					t.Fatalf("%s %s %s: %v", encoding, compression, b.Signal(), err)
				}
				if got := r.Take(); len(got) != 1 || !bytes.Equal(got[0], b.Bytes()) {
					t.Errorf("%s %s %s: other bytes arrived", encoding, compression, b.Signal())
				}
			}
		}
	}
}

// A merged batch in lent bytes, and one that came compressed, arrive whole.
func TestFormsOfABatch(t *testing.T) {
	t.Parallel()
	r := upstreamtest.NewReceiver(t, nil)
	e := start(t, func(c *Config) { c.Endpoint = "http://" + r.HTTP })
	one := batches(t)[0]
	lender := bytepool.Get(one.Size())
	copy(lender.Bytes(), one.Bytes())
	merged := otlp.Merge(batchOf(t, otlp.Traces, lender.Bytes()), one)
	if err := component.Lend(t.Context(), e, merged, lender); err != nil {
		t.Fatal(err)
	}
	lender.Release()
	if got := r.Take(); len(got) != 1 || len(got[0]) != 2*one.Size() {
		t.Errorf("the merged batch: %d requests", len(got))
	}

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(one.Bytes())
	z.Close()
	if err := e.Consume(t.Context(), one.WithEncoded("gzip", packed.Bytes())); err != nil {
		t.Fatal(err)
	}
	if got := r.Take(); len(got) != 1 || !bytes.Equal(got[0], one.Bytes()) {
		t.Errorf("the compressed batch: %d requests", len(got))
	}
}

// With certificates on both sides.
func TestToUpstreamWithTLS(t *testing.T) {
	t.Parallel()
	dir, authority := t.TempDir(), certtest.NewAuthority(t, "test")
	cert, key := authority.Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	ca, certFile, keyFile := certtest.Write(t, dir, "ca.crt", authority.PEM), certtest.Write(t, dir, "x.crt", cert), certtest.Write(t, dir, "x.key", key)
	r := upstreamtest.NewReceiver(t, map[string]any{"cert_file": certFile, "key_file": keyFile, "client_ca_file": ca})
	with := start(t, func(c *Config) {
		c.Endpoint, c.TLS.CAFile, c.TLS.CertFile, c.TLS.KeyFile = "https://"+r.HTTP, ca, certFile, keyFile
	})
	if err := with.Consume(t.Context(), batches(t)[0]); err != nil || len(r.Take()) != 1 {
		t.Errorf("with a certificate: %v", err)
	}
	without := start(t, func(c *Config) { c.Endpoint, c.TLS.CAFile = "https://"+r.HTTP, ca })
	if err := without.Consume(t.Context(), batches(t)[0]); err == nil || component.IsPermanent(err) {
		t.Errorf("without one: %v", err)
	}
}

// What upstream's receiver answers when its pipeline cannot take a batch.
func TestUpstreamRefuses(t *testing.T) {
	t.Parallel()
	r := upstreamtest.NewReceiver(t, nil)
	e := start(t, func(c *Config) { c.Endpoint = "http://" + r.HTTP })
	r.Answer(errors.New("queue is full"))
	if err := e.Consume(t.Context(), batches(t)[0]); err == nil || component.IsPermanent(err) || !strings.Contains(err.Error(), "503 Service Unavailable: queue is full") {
		t.Errorf("retryable: %v", err)
	}
	r.Answer(consumererror.NewPermanent(errors.New("malformed")))
	if err := e.Consume(t.Context(), batches(t)[0]); !component.IsPermanent(err) || !strings.Contains(err.Error(), "malformed") {
		t.Errorf("permanent: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	status, err := proto.Marshal(&statuspb.Status{Code: 8, Message: "too much\nof it"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		code       int
		header     map[string]string
		body       string
		permanent  bool
		after      time.Duration // -1: no throttling
		wantInText string
	}{
		"bad request":              {400, map[string]string{"Content-Type": "application/json"}, `{"code":3,"message":"no trace id"}`, true, -1, "400 Bad Request: no trace id"},
		"unauthorized":             {401, nil, "", true, -1, "401 Unauthorized"},
		"too large":                {413, map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "body too large\nmore", true, -1, "413 Request Entity Too Large: body too large"},
		"internal":                 {500, map[string]string{"Retry-After": "3"}, "", true, -1, "500"},
		"throttled":                {429, map[string]string{"Content-Type": "application/x-protobuf", "Retry-After": "7"}, string(status), false, 7 * time.Second, "429 Too Many Requests: too much"},
		"throttled without a time": {429, nil, "", false, -1, "429"},
		"bad gateway":              {502, map[string]string{"Content-Type": "text/html"}, "<html>", false, -1, "502 Bad Gateway"},
		"unavailable":              {503, map[string]string{"Retry-After": "0"}, "", false, 0, "503"},
		"timeout":                  {504, nil, "", false, -1, "504"},
		"broken status":            {503, map[string]string{"Content-Type": "application/x-protobuf"}, "\x12\xff", false, -1, "503"},
		"redirect":                 {302, map[string]string{"Location": "https://login.example"}, "", true, -1, `the server redirects to "https://login.example"`},
		"long":                     {400, map[string]string{"Content-Type": "text/plain"}, strings.Repeat("ä", 1000), true, -1, strings.Repeat("ä", 150)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/traces" || !strings.HasPrefix(r.UserAgent(), "Oriel/1.2.3 (") {
					t.Errorf("%s from %q", r.URL.Path, r.UserAgent())
				}
				for k, v := range c.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.code)
				fmt.Fprint(w, c.body)
			}))
			defer server.Close()
			err := start(t, func(c *Config) { c.Endpoint = server.URL + "/" }).Consume(t.Context(), batches(t)[0])
			if err == nil || component.IsPermanent(err) != c.permanent || !strings.Contains(err.Error(), c.wantInText) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("got %v, permanent %t", err, component.IsPermanent(err))
			}
			if after, ok := component.RetryAfter(err); ok != (c.after >= 0) || ok && after != c.after {
				t.Errorf("retry after %s %t, want %s", after, ok, c.after)
			}
		})
	}
}

// What a server takes in part is counted as dropped, in both encodings.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	response := ptraceotlp.NewExportResponse()
	response.PartialSuccess().SetRejectedSpans(5)
	response.PartialSuccess().SetErrorMessage("too old")
	asProto, err := response.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := response.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind, body string
		dropped    int
	}{
		"proto":     {"application/x-protobuf", string(asProto), 5},
		"json":      {"application/json; charset=utf-8", string(asJSON), 5},
		"a number":  {"application/json", `{"partialSuccess":{"rejectedDataPoints":1e99,"rejectedLogRecords":400}}`, 300},
		"no reply":  {"application/x-protobuf", "", 0},
		"html":      {"text/html", "<p>welcome", 0},
		"broken":    {"application/json", `{"partialSuccess":[]}`, 0},
		"negative":  {"application/json", `{"partialSuccess":{"rejectedSpans":"-4"}}`, 0},
		"other one": {"text/plain", string(asProto), 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			fmt.Fprint(w, c.body)
		}))
		e := start(t, func(c *Config) { c.TracesEndpoint = server.URL })
		if err := e.Consume(t.Context(), batches(t)[0]); err != nil || e.dropped != c.dropped {
			t.Errorf("%s: %d dropped, want %d (%v)", name, e.dropped, c.dropped, err)
		}
		server.Close()
	}
}

// A dead or silent server is worth another attempt, and its error shows no secret of the URL.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	address := silent.Listener.Addr().String()
	e := start(t, func(c *Config) {
		c.TracesEndpoint, c.Compression = "http://user:secret@"+address+"/?key=secret", "none"
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Consume(ctx, batches(t)[0]); !errors.Is(err, context.DeadlineExceeded) || component.IsPermanent(err) || strings.Contains(err.Error(), "secret") {
		t.Errorf("silent: %v", err)
	}
	close(done)
	silent.Close()
	if err := e.Consume(t.Context(), batches(t)[0]); err == nil || component.IsPermanent(err) || strings.Contains(err.Error(), "secret") {
		t.Errorf("dead: %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	made := func(change func(*Config)) (*exporter, error) {
		cfg := Factory.Default()
		change(&cfg)
		e, err := newExporter(cfg, component.Settings{Signals: component.SignalsOf(otlp.Traces, otlp.Metrics)})
		if err != nil {
			return nil, err
		}
		return e.(*exporter), nil
	}
	e, err := made(func(c *Config) { c.Endpoint, c.MetricsEndpoint = "http://a:4318/otlp", "https://b/push?x=1" })
	if err != nil || e.targets[otlp.Traces].url != "http://a:4318/otlp/v1/traces" || e.targets[otlp.Logs].url != "http://a:4318/otlp/v1/logs" || e.targets[otlp.Metrics].url != "https://b/push?x=1" {
		t.Errorf("%+v %v", e.targets, err)
	}
	if _, err := made(func(c *Config) { c.TracesEndpoint = "http://a" }); err == nil || !strings.Contains(err.Error(), "metrics_endpoint") {
		t.Errorf("metrics without an endpoint: %v", err)
	}
	if _, err := made(func(c *Config) { c.TracesEndpoint, c.MetricsEndpoint = "http://a", "http://b" }); err != nil {
		t.Errorf("no pipeline carries logs: %v", err)
	}
	for where, change := range map[string]func(*Config){
		"endpoint":      func(*Config) {},
		"encoding":      func(c *Config) { c.Endpoint, c.Encoding = "http://a", "text" },
		"logs_endpoint": func(c *Config) { c.LogsEndpoint = "a:4318" },
	} {
		cfg := Factory.Default()
		change(&cfg)
		if p, ok := errors.AsType[*config.Problem](cfg.Validate()); !ok || p.Where != where || p.Fix == "" {
			t.Errorf("%s: got %+v", where, p)
		}
	}
}

// FuzzAnswers: whatever a server answers, what is made of it is bounded.
func FuzzAnswers(f *testing.F) {
	f.Add("application/json", []byte(`{"partialSuccess":{"rejectedSpans":"3","errorMessage":"x"}}`))
	f.Add("application/x-protobuf", []byte{0x12, 2, 'h', 'i'})
	f.Add("text/plain", []byte("a\nb"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		answer := &transport.HTTPResponse{Status: 503, Header: http.Header{"Content-Type": {kind}}, Body: body}
		if text := reason(answer); len(text) > maxReason || strings.Contains(text, "\n") {
			t.Fatalf("%q", text)
		}
		if rejected, message := partialSuccess(answer); rejected < 0 || len(message) > 500 {
			t.Fatalf("%d %q", rejected, message)
		}
		want := ptraceotlp.NewExportResponse()
		if kind == typeJSON && want.UnmarshalJSON(body) == nil {
			n := want.PartialSuccess().RejectedSpans()
			if got, _ := partialSuccess(answer); n > 0 && n < 1<<31-1 && int64(got) < n && bytes.Count(body, []byte("ejected")) == 1 {
				t.Fatalf("rejected %d, pdata reads %d", got, n)
			}
		}
	})
}
