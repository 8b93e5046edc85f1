package debug

import (
	"encoding/binary"
	"iter"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// point is one data point of any kind.
type point struct {
	kind        uint32 // field of the metric: otlp.FieldGauge and so on
	attrs       otlp.Attrs
	start, time uint64
	value       string // of a number, without decimals that say nothing
	fixed       string // the same with six decimals
	count       uint64
	sum         optional
	min, max    optional
	bounds      []float64
	buckets     []uint64
	scale       int32
	zeroCount   uint64
	positive    buckets
	negative    buckets
	quantiles   []quantile
	exemplars   [][]byte
}

type optional struct {
	value float64
	set   bool
}

type buckets struct {
	offset int32
	counts []uint64
}

type quantile struct{ quantile, value float64 }

// points iterates over the data points of a metric.
func points(metric otlp.Metric) iter.Seq[*point] {
	kind, data := metric.Data()
	return func(yield func(*point) bool) {
		msg, rest, found := otlp.NextLen(data, 1)
		for found && yield(readPoint(kind, msg)) {
			msg, rest, found = otlp.NextLen(rest, 1)
		}
	}
}

// readPoint reads a data point. The kinds number their fields differently, but for 2 and 3, which are times.
func readPoint(kind uint32, msg []byte) *point {
	p := &point{kind: kind, attrs: otlp.AttrsIn(msg, otlp.PointAttrs(kind)), start: number(msg, 2), time: number(msg, 3)}
	each(msg, func(f protoscan.Field) {
		switch kind {
		case otlp.FieldGauge, otlp.FieldSum:
			p.setNumber(f)
		case otlp.FieldHistogram:
			p.setHistogram(f)
		case otlp.FieldExponentialHistogram:
			p.setExponential(f)
		case otlp.FieldSummary:
			p.setSummary(f)
		}
	})
	return p
}

func (p *point) setNumber(f protoscan.Field) {
	switch f.Num {
	case 4, 6:
		p.value, p.fixed = numberTexts(f, 4)
	case 5:
		p.exemplars = append(p.exemplars, f.Body)
	}
}

// numberTexts are a double, which is field double, or an integer as text.
func numberTexts(f protoscan.Field, double uint32) (short, fixed string) {
	if f.Num != double {
		text := strconv.FormatInt(int64(f.Int), 10)
		return text, text
	}
	v := math.Float64frombits(f.Int)
	return strconv.FormatFloat(v, 'g', -1, 64), strconv.FormatFloat(v, 'f', 6, 64)
}

func (p *point) setHistogram(f protoscan.Field) {
	switch f.Num {
	case 4:
		p.count = f.Int
	case 5:
		p.sum = double(f)
	case 6:
		p.buckets = appendNumbers(p.buckets, f, protoscan.I64)
	case 7:
		for _, bits := range appendNumbers(nil, f, protoscan.I64) {
			p.bounds = append(p.bounds, math.Float64frombits(bits))
		}
	case 8:
		p.exemplars = append(p.exemplars, f.Body)
	case 11:
		p.min = double(f)
	case 12:
		p.max = double(f)
	}
}

func (p *point) setExponential(f protoscan.Field) {
	switch f.Num {
	case 4:
		p.count = f.Int
	case 5:
		p.sum = double(f)
	case 6:
		p.scale = zigzag(f.Int)
	case 7:
		p.zeroCount = f.Int
	case 8:
		p.positive = readBuckets(f.Body)
	case 9:
		p.negative = readBuckets(f.Body)
	case 11:
		p.exemplars = append(p.exemplars, f.Body)
	case 12:
		p.min = double(f)
	case 13:
		p.max = double(f)
	}
}

func (p *point) setSummary(f protoscan.Field) {
	switch f.Num {
	case 4:
		p.count = f.Int
	case 5:
		p.sum = double(f)
	case 6:
		p.quantiles = append(p.quantiles, quantile{math.Float64frombits(number(f.Body, 1)), math.Float64frombits(number(f.Body, 2))})
	}
}

func double(f protoscan.Field) optional { return optional{math.Float64frombits(f.Int), true} }

func readBuckets(msg []byte) (b buckets) {
	each(msg, func(f protoscan.Field) {
		switch f.Num {
		case 1:
			b.offset = zigzag(f.Int)
		case 2:
			b.counts = appendNumbers(b.counts, f, protoscan.Varint)
		}
	})
	return b
}

// appendNumbers appends a repeated number, packed or not.
func appendNumbers(out []uint64, f protoscan.Field, wire uint8) []uint64 {
	if f.Type != protoscan.Len {
		return append(out, f.Int)
	}
	for body := f.Body; len(body) > 0; {
		v, size := uint64(0), 8
		if wire == protoscan.I64 {
			v = binary.LittleEndian.Uint64(body)
		} else {
			v, size = binary.Uvarint(body)
		}
		out, body = append(out, v), body[size:]
	}
	return out
}
