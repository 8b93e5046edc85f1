package debug

import (
	"fmt"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// detail writes everything, in upstream's layout.
type detail struct{ out []byte }

func (d *detail) line(format string, args ...any) {
	d.out = append(fmt.Appendf(d.out, format, args...), '\n')
}

func (d *detail) batch(batch *otlp.Batch) {
	groupTitle := map[otlp.Signal]string{otlp.Traces: "Spans", otlp.Logs: "Log", otlp.Metrics: "Metrics"}[batch.Signal()]
	scopeTitle := map[otlp.Signal]string{otlp.Traces: "Spans", otlp.Logs: "Logs", otlp.Metrics: "Metrics"}[batch.Signal()]
	g := 0
	for group := range batch.Groups() {
		d.line("Resource%s #%d", groupTitle, g)
		d.line("Resource SchemaURL: %s", clean(group.SchemaURL()))
		d.attrs("Resource attributes", "", group.Resource().Attrs())
		d.entities(group.Resource())
		s := 0
		for scope := range group.Scopes() {
			d.line("Scope%s #%d", scopeTitle, s)
			d.line("Scope%s SchemaURL: %s", scopeTitle, clean(scope.SchemaURL()))
			d.line("InstrumentationScope %s %s", clean(scope.Name()), clean(scope.Version()))
			d.attrs("InstrumentationScope attributes", "", scope.Attrs())
			d.items(batch.Signal(), scope)
			s++
		}
		g++
	}
}

func (d *detail) items(signal otlp.Signal, scope otlp.Scope) {
	i := 0
	switch signal {
	case otlp.Traces:
		for span := range scope.Spans() {
			d.line("Span #%d", i)
			d.span(span)
			i++
		}
	case otlp.Logs:
		for record := range scope.LogRecords() {
			d.line("LogRecord #%d", i)
			d.record(record)
			i++
		}
	case otlp.Metrics:
		for metric := range scope.Metrics() {
			d.line("Metric #%d", i)
			d.metric(metric)
			i++
		}
	}
}

// attrs writes a title and, further to the right than indent, the attributes; nothing if there are none.
func (d *detail) attrs(title, indent string, attrs otlp.Attrs) {
	first := true
	for key, value := range attrs.All() {
		if first {
			d.line("%s:", title)
			first = false
		}
		d.line("%s     -> %s: %s", indent, clean(key), typedText(value))
	}
}

func (d *detail) entities(resource otlp.Resource) {
	i := 0
	each(resource.Msg, func(f protoscan.Field) {
		if f.Num != 3 {
			return
		}
		if i == 0 {
			d.line("Resource entity refs:")
		}
		d.line("     -> Entity ref #%d:", i)
		d.line("          -> Type: %s", clean(otlp.LastLen(f.Body, 2)))
		if url := otlp.LastLen(f.Body, 1); len(url) > 0 {
			d.line("          -> Schema URL: %s", clean(url))
		}
		d.keys("ID keys", f.Body, 3)
		d.keys("Description keys", f.Body, 4)
		i++
	})
}

func (d *detail) keys(title string, entity []byte, num uint32) {
	key, rest, found := otlp.NextLen(entity, num)
	if found {
		d.line("          -> %s:", title)
	}
	for found {
		d.line("               -> %s", clean(key))
		key, rest, found = otlp.NextLen(rest, num)
	}
}

var (
	kindNames   = []string{"Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"}
	statusNames = []string{"Unset", "Ok", "Error"}
)

func (d *detail) span(span otlp.Span) {
	f := span.Fields()
	pair := func(name, value string) { d.line("    %-15s: %s", name, value) }
	pair("Trace ID", idText(f.TraceID[:]))
	pair("Parent ID", idText(f.ParentID[:]))
	pair("ID", idText(f.SpanID[:]))
	pair("Name", clean(f.Name))
	pair("Kind", nameOf(kindNames, number(span, 6)))
	if len(f.TraceState) > 0 {
		pair("TraceState", clean(f.TraceState))
	}
	pair("Start time", timeText(f.Start))
	pair("End time", timeText(f.End))
	pair("Status code", nameOf(statusNames, number(otlp.LastLen(span, 15), 3)))
	pair("Status message", clean(f.StatusMessage))
	pair("DroppedAttributesCount", strconv.FormatUint(uint64(f.DroppedAttributes), 10))
	pair("DroppedEventsCount", strconv.FormatUint(uint64(f.DroppedEvents), 10))
	pair("DroppedLinksCount", strconv.FormatUint(uint64(f.DroppedLinks), 10))
	d.attrs("Attributes", "", span.Attrs())
	d.events(span)
	d.links(span)
}

// The second colon after Attributes, here and below, is upstream's.

func (d *detail) events(span otlp.Span) {
	i := 0
	for event := range span.Events() {
		if i == 0 {
			d.line("Events:")
		}
		d.line("SpanEvent #%d", i)
		d.line("     -> Name: %s", clean(event.Name()))
		d.line("     -> Timestamp: %s", timeText(event.Time()))
		d.line("     -> DroppedAttributesCount: %d", number(event, 4))
		d.attrs("     -> Attributes:", "     ", event.Attrs())
		i++
	}
}

func (d *detail) links(span otlp.Span) {
	i := 0
	for link := range span.Links() {
		if i == 0 {
			d.line("Links:")
		}
		traceID, spanID := link.TraceID(), link.SpanID()
		d.line("SpanLink #%d", i)
		d.line("     -> Trace ID: %s", idText(traceID[:]))
		d.line("     -> ID: %s", idText(spanID[:]))
		d.line("     -> TraceState: %s", clean(link.TraceState()))
		d.line("     -> DroppedAttributesCount: %d", number(link, 5))
		d.attrs("     -> Attributes:", "     ", link.Attrs())
		i++
	}
}

var severityNames = func() []string {
	names := []string{"Unspecified"}
	for _, level := range []string{"Trace", "Debug", "Info", "Warn", "Error", "Fatal"} {
		names = append(names, level, level+"2", level+"3", level+"4")
	}
	return names
}()

func (d *detail) record(record otlp.LogRecord) {
	f := record.Fields()
	severity := number(record, 2)
	d.line("ObservedTimestamp: %s", timeText(f.ObservedTime))
	d.line("Timestamp: %s", timeText(f.Time))
	d.line("SeverityText: %s", clean(f.SeverityText))
	d.line("SeverityNumber: %s(%d)", nameOf(severityNames, severity), int32(severity))
	if len(f.EventName) > 0 {
		d.line("EventName: %s", clean(f.EventName))
	}
	d.line("Body: %s", typedText(f.Body))
	d.attrs("Attributes", "", record.Attrs())
	d.line("Trace ID: %s", idText(f.TraceID[:]))
	d.line("Span ID: %s", idText(f.SpanID[:]))
	d.line("Flags: %d", f.Flags)
}

var (
	dataNames = map[uint32]string{0: "Empty", otlp.FieldGauge: "Gauge", otlp.FieldSum: "Sum", otlp.FieldHistogram: "Histogram",
		otlp.FieldExponentialHistogram: "ExponentialHistogram", otlp.FieldSummary: "Summary"}
	pointNames = map[uint32]string{otlp.FieldGauge: "NumberDataPoints", otlp.FieldSum: "NumberDataPoints", otlp.FieldHistogram: "HistogramDataPoints",
		otlp.FieldExponentialHistogram: "ExponentialHistogramDataPoints", otlp.FieldSummary: "SummaryDataPoints"}
	temporalityNames = []string{"Unspecified", "Delta", "Cumulative"}
)

func (d *detail) metric(metric otlp.Metric) {
	kind, data := metric.Data()
	d.line("Descriptor:")
	d.line("     -> Name: %s", clean(metric.Name()))
	d.line("     -> Description: %s", clean(otlp.LastLen(metric, 2)))
	d.line("     -> Unit: %s", clean(otlp.LastLen(metric, 3)))
	d.line("     -> DataType: %s", dataNames[kind])
	if kind == otlp.FieldSum {
		d.line("     -> IsMonotonic: %t", number(data, 3) != 0)
	}
	if kind == otlp.FieldSum || kind == otlp.FieldHistogram || kind == otlp.FieldExponentialHistogram {
		d.line("     -> AggregationTemporality: %s", nameOf(temporalityNames, number(data, 2)))
	}
	i := 0
	for p := range points(metric) {
		d.line("%s #%d", pointNames[kind], i)
		d.point(p)
		i++
	}
}

func (d *detail) point(p *point) {
	d.attrs("Data point attributes", "", p.attrs)
	d.line("StartTimestamp: %s", timeText(p.start))
	d.line("Timestamp: %s", timeText(p.time))
	switch p.kind {
	case otlp.FieldGauge, otlp.FieldSum:
		if p.fixed != "" {
			d.line("Value: %s", p.fixed)
		}
	case otlp.FieldSummary:
		d.line("Count: %d", p.count)
		d.line("Sum: %f", p.sum.value)
		for i, q := range p.quantiles {
			d.line("QuantileValue #%d: Quantile %f, Value %f", i, q.quantile, q.value)
		}
	default:
		d.distribution(p)
	}
	d.exemplars(p.exemplars)
}

func (d *detail) distribution(p *point) {
	d.line("Count: %d", p.count)
	for _, v := range []struct {
		name string
		optional
	}{{"Sum", p.sum}, {"Min", p.min}, {"Max", p.max}} {
		if v.set {
			d.line("%s: %f", v.name, v.value)
		}
	}
	for i, bound := range p.bounds {
		d.line("ExplicitBounds #%d: %f", i, bound)
	}
	for i, count := range p.buckets {
		d.line("Buckets #%d, Count: %d", i, count)
	}
	if p.kind != otlp.FieldExponentialHistogram {
		return
	}
	for i := len(p.negative.counts) - 1; i >= 0; i-- {
		lower, upper := p.bucket(p.negative, i)
		d.line("Bucket [%f, %f), Count: %d", -upper, -lower, p.negative.counts[i])
	}
	if p.zeroCount != 0 {
		d.line("Bucket [0, 0], Count: %d", p.zeroCount)
	}
	for i, count := range p.positive.counts {
		lower, upper := p.bucket(p.positive, i)
		d.line("Bucket (%f, %f], Count: %d", lower, upper, count)
	}
}

// bucket is the range of an exponential bucket: base^index to base^(index+1), base = 2^(2^-scale).
//
// Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
func (p *point) bucket(b buckets, i int) (lower, upper float64) {
	factor := math.Ldexp(math.Ln2, -int(p.scale))
	index := float64(b.offset) + float64(i)
	return math.Exp(index * factor), math.Exp((index + 1) * factor)
}

func (d *detail) exemplars(list [][]byte) {
	for i, msg := range list {
		if i == 0 {
			d.line("Exemplars:")
		}
		d.line("Exemplar #%d", i)
		d.line("     -> Trace ID: %s", idText(otlp.LastLen(msg, 5)))
		d.line("     -> Span ID: %s", idText(otlp.LastLen(msg, 4)))
		d.line("     -> Timestamp: %s", timeText(number(msg, 2)))
		value := ""
		each(msg, func(f protoscan.Field) {
			if f.Num == 3 || f.Num == 6 {
				_, value = numberTexts(f, 3)
			}
		})
		if value != "" {
			d.line("     -> Value: %s", value)
		}
		d.attrs("     -> FilteredAttributes", "     ", otlp.AttrsIn(msg, 7))
	}
}
