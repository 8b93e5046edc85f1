package probabilistic

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
)

// keeper is a sink that keeps the last batch.
type keeper struct{ last *otlp.Batch }

func (k *keeper) Consume(_ context.Context, b *otlp.Batch) error {
	k.last = b
	return nil
}

// configs are all modes with shares, seeds and sources that matter.
func configs() (out []Config) {
	for _, mode := range []string{"", modeHashSeed, modeEqualizing, modeProportional} {
		for _, percentage := range []float32{0, 0.001, 0.01, 15.3, 50, 99.999, 100, 150} {
			for _, closed := range []bool{true, false} {
				c := Factory.Default()
				c.Mode, c.SamplingPercentage, c.FailClosed = mode, percentage, closed
				c.FromAttribute, c.SamplingPriority = "request.id", "priority"
				out = append(out, c)
				c.HashSeed, c.AttributeSource, c.SamplingPrecision = 4711, sourceRecord, 1+len(out)%14
				out = append(out, c)
			}
		}
	}
	return out
}

var traceStates = []string{
	"", "", "", "ot=rv:abcdef01234567", "ot=th:8", "ot=th:c;rv:ffffffffffffff", "ot=th:fff", "ot=rv:00000000000001;th:1", "a=b,ot=th:4;x:y,c=d",
	"vendor=1", "ot=th:zz", "ot=rv:12", "not a tracestate", "ot=rv:abcdef01234567,ot=th:0", "a=b, ,c=d", "ot=x:1",
}

// randomID is none now and then.
func randomID(r *rand.Rand) (id pcommon.TraceID) {
	if r.IntN(20) > 0 {
		binary.BigEndian.PutUint64(id[:], r.Uint64())
		binary.BigEndian.PutUint64(id[8:], r.Uint64())
	}
	return id
}

func putPriority(r *rand.Rand, to pcommon.Map, key string) {
	switch r.IntN(12) {
	case 0:
		to.PutInt(key, int64(r.IntN(3))-1)
	case 1:
		to.PutDouble(key, float64(r.IntN(100)))
	case 2:
		to.PutStr(key, []string{"0", "1", "0.0", "yes", "-1", ""}[r.IntN(6)])
	case 3:
		to.PutInt(key, 100)
	}
}

func randomTraces(r *rand.Rand, n int) ptrace.Traces {
	data := ptrace.NewTraces()
	for i := range n {
		spans := data.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range 1 + i%3 {
			span := spans.AppendEmpty()
			span.SetName(fmt.Sprint(i))
			span.SetTraceID(randomID(r))
			span.TraceState().FromRaw(traceStates[r.IntN(len(traceStates))])
			putPriority(r, span.Attributes(), "sampling.priority")
		}
	}
	return data
}

func randomLogs(r *rand.Rand, n int) plog.Logs {
	data := plog.NewLogs()
	records := data.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range n {
		record := records.AppendEmpty()
		record.Body().SetInt(int64(i))
		record.SetTraceID(randomID(r))
		putPriority(r, record.Attributes(), "priority")
		switch r.IntN(6) {
		case 0:
			record.Attributes().PutStr("request.id", fmt.Sprint(r.Uint64()))
		case 1:
			record.Attributes().PutEmptyBytes("request.id").FromRaw([]byte{1, byte(r.Uint32())})
		case 2:
			record.Attributes().PutDouble("request.id", r.Float64())
		}
		if r.IntN(5) == 0 {
			record.Attributes().PutStr(attrThreshold, []string{"8", "c", "", "zz", "fffffffffffffff"}[r.IntN(5)])
		}
		if r.IntN(5) == 0 {
			record.Attributes().PutStr(attrRandomness, []string{"abcdef01234567", "12", "ffffffffffffff"}[r.IntN(3)])
		}
		record.Attributes().PutStr("other", "stays")
	}
	return data
}

func theirs(c Config) *upstream.Config {
	out := upstream.NewFactory().CreateDefaultConfig().(*upstream.Config)
	out.SamplingPercentage, out.HashSeed, out.FailClosed, out.SamplingPrecision = c.SamplingPercentage, c.HashSeed, c.FailClosed, c.SamplingPrecision
	out.Mode, out.AttributeSource = upstream.SamplerMode(c.Mode), upstream.AttributeSource(c.AttributeSource)
	out.FromAttribute, out.SamplingPriority = c.FromAttribute, c.SamplingPriority
	return out
}

// consume hands data to our processor and returns what it hands on.
func consume(t *testing.T, c Config, signal otlp.Signal, data []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	batch, err := otlp.New(signal, data)
	if err != nil {
		t.Fatal(err)
	}
	var next keeper
	p, err := Factory.New(c, component.Settings{Signals: Factory.Signals}, &next)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Consume(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if next.last == nil {
		return nil
	}
	if checked, err := otlp.New(signal, next.last.Bytes()); err != nil || checked.Items() != next.last.Items() {
		t.Fatalf("what was handed on: %v, %d items", err, next.last.Items())
	}
	return next.last.Bytes()
}

// The same spans are kept as by upstream's processor, with the same tracestate.
func TestSpansLikeUpstream(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for i, c := range configs() {
		data := randomTraces(r, 200)
		encoded, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
		got, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(consume(t, c, otlp.Traces, encoded, err))
		if err != nil {
			t.Fatal(err)
		}
		var sink consumertest.TracesSink
		p, err := upstream.NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs(c), &sink)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.ConsumeTraces(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		want := ptrace.NewTraces()
		if all := sink.AllTraces(); len(all) > 0 {
			want = all[0]
		}
		if diff := cmp.Diff(spanLines(want), spanLines(got)); diff != "" {
			t.Errorf("config %d, %+v (-upstream +oriel):\n%s", i, c, diff)
		}
	}
}

func spanLines(data ptrace.Traces) (out []string) {
	for _, r := range data.ResourceSpans().All() {
		for _, s := range r.ScopeSpans().All() {
			for _, span := range s.Spans().All() {
				out = append(out, fmt.Sprint(span.Name(), " ", span.TraceID(), " ", span.TraceState().AsRaw(), " ", span.Attributes().AsRaw()))
			}
		}
	}
	return out
}

// The same log records are kept as by upstream's processor, with the same attributes.
func TestRecordsLikeUpstream(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for i, c := range configs() {
		data := randomLogs(r, 300)
		encoded, err := (&plog.ProtoMarshaler{}).MarshalLogs(data)
		got, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(consume(t, c, otlp.Logs, encoded, err))
		if err != nil {
			t.Fatal(err)
		}
		var sink consumertest.LogsSink
		p, err := upstream.NewFactory().CreateLogs(t.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs(c), &sink)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.ConsumeLogs(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		want := plog.NewLogs()
		if all := sink.AllLogs(); len(all) > 0 {
			want = all[0]
		}
		if diff := cmp.Diff(recordLines(want), recordLines(got)); diff != "" {
			t.Errorf("config %d, %+v (-upstream +oriel):\n%s", i, c, diff)
		}
	}
}

func recordLines(data plog.Logs) (out []string) {
	for _, r := range data.ResourceLogs().All() {
		for _, s := range r.ScopeLogs().All() {
			for _, record := range s.LogRecords().All() {
				out = append(out, fmt.Sprint(record.Body().Int(), " ", record.TraceID(), " ", record.Attributes().AsRaw()))
			}
		}
	}
	return out
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for where, change := range map[string]func(*Config){
		"sampling_percentage": func(c *Config) { c.SamplingPercentage = -1 },
		"mode":                func(c *Config) { c.Mode = "random" },
		"attribute_source":    func(c *Config) { c.AttributeSource = "body" },
		"sampling_precision":  func(c *Config) { c.SamplingPrecision = 15 },
	} {
		c := Factory.Default()
		if err := c.Validate(); err != nil {
			t.Fatalf("the defaults: %v", err)
		}
		change(&c)
		if p, ok := errors.AsType[*config.Problem](c.Validate()); !ok || p.Where != where || p.Fix == "" {
			t.Errorf("%s: got %v", where, p)
		}
		if err := theirs(c).Validate(); err == nil && where != "mode" { // upstream refuses a mode when it reads it
			t.Errorf("%s: upstream takes it", where)
		}
	}
}

// BenchmarkSpans keeps a tenth of new spans, which is what most do. Beside it upstream's processor, which needs them decoded.
func BenchmarkSpans(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	data := ptrace.NewTraces()
	spans := data.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range 1000 {
		span := spans.AppendEmpty()
		span.SetTraceID(randomID(r))
		span.SetName("GET /basket")
		for i := range 10 {
			span.Attributes().PutStr(fmt.Sprint("http.attribute.", i), "some value of usual length")
		}
	}
	encoded, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
	if err != nil {
		b.Fatal(err)
	}
	c := Factory.Default()
	c.SamplingPercentage = 10
	b.Run("oriel", func(b *testing.B) {
		p, err := Factory.New(c, component.Settings{Signals: Factory.Signals}, &keeper{})
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
		p, err := upstream.NewFactory().CreateTraces(b.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs(c), consumertest.NewNop())
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
