package debug

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

var update = flag.Bool("update", false, "rewrite testdata")

func traces(t *testing.T) *otlp.Batch {
	t.Helper()
	tree := ptrace.NewTraces()
	group := tree.ResourceSpans().AppendEmpty()
	group.SetSchemaUrl("https://opentelemetry.io/schemas/1.26.0")
	group.Resource().Attributes().PutStr("service.name", "reviews")
	scope := group.ScopeSpans().AppendEmpty()
	scope.Scope().SetName("io.opentelemetry.http")
	scope.Scope().SetVersion("1.2")
	span := scope.Spans().AppendEmpty()
	span.SetTraceID([16]byte{1})
	span.SetSpanID([8]byte{2})
	span.SetName("GET \x1b[31m/reviews") // an escape sequence must not reach the terminal
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(1_700_000_000_000_000_000)
	span.SetEndTimestamp(1_700_000_000_250_000_000)
	span.Status().SetCode(ptrace.StatusCodeError)
	span.Status().SetMessage("boom")
	span.SetDroppedEventsCount(2)
	a := span.Attributes()
	a.PutInt("http.status_code", 500)
	a.PutDouble("ratio", 0.5)
	a.PutBool("cached", false)
	a.PutEmptyBytes("raw").FromRaw([]byte{0xca, 0xfe})
	a.PutEmptySlice("list").FromRaw([]any{"a", int64(1)})
	a.PutEmptyMap("map").FromRaw(map[string]any{"k": "v"})
	a.PutEmpty("nothing")
	event := span.Events().AppendEmpty()
	event.SetName("exception")
	event.SetTimestamp(1_700_000_000_100_000_000)
	event.Attributes().PutStr("exception.type", "IOError")
	link := span.Links().AppendEmpty()
	link.SetTraceID([16]byte{9})
	link.SetSpanID([8]byte{8})
	body, err := ptraceotlp.NewExportRequestFromTraces(tree).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return batchOf(t, otlp.Traces, body)
}

func logs(t *testing.T) *otlp.Batch {
	t.Helper()
	tree := plog.NewLogs()
	record := tree.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.SetTimestamp(1_700_000_000_000_000_000)
	record.SetSeverityText("WARN")
	record.SetSeverityNumber(13)
	record.Body().SetStr("disk almost full\nreally")
	record.SetTraceID([16]byte{1})
	record.Attributes().PutStr("disk", "/dev/sda")
	body, err := plogotlp.NewExportRequestFromLogs(tree).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return batchOf(t, otlp.Logs, body)
}

func batchOf(t *testing.T, signal otlp.Signal, body []byte) *otlp.Batch {
	t.Helper()
	b, err := otlp.New(signal, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The texts for people are compared with files, because they are looked at as a whole.
func TestText(t *testing.T) {
	t.Parallel()
	for _, verbosity := range []string{"basic", "normal", "detailed"} {
		var out bytes.Buffer
		e := newExporter(Config{Verbosity: verbosity, SamplingInitial: 2}, &out)
		for _, batch := range []*otlp.Batch{traces(t), logs(t)} {
			if err := e.Consume(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
		file := "testdata/" + verbosity + ".txt"
		if *update {
			if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestSampling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ initial, thereafter, want int }{{2, 1, 10}, {2, 4, 4}, {2, 0, 2}, {0, 5, 2}} {
		var out bytes.Buffer
		e := newExporter(Config{Verbosity: "basic", SamplingInitial: c.initial, SamplingThereafter: c.thereafter}, &out)
		now := time.Unix(100, 0)
		e.now = func() time.Time { return now }
		batch := logs(t)
		for second := range 2 {
			now = now.Add(time.Second)
			for range 10 {
				if err := e.Consume(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Count(out.String(), "\n"); got != c.want*(second+1) {
				t.Errorf("initial %d, thereafter %d: %d of 10 written in second %d, want %d", c.initial, c.thereafter, got, second, c.want)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{}":                  "basic, no queue",
		"verbosity: Detailed": "Detailed, no queue",
		"sending_queue: {}":   "basic, 1000 requests",
		"sending_queue: {queue_size: 5, sizer: items}": "basic, 5 items",
		"sending_queue: {enabled: false}":              "basic, no queue",
		"verbosity: none":                              `verbosity: "none" is not known`,
		"sampling_initial: -1":                         "cannot be negative",
		"sending_queue: {queue_size: 0}":               "sending_queue.queue_size: 0 is less than 1",
	} {
		if text != "{}" {
			text = "{" + text + "}"
		}
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("exporters:\n  debug: " + text + "\n")})
		cfg := Factory.Default()
		problems = append(problems, doc.Blocks[0].Decode(&cfg)...)
		got := cfg.Verbosity + ", no queue"
		if q := cfg.DeliveryConfig().SendingQueue; q.Enabled {
			got = fmt.Sprintf("%s, %d %s", cfg.Verbosity, q.QueueSize, q.Sizer)
		}
		if len(problems) > 0 {
			got = problems.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
