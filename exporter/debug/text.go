package debug

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
)

// appendNormal writes one line an item: name or body, ids, attributes.
func appendNormal(b []byte, batch *otlp.Batch) []byte {
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			switch batch.Signal() {
			case otlp.Traces:
				for span := range scope.Spans() {
					f := span.Fields()
					b = fmt.Appendf(b, "%s %x %x%s\n", clean(f.Name), f.TraceID, f.SpanID, inline(span.Attrs()))
				}
			case otlp.Logs:
				for record := range scope.LogRecords() {
					b = fmt.Appendf(b, "%s%s\n", valueText(record.Fields().Body, false), inline(record.Attrs()))
				}
			case otlp.Metrics:
				for metric := range scope.Metrics() {
					b = fmt.Appendf(b, "%s\n", clean(metric.Name()))
				}
			}
		}
	}
	return b
}

func inline(attrs otlp.Attrs) string {
	var b strings.Builder
	for key, value := range attrs.All() {
		b.WriteString(" " + clean(key) + "=" + valueText(value, false))
	}
	return b.String()
}

// appendDetailed writes everything, in upstream's layout.
func appendDetailed(b []byte, batch *otlp.Batch) []byte {
	title := map[otlp.Signal]string{otlp.Traces: "Spans", otlp.Logs: "Log", otlp.Metrics: "Metrics"}[batch.Signal()]
	g := 0
	for group := range batch.Groups() {
		b = fmt.Appendf(b, "Resource%s #%d\nResource SchemaURL: %s\n", title, g, clean(group.SchemaURL()))
		b = appendAttrs(b, "", "Resource attributes", group.Resource().Attrs())
		s := 0
		for scope := range group.Scopes() {
			b = fmt.Appendf(b, "Scope%s #%d\nInstrumentationScope %s %s\n", title, s, clean(scope.Name()), clean(scope.Version()))
			b = appendAttrs(b, "", "InstrumentationScope attributes", scope.Attrs())
			b = appendItems(b, batch.Signal(), scope)
			s++
		}
		g++
	}
	return b
}

func appendItems(b []byte, signal otlp.Signal, scope otlp.Scope) []byte {
	i := 0
	switch signal {
	case otlp.Traces:
		for span := range scope.Spans() {
			b = appendSpan(fmt.Appendf(b, "Span #%d\n", i), span)
			i++
		}
	case otlp.Logs:
		for record := range scope.LogRecords() {
			b = appendRecord(fmt.Appendf(b, "LogRecord #%d\n", i), record)
			i++
		}
	case otlp.Metrics:
		for metric := range scope.Metrics() {
			b = fmt.Appendf(b, "Metric #%d\n    -> Name: %s\n", i, clean(metric.Name()))
			i++
		}
	}
	return b
}

var (
	kindNames   = [...]string{"Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"}
	statusNames = [...]string{"Unset", "Ok", "Error"}
)

func appendSpan(b []byte, span otlp.Span) []byte {
	f := span.Fields()
	line := func(name, value string) { b = fmt.Appendf(b, "    %-15s: %s\n", name, value) }
	line("Trace ID", hex.EncodeToString(f.TraceID[:]))
	line("Parent ID", idText(f.ParentID))
	line("ID", idText(f.SpanID))
	line("Name", clean(f.Name))
	line("Kind", nameOf(kindNames[:], int(f.Kind)))
	if len(f.TraceState) > 0 {
		line("TraceState", clean(f.TraceState))
	}
	line("Start time", timeText(f.Start))
	line("End time", timeText(f.End))
	line("Status code", nameOf(statusNames[:], int(f.Status)))
	line("Status message", clean(f.StatusMessage))
	for i, n := range []uint32{f.DroppedAttributes, f.DroppedEvents, f.DroppedLinks} {
		if n > 0 {
			line("Dropped "+[]string{"attributes", "events", "links"}[i], strconv.FormatUint(uint64(n), 10))
		}
	}
	b = appendAttrs(b, "", "Attributes", span.Attrs())
	i := 0
	for event := range span.Events() {
		if i == 0 {
			b = append(b, "Events:\n"...)
		}
		b = fmt.Appendf(b, "SpanEvent #%d\n     -> Name: %s\n     -> Timestamp: %s\n", i, clean(event.Name()), timeText(event.Time()))
		b = appendAttrs(b, "     ", "Attributes", event.Attrs())
		i++
	}
	i = 0
	for link := range span.Links() {
		if i == 0 {
			b = append(b, "Links:\n"...)
		}
		b = fmt.Appendf(b, "SpanLink #%d\n     -> Trace ID: %x\n     -> ID: %x\n     -> TraceState: %s\n", i, link.TraceID(), link.SpanID(), clean(link.TraceState()))
		b = appendAttrs(b, "     ", "Attributes", link.Attrs())
		i++
	}
	return b
}

func appendRecord(b []byte, record otlp.LogRecord) []byte {
	f := record.Fields()
	b = fmt.Appendf(b, "ObservedTimestamp: %s\nTimestamp: %s\nSeverityText: %s\nSeverityNumber: %d\n",
		timeText(f.ObservedTime), timeText(f.Time), clean(f.SeverityText), f.Severity)
	if len(f.EventName) > 0 {
		b = fmt.Appendf(b, "EventName: %s\n", clean(f.EventName))
	}
	b = fmt.Appendf(b, "Body: %s\n", valueText(f.Body, true))
	b = appendAttrs(b, "", "Attributes", record.Attrs())
	return fmt.Appendf(b, "Trace ID: %x\nSpan ID: %x\nFlags: %d\n", f.TraceID, f.SpanID, f.Flags)
}

func appendAttrs(b []byte, indent, title string, attrs otlp.Attrs) []byte {
	first := true
	for key, value := range attrs.All() {
		if first {
			b = fmt.Appendf(b, "%s%s:\n", indent, title)
			first = false
		}
		b = fmt.Appendf(b, "%s     -> %s: %s\n", indent, clean(key), valueText(value, true))
	}
	return b
}

var valueKinds = [...]string{"Empty", "Str", "Bool", "Int", "Double", "Slice", "Map", "Bytes"}

// valueText is a value as text, with its type in front: Str(GET).
func valueText(v otlp.Value, typed bool) string {
	var text string
	switch v.Kind {
	case otlp.String:
		text = clean(v.Text())
	case otlp.Bool:
		text = strconv.FormatBool(v.Bool())
	case otlp.Int:
		text = strconv.FormatInt(v.Int(), 10)
	case otlp.Double:
		text = strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case otlp.Bytes:
		text = hex.EncodeToString(v.Raw())
	case otlp.Array:
		var parts []string
		for element := range v.Elements() {
			parts = append(parts, valueText(element, false))
		}
		text = "[" + strings.Join(parts, ",") + "]"
	case otlp.Map:
		var parts []string
		for key, value := range v.Entries().All() {
			parts = append(parts, clean(key)+":"+valueText(value, false))
		}
		text = "{" + strings.Join(parts, ",") + "}"
	}
	if !typed {
		return text
	}
	return nameOf(valueKinds[:], int(v.Kind)) + "(" + text + ")"
}

// clean makes text from outside safe for a terminal: control signs are escaped.
func clean(text []byte) string {
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

func idText(id otlp.SpanID) string {
	if id.IsZero() {
		return ""
	}
	return hex.EncodeToString(id[:])
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}

func timeText(unixNanos uint64) string {
	return time.Unix(0, int64(unixNanos)).UTC().String()
}
