package debug

import (
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/wire/otlp"
)

// appendNormal writes about one line an item, in upstream's layout: name or body, ids, attributes.
func appendNormal(b []byte, batch *otlp.Batch) []byte {
	title := map[otlp.Signal]string{otlp.Traces: "Traces", otlp.Logs: "Log", otlp.Metrics: "Metrics"}[batch.Signal()]
	g := 0
	for group := range batch.Groups() {
		b = fmt.Appendf(b, "Resource%s #%d%s%s\n", title, g, bracketed(group.SchemaURL()), inline(group.Resource().Attrs()))
		s := 0
		for scope := range group.Scopes() {
			b = fmt.Appendf(b, "Scope%s #%d%s%s\n", title, s, scopeTitle(scope), inline(scope.Attrs()))
			b = appendNormalItems(b, batch.Signal(), scope)
			s++
		}
		g++
	}
	return b
}

func appendNormalItems(b []byte, signal otlp.Signal, scope otlp.Scope) []byte {
	switch signal {
	case otlp.Traces:
		for span := range scope.Spans() {
			f := span.Fields()
			b = fmt.Appendf(b, "%s %s %s%s\n", clean(f.Name), idText(f.TraceID[:]), idText(f.SpanID[:]), inline(span.Attrs()))
		}
	case otlp.Logs:
		for record := range scope.LogRecords() {
			b = fmt.Appendf(b, "%s %s\n", valueText(record.Fields().Body), strings.Join(pairs(record.Attrs()), " "))
		}
	case otlp.Metrics:
		for metric := range scope.Metrics() {
			b = appendNormalPoints(b, metric)
		}
	}
	return b
}

func bracketed(schemaURL []byte) string {
	if len(schemaURL) == 0 {
		return ""
	}
	return " [" + clean(schemaURL) + "]"
}

func scopeTitle(scope otlp.Scope) string {
	title := clean(scope.Name())
	if v := scope.Version(); len(v) > 0 {
		title += "@" + clean(v)
	}
	if title != "" {
		title = " " + title
	}
	return title + bracketed(scope.SchemaURL())
}

// pairs are attributes as key=value.
func pairs(attrs otlp.Attrs) (out []string) {
	for key, value := range attrs.All() {
		out = append(out, clean(key)+"="+valueText(value))
	}
	return out
}

func inline(attrs otlp.Attrs) string {
	var b strings.Builder
	for _, pair := range pairs(attrs) {
		b.WriteString(" " + pair)
	}
	return b.String()
}

func appendNormalPoints(b []byte, metric otlp.Metric) []byte {
	for p := range points(metric) {
		b = fmt.Appendf(b, "%s{%s} %s\n", clean(metric.Name()), strings.Join(pairs(p.attrs), ","), p.brief())
	}
	return b
}

// brief is the value of a point in one line.
func (p *point) brief() string {
	var b strings.Builder
	switch p.kind {
	case otlp.FieldGauge, otlp.FieldSum:
		return p.value
	case otlp.FieldSummary:
		fmt.Fprintf(&b, "count=%d sum=%f", p.count, p.sum.value)
		for _, q := range p.quantiles {
			fmt.Fprintf(&b, " q%v=%v", q.quantile, q.value)
		}
		return b.String()
	}
	fmt.Fprintf(&b, "count=%d", p.count)
	for _, v := range []struct {
		name string
		optional
	}{{"sum", p.sum}, {"min", p.min}, {"max", p.max}} {
		if v.set {
			fmt.Fprintf(&b, " %s=%v", v.name, v.value)
		}
	}
	for i, n := range p.buckets {
		b.WriteByte(' ')
		if i < len(p.bounds) {
			fmt.Fprintf(&b, "le%v=", p.bounds[i])
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
