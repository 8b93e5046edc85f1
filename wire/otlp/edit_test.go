package otlp

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// TestAttrEdit holds AttrEdit to a plain list of pairs under any sequence of changes.
func TestAttrEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		value := rapid.SampledFrom([]Value{StringValue("x"), StringValue(""), IntValue(1), BoolValue(false), {}, StringValue(strings.Repeat("y", 300))})
		type pair struct {
			key   string
			value Value
		}
		var want []pair
		var msg []byte
		for _, k := range rapid.SliceOfDistinct(key, func(k string) string { return k }).Draw(t, "before") {
			v := value.Draw(t, "v")
			want = append(want, pair{k, v})
			msg = AppendAttr(msg, 1, k, v)
		}
		msg = protoscan.AppendVarint(msg, 2, 77) // dropped_attributes_count
		var e AttrEdit
		e.reset(Resource{msg}.Attrs())
		set := func(k string, v Value) {
			at := slices.IndexFunc(want, func(p pair) bool { return p.key == k })
			if at < 0 {
				want = append(want, pair{k, v})
			} else {
				want[at].value = v
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			k, v := key.Draw(t, "key"), value.Draw(t, "value")
			present := slices.ContainsFunc(want, func(p pair) bool { return p.key == k })
			switch rapid.IntRange(0, 3).Draw(t, "op") {
			case 0:
				e.Set(k, v)
				set(k, v)
			case 1:
				if e.Insert(k, v); !present {
					set(k, v)
				}
			case 2:
				if e.Update(k, v); present {
					set(k, v)
				}
			case 3:
				e.Delete(k)
				want = slices.DeleteFunc(want, func(p pair) bool { return p.key == k })
			}
		}
		text := func(pairs []pair) string {
			var list []string
			for _, p := range pairs {
				list = append(list, p.key+"="+valueText(p.value))
			}
			slices.Sort(list)
			return strings.Join(list, " ")
		}
		var seen, written []pair
		for k, v := range e.All() {
			seen = append(seen, pair{string(k), v})
		}
		out := splice(nil, msg, &e, nil)
		for k, v := range (Resource{out}).Attrs().All() {
			written = append(written, pair{string(k), v})
		}
		for name, got := range map[string][]pair{"All": seen, "written": written} {
			if text(got) != text(want) {
				t.Fatalf("%s: got %s\nwant %s", name, text(got), text(want))
			}
		}
		for _, p := range want {
			if v, found := e.Get(p.key); !found || !v.equal(p.value) {
				t.Fatalf("Get(%s) is %s, %v; want %s", p.key, valueText(v), found, valueText(p.value))
			}
		}
		if !e.changed() && !bytes.Equal(out, msg) {
			t.Fatalf("without a change got % x, want % x", out, msg)
		}
		if scalar(out, 2) != 77 {
			t.Fatal("another field was lost")
		}
	})
}

func TestAttrEditCopiesValues(t *testing.T) {
	var e AttrEdit
	e.reset(Attrs{nil, 1})
	scratch := []byte("one")
	e.Set("a", StringValue(scratch))
	copy(scratch, "two")
	e.Set("b", StringValue(scratch))
	if string(e.Text("a")) != "one" || string(e.Text("b")) != "two" {
		t.Errorf("a is %q, b is %q", e.Text("a"), e.Text("b"))
	}
}

func TestAttrEditChangedWhileIterating(t *testing.T) {
	var e AttrEdit
	e.reset(Attrs{AppendAttr(AppendAttr(nil, 1, "a", IntValue(1)), 1, "b", IntValue(2)), 1})
	e.Set("c", IntValue(3))
	e.Set("d", IntValue(4))
	seen := ""
	for key := range e.All() {
		seen += string(key)
		e.Delete(string(key))
		e.Set("new"+string(key), IntValue(5))
	}
	left := ""
	for key := range e.All() {
		left += string(key) + " "
	}
	if seen != "abcd" || left != "newa newb newc newd " {
		t.Errorf("saw %s, left %s", seen, left)
	}
}

func TestEditSpansThenReadBack(t *testing.T) {
	b := valid(t, Traces, envoyBatch(30))
	edited := EditSpans(b, func(_ Group, _ Scope, span Span, e *SpanEdit) {
		if span.Fields().Kind != KindClient {
			return
		}
		e.SetName([]byte("first name"))
		e.SetName([]byte("renamed"))
		e.SetKind(KindProducer)
		e.SetStatus(StatusError, []byte("why"))
		e.Attrs.Set("new", IntValue(1))
		e.Attrs.Delete("user_agent")
		e.Attrs.Set("component", StringValue("mesh"))
	})
	valid(t, Traces, edited.Bytes())
	if edited.Items() != b.Items() {
		t.Fatalf("%d items, want %d", edited.Items(), b.Items())
	}
	want := collect(b)
	changed := 0
	for i, got := range collect(edited) {
		f, before := got.Fields(), want[i].Fields()
		if before.Kind != KindClient {
			if !bytes.Equal(got, want[i]) {
				t.Fatalf("span %d was changed", i)
			}
			continue
		}
		changed++
		before.Name, before.Kind, before.Status, before.StatusMessage = []byte("renamed"), KindProducer, StatusError, []byte("why")
		if fmt.Sprint(f) != fmt.Sprint(before) {
			t.Fatalf("span %d is %+v\nwant %+v", i, f, before)
		}
		wantAttrs := attrsText(want[i].Attrs())
		wantAttrs = strings.Replace(wantAttrs, `"component": "proxy"`, `"component": "mesh"`, 1)
		wantAttrs = strings.Replace(wantAttrs, `"user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", `, "", 1)
		wantAttrs = strings.TrimSuffix(wantAttrs, "}") + `"new": 1, }`
		if got := attrsText(got.Attrs()); got != wantAttrs {
			t.Fatalf("span %d has\n%s\nwant\n%s", i, got, wantAttrs)
		}
	}
	if changed == 0 {
		t.Fatal("no span was changed")
	}
}

func collect(b *Batch) (spans []Span) {
	for g := range b.Groups() {
		for s := range g.Scopes() {
			spans = slices.AppendSeq(spans, s.Spans())
		}
	}
	return spans
}

// TestEditsMoveSpans gives some spans a resource of their own: everything else
// about them stays, and those with the same new resource share a group.
func TestEditsMoveSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, Traces)
		var want []string
		groups := map[string]bool{}
		moved := EditSpans(b, func(g Group, s Scope, span Span, e *SpanEdit) {
			if rapid.Bool().Draw(t, "move") {
				e.Resource.Set("zone", StringValue(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "zone")))
				groups[fmt.Sprint(g.Msg, e.Resource.Text("zone"))] = true
			}
			pairs := "{"
			for k, v := range e.Resource.All() {
				pairs += fmt.Sprintf("%q: %s, ", k, valueText(v))
			}
			want = append(want, fmt.Sprintf("%q %s} | %q %q %s | %x", g.SchemaURL(), pairs, s.Name(), s.Version(), attrsText(s.Attrs()), []byte(span)))
		})
		slices.Sort(want)
		checkBatches(t, moved)
		same(t, items(moved), want)
		if len(groups) == 0 && moved != b {
			t.Fatal("nothing was changed, yet it is another batch")
		}
	})
}

func TestEditLogs(t *testing.T) {
	b := valid(t, Logs, sampleRequest(t, Logs))
	edited := EditLogs(b, func(_ Group, _ Scope, record LogRecord, e *LogEdit) {
		e.SetBody(IntValue(5))
		e.SetSeverity(17, []byte("BAD"))
		e.SetTrace(TraceID{9}, SpanID{8})
		e.Attrs.Insert("text", StringValue("stays as it was"))
	})
	valid(t, Logs, edited.Bytes())
	n := 0
	for g := range edited.Groups() {
		for s := range g.Scopes() {
			for l := range s.LogRecords() {
				n++
				f := l.Fields()
				if f.Body.Int() != 5 || f.Severity != 17 || string(f.SeverityText) != "BAD" || f.TraceID != (TraceID{9}) || f.SpanID != (SpanID{8}) || string(f.EventName) != "session.start" {
					t.Errorf("record %d is %+v", n, f)
				}
				if v, _ := l.Attrs().Get("text"); string(v.Text()) != "value" {
					t.Errorf("record %d: text is %q", n, v.Text())
				}
			}
		}
	}
	if n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

func TestEditResources(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		var pick []bool
		edited := EditResources(b, func(r Resource, e *AttrEdit) {
			pick = append(pick, rapid.Bool().Draw(t, "pick"))
			if pick[len(pick)-1] {
				e.Set("zone", StringValue("x"))
			}
		})
		if !slices.Contains(pick, true) && edited != b {
			t.Fatal("nothing was changed, yet it is another batch")
		}
		if checkBatches(t, edited) != b.Items() {
			t.Fatal("items were lost")
		}
		i := 0
		for g := range edited.Groups() {
			v, found := g.Resource().Attrs().Get("zone")
			if found != pick[i] || found && string(v.Text()) != "x" {
				t.Fatalf("group %d: zone is %s", i, valueText(v))
			}
			i++
		}
		back := EditResources(edited, func(_ Resource, e *AttrEdit) { e.Delete("zone") })
		same(t, items(back), items(b))
	})
}

func TestEditGroupsSetsSchema(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		missing := false
		for g := range b.Groups() {
			missing = missing || len(g.SchemaURL()) == 0
		}
		edited := EditGroups(b, func(_ Group, e *GroupEdit) { e.SchemaURL = "https://schema" })
		if (edited != b) != missing {
			t.Fatalf("a schema is missing: %v, and it is another batch: %v", missing, edited != b)
		}
		if checkBatches(t, edited) != b.Items() {
			t.Fatal("items were lost")
		}
		var before []string
		for g := range b.Groups() {
			before = append(before, cmp.Or(string(g.SchemaURL()), "https://schema"))
		}
		i := 0
		for g := range edited.Groups() {
			if got := string(g.SchemaURL()); got != before[i] {
				t.Fatalf("group %d has the schema %q, want %q", i, got, before[i])
			}
			i++
		}
	})
}

func TestUnchangedIsTheSameBatch(t *testing.T) {
	b := valid(t, Traces, envoyBatch(5))
	if EditSpans(b, func(_ Group, _ Scope, _ Span, e *SpanEdit) {
		e.Attrs.Set("component", StringValue("proxy"))
		e.Attrs.Set("x", IntValue(1))
		e.Attrs.Delete("x")
		e.Resource.Delete("absent")
	}) != b {
		t.Error("EditSpans without a change made a new batch")
	}
	empty := valid(t, Traces, nil)
	if EditSpans(empty, func(Group, Scope, Span, *SpanEdit) {}) != empty {
		t.Error("EditSpans made a new batch of an empty one")
	}
}

func TestEditPoints(t *testing.T) {
	b := valid(t, Metrics, sampleRequest(t, Metrics))
	if EditPoints(b, func(Group, Scope, Metric, *AttrEdit) {}) != b {
		t.Error("without a change it is another batch")
	}
	seen := map[string]int{}
	edited := EditPoints(b, func(_ Group, _ Scope, m Metric, e *AttrEdit) {
		name := string(m.Name())
		seen[name]++
		if name == "gauge" && seen[name]%2 == 0 {
			return
		}
		e.Set("zone", StringValue(name))
		e.Delete("long")
	})
	req := pmetricotlp.NewExportRequest()
	if err := req.UnmarshalProto(edited.Bytes()); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"gauge": 5, "sum": 5, "histogram": 2, "exponential": 1, "summary": 1}; fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("saw %v, want %v", seen, want)
	}
	if req.Metrics().DataPointCount() != b.Items() || edited.Items() != b.Items() {
		t.Fatalf("%d points, says %d, want %d", req.Metrics().DataPointCount(), edited.Items(), b.Items())
	}
	metrics := req.Metrics().ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	check := func(name string, attrs pcommon.Map, want bool) {
		t.Helper()
		zone, found := attrs.Get("zone")
		_, long := attrs.Get("long")
		if found != want || want && (zone.Str() != name || long) {
			t.Errorf("%s has %v, want the change: %v", name, attrs.AsRaw(), want)
		}
	}
	for _, m := range metrics.All() {
		switch m.Type() {
		case pmetric.MetricTypeGauge:
			for i, p := range m.Gauge().DataPoints().All() {
				check("gauge", p.Attributes(), i%2 == 0)
				if p.IntValue() != int64(i) || p.Exemplars().Len() != 1 {
					t.Errorf("point %d of the gauge has lost something", i)
				}
			}
		case pmetric.MetricTypeSum:
			check("sum", m.Sum().DataPoints().At(3).Attributes(), true)
			if !m.Sum().IsMonotonic() {
				t.Error("the sum is not monotonic any more")
			}
		case pmetric.MetricTypeHistogram:
			check("histogram", m.Histogram().DataPoints().At(0).Attributes(), true)
		case pmetric.MetricTypeExponentialHistogram:
			check("exponential", m.ExponentialHistogram().DataPoints().At(0).Attributes(), true)
		case pmetric.MetricTypeSummary:
			check("summary", m.Summary().DataPoints().At(0).Attributes(), true)
		}
	}
}
