package ottl

import (
	"encoding/binary"
	"math"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

var metricFields = map[string]field{
	"name":        textField(func(e *Env) []byte { return e.ofItem().body(1) }),
	"description": textField(func(e *Env) []byte { return e.ofItem().body(2) }),
	"unit":        textField(func(e *Env) []byte { return e.ofItem().body(3) }),
	"metadata":    attrsField(func(e *Env) ([]byte, uint32) { return e.item, 12 }),
	"type": numberField(func(e *Env) int64 {
		field, _ := otlp.Metric(e.item).Data()
		return metricTypes[field]
	}),
	"aggregation_temporality": {kinds: setOf(kindInt, kindNil), get: func(e *Env) value {
		field, data := otlp.Metric(e.item).Data()
		switch field {
		case otlp.FieldSum, otlp.FieldHistogram, otlp.FieldExponentialHistogram:
			return intValue(enum32(data, 2))
		}
		return value{}
	}},
	"is_monotonic": {kinds: setOf(kindBool, kindNil), get: func(e *Env) value {
		field, data := otlp.Metric(e.item).Data()
		if field != otlp.FieldSum {
			return value{}
		}
		return boolValue(number64(data, 3) != 0)
	}},
	"data_points": {kinds: setOf(kindMessages, kindNil), get: func(e *Env) value {
		field, data := otlp.Metric(e.item).Data()
		if field == 0 {
			return value{}
		}
		return countValue(kindMessages, countOf(data, 1))
	}},
}

// metricTypes numbers the kinds of metrics as METRIC_DATA_TYPE_ does, by field.
var metricTypes = [...]int64{
	otlp.FieldGauge: 1, otlp.FieldSum: 2, otlp.FieldHistogram: 3, otlp.FieldExponentialHistogram: 4, otlp.FieldSummary: 5,
}

var pointFields = all(
	nanosFields("start_time", func(e *Env) uint64 { return e.ofPart().number(2) }),
	nanosFields("time", func(e *Env) uint64 { return e.ofPart().number(3) }),
	map[string]field{
		"attributes": attrsField(func(e *Env) ([]byte, uint32) { return e.part, otlp.PointAttrs(e.data) }),
		"flags": numberField(func(e *Env) int64 {
			num := 8
			if e.data == otlp.FieldHistogram || e.data == otlp.FieldExponentialHistogram {
				num = 10
			}
			return e.ofPart().uint32(num)
		}),
		"value_int":    ofNumber(kindInt, 6),
		"value_double": ofNumber(kindFloat, 4),
		"exemplars": {kinds: setOf(kindMessages, kindNil), get: func(e *Env) value {
			switch e.data {
			case otlp.FieldGauge, otlp.FieldSum:
				return countValue(kindMessages, countOf(e.part, 5))
			case otlp.FieldHistogram:
				return countValue(kindMessages, countOf(e.part, 8))
			case otlp.FieldExponentialHistogram:
				return countValue(kindMessages, countOf(e.part, 11))
			}
			return value{}
		}},
		"count":           ofDistribution(kindInt, func(e *Env) value { return intValue(int64(e.ofPart().number(4))) }),
		"sum":             ofDistribution(kindFloat, func(e *Env) value { return floatValue(math.Float64frombits(e.ofPart().number(5))) }),
		"bucket_counts":   of(otlp.FieldHistogram, kindCounts, func(e *Env) value { return countValue(kindCounts, packed64(e.part, 6)) }),
		"explicit_bounds": of(otlp.FieldHistogram, kindNumbers, func(e *Env) value { return countValue(kindNumbers, packed64(e.part, 7)) }),
		"quantile_values": of(otlp.FieldSummary, kindMessages, func(e *Env) value { return countValue(kindMessages, countOf(e.part, 6)) }),
		"scale":           of(otlp.FieldExponentialHistogram, kindInt, func(e *Env) value { return intValue(zigzag(e.ofPart().number(6))) }),
		"zero_count":      of(otlp.FieldExponentialHistogram, kindInt, func(e *Env) value { return intValue(int64(e.ofPart().number(7))) }),
	},
	bucketFields("positive", 8),
	bucketFields("negative", 9),
)

// of is a field that only points of one kind of metric have; it is nil for others.
func of(data uint32, k kind, read func(e *Env) value) field {
	return field{kinds: setOf(k, kindNil), get: func(e *Env) value {
		if e.data != data {
			return value{}
		}
		return read(e)
	}}
}

// ofDistribution is a field that histograms of both kinds and summaries have, by the same number.
func ofDistribution(k kind, read func(e *Env) value) field {
	return field{kinds: setOf(k, kindNil), get: func(e *Env) value {
		if e.data == otlp.FieldGauge || e.data == otlp.FieldSum {
			return value{}
		}
		return read(e)
	}}
}

// ofNumber is the value of a gauge or sum, as the field own holds it: 0 if the
// value is of the other type, nil for other metrics.
func ofNumber(k kind, own uint32) field {
	return field{kinds: setOf(k, kindNil), get: func(e *Env) value {
		if e.data != otlp.FieldGauge && e.data != otlp.FieldSum {
			return value{}
		}
		v := value{kind: k}
		for rest := e.part; len(rest) > 0; {
			f, err := protoscan.Next(rest)
			if err != nil {
				break
			}
			if f.Num == 4 || f.Num == 6 { // alternatives: the last one counts
				v.num = 0
				if f.Num == own {
					v.num = f.Int
				}
			}
			rest = rest[f.Size:]
		}
		return v
	}}
}

func bucketFields(name string, num int) map[string]field {
	buckets := func(e *Env) []byte { return e.ofPart().body(num) }
	return map[string]field{
		name + ".offset": of(otlp.FieldExponentialHistogram, kindInt, func(e *Env) value { return intValue(zigzag(number64(buckets(e), 1))) }),
		name + ".bucket_counts": of(otlp.FieldExponentialHistogram, kindCounts, func(e *Env) value {
			return countValue(kindCounts, packedVarints(buckets(e), 2))
		}),
	}
}

// zigzag is a sint32.
func zigzag(raw uint64) int64 {
	n := uint32(raw)
	return int64(int32(n>>1) ^ -int32(n&1))
}

// packed64 is how many numbers of eight bytes a repeated field holds.
func packed64(msg []byte, num uint32) int {
	return repeatedNumbers(msg, num, func(body []byte) int { return len(body) / 8 })
}

// packedVarints is how many varints a repeated field holds.
func packedVarints(msg []byte, num uint32) int {
	return repeatedNumbers(msg, num, func(body []byte) (n int) {
		for len(body) > 0 {
			_, size := binary.Uvarint(body)
			if size <= 0 {
				break
			}
			n++
			body = body[size:]
		}
		return n
	})
}

func repeatedNumbers(msg []byte, num uint32, packed func([]byte) int) (n int) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return n
		}
		switch {
		case f.Num != num:
		case f.Type == protoscan.Len:
			n += packed(f.Body)
		default:
			n++
		}
		msg = msg[f.Size:]
	}
	return n
}
