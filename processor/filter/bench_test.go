package filter

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
)

// typical are conditions as people write them; each drops one span of ten.
var typical = []struct{ name, condition string }{
	{"attribute", `attributes["http.route"] == "/health"`},
	{"IsMatch", `IsMatch(name, ".*/health.*")`},
	{"duration", `(end_time - start_time) < Duration("2ms") and status.code != STATUS_CODE_ERROR`},
	{"resource", `resource.attributes["service.name"] == "service7"`},
}

func config1(condition string) string {
	return fmt.Sprintf("error_mode: ignore\ntraces:\n  span:\n    - '%s'\n", condition)
}

// several are conditions of all sorts together.
const several = `error_mode: ignore
traces:
  span:
    - 'attributes["http.route"] == "/health"'
    - 'IsMatch(attributes["user_agent.original"], "^kube-probe/.*") and kind == SPAN_KIND_SERVER'
    - 'resource.attributes["service.name"] == "nobody" and end_time_unix_nano - start_time_unix_nano < 1000'
  spanevent:
    - 'name == "retry" and attributes["retry.attempt"] >= 3'
`

// benchBatch holds 1,000 spans of ten services with the attributes that SDKs set.
func benchBatch(t testing.TB) *otlp.Batch {
	t.Helper()
	td := ptrace.NewTraces()
	for service := range 10 {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", fmt.Sprintf("service%d", service))
		rs.Resource().Attributes().PutStr("host.name", "ip-10-0-0-1")
		rs.Resource().Attributes().PutStr("telemetry.sdk.language", "go")
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName("net/http")
		for i := range 100 {
			span := ss.Spans().AppendEmpty()
			span.SetTraceID(pcommon.TraceID{1, byte(service), byte(i)})
			span.SetSpanID(pcommon.SpanID{2, byte(service), byte(i)})
			span.SetParentSpanID(pcommon.SpanID{3, byte(service), byte(i)})
			route, lasts := "/api/v1/products", 5_000_000
			if i%10 == 3 {
				route, lasts = "/health", 1_000_000
			}
			span.SetName("GET " + route)
			span.SetKind(ptrace.SpanKindServer)
			span.SetStartTimestamp(1_700_000_000_000_000_000)
			span.SetEndTimestamp(1_700_000_000_000_000_000 + pcommon.Timestamp(lasts))
			a := span.Attributes()
			a.PutStr("http.request.method", "GET")
			a.PutStr("url.scheme", "http")
			a.PutStr("server.address", "products.shop.svc.cluster.local")
			a.PutInt("server.port", 8080)
			a.PutStr("http.route", route)
			a.PutInt("http.response.status_code", 200)
			a.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")
			a.PutStr("network.protocol.version", "1.1")
		}
	}
	return must(otlp.New(otlp.Traces, must((&ptrace.ProtoMarshaler{}).MarshalTraces(td))))
}

// BenchmarkFilter prints what one span costs: here, and in upstream's processor
// with the decoding and encoding that it needs; and alone, without what is left being
// written: in upstream's processor on pdata that are there already.
func BenchmarkFilter(b *testing.B) {
	batch := benchBatch(b)
	began := time.Duration(0)
	perSpan := func(b *testing.B) { b.ReportMetric(float64(cpuTime()-began)/float64(b.N*batch.Items()), "cpu-ns/span") }
	run := func(b *testing.B, text string, left int) {
		cfg, problems := decode(b, text, false)
		if len(problems.Fatal()) > 0 {
			b.Fatal(problems)
		}
		out := &borrower{}
		stage := newStage(b, cfg, otlp.Traces, out)
		b.ReportAllocs()
		began = cpuTime()
		for b.Loop() {
			if err := stage.Consume(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
		if out.items != left {
			b.Fatalf("%d spans are left, want %d", out.items, left)
		}
	}
	runUpstream := func(b *testing.B, text string) {
		theirs := must(newTheirs(b, text))
		b.ReportAllocs()
		began = cpuTime()
		for b.Loop() {
			if _, err := theirs.run(b, batch); err != nil {
				b.Fatal(err)
			}
		}
		perSpan(b)
	}
	b.Run("several/bytes", func(b *testing.B) { run(b, several, 900) })
	b.Run("several/upstream", func(b *testing.B) { runUpstream(b, several) })
	for _, c := range typical {
		b.Run(c.name+"/bytes", func(b *testing.B) { run(b, config1(c.condition), 900) })
		b.Run(c.name+"/bytes-alone", func(b *testing.B) { run(b, config1("("+c.condition+") and dropped_links_count == 1"), 1000) })
		b.Run(c.name+"/upstream", func(b *testing.B) { runUpstream(b, config1(c.condition)) })
		b.Run(c.name+"/upstream-alone", func(b *testing.B) {
			theirs := must(newTheirs(b, config1("("+c.condition+") and dropped_links_count == 1"))) // drops nothing, so that the data stay
			theirs.discard = true
			td := must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes()))
			b.ReportAllocs()
			began = cpuTime()
			for b.Loop() {
				if err := theirs.traces.ConsumeTraces(b.Context(), td); err != nil {
					b.Fatal(err)
				}
			}
			perSpan(b)
		})
	}
}

// borrower is a sink that needs the bytes no longer than its call.
type borrower struct{ items int }

func (s *borrower) Consume(_ context.Context, b *otlp.Batch) error {
	s.items = b.Items()
	return nil
}

func (s *borrower) ConsumeBorrowed(ctx context.Context, b *otlp.Batch, _ *bytepool.Buffer) error {
	return s.Consume(ctx, b)
}

// cpuTime is what the process has used so far; on a busy machine the clock says little.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestAllocates holds the usual conditions to a constant number of allocations for a batch.
func TestAllocates(t *testing.T) {
	batch := benchBatch(t)
	for _, c := range typical {
		ours, problems := newOurs(t, config1(c.condition), false)
		if ours == nil {
			t.Fatal(problems)
		}
		stage := ours.stages[otlp.Traces]
		n := testing.AllocsPerRun(20, func() {
			if err := stage.Consume(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		})
		if n > 20 {
			t.Errorf("%s: %.0f allocations for %d spans", c.name, n, batch.Items())
		}
	}
}

// TestPassesUntouched: a batch of which nothing is dropped goes on as it is.
func TestPassesUntouched(t *testing.T) {
	t.Parallel()
	batch := benchBatch(t)
	ours, _ := newOurs(t, "traces:\n  span: ['name == \"none\"']\n  spanevent: ['true']\n", false)
	if err := ours.stages[otlp.Traces].Consume(t.Context(), batch); err != nil || ours.out.batch != batch {
		t.Errorf("%v, and the batch was copied", err)
	}
}
