package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
)

func requestJSON(t testing.TB) []byte {
	t.Helper()
	tree := ptraceotlp.NewExportRequest()
	if err := tree.UnmarshalProto(request(t)); err != nil {
		t.Fatal(err)
	}
	text, err := tree.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHTTPJSON(t *testing.T) {
	t.Parallel()
	valid := requestJSON(t)
	busy := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	down := errors.New("the backend is away")
	for name, c := range map[string]struct {
		path, contentType, encoding string
		body                        []byte
		answer                      func(context.Context) error
		status                      int
		code                        codes.Code
		text                        string // part of the body
		retryAfter                  string
		batches                     int
	}{
		"valid":           {body: valid, status: 200, text: "{}", batches: 1},
		"with parameters": {contentType: "Application/JSON; charset=utf-8", body: valid, status: 200, text: "{}", batches: 1},
		"gzip":            {encoding: "gzip", body: gzipped(valid), status: 200, text: "{}", batches: 1},
		"no span":         {body: []byte(`{"resourceSpans":[]}`), status: 200, text: "{}"},
		"protobuf":        {body: request(t), status: 400, code: codes.InvalidArgument, text: "invalid OTLP traces request at byte 1: want an object"},
		"empty":           {status: 400, code: codes.InvalidArgument, text: "the end of the text"},
		"malformed":       {body: []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"12"}]}]}]}`), status: 400, code: codes.InvalidArgument, text: `byte 54: Span.traceId \"12\" is not an id of 32 hexadecimal digits`},
		"100,000 levels":  {body: []byte(strings.Repeat(`{"resourceSpans":[`, 100_000)), status: 400, code: codes.InvalidArgument},
		"too large":       {body: bytes.Repeat([]byte(" "), 21<<20), status: 413, code: codes.InvalidArgument, text: "max_request_body_size"},
		"no pipeline":     {path: "/v1/logs", body: []byte("{}"), status: 404, code: codes.Unimplemented, text: "service.pipelines.logs.receivers"},
		"throttled":       {body: valid, answer: busy(component.Throttled(down, 2500*time.Millisecond)), status: 429, code: codes.ResourceExhausted, text: "away", retryAfter: "3", batches: 1},
		"failing":         {body: valid, answer: busy(down), status: 503, code: codes.Unavailable, retryAfter: "1", batches: 1},
		"permanent":       {body: valid, answer: busy(component.Permanent(down)), status: 500, code: codes.Internal, batches: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, c.answer)
			path, contentType := "/v1/traces", "application/json"
			if c.path != "" {
				path = c.path
			}
			if c.contentType != "" {
				contentType = c.contentType
			}
			resp, text := r.post(t, path, contentType, c.encoding, bytes.NewReader(c.body))
			if resp.StatusCode != c.status || !strings.Contains(text, c.text) || resp.Header.Get("Retry-After") != c.retryAfter || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %d %q, %v", resp.StatusCode, text, resp.Header)
			}
			if c.status == 200 {
				if err := ptraceotlp.NewExportResponse().UnmarshalJSON([]byte(text)); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			} else {
				var status struct {
					Code    codes.Code
					Message string
				}
				if err := json.Unmarshal([]byte(text), &status); err != nil || status.Code != c.code || status.Message == "" {
					t.Errorf("the body is not a google.rpc.Status with %s: %q %v", c.code, text, err)
				}
			}
			taken := r.sink.taken()
			if len(taken) != c.batches {
				t.Fatalf("%d batches, want %d", len(taken), c.batches)
			}
			for _, batch := range taken {
				if got := batch.AppendJSON(nil); !bytes.Equal(got, valid) {
					t.Errorf("got  %s\nwant %s", got, valid)
				}
				if encoding, _ := batch.Encoded(); encoding != "" {
					t.Errorf("the batch claims to be %s of protobuf", encoding)
				}
			}
		})
	}
}

// Protobuf of numbers may be longer than their JSON, and than the room that is lent for it.
func TestJSONOfNumbers(t *testing.T) {
	t.Parallel()
	r := startSignals(t, component.SignalsOf(otlp.Metrics), nil)
	text := `{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":[{"histogram":{"dataPoints":[{"bucketCounts":[0` + strings.Repeat(",0", 100_000) + `]}]}}]}]}]}`
	if resp, answer := r.post(t, "/v1/metrics", "application/json", "", strings.NewReader(text)); resp.StatusCode != 200 {
		t.Fatal(answer)
	}
	got := r.sink.taken()[0].AppendJSON(nil)
	if want := strings.ReplaceAll(strings.ReplaceAll(text, "[0", `["0"`), ",0", `,"0"`); string(got) != want {
		t.Errorf("got %.200s, want %.200s", got, want)
	}
}

// What a JSON body becomes is counted against the memory limit before it is made: protobuf may be four times as
// long, and text that is no UTF-8 three times.
func TestJSONMemory(t *testing.T) {
	t.Parallel()
	numbers := `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{"bucketCounts":[0` + strings.Repeat(",0", 100_000) + `]}]}}]}]}]}`
	for name, c := range map[string]struct {
		signal otlp.Signal
		text   string
		most   int // times the length of text
	}{
		"traces":   {otlp.Traces, string(requestJSON(t)) + strings.Repeat(" ", 100_000), 4},
		"numbers":  {otlp.Metrics, numbers, 10},
		"no UTF-8": {otlp.Traces, `{"resourceSpans":[{"schemaUrl":"` + strings.Repeat("\xff", 100_000) + `"}]}`, 10},
	} {
		r := startSignals(t, component.SignalsOf(c.signal), nil)
		memory := new(budget.Budget)
		r.servers.SetMemory(memory)
		path := "/v1/" + c.signal.String()
		for _, limit := range []int{c.most * len(c.text), 3 * len(c.text) / 2} {
			memory.SetLimit(int64(limit))
			want := 200
			if limit < c.most*len(c.text) {
				want = 503
			}
			resp, answer := r.post(t, path, "application/json", "", strings.NewReader(c.text))
			if resp.StatusCode != want || memory.Held() != 0 {
				t.Errorf("%s, limit %d: %d %q, %d bytes are still counted", name, limit, resp.StatusCode, answer, memory.Held())
			}
			if want == 503 && (resp.Header.Get("Retry-After") == "" || !strings.Contains(answer, "memory limit")) {
				t.Errorf("%s: %v %q", name, resp.Header, answer)
			}
		}
	}
}
