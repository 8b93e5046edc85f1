package zipkin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/zipkin"
)

// Four traces, a minute apart, the oldest first: a shop's page that calls
// reviews over a shared id; one that failed in reviews; one of 64 bits with a database; one without a service.
const traces = `[
{"traceId":"0000000000000001000000000000000a","id":"1","kind":"SERVER","name":"GET /page","timestamp":1700000000000000,"duration":30000,"localEndpoint":{"serviceName":"Shop"},"tags":{"http.method":"GET","http.status_code":"200"}},
{"traceId":"0000000000000001000000000000000a","id":"2","parentId":"1","kind":"CLIENT","name":"get","timestamp":1700000000001000,"duration":20000,"localEndpoint":{"serviceName":"Shop"},"remoteEndpoint":{"serviceName":"reviews"},"tags":{"retry":"1"}},
{"traceId":"0000000000000001000000000000000a","id":"2","parentId":"1","kind":"SERVER","name":"get","timestamp":1700000000002000,"duration":18000,"shared":true,"localEndpoint":{"serviceName":"reviews"}},
{"traceId":"0000000000000001000000000000000b","id":"3","kind":"SERVER","name":"GET /page","timestamp":1700000060000000,"duration":500000,"localEndpoint":{"serviceName":"Shop"},"tags":{"http.method":"POST","error":"true"}},
{"traceId":"0000000000000001000000000000000b","id":"4","parentId":"3","kind":"CLIENT","name":"get","timestamp":1700000060001000,"duration":400000,"localEndpoint":{"serviceName":"Shop"},"remoteEndpoint":{"serviceName":"reviews"},"tags":{"error":"no route"}},
{"traceId":"00000000000000cc","id":"5","kind":"SERVER","name":"list","timestamp":1700000120000000,"duration":5000,"localEndpoint":{"serviceName":"orders"}},
{"traceId":"00000000000000cc","id":"6","parentId":"5","kind":"CLIENT","name":"select","timestamp":1700000120001000,"duration":3000,"localEndpoint":{"serviceName":"orders"},"remoteEndpoint":{"serviceName":"mysql"},"tags":{"db.system":"mysql","http.method":"none"}},
{"traceId":"00000000000000dd","id":"7","name":"alone","timestamp":1700000180000000,"duration":1}
]`

const end = 1700000240000 // milliseconds, after the last trace

func start(t *testing.T, reader store.Reader) string {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range Routes(reader, "1.2.3", slog.New(slog.DiscardHandler)) {
		mux.Handle(pattern, handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func filled(t *testing.T, spans string) *memory.Engine {
	t.Helper()
	clock := time.UnixMilli(end)
	engine := memory.NewAt(func() time.Time { return clock })
	defer func() { clock = clock.Add(time.Minute) }() // questions come when the traces are whole
	batch, err := zipkin.ToOTLP([]byte(spans), zipkin.Options{ParseStringTags: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return engine
}

func get(t *testing.T, address string) (status int, kind, text string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), string(body)
}

// The answers of zipkin-server 3.5.1 to the same questions, but for names in
// their own case and for autocompletion.
func TestAnswers(t *testing.T) {
	base := start(t, filled(t, traces))
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/health", 200, `{"status":"UP","zipkin":{"status":"UP","details":{"OrielStore{}":{"status":"UP"}}}}`},
		{"/info", 200, `{"zipkin":{"version":"1.2.3"}}`},
		{"/api/v2/services", 200, `["Shop","orders","reviews"]`},
		{"/api/v2/spans?serviceName=Shop", 200, `["GET /page","get"]`},
		{"/api/v2/spans?serviceName=shop", 200, `["GET /page","get"]`},
		{"/api/v2/spans?serviceName=nobody", 200, `[]`},
		{"/api/v2/spans", 400, "Mandatory parameter/header/attribute is missing: serviceName\n"},
		{"/api/v2/remoteServices?serviceName=orders", 200, `["mysql"]`},
		{"/api/v2/remoteServices?serviceName=reviews", 200, `[]`},
		{"/api/v2/trace/dd", 200, `[{"traceId":"00000000000000dd","id":"0000000000000007","name":"alone","timestamp":1700000180000000,"duration":1}]`},
		{"/api/v2/trace/000000000000000000000000000000DD", 200, `[{"traceId":"00000000000000dd","id":"0000000000000007","name":"alone","timestamp":1700000180000000,"duration":1}]`},
		{"/api/v2/trace/ee", 404, "00000000000000ee not found\n"},
		{"/api/v2/trace/1000000000000000ee", 404, "0000000000000010" + "00000000000000ee not found\n"},
		{"/api/v2/trace/xyz", 400, "xyz should be lower-hex encoded with no prefix\n"},
		{"/api/v2/trace/" + strings.Repeat("1", 33), 400, "\"" + strings.Repeat("1", 33) + "\" should be 1 to 32 hexadecimal digits\n"},
		{"/api/v2/traceMany", 400, "Mandatory parameter/header/attribute is missing: traceIds\n"},
		{"/api/v2/traceMany?traceIds=", 400, "traceIds parameter is empty\n"},
		{"/api/v2/traceMany?traceIds=1", 400, "Use /api/v2/trace/{traceId} endpoint to retrieve a single trace\n"},
		{"/api/v2/traceMany?traceIds=1,01", 400, "redundant traceId: 01\n"},
		{"/api/v2/traceMany?traceIds=1,dd", 200, `[[{"traceId":"00000000000000dd","id":"0000000000000007","name":"alone","timestamp":1700000180000000,"duration":1}]]`},
		{"/api/v2/traceMany?traceIds=1,2", 200, `[]`},
		{"/api/v2/dependencies", 400, "Mandatory parameter/header/attribute is missing: endTs\n"},
		{"/api/v2/dependencies?endTs=0", 400, "endTs <= 0\n"},
		{"/api/v2/dependencies?endTs=60000&lookback=1", 200, `[]`},
		{"/api/v2/autocompleteKeys", 200, `["db.system","error","http.method","http.status_code","peer.service","retry","service.name","zipkin.shared"]`},
		{"/api/v2/autocompleteValues", 400, "Mandatory parameter/header/attribute is missing: key\n"},
		{"/api/v2/autocompleteValues?key=http.method", 200, `["GET","POST","none"]`},
		{"/api/v2/autocompleteValues?key=http.status_code", 200, `["200"]`},
		{"/api/v2/autocompleteValues?key=nothing", 200, `[]`},
		{"/api/v2/traces?limit=0", 400, "limit <= 0\n"},
		{"/api/v2/traces?limit=x", 400, "limit: \"x\" is not a whole number\n"},
		{"/api/v2/traces?endTs=0", 400, "endTs <= 0\n"},
		{"/api/v2/traces?lookback=-1", 400, "lookback <= 0\n"},
		{"/api/v2/traces?maxDuration=5", 400, "maxDuration is only valid with minDuration\n"},
		{"/api/v2/traces?minDuration=0", 400, "minDuration <= 0\n"},
		{"/api/v2/traces?minDuration=5&maxDuration=4", 400, "maxDuration < minDuration\n"},
	} {
		status, kind, text := get(t, base+test.path)
		if status != test.status || text != test.want {
			t.Errorf("%s:\n got %d %s\nwant %d %s", test.path, status, text, test.status, test.want)
		}
		if json := kind == "application/json"; json != (status == 200) {
			t.Errorf("%s: %d with Content-Type %s", test.path, status, kind)
		}
	}
}

// A trace comes back as it was sent, both halves of the shared span included.
func TestTraceRoundTrip(t *testing.T) {
	base := start(t, filled(t, traces))
	status, _, text := get(t, base+"/api/v2/trace/0000000000000001000000000000000a")
	var got, all []map[string]any
	if err := errors.Join(json.Unmarshal([]byte(text), &got), json.Unmarshal([]byte(traces), &all)); err != nil || status != 200 {
		t.Fatal(status, err, text)
	}
	byKind := map[string]map[string]any{}
	for _, s := range got {
		byKind[fmt.Sprint(s["id"], s["kind"])] = s
	}
	for _, want := range all[:3] {
		want["id"] = fmt.Sprintf("%016s", want["id"])
		if p, ok := want["parentId"]; ok {
			want["parentId"] = fmt.Sprintf("%016s", p)
		}
		if diff := cmp.Diff(want, byKind[fmt.Sprint(want["id"], want["kind"])]); diff != "" {
			t.Errorf("sent -, got +:\n%s", diff)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d spans, want 3", len(got))
	}
}

func TestSearch(t *testing.T) {
	base := start(t, filled(t, traces))
	for _, test := range []struct{ query, want string }{ // ids by their last digit, newest first
		{"", "d c b a"},
		{"limit=2", "d c"},
		{"serviceName=all&spanName=ALL", "d c b a"},
		{"serviceName=shop", "b a"},
		{"serviceName=Shop&limit=1", "b"},
		{"serviceName=reviews", "a"},
		{"serviceName=nobody", ""},
		{"serviceName=Shop&spanName=get /PAGE", "b a"},
		{"serviceName=reviews&spanName=GET /page", ""},
		{"spanName=page", ""},
		{"serviceName=orders&remoteServiceName=MySQL", "c"},
		{"serviceName=Shop&remoteServiceName=mysql", ""},
		{"annotationQuery=error", "b"},
		{"annotationQuery=error=no route", "b"},
		{"annotationQuery=error=true", "b"},
		{"annotationQuery=error=other", ""},
		{"annotationQuery=http.method", "c b a"},
		{"annotationQuery=http.method=GET", "a"},
		{"annotationQuery=http.status_code=200", "a"}, // an integer in the store
		{"annotationQuery=http.status_code=20", ""},
		{"annotationQuery=http.method=GET and retry=1", "a"}, // on two spans
		{"annotationQuery=http.method and retry", "a"},
		{"serviceName=reviews&annotationQuery=retry", ""}, // on a span of another service
		{"serviceName=shop&annotationQuery=http.method=POST and error=no route", "b"},
		{"minDuration=30000", "b a"},
		{"minDuration=30000&maxDuration=30000", "a"},
		{"minDuration=30001&maxDuration=399999", ""},
		{"serviceName=orders&minDuration=3000&maxDuration=4000", "c"},
		{"endTs=1700000060000", "b a"},
		{"endTs=1700000060000&lookback=30000", "b"},
		{"lookback=1", ""},
	} {
		values, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		if !values.Has("endTs") {
			values.Set("endTs", fmt.Sprint(end))
		}
		status, _, text := get(t, base+"/api/v2/traces?"+values.Encode())
		var found [][]struct{ TraceID string }
		if err := json.Unmarshal([]byte(text), &found); err != nil || status != 200 {
			t.Fatalf("%s: %d %s", test.query, status, text)
		}
		var got []string
		for _, trace := range found {
			got = append(got, trace[0].TraceID[len(trace[0].TraceID)-1:])
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: found %q, want %q", test.query, got, test.want)
		}
	}
}

// More traces than fit one page of candidates, with few that match in the end.
func TestSearchOverPages(t *testing.T) {
	var spans []string
	for i := range 3*candidatePage + 7 {
		spans = append(spans, fmt.Sprintf(`{"traceId":"%x","id":"1","timestamp":%d,"tags":{"a":"1"}}`, i+1, 1700000000000000+i))
		if i%500 == 3 {
			spans = append(spans, fmt.Sprintf(`{"traceId":"%x","id":"2","timestamp":%d,"tags":{"b":"2"}}`, i+1, 1700000000000000+i))
		}
	}
	s := &server{reader: filled(t, "["+strings.Join(spans, ",")+"]"), now: func() time.Time { return time.UnixMilli(1700000001000) }}
	q, err := parseSearch(url.Values{"annotationQuery": {"a=1 and b=2"}, "limit": {"3"}}, s.now())
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, id := range ids {
		got = append(got, shortTraceID(id))
	}
	if diff := cmp.Diff([]string{"00000000000005e0", "00000000000003ec", "00000000000001f8"}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// The dependencies of a shared span and of a database, from the store's graph.
func TestDependencies(t *testing.T) {
	base := start(t, filled(t, traces))
	status, _, text := get(t, fmt.Sprintf("%s/api/v2/dependencies?endTs=%d&lookback=3600000", base, end))
	var got []link
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 {
		t.Fatal(status, text)
	}
	want := []link{{"Shop", "reviews", 2, 1}, {"orders", "mysql", 1, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// broken is a store that answers with an error.
type broken struct {
	store.Reader
	err   error
	usage store.Usage
}

func (b broken) Query(context.Context, plan.Query) (*plan.Result, error) { return nil, b.err }

func (b broken) Usage() store.Usage { return b.usage }

func TestStoreErrors(t *testing.T) {
	base := start(t, broken{err: plan.ErrTooLarge})
	if status, _, text := get(t, base+"/api/v2/traces"); status != 400 || text != plan.ErrTooLarge.Error()+"\n" {
		t.Errorf("too large: got %d %s", status, text)
	}
	base = start(t, broken{err: errors.New("disk gone"), usage: store.Usage{Err: "no room"}})
	if status, _, text := get(t, base+"/api/v2/traces"); status != 500 || text != "disk gone\n" {
		t.Errorf("broken: got %d %s", status, text)
	}
	if _, _, text := get(t, base+"/health"); !strings.Contains(text, `"status":"DOWN","error":"no room"`) {
		t.Errorf("health: got %s", text)
	}
}
