package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// upstreamRequest is what pdata's three requests have in common.
type upstreamRequest interface {
	UnmarshalJSON([]byte) error
	MarshalJSON() ([]byte, error)
	UnmarshalProto([]byte) error
	MarshalProto() ([]byte, error)
}

func newUpstream(signal Signal) upstreamRequest {
	switch signal {
	case Traces:
		return ptraceotlp.NewExportRequest()
	case Logs:
		return plogotlp.NewExportRequest()
	}
	return pmetricotlp.NewExportRequest()
}

func newProto(signal Signal) proto.Message {
	switch signal {
	case Traces:
		return &coltrace.ExportTraceServiceRequest{}
	case Logs:
		return &collogs.ExportLogsServiceRequest{}
	}
	return &colmetrics.ExportMetricsServiceRequest{}
}

func mustJSON(t testing.TB, r upstreamRequest) []byte {
	t.Helper()
	text, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// canonical is a request as pdata writes it in protobuf.
func canonical(t *testing.T, signal Signal, data []byte) []byte {
	t.Helper()
	r := newUpstream(signal)
	if err := r.UnmarshalProto(data); err != nil {
		t.Fatalf("upstream does not read what was made: %v", err)
	}
	out, err := r.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plainJSON writes JSON again in the simplest form: no needless escapes, no
// members that are null or have no name, which pdata takes for the end of the
// object. ids says whether hexadecimal ids become base64, as protobuf's own JSON has them.
func plainJSON(t *testing.T, text []byte, ids bool) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out bytes.Buffer
	str := func(s string) {
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		e.Encode(s)
		out.Truncate(out.Len() - 1)
	}
	token := func() json.Token {
		tok, err := d.Token()
		if err != nil {
			t.Fatalf("%q is valid, and then %v", text, err)
		}
		return tok
	}
	var value func(key string)
	value = func(key string) {
		switch tok := token().(type) {
		case json.Delim:
			out.WriteString(tok.String())
			comma := false
			for d.More() {
				mark := out.Len()
				if comma {
					out.WriteByte(',')
				}
				drop := false
				key := ""
				if tok == '{' {
					key = token().(string)
					str(key)
					out.WriteByte(':')
					drop = key == ""
				}
				before := out.Len()
				value(key)
				if drop || tok == '{' && out.String()[before:] == "null" {
					out.Truncate(mark)
				} else {
					comma = true
				}
			}
			out.WriteString(fmt.Sprint(token()))
		case string:
			if raw, err := hex.DecodeString(tok); ids && err == nil {
				switch key {
				case "traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id":
					tok = base64.StdEncoding.EncodeToString(raw)
				}
			}
			str(tok)
		case nil:
			out.WriteString("null")
		default:
			fmt.Fprint(&out, tok)
		}
	}
	value("")
	return out.Bytes()
}

// FuzzFromJSON holds FromJSON to two judges: pdata, and protobuf's own JSON,
// which decides where the specification points to it. What either takes, FromJSON takes or says why it is
// stricter; what neither takes, it refuses; what both take means the same.
func FuzzFromJSON(f *testing.F) {
	for _, signal := range []Signal{Traces, Logs, Metrics} {
		r := newUpstream(signal)
		if err := r.UnmarshalProto(sampleRequest(f, signal)); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(signal), mustJSON(f, r))
	}
	for _, c := range jsonCases {
		f.Add(uint8(c.signal), []byte(c.text))
	}
	f.Fuzz(func(t *testing.T, s uint8, text []byte) {
		judgeJSON(t, Signal(s%3)+Traces, text)
	})
}

func judgeJSON(t *testing.T, signal Signal, text []byte) {
	t.Helper()
	batch, err := FromJSON(signal, text, make([]byte, MaxJSONGrowth*len(text)))
	if err == ErrRoom {
		t.Fatalf("over %d times as long as the text", MaxJSONGrowth)
	}
	if !json.Valid(text) {
		if err == nil {
			t.Fatal("took what is no JSON")
		}
		return
	}
	plain := plainJSON(t, text, false)
	upstream := newUpstream(signal)
	upstreamErr := upstream.UnmarshalJSON(plain)
	if err != nil {
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Offset < 0 || invalid.Offset > len(text) || invalid.Signal != signal {
			t.Fatalf("not a proper InvalidError: %#v", err)
		}
		stricter := strings.Contains(invalid.What, "set before") || strings.Contains(invalid.What, "levels deep") ||
			strings.Contains(invalid.What, "whole number of 64 bits") // pdata lets some numbers wrap
		if upstreamErr == nil && !stricter {
			t.Fatalf("refused, but upstream takes it: %v", err)
		}
		return
	}
	if again := valid(t, signal, batch.Bytes()); again.Items() != batch.Items() {
		t.Fatalf("%d items were counted, there are %d", batch.Items(), again.Items())
	}
	if upstreamErr != nil {
		byName := newProto(signal)
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(plainJSON(t, text, true), byName); err != nil {
			t.Fatalf("accepted, but upstream says %v, and protobuf %v", upstreamErr, err)
		}
		got := newProto(signal)
		if err := proto.Unmarshal(batch.Bytes(), got); err != nil || !proto.Equal(got, byName) {
			t.Fatalf("%v\ngot  %v\nwant %v", err, got, byName)
		}
		return
	}
	want := mustJSON(t, upstream)
	if bytes.Contains(want, []byte(`"deprecated`)) {
		return
	}
	wantProto, _ := upstream.MarshalProto()
	if got := canonical(t, signal, batch.Bytes()); !bytes.Equal(got, wantProto) {
		t.Fatalf("got\n%q\nupstream\n%q", got, wantProto)
	}
	sameJSON(t, batch, want)
}

// sameJSON holds AppendJSON to pdata's text, and FromJSON to AppendJSON.
func sameJSON(t *testing.T, batch *Batch, upstream []byte) {
	t.Helper()
	got := string(batch.AppendJSON([]byte("x"))[1:])
	want := string([]rune(string(upstream))) // which passes on what is not UTF-8
	if got != want && !strings.Contains(got, "-0") && !strings.Contains(want, `"deprecated`) {
		t.Fatalf("JSON:\n got %s\nwant %s", got, want)
	}
	again, err := FromJSON(batch.Signal(), []byte(got), nil)
	if err != nil {
		t.Fatalf("own JSON: %v\n%s", err, got)
	}
	if twice := again.AppendJSON(nil); string(twice) != got {
		t.Fatalf("there and back:\n got %s\nwant %s", twice, got)
	}
}

var jsonCases = []struct {
	name   string
	signal Signal
	text   string
	want   string // in JSON again; "" for an error
	bad    string // the error, or a part of it
}{
	{"empty", Traces, `{}`, `{}`, ""},
	{"null", Traces, `null`, `{}`, ""},
	{"unknown keys", Traces, `{"a":[{"b":null}],"resourceSpans":[],"c":{"":1}}`, `{}`, ""},
	{"null everywhere", Traces, `{"resourceSpans":[{"resource":null,"scopeSpans":[{"scope":null,"spans":[{"traceId":null,"kind":null,"attributes":null,"status":null,"flags":null}],"schemaUrl":null}]}]}`,
		`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"status":{}}]}]}]}`, ""},
	{"null in lists", Traces, `{"resourceSpans":[null,{"resource":{"attributes":[null],"entityRefs":[{"idKeys":[null,"a"]}]}}]}`,
		`{"resourceSpans":[{"resource":{}},{"resource":{"attributes":[{"value":{}}],"entityRefs":[{"idKeys":["","a"]}]}}]}`, ""},
	{"ids in capitals", Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"B7AD6B7169203331","parentSpanId":""}]}]}]}`,
		`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","status":{}}]}]}]}`, ""},
	{"snake case", Logs, `{"resource_logs":[{"scope_logs":[{"log_records":[{"time_unix_nano":"1","severity_number":9,"trace_id":"0af7651916cd43dd8448eb211c80319c"}],"schema_url":"s"}]}]}`,
		`{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1","severityNumber":9,"body":{},"traceId":"0af7651916cd43dd8448eb211c80319c"}],"schemaUrl":"s"}]}]}`, ""},
	{"names of enums", Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}},{"kind":77}]}]}]}`,
		`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"kind":2,"status":{"code":2}},{"kind":77,"status":{}}]}]}]}`, ""},
	{"whole numbers", Logs, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":1.7e18,"observedTimeUnixNano":"18446744073709551615","droppedAttributesCount":"3","flags":1.0,
		"attributes":[{"key":"a","value":{"intValue":-9223372036854775808}},{"key":"b","value":{"intValue":"-5"}}]}]}]}]}`,
		`{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1700000000000000000","observedTimeUnixNano":"18446744073709551615","body":{},"attributes":[{"key":"a","value":{"intValue":"-9223372036854775808"}},{"key":"b","value":{"intValue":"-5"}}],"droppedAttributesCount":3,"flags":1}]}]}]}`, ""},
	{"values", Logs, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[{"key":"n","value":{"doubleValue":"NaN"}},{"key":"i","value":{"doubleValue":"-Infinity"}},
		{"key":"b","value":{"bytesValue":"-_8="}},{"key":"e","value":{"stringValue":""}},{"key":"f","value":{"boolValue":false}},{"key":"l","value":{"arrayValue":{"values":[{},{"stringValue":null}]}}}]}}}]}]}]}`,
		`{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"body":{"kvlistValue":{"values":[{"key":"n","value":{"doubleValue":"NaN"}},{"key":"i","value":{"doubleValue":"-Infinity"}},{"key":"b","value":{"bytesValue":"+/8="}},{"key":"e","value":{"stringValue":""}},{"key":"f","value":{"boolValue":false}},{"key":"l","value":{"arrayValue":{"values":[{},{}]}}}]}}}]}]}]}`, ""},
	{"metrics", Metrics, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true,"dataPoints":[{"asInt":0},{"asInt":"-7"},{"asDouble":0},{"asDouble":"1.5"}]}},
		{"histogram":{"dataPoints":[{"count":3,"sum":0,"bucketCounts":["1",2],"explicitBounds":[0.1,"Infinity"],"min":-1}]}},{"exponentialHistogram":{"dataPoints":[{"scale":-2,"positive":{"offset":-1,"bucketCounts":["300"]}}]}}]}]}]}`,
		`{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":[{"sum":{"dataPoints":[{"asInt":"0"},{"asInt":"-7"},{"asDouble":0},{"asDouble":1.5}],"aggregationTemporality":1,"isMonotonic":true}},{"histogram":{"dataPoints":[{"count":"3","sum":0,"bucketCounts":["1","2"],"explicitBounds":[0.1,"Infinity"],"min":-1}]}},{"exponentialHistogram":{"dataPoints":[{"scale":-2,"positive":{"offset":-1,"bucketCounts":["300"]},"negative":{}}]}}]}]}]}`, ""},
	{"escapes", Logs, `{"resourceLogs":[{"schemaUrl":"a\/\u00e9\ud83d\ude00\n"}]}`, `{"resourceLogs":[{"resource":{},"schemaUrl":"a/é😀\n"}]}`, ""},

	{"no JSON", Traces, `{"resourceSpans":[}`, "", `byte 18: `},
	{"text after the end", Traces, `{} {}`, "", `byte 3: text goes on after the value with '{'`},
	{"a list", Traces, `[]`, "", `byte 0: want an object, got '['`},
	{"short id", Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"abc"}]}]}]}`, "", `byte 54: Span.traceId "abc" is not an id of 32 hexadecimal digits`},
	{"no hex", Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"b7ad6b716920333x"}]}]}]}`, "", `byte 53: Span.spanId "b7ad6b716920333x" is not an id of 16 hexadecimal digits`},
	{"twice", Traces, `{"resourceSpans":[],"resourceSpans":[]}`, "", `byte 20: ExportTraceServiceRequest.resourceSpans is set, but it or an alternative was set before`},
	{"twice, spelt differently", Traces, `{"resourceSpans":[],"resource_spans":[]}`, "", `was set before`},
	{"two values", Logs, `{"resourceLogs":[{"resource":{"attributes":[{"value":{"intValue":1,"stringValue":"a"}}]}}]}`, "", `AnyValue.stringValue is set, but it or an alternative was set before`},
	{"a number that is text", Logs, `{"resourceLogs":[{"schemaUrl":1}]}`, "", `byte 30: want a string, got '1'`},
	{"too large", Logs, `{"resourceLogs":[{"resource":{"droppedAttributesCount":4294967296}}]}`, "", `Resource.droppedAttributesCount "4294967296" does not fit`},
	{"no whole number", Logs, `{"resourceLogs":[{"resource":{"droppedAttributesCount":0.5}}]}`, "", `byte 55: Resource.droppedAttributesCount "0.5" is not a whole number of 64 bits`},
	{"no base64", Logs, `{"resourceLogs":[{"resource":{"attributes":[{"value":{"bytesValue":"%"}}]}}]}`, "", `AnyValue.bytesValue is not base64`},
	{"no enum", Traces, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SERVER"}]}]}]}`, "", `Span.kind "SERVER" is not the name of a value`},
	{"no double", Metrics, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asDouble":1e400}]}}]}]}]}`, "", `NumberDataPoint.asDouble "1e400" is not a number of 64 bits`},
}

func TestFromJSON(t *testing.T) {
	t.Parallel()
	for _, c := range jsonCases {
		judgeJSON(t, c.signal, []byte(c.text))
		batch, err := FromJSON(c.signal, []byte(c.text), nil)
		switch {
		case c.bad != "":
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%s: got %v, want %s", c.name, err, c.bad)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		default:
			if got := string(batch.AppendJSON(nil)); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
			}
		}
	}
}

// Values nest as deep in JSON as in protobuf; text without end is refused at once.
func TestJSONDepth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ open, inner, end string }{
		{`{"arrayValue":{"values":[`, `{"intValue":"1"}`, `]}}`},
		{`{"kvlistValue":{"values":[{"value":`, `{"intValue":"1"}`, `}]}}`},
	} {
		nested := func(levels int) []byte {
			return []byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + strings.Repeat(c.open, levels) + c.inner + strings.Repeat(c.end, levels) + `}]}]}]}`)
		}
		if _, err := FromJSON(Logs, nested(maxDepth-1), nil); err != nil {
			t.Error(err)
		}
		for _, levels := range []int{maxDepth, 100_000} {
			if _, err := FromJSON(Logs, nested(levels), nil); err == nil || !strings.Contains(err.Error(), "is nested over 64 levels deep") {
				t.Errorf("%d levels: %v", levels, err)
			}
		}
	}
	if _, err := FromJSON(Logs, []byte(`{"x":`+strings.Repeat("[", 100_000)), nil); !errors.Is(err, jsonscan.ErrDepth) {
		t.Error(err)
	}
}

// A batch is put into the room that is lent, or refused.
func TestFromJSONRoom(t *testing.T) {
	text := []byte(`{"resourceLogs":[{"schemaUrl":"https://example.com"}]}`)
	for size := range 100 {
		room := make([]byte, size)
		batch, err := FromJSON(Logs, text, room)
		if fits := size >= 23; fits != (err == nil) || !fits && err != ErrRoom {
			t.Fatalf("room of %d bytes: %v", size, err)
		} else if fits && &batch.Bytes()[0] != &room[0] {
			t.Fatal("the room was not used")
		}
	}
	room := make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() { FromJSON(Logs, text, room) }); n > 1 {
		t.Errorf("%v allocations, want that of the batch", n)
	}
}

// However a text is written, its batch is not longer than MaxJSONGrowth says.
func TestJSONGrowth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal           Signal
		begin, unit, end string
	}{
		"numbers":        {Metrics, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{"bucketCounts":[0`, `,0`, `]}]}}]}]}]}`},
		"points":         {Metrics, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{}`, `,{}`, `]}}]}]}]}`},
		"no UTF-8":       {Logs, `{"resourceLogs":[{"schemaUrl":"`, "\xff", `"}]}`},
		"many no UTF-8":  {Logs, `{"resourceLogs":[{"schemaUrl":"a"}`, `,{"schemaUrl":"` + "\xff\xff\xff" + `"}`, `]}`},
		"empty messages": {Traces, `{"resourceSpans":[{}`, `,{}`, `]}`},
		"small numbers":  {Metrics, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{}`, `,{"sum":0,"min":0,"max":0}`, `]}}]}]}]}`},
	} {
		text := []byte(c.begin + strings.Repeat(c.unit, 100_000) + c.end)
		if _, err := FromJSON(c.signal, text, make([]byte, MaxJSONGrowth*len(text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkFromJSON(b *testing.B) {
	batch := benchBatch(b)
	text := batch.AppendJSON(nil)
	b.Run("oriel", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := FromJSON(Traces, text, nil); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
	var indented bytes.Buffer
	json.Indent(&indented, text, "", "  ")
	b.Run("oriel indented", func(b *testing.B) {
		b.SetBytes(int64(indented.Len()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := FromJSON(Traces, indented.Bytes(), nil); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
	b.Run("pdata", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if err := ptraceotlp.NewExportRequest().UnmarshalJSON(text); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	batch := benchBatch(b)
	var text []byte
	b.Run("oriel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text = batch.AppendJSON(text[:0])
		}
		b.SetBytes(int64(len(text)))
		perSpan(b)
	})
	tree := ptraceotlp.NewExportRequest()
	if err := tree.UnmarshalProto(batch.Bytes()); err != nil {
		b.Fatal(err)
	}
	b.Run("pdata", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text = mustJSON(b, tree)
		}
		b.SetBytes(int64(len(text)))
		perSpan(b)
	})
}
