package ottl_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottldatapoint"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottllog"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlresource"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspanevent"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
	"github.com/oriel-io/oriel/wire/ottl/ottltest"
)

// answer is what a condition says about one item.
type answer struct {
	is     bool
	failed bool
	why    error
}

func (a answer) String() string {
	if a.failed {
		return fmt.Sprintf("error: %v", a.why)
	}
	return fmt.Sprint(a.is)
}

// engine asks a condition about all items of some telemetry, in order.
type engine func(condition string) ([]answer, error)

// pair is the same telemetry in both engines.
type pair struct {
	ctx          ottl.Context
	ours, theirs engine
	dump         func() string // the telemetry as JSON
}

// upstreamEngine makes an engine of upstream's parser for one context.
func upstreamEngine[K any](t testing.TB, parser upstream.Parser[K], items []func() K) engine {
	return func(condition string) (out []answer, err error) {
		compiled, err := parser.ParseCondition(condition)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			out = append(out, evalUpstream(t, compiled, item()))
		}
		return out, nil
	}
}

// evalUpstream takes a panic for an error: Substring of upstream has one, when
// start and length together overflow.
func evalUpstream[K any](t testing.TB, condition *upstream.Condition[K], item K) (out answer) {
	defer func() {
		if p := recover(); p != nil {
			out = answer{failed: true, why: fmt.Errorf("panic: %v", p)}
		}
	}()
	is, err := condition.Eval(t.Context(), item)
	return answer{is, err != nil, err}
}

func ourEngine(ctx ottl.Context, b *otlp.Batch) engine {
	return func(condition string) (out []answer, err error) {
		var c ottl.Compiler
		compiled, err := c.Compile(ctx, condition)
		if err != nil {
			return nil, err
		}
		e := c.NewEnv()
		walk(ctx, b, e, func() {
			is, err := compiled.Eval(e)
			out = append(out, answer{is, err != nil, err})
		})
		return out, nil
	}
}

// walk enters everything that a context is about.
func walk(ctx ottl.Context, b *otlp.Batch, e *ottl.Env, visit func()) {
	for g := range b.Groups() {
		e.EnterGroup(g)
		if ctx == ottl.Resource {
			visit()
			continue
		}
		for s := range g.Scopes() {
			e.EnterScope(s)
			item, rest, found := otlp.NextLen(s.Msg, 2)
			for found {
				e.EnterItem(item)
				walkItem(ctx, e, item, visit)
				item, rest, found = otlp.NextLen(rest, 2)
			}
		}
	}
}

func walkItem(ctx ottl.Context, e *ottl.Env, item []byte, visit func()) {
	switch ctx {
	case ottl.SpanEvent:
		for event := range otlp.Span(item).Events() {
			e.EnterEvent(event)
			visit()
		}
	case ottl.DataPoint:
		field, data := otlp.Metric(item).Data()
		point, rest, found := otlp.NextLen(data, 1)
		for found {
			e.EnterPoint(point, field)
			visit()
			point, rest, found = otlp.NextLen(rest, 1)
		}
	default:
		visit()
	}
}

// newPair makes telemetry for a context and both engines for it.
func newPair(t testing.TB, ctx ottl.Context, r *rand.Rand) pair {
	t.Helper()
	set := componenttest.NewNopTelemetrySettings()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch ctx {
	case ottl.Span, ottl.SpanEvent, ottl.Resource:
		td := ottltest.Traces(r)
		raw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		must(err)
		b, err := otlp.New(otlp.Traces, raw)
		must(err)
		p := pair{ctx: ctx, ours: ourEngine(ctx, b), dump: func() string {
			text, _ := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
			return string(text)
		}}
		var spans []func() *ottlspan.TransformContext
		var events []func() *ottlspanevent.TransformContext
		var resources []func() *ottlresource.TransformContext
		for _, rs := range td.ResourceSpans().All() {
			resources = append(resources, func() *ottlresource.TransformContext { return ottlresource.NewTransformContextPtr(rs.Resource(), rs) })
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					spans = append(spans, func() *ottlspan.TransformContext { return ottlspan.NewTransformContextPtr(rs, ss, span) })
					for _, event := range span.Events().All() {
						events = append(events, func() *ottlspanevent.TransformContext {
							return ottlspanevent.NewTransformContextPtr(rs, ss, span, event)
						})
					}
				}
			}
		}
		switch ctx {
		case ottl.Span:
			parser, err := ottlspan.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultSpanFunctionsNew()...), set)
			must(err)
			p.theirs = upstreamEngine(t, parser, spans)
		case ottl.SpanEvent:
			parser, err := ottlspanevent.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultSpanEventFunctionsNew()...), set)
			must(err)
			p.theirs = upstreamEngine(t, parser, events)
		default:
			parser, err := ottlresource.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultResourceFunctions()...), set)
			must(err)
			p.theirs = upstreamEngine(t, parser, resources)
		}
		return p
	case ottl.Log:
		ld := ottltest.Logs(r)
		raw, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
		must(err)
		b, err := otlp.New(otlp.Logs, raw)
		must(err)
		var items []func() *ottllog.TransformContext
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, record := range sl.LogRecords().All() {
					items = append(items, func() *ottllog.TransformContext { return ottllog.NewTransformContextPtr(rl, sl, record) })
				}
			}
		}
		parser, err := ottllog.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultLogFunctionsNew()...), set)
		must(err)
		return pair{ctx, ourEngine(ctx, b), upstreamEngine(t, parser, items), func() string {
			text, _ := (&plog.JSONMarshaler{}).MarshalLogs(ld)
			return string(text)
		}}
	}
	md := ottltest.Metrics(r)
	raw, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	must(err)
	b, err := otlp.New(otlp.Metrics, raw)
	must(err)
	p := pair{ctx: ctx, ours: ourEngine(ctx, b), dump: func() string {
		text, _ := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
		return string(text)
	}}
	var metrics []func() *ottlmetric.TransformContext
	var points []func() *ottldatapoint.TransformContext
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				metrics = append(metrics, func() *ottlmetric.TransformContext { return ottlmetric.NewTransformContextPtr(rm, sm, m) })
				for _, point := range pointsOf(m) {
					points = append(points, func() *ottldatapoint.TransformContext {
						return ottldatapoint.NewTransformContextPtr(rm, sm, m, point)
					})
				}
			}
		}
	}
	if ctx == ottl.Metric {
		parser, err := ottlmetric.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultMetricFunctionsNew()...), set)
		must(err)
		p.theirs = upstreamEngine(t, parser, metrics)
		return p
	}
	parser, err := ottldatapoint.NewParser(upstream.CreateFactoryMap(filterprocessor.DefaultDataPointFunctionsNew()...), set)
	must(err)
	p.theirs = upstreamEngine(t, parser, points)
	return p
}

func pointsOf(m pmetric.Metric) (list []any) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		for _, p := range m.Gauge().DataPoints().All() {
			list = append(list, p)
		}
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			list = append(list, p)
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			list = append(list, p)
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			list = append(list, p)
		}
	case pmetric.MetricTypeSummary:
		for _, p := range m.Summary().DataPoints().All() {
			list = append(list, p)
		}
	}
	return list
}

// verdict says what both engines made of a condition.
type verdict uint8

const (
	agreed   verdict = iota
	refused          // by both
	declined         // by ours, as not in its part
)

// compare holds ours to theirs.
func (p pair) compare(t testing.TB, condition string) verdict {
	t.Helper()
	got, err := p.ours(condition)
	var unsupported *ottl.UnsupportedError
	if errors.As(err, &unsupported) {
		return declined
	}
	want, wantErr := p.theirs(condition)
	switch {
	case err != nil && wantErr != nil:
		return refused
	case err != nil:
		t.Errorf("%s: %s\n is refused, but upstream takes it: %v", p.ctx, condition, err)
		return refused
	case wantErr != nil:
		t.Errorf("%s: %s\n is taken, but upstream refuses it: %v", p.ctx, condition, wantErr)
		return agreed
	case len(got) != len(want):
		t.Fatalf("%s: %d items, upstream sees %d", p.ctx, len(got), len(want))
	}
	for i := range got {
		if got[i].failed != want[i].failed || !got[i].failed && got[i].is != want[i].is {
			t.Errorf("%s: %s\n of item %d is %v, want %v\n%s", p.ctx, condition, i, got[i], want[i], p.dump())
			break
		}
	}
	return agreed
}

// TestAsUpstream asks both engines the same things about the same telemetry,
// made at random with whatever types and values there are.
func TestAsUpstream(t *testing.T) {
	t.Parallel()
	rounds, conditions := 12, 150
	for _, ctx := range []ottl.Context{ottl.Resource, ottl.Span, ottl.SpanEvent, ottl.Log, ottl.Metric, ottl.DataPoint} {
		t.Run(ctx.String(), func(t *testing.T) {
			t.Parallel()
			var count [3]int
			for seed := range rounds {
				r := rand.New(rand.NewPCG(uint64(seed), uint64(ctx)))
				p := newPair(t, ctx, r)
				g := ottltest.NewGenerator(r, ctx)
				for range conditions {
					count[p.compare(t, g.Condition(3))]++
				}
			}
			t.Logf("%d conditions agree, %d are refused by both, %d are not for bytes", count[agreed], count[refused], count[declined])
			if count[agreed] < rounds*conditions/2 {
				t.Error("too few conditions were run")
			}
		})
	}
}

// FuzzAsUpstream is TestAsUpstream with seeds that the fuzzer chooses.
func FuzzAsUpstream(f *testing.F) {
	f.Add(uint64(1), uint8(ottl.Span))
	f.Add(uint64(2), uint8(ottl.DataPoint))
	f.Fuzz(func(t *testing.T, seed uint64, ctx uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := newPair(t, ottl.Context(ctx%6), r)
		g := ottltest.NewGenerator(r, p.ctx)
		for range 5 {
			p.compare(t, g.Condition(3))
		}
	})
}

// FuzzParse holds the parser to upstream's: what one takes the other takes.
func FuzzParse(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, ctx := range []ottl.Context{ottl.Span, ottl.Log, ottl.Metric, ottl.DataPoint} {
		g := ottltest.NewGenerator(r, ctx)
		for range 20 {
			f.Add(g.Condition(2))
		}
	}
	for _, text := range []string{
		`a == 0x`, `a == 0xabc`, `nilA == nil`, `"\q" == a`, `a == 08`, `a == 1.5e3`, `not not true`, `Is Match (name, "x")`, `a[1+2] == 3`, `{"a":1 "b":[1 2,3]} == a.b.c`,
		`((a)) == ((1))`, `- - 1 == 1`, `F(a = 1, G) == 1`, `a == FOO bar`, "\"a\\\nb\" == 1", `(true or (false)) and not F()`, `f(1) == 1`, `F()[f()] == 1`,
	} {
		f.Add(text)
	}
	parser, err := ottlspan.NewParser(map[string]upstream.Factory[*ottlspan.TransformContext]{}, componenttest.NewNopTelemetrySettings())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 || strings.Count(text, "(")+strings.Count(text, "[") > 12 {
			return // upstream's parser takes exponential time
		}
		_, err := ottl.Parse(text)
		_, theirs := parser.ParseCondition(text)
		// Upstream has one error for both steps; the first says this.
		refused := theirs != nil && (strings.Contains(theirs.Error(), "condition has invalid syntax") || strings.Contains(theirs.Error(), "must start with an uppercase letter"))
		if err == nil && refused {
			t.Fatalf("%q is taken, upstream: %v", text, theirs)
		}
		if err != nil && !refused && !strings.Contains(err.Error(), "is an editor") {
			t.Fatalf("%q is refused: %v, upstream: %v", text, err, theirs)
		}
	})
}

// TestFunctionsElsewhere: what upstream has is either here or known to be elsewhere.
func TestFunctionsElsewhere(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range filterprocessor.DefaultMetricFunctionsNew() {
		known[f.Name()] = true
	}
	for _, f := range filterprocessor.DefaultSpanFunctionsNew() {
		known[f.Name()] = true
	}
	var here []string
	for _, f := range ottl.Functions() {
		here = append(here, f.Name)
	}
	for name := range known {
		if name[0] >= 'a' {
			continue // an editor, which conditions cannot call
		}
		here := slices.Contains(here, name)
		there := slices.Contains(ottl.FunctionsElsewhere, name)
		if here == there {
			t.Errorf("%s: here %v, elsewhere %v", name, here, there)
		}
	}
	for _, name := range ottl.FunctionsElsewhere {
		if !known[name] {
			t.Errorf("%s is not known to upstream", name)
		}
	}
	for _, name := range here {
		if !known[name] {
			t.Errorf("%s is not known to upstream", name)
		}
	}
}
