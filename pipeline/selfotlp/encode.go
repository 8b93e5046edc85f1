package selfotlp

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"

	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// encoder makes OTLP of what package selfmon holds. Field numbers are those of opentelemetry-proto.
//
// Source: https://github.com/open-telemetry/opentelemetry-proto/tree/v1.5.0/opentelemetry/proto
type encoder struct {
	resource []byte
	version  string
	started  time.Time
}

func newEncoder(o Options) *encoder {
	e := &encoder{version: o.Version, started: o.Started}
	for i := 0; i < len(o.Resource); i += 2 {
		e.resource = appendText(e.resource, 1, o.Resource[i], o.Resource[i+1])
	}
	return e
}

// scope is an InstrumentationScope.
func (e *encoder) scope(name string) []byte {
	return protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, name), 2, e.version)
}

// appendText appends a KeyValue whose value is a text.
func appendText(b []byte, num uint32, key, text string) []byte {
	b, mark := protoscan.Open(b, num)
	b = protoscan.AppendBytes(b, 1, key)
	b, value := protoscan.Open(b, 2)
	b = protoscan.Close(protoscan.AppendBytes(b, 1, text), value)
	return protoscan.Close(b, mark)
}

// appendInt appends a KeyValue whose value is a number.
func appendInt(b []byte, num uint32, key string, n int64) []byte {
	b, mark := protoscan.Open(b, num)
	b = protoscan.AppendBytes(b, 1, key)
	b, value := protoscan.Open(b, 2)
	b = protoscan.Close(protoscan.AppendVarint(b, 3, uint64(n)), value)
	return protoscan.Close(b, mark)
}

func nanos(t time.Time) uint64 { return uint64(t.UnixNano()) }

// spans makes one batch.
func (e *encoder) spans(list []selfmon.SpanData) *otlp.Batch {
	out := otlp.NewBuilder(otlp.Traces)
	for i := range list {
		out.Add(e.resource, e.scope(list[i].Scope), span(&list[i]), 1)
	}
	return out.Batch()
}

func span(s *selfmon.SpanData) []byte {
	b := protoscan.AppendBytes(nil, 1, s.Trace[:])
	b = protoscan.AppendBytes(b, 2, s.Span[:])
	if s.Parent != [8]byte{} {
		b = protoscan.AppendBytes(b, 4, s.Parent[:])
	}
	b = protoscan.AppendBytes(b, 5, s.Name)
	b = protoscan.AppendVarint(b, 6, uint64(s.Kind))
	b = protoscan.AppendFixed64(b, 7, nanos(s.Start))
	b = protoscan.AppendFixed64(b, 8, nanos(s.End))
	for _, a := range s.Attributes {
		if a.Text != "" {
			b = appendText(b, 9, a.Key, a.Text)
		} else {
			b = appendInt(b, 9, a.Key, a.Int)
		}
	}
	if s.Error != "" {
		var mark int
		b, mark = protoscan.Open(b, 15)
		b = protoscan.AppendBytes(b, 2, s.Error)
		b = protoscan.Close(protoscan.AppendVarint(b, 3, 2), mark) // STATUS_CODE_ERROR
	}
	return protoscan.AppendFixed32(b, 16, 1) // sampled
}

// logScope is upstream's scope of the collector's own log.
const logScope = "go.opentelemetry.io/collector/service"

// logs makes one batch.
func (e *encoder) logs(list []entry) *otlp.Batch {
	out, scope := otlp.NewBuilder(otlp.Logs), e.scope(logScope)
	for i := range list {
		out.Add(e.resource, scope, logRecord(&list[i]), 1)
	}
	return out.Batch()
}

func logRecord(e *entry) []byte {
	b := protoscan.AppendFixed64(nil, 1, nanos(e.at))
	b = protoscan.AppendVarint(b, 2, severity(e.level))
	b = protoscan.AppendBytes(b, 3, e.level.String())
	b, body := protoscan.Open(b, 5)
	b = protoscan.Close(protoscan.AppendBytes(b, 1, e.message), body)
	for _, a := range e.attributes {
		if a.Value.Kind() == slog.KindInt64 {
			b = appendInt(b, 6, a.Key, a.Value.Int64())
		} else {
			b = appendText(b, 6, a.Key, a.Value.String())
		}
	}
	if e.place.Trace != [16]byte{} {
		b = protoscan.AppendBytes(protoscan.AppendBytes(b, 9, e.place.Trace[:]), 10, e.place.Span[:])
	}
	return protoscan.AppendFixed64(b, 11, nanos(e.at))
}

// severity is OTLP's number: DEBUG 5, INFO 9, WARN 13, ERROR 17. slog's are four apart as well.
func severity(level slog.Level) uint64 { return uint64(min(24, max(1, int(level)+9))) }

// metrics makes one batch.
func (e *encoder) metrics(families []selfmon.Family, now time.Time) *otlp.Batch {
	out := otlp.NewBuilder(otlp.Metrics)
	for _, f := range families {
		out.Add(e.resource, e.scope(selfmon.ScopeName(f.Name)), e.metric(f, now), len(f.Points))
	}
	return out.Batch()
}

const cumulative = 2 // AGGREGATION_TEMPORALITY_CUMULATIVE

func (e *encoder) metric(f selfmon.Family, now time.Time) []byte {
	unit := selfmon.Unit(f.Name)
	b := protoscan.AppendBytes(nil, 1, f.Name)
	b = protoscan.AppendBytes(b, 2, f.Help)
	b = protoscan.AppendBytes(b, 3, unit)
	field := map[selfmon.Kind]uint32{selfmon.KindGauge: 5, selfmon.KindCounter: 7, selfmon.KindHistogram: 9}[f.Kind]
	b, mark := protoscan.Open(b, field)
	for _, p := range f.Points {
		var point int
		b, point = protoscan.Open(b, 1)
		if f.Kind == selfmon.KindHistogram {
			b = e.histogram(b, p, now)
		} else {
			b = e.number(b, p, now, f.Kind == selfmon.KindCounter, unit == "s")
		}
		b = protoscan.Close(b, point)
	}
	if f.Kind != selfmon.KindGauge {
		b = protoscan.AppendVarint(b, 2, cumulative)
	}
	if f.Kind == selfmon.KindCounter {
		b = protoscan.AppendVarint(b, 3, 1) // monotonic
	}
	return protoscan.Close(b, mark)
}

// number appends the fields of a NumberDataPoint. As upstream, seconds are doubles and all else is whole.
func (e *encoder) number(b []byte, p selfmon.Point, now time.Time, sum, double bool) []byte {
	if sum {
		b = protoscan.AppendFixed64(b, 2, nanos(e.started))
	}
	b = protoscan.AppendFixed64(b, 3, nanos(now))
	if double || p.Value != math.Trunc(p.Value) {
		b = protoscan.AppendDouble(b, 4, p.Value)
	} else {
		b = protoscan.AppendFixed64(b, 6, uint64(int64(p.Value)))
	}
	return labels(b, 7, p.Labels)
}

// histogram appends the fields of a HistogramDataPoint.
func (e *encoder) histogram(b []byte, p selfmon.Point, now time.Time) []byte {
	b = protoscan.AppendFixed64(b, 2, nanos(e.started))
	b = protoscan.AppendFixed64(b, 3, nanos(now))
	b = protoscan.AppendFixed64(b, 4, p.Distribution.Count())
	b = protoscan.AppendDouble(b, 5, p.Distribution.Sum)
	b, counts := protoscan.Open(b, 6)
	for _, n := range p.Distribution.Counts {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	b = protoscan.Close(b, counts)
	b, bounds := protoscan.Open(b, 7)
	for _, bound := range p.Distribution.Bounds {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(bound))
	}
	return labels(protoscan.Close(b, bounds), 9, p.Labels)
}

func labels(b []byte, num uint32, pairs []string) []byte {
	for i := 0; i < len(pairs); i += 2 {
		b = appendText(b, num, pairs[i], pairs[i+1])
	}
	return b
}
