package otlp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// FuzzTraces, FuzzLogs and FuzzMetrics hold New and the views to upstream's
// decoder: same verdict but for the rules that schema.go marks as stricter, same
// number of items, same content.
func FuzzTraces(f *testing.F) {
	addSeeds(f, Traces)
	f.Fuzz(func(t *testing.T, data []byte) {
		req := ptraceotlp.NewExportRequest()
		batch := sameVerdict(t, Traces, data, req.UnmarshalProto(data))
		if batch == nil {
			return
		}
		if want := req.Traces().SpanCount(); batch.Items() != want {
			t.Fatalf("%d items, upstream has %d spans", batch.Items(), want)
		}
		if got, want := tracesText(batch), upstreamTraces(req.Traces()); got != want {
			t.Fatalf("got:\n%s\nupstream:\n%s", got, want)
		}
		sameJSON(t, batch, mustJSON(t, req))
	})
}

func FuzzLogs(f *testing.F) {
	addSeeds(f, Logs)
	f.Fuzz(func(t *testing.T, data []byte) {
		req := plogotlp.NewExportRequest()
		batch := sameVerdict(t, Logs, data, req.UnmarshalProto(data))
		if batch == nil {
			return
		}
		if want := req.Logs().LogRecordCount(); batch.Items() != want {
			t.Fatalf("%d items, upstream has %d log records", batch.Items(), want)
		}
		if got, want := logsText(batch), upstreamLogs(req.Logs()); got != want {
			t.Fatalf("got:\n%s\nupstream:\n%s", got, want)
		}
		sameJSON(t, batch, mustJSON(t, req))
	})
}

func FuzzMetrics(f *testing.F) {
	addSeeds(f, Metrics)
	f.Fuzz(func(t *testing.T, data []byte) {
		req := pmetricotlp.NewExportRequest()
		batch := sameVerdict(t, Metrics, data, req.UnmarshalProto(data))
		if batch == nil {
			return
		}
		if want := req.Metrics().DataPointCount(); batch.Items() != want {
			t.Fatalf("%d items, upstream has %d data points", batch.Items(), want)
		}
		if got, want := metricsText(batch), upstreamMetrics(req.Metrics()); got != want {
			t.Fatalf("got:\n%s\nupstream:\n%s", got, want)
		}
		sameJSON(t, batch, mustJSON(t, req))
	})
}

// sameVerdict runs New with and without its short cuts and compares both with
// upstream's verdict. It returns the batch if all of them accept.
func sameVerdict(t *testing.T, signal Signal, data []byte, upstream error) *Batch {
	t.Helper()
	batch, err := New(signal, data)
	stepwise := verifier{signal: signal, stepwise: true}
	items, slow := stepwise.request(data)
	if fmt.Sprint(err) != fmt.Sprint(slow) || err == nil && items != batch.Items() {
		t.Fatalf("with short cuts: %v, %v\nwithout: %d items, %v", batch, err, items, slow)
	}
	if err == nil {
		if upstream != nil {
			t.Fatalf("accepted, but upstream says: %v", upstream)
		}
		operate(t, batch)
		return batch
	}
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Offset < 0 || invalid.Offset > len(data) || invalid.Signal != signal {
		t.Fatalf("not a proper InvalidError: %#v", err)
	}
	stricter := invalid.Cause == protoscan.ErrMalformed ||
		strings.Contains(invalid.What, "was set before") || strings.Contains(invalid.What, "levels deep") ||
		strings.Contains(invalid.What, "packed numbers")
	if upstream == nil && !stricter {
		t.Fatalf("refused, but upstream takes it: %v", err)
	}
	return nil
}

// operate holds the operations to any request that New takes, however oddly it
// is encoded: what they make is valid again and has the same items.
func operate(t *testing.T, b *Batch) {
	t.Helper()
	check := func(name string, made ...*Batch) {
		count := 0
		for _, m := range made {
			if m != nil {
				count += valid(t, m.Signal(), m.Bytes()).Items()
			}
		}
		if count != b.Items() {
			t.Fatalf("%s: %d items of %d", name, count, b.Items())
		}
	}
	n := 0
	parts := Split(b, 2, func(Group, Scope, []byte) int { n++; return n % 2 })
	check("split", parts...)
	if got, want := items(parts...), items(b); !slices.Equal(got, want) {
		t.Fatalf("split: got\n%q\nwant\n%q", got, want)
	}
	check("chunk", Chunk(b, 2)...)
	check("chunk by bytes", ChunkBytes(b, 100)...)
	edited := EditResources(b, func(_ Resource, e *AttrEdit) { e.Set("text", IntValue(7)) })
	check("edit resources", edited)
	for g := range edited.Groups() {
		if v, _ := g.Resource().Attrs().Get("text"); v.Int() != 7 {
			t.Fatalf("the resource is %s", attrsText(g.Resource().Attrs()))
		}
		if text := g.Resource().Attrs().AppendJSON(nil); !json.Valid(text) {
			t.Fatalf("not JSON: %s", text)
		}
	}
	switch b.Signal() {
	case Traces:
		check("edit spans", EditSpans(b, func(_ Group, _ Scope, _ Span, e *SpanEdit) {
			if n++; n%2 == 0 {
				e.Resource.Delete("text")
			}
			e.Attrs.Set("text", IntValue(7))
			e.SetKind(KindServer)
		}))
	case Metrics:
		check("edit points", EditPoints(b, func(_ Group, _ Scope, _ Metric, e *AttrEdit) { e.Set("text", IntValue(7)) }))
	case Logs:
		check("edit logs", EditLogs(b, func(_ Group, _ Scope, _ LogRecord, e *LogEdit) { e.SetBody(BoolValue(true)) }))
	}
}

func tracesText(b *Batch) string {
	var w strings.Builder
	for g := range b.Groups() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaURL(), attrsText(g.Resource().Attrs()))
		for s := range g.Scopes() {
			scopeText(&w, s)
			for span := range s.Spans() {
				f := span.Fields()
				if span.TraceID() != f.TraceID {
					return "TraceID and Fields differ"
				}
				fmt.Fprintf(&w, "span %x %x %x %q %q %d %d %d %d %q %d %d %d %d %s\n", f.TraceID, f.SpanID, f.ParentID, f.TraceState, f.Name,
					f.Kind, f.Start, f.End, f.Status, f.StatusMessage, f.Flags, f.DroppedAttributes, f.DroppedEvents, f.DroppedLinks, attrsText(span.Attrs()))
				for e := range span.Events() {
					fmt.Fprintf(&w, "event %d %q %s\n", e.Time(), e.Name(), attrsText(e.Attrs()))
				}
				for l := range span.Links() {
					fmt.Fprintf(&w, "link %x %x %q %s\n", l.TraceID(), l.SpanID(), l.TraceState(), attrsText(l.Attrs()))
				}
			}
		}
	}
	return w.String()
}

func logsText(b *Batch) string {
	var w strings.Builder
	for g := range b.Groups() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaURL(), attrsText(g.Resource().Attrs()))
		for s := range g.Scopes() {
			scopeText(&w, s)
			for l := range s.LogRecords() {
				f := l.Fields()
				fmt.Fprintf(&w, "log %d %d %d %q %s %d %x %x %q %s\n", f.Time, f.ObservedTime, f.Severity, f.SeverityText, valueText(f.Body),
					f.Flags, f.TraceID, f.SpanID, f.EventName, attrsText(l.Attrs()))
			}
		}
	}
	return w.String()
}

func metricsText(b *Batch) string {
	var w strings.Builder
	for g := range b.Groups() {
		fmt.Fprintf(&w, "group %q %s\n", g.SchemaURL(), attrsText(g.Resource().Attrs()))
		for s := range g.Scopes() {
			scopeText(&w, s)
			for m := range s.Metrics() {
				fmt.Fprintf(&w, "metric %q %d points\n", m.Name(), m.PointCount())
			}
		}
	}
	return w.String()
}

func scopeText(w *strings.Builder, s Scope) {
	fmt.Fprintf(w, "scope %q %q %s\n", s.Name(), s.Version(), attrsText(s.Attrs()))
}

func attrsText(a Attrs) string {
	var w strings.Builder
	w.WriteByte('{')
	for k, v := range a.All() {
		fmt.Fprintf(&w, "%q: %s, ", k, valueText(v))
	}
	return w.String() + "}"
}

func valueText(v Value) string {
	switch v.Kind {
	case String:
		return fmt.Sprintf("%q", v.Text())
	case Bool:
		return fmt.Sprint(v.Bool())
	case Int:
		return fmt.Sprint(v.Int())
	case Double:
		return fmt.Sprintf("%x", math.Float64bits(v.Double()))
	case Bytes:
		return "base64 " + base64.StdEncoding.EncodeToString(v.Raw())
	case Array:
		var w strings.Builder
		for e := range v.Elements() {
			w.WriteString(valueText(e) + ", ")
		}
		return "[" + w.String() + "]"
	case Map:
		return attrsText(v.Entries())
	}
	return "empty"
}

func pcommonValue(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return fmt.Sprintf("%q", v.Str())
	case pcommon.ValueTypeBool:
		return fmt.Sprint(v.Bool())
	case pcommon.ValueTypeInt:
		return fmt.Sprint(v.Int())
	case pcommon.ValueTypeDouble:
		return fmt.Sprintf("%x", math.Float64bits(v.Double()))
	case pcommon.ValueTypeBytes:
		return "base64 " + base64.StdEncoding.EncodeToString(v.Bytes().AsRaw())
	case pcommon.ValueTypeSlice:
		var w strings.Builder
		for _, e := range v.Slice().All() {
			w.WriteString(pcommonValue(e) + ", ")
		}
		return "[" + w.String() + "]"
	case pcommon.ValueTypeMap:
		return pcommonMap(v.Map())
	}
	return "empty"
}

func pcommonMap(m pcommon.Map) string {
	var w strings.Builder
	w.WriteByte('{')
	for k, v := range m.All() {
		fmt.Fprintf(&w, "%q: %s, ", k, pcommonValue(v))
	}
	return w.String() + "}"
}
