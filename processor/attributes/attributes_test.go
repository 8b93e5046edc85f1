package attributes

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.yaml.in/yaml/v3"
)

// keeper is a sink that keeps the last batch.
type keeper struct{ last *otlp.Batch }

func (k *keeper) Consume(_ context.Context, b *otlp.Batch) error {
	k.last = b
	return nil
}

// load reads a block as both programs do.
func load(t testing.TB, text string) (ours Config, problems config.Problems, theirs *upstream.Config, theirErr error) {
	t.Helper()
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "test.yaml", Text: []byte("processors:\n  attributes:\n    " + strings.ReplaceAll(text, "\n", "\n    "))})
	ours = Factory.Default()
	for _, block := range doc.Blocks {
		problems = append(problems, block.Decode(&ours)...)
	}
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	theirs = upstream.NewFactory().CreateDefaultConfig().(*upstream.Config)
	if theirErr = confmap.NewFromStringMap(raw).Unmarshal(theirs); theirErr == nil {
		theirErr = theirs.Validate()
	}
	return ours, problems.Fatal(), theirs, theirErr
}

// put adds random attributes, few keys of many types.
func put(r *rand.Rand, to pcommon.Map) {
	for _, key := range []string{"http.method", "http.url", "user.email", "count", "db.system", "db.user", "flag", "list", "map", "raw"} {
		switch r.IntN(12) {
		case 0:
			to.PutInt(key, r.Int64N(1000)-500)
		case 1:
			to.PutDouble(key, float64(r.IntN(1000))/8)
		case 2:
			to.PutBool(key, r.IntN(2) == 0)
		case 3:
			to.PutEmptySlice(key).AppendEmpty().SetStr("a")
		case 4:
			to.PutEmptyMap(key).PutInt("x", 1)
		case 5:
			to.PutEmptyBytes(key).FromRaw([]byte{1, 2, 3})
		case 6:
			to.PutEmpty(key)
		case 7, 8, 9:
			to.PutStr(key, []string{"GET", "POST", "17", "-3", "2.5", "", "/basket/42/items", "/basket/x/items", "ann@example.com", "true"}[r.IntN(10)])
		}
	}
}

// compare runs both processors on random telemetry of all signals that the block is for, and wants the same.
func compare(t *testing.T, text string) {
	t.Helper()
	ours, problems, theirs, theirErr := load(t, text)
	if len(problems) > 0 || theirErr != nil {
		t.Fatalf("not valid: %v and %v", problems, theirErr)
	}
	info := client.Info{Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 4000}, Metadata: client.NewMetadata(map[string][]string{"x-tenant": {"a", "b"}})}
	theirContext := client.NewContext(t.Context(), info)
	ourContext := component.WithClient(t.Context(), &component.Client{Address: "10.1.2.3:4000", Metadata: map[string][]string{"x-tenant": {"a", "b"}}})
	settings := processortest.NewNopSettings(upstream.NewFactory().Type())
	r := rand.New(rand.NewPCG(uint64(len(text)), 7))
	var next keeper
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		p, err := Factory.New(ours, component.Settings{Signals: component.SignalsOf(signal)}, &next)
		take := func(encoded []byte, encodeErr error) []byte {
			t.Helper()
			batch, err := otlp.New(signal, encoded)
			if err := errors.Join(encodeErr, err); err != nil {
				t.Fatal(err)
			}
			if err := p.Consume(ourContext, batch); err != nil {
				t.Fatal(err)
			}
			if _, err := otlp.New(signal, next.last.Bytes()); err != nil {
				t.Fatalf("what was handed on: %v", err)
			}
			return next.last.Bytes()
		}
		var want, got []string
		switch signal {
		case otlp.Traces:
			var sink consumertest.TracesSink
			their, theirErr := upstream.NewFactory().CreateTraces(t.Context(), settings, theirs, &sink)
			if (err == nil) != (theirErr == nil) || (ours.ValidateSignal(signal) == nil) != (theirErr == nil) {
				t.Fatalf("traces: %v, and upstream %v", err, theirErr)
			}
			if err != nil {
				continue
			}
			data := randomTraces(r)
			out, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(take((&ptrace.ProtoMarshaler{}).MarshalTraces(data)))
			if err := errors.Join(err, their.ConsumeTraces(theirContext, data)); err != nil {
				t.Fatal(err)
			}
			want, got = spanLines(sink.AllTraces()[0]), spanLines(out)
		case otlp.Logs:
			var sink consumertest.LogsSink
			their, theirErr := upstream.NewFactory().CreateLogs(t.Context(), settings, theirs, &sink)
			if (err == nil) != (theirErr == nil) {
				t.Fatalf("logs: %v, and upstream %v", err, theirErr)
			}
			if err != nil {
				continue
			}
			data := randomLogs(r)
			out, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(take((&plog.ProtoMarshaler{}).MarshalLogs(data)))
			if err := errors.Join(err, their.ConsumeLogs(theirContext, data)); err != nil {
				t.Fatal(err)
			}
			want, got = recordLines(sink.AllLogs()[0]), recordLines(out)
		case otlp.Metrics:
			var sink consumertest.MetricsSink
			their, theirErr := upstream.NewFactory().CreateMetrics(t.Context(), settings, theirs, &sink)
			if (err == nil) != (theirErr == nil) {
				t.Fatalf("metrics: %v, and upstream %v", err, theirErr)
			}
			if err != nil {
				continue
			}
			data := randomMetrics(r)
			out, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(take((&pmetric.ProtoMarshaler{}).MarshalMetrics(data)))
			if err := errors.Join(err, their.ConsumeMetrics(theirContext, data)); err != nil {
				t.Fatal(err)
			}
			want, got = pointLines(sink.AllMetrics()[0]), pointLines(out)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-upstream +oriel):\n%s", signal, diff)
		}
	}
}

// The files of testdata are blocks that both take; what comes out is the same.
func TestLikeUpstream(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, string(text))
		})
	}
}

func randomTraces(r *rand.Rand) ptrace.Traces {
	data := ptrace.NewTraces()
	for i := range 6 {
		group := data.ResourceSpans().AppendEmpty()
		group.Resource().Attributes().PutStr("service.name", []string{"shop", "ratings", ""}[i%3])
		group.Resource().Attributes().PutInt("replicas", int64(i))
		scope := group.ScopeSpans().AppendEmpty()
		scope.Scope().SetName([]string{"http", "grpc"}[i%2])
		scope.Scope().SetVersion([]string{"1.0", "2.0", ""}[i%3])
		for range 40 {
			span := scope.Spans().AppendEmpty()
			span.SetName([]string{"GET /basket", "SELECT", "GET /healthz"}[r.IntN(3)])
			span.SetKind(ptrace.SpanKind(r.IntN(6)))
			put(r, span.Attributes())
		}
	}
	return data
}

func randomLogs(r *rand.Rand) plog.Logs {
	data := plog.NewLogs()
	for i := range 4 {
		group := data.ResourceLogs().AppendEmpty()
		group.Resource().Attributes().PutStr("service.name", []string{"shop", "ratings"}[i%2])
		scope := group.ScopeLogs().AppendEmpty()
		scope.Scope().SetName("http")
		for range 50 {
			record := scope.LogRecords().AppendEmpty()
			record.Body().SetStr([]string{"basket 7 is slow", "started", ""}[r.IntN(3)])
			record.SetSeverityNumber(plog.SeverityNumber(r.IntN(25)))
			record.SetSeverityText([]string{"WARN", "INFO", ""}[r.IntN(3)])
			put(r, record.Attributes())
		}
	}
	return data
}

func randomMetrics(r *rand.Rand) pmetric.Metrics {
	data := pmetric.NewMetrics()
	group := data.ResourceMetrics().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", "shop")
	scope := group.ScopeMetrics().AppendEmpty()
	for i := range 50 {
		m := scope.Metrics().AppendEmpty()
		m.SetName([]string{"requests", "latency", "queue.length"}[r.IntN(3)])
		for range 1 + i%3 {
			switch i % 5 {
			case 0:
				put(r, points(m.Gauge, m.SetEmptyGauge, m.Type() == pmetric.MetricTypeGauge).DataPoints().AppendEmpty().Attributes())
			case 1:
				put(r, points(m.Sum, m.SetEmptySum, m.Type() == pmetric.MetricTypeSum).DataPoints().AppendEmpty().Attributes())
			case 2:
				put(r, points(m.Histogram, m.SetEmptyHistogram, m.Type() == pmetric.MetricTypeHistogram).DataPoints().AppendEmpty().Attributes())
			case 3:
				put(r, points(m.ExponentialHistogram, m.SetEmptyExponentialHistogram, m.Type() == pmetric.MetricTypeExponentialHistogram).DataPoints().AppendEmpty().Attributes())
			case 4:
				put(r, points(m.Summary, m.SetEmptySummary, m.Type() == pmetric.MetricTypeSummary).DataPoints().AppendEmpty().Attributes())
			}
		}
	}
	return data
}

// points is what the metric has, or a new one.
func points[T any](get, set func() T, has bool) T {
	if has {
		return get()
	}
	return set()
}

func spanLines(data ptrace.Traces) (out []string) {
	for _, r := range data.ResourceSpans().All() {
		for _, s := range r.ScopeSpans().All() {
			for _, span := range s.Spans().All() {
				out = append(out, fmt.Sprintf("%s %v %#v", span.Name(), span.Kind(), span.Attributes().AsRaw()))
			}
		}
	}
	return out
}

func recordLines(data plog.Logs) (out []string) {
	for _, r := range data.ResourceLogs().All() {
		for _, s := range r.ScopeLogs().All() {
			for _, record := range s.LogRecords().All() {
				out = append(out, fmt.Sprintf("%s %#v", record.Body().AsString(), record.Attributes().AsRaw()))
			}
		}
	}
	return out
}

func pointLines(data pmetric.Metrics) (out []string) {
	add := func(name string, attrs pcommon.Map) { out = append(out, fmt.Sprintf("%s %#v", name, attrs.AsRaw())) }
	for _, r := range data.ResourceMetrics().All() {
		for _, s := range r.ScopeMetrics().All() {
			for _, m := range s.Metrics().All() {
				switch m.Type() {
				case pmetric.MetricTypeGauge:
					for _, p := range m.Gauge().DataPoints().All() {
						add(m.Name(), p.Attributes())
					}
				case pmetric.MetricTypeSum:
					for _, p := range m.Sum().DataPoints().All() {
						add(m.Name(), p.Attributes())
					}
				case pmetric.MetricTypeHistogram:
					for _, p := range m.Histogram().DataPoints().All() {
						add(m.Name(), p.Attributes())
					}
				case pmetric.MetricTypeExponentialHistogram:
					for _, p := range m.ExponentialHistogram().DataPoints().All() {
						add(m.Name(), p.Attributes())
					}
				case pmetric.MetricTypeSummary:
					for _, p := range m.Summary().DataPoints().All() {
						add(m.Name(), p.Attributes())
					}
				}
			}
		}
	}
	return out
}

// What upstream refuses is refused, at the right key.
func TestRefused(t *testing.T) {
	t.Parallel()
	for text, where := range map[string]string{
		"actions: []":         "actions",
		"actions: [{key: a}]": "actions[0].action",
		"actions: [{key: a, action: replace, value: 1}]":                                     "actions[0].action",
		"actions: [{action: insert, value: 1}]":                                              "actions[0].key",
		"actions: [{key: a, action: insert}]":                                                "actions[0].value",
		"actions: [{key: a, action: insert, value: 1, from_attribute: b}]":                   "actions[0].value",
		"actions: [{key: a, action: insert, value: 1, pattern: b}]":                          "actions[0].pattern",
		"actions: [{key: a, action: delete, value: 1}]":                                      "actions[0].value",
		"actions: [{action: delete}]":                                                        "actions[0].key",
		"actions: [{key: a, action: hash, pattern: '['}]":                                    "actions[0].pattern",
		"actions: [{key: a, action: extract}]":                                               "actions[0].pattern",
		"actions: [{key: a, action: extract, pattern: '(x)'}]":                               "actions[0].pattern",
		"actions: [{key: a, action: extract, pattern: 'x'}]":                                 "actions[0].pattern",
		"actions: [{key: a, action: convert}]":                                               "actions[0].converted_type",
		"actions: [{key: a, action: convert, converted_type: bool}]":                         "actions[0].converted_type",
		"actions: [{key: a, action: upsert, value: 1}, {key: b, action: convert, value: 1}]": "actions[1].value",
	} {
		_, problems, theirs, theirErr := load(t, text)
		if len(problems) != 1 || problems[0].Where != "processors.attributes."+where {
			t.Errorf("%s: got %v, want one at %s", text, problems, where)
		}
		if theirErr == nil {
			_, theirErr = upstream.NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs, consumertest.NewNop())
		}
		if theirErr == nil {
			t.Errorf("%s: upstream takes it", text)
		}
	}
}

// A block can be right for one signal and wrong for another.
func TestValidateSignal(t *testing.T) {
	t.Parallel()
	c, problems, _, _ := load(t, "include: {match_type: strict, log_bodies: [x]}\nactions: [{key: a, action: delete}]")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := c.ValidateSignal(otlp.Logs); err != nil {
		t.Error(err)
	}
	if p, ok := errors.AsType[*config.Problem](c.ValidateSignal(otlp.Traces)); !ok || p.Where != "include" {
		t.Errorf("got %v", p)
	}
}

// BenchmarkAttributes makes four edits of each of 1,000 spans, beside upstream's processor, which needs them decoded.
func BenchmarkAttributes(b *testing.B) {
	ours, _, theirs, _ := load(b, `actions:
  - {key: environment, value: production, action: insert}
  - {key: peer.address, action: delete}
  - {key: request.id, action: hash}
  - {key: component, value: envoy, action: upsert}`)
	data := ptrace.NewTraces()
	spans := data.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range 1000 {
		span := spans.AppendEmpty()
		span.SetName("GET /basket")
		for _, key := range []string{"component", "http.method", "http.url", "user_agent", "upstream_cluster", "peer.address", "request.id", "revision"} {
			span.Attributes().PutStr(key, fmt.Sprint("a value of usual length ", i))
		}
	}
	encoded, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("oriel", func(b *testing.B) {
		p, err := Factory.New(ours, component.Settings{Signals: Factory.Signals}, &keeper{})
		if err != nil {
			b.Fatal(err)
		}
		batch, err := otlp.New(otlp.Traces, encoded)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := p.Consume(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("upstream", func(b *testing.B) {
		p, err := upstream.NewFactory().CreateTraces(b.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs, consumertest.NewNop())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			decoded, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(encoded)
			if err != nil {
				b.Fatal(err)
			}
			if err := p.ConsumeTraces(b.Context(), decoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}
