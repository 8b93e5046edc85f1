package otlp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// What a reader needs that looks at fields itself, in place.

// AttrsIn are the attributes in a message: its repeated field num, which is below 16.
func AttrsIn(msg []byte, num uint32) Attrs { return Attrs{msg, num} }

// ReadAttr reads the body of a KeyValue.
func ReadAttr(kv []byte) (key []byte, v Value) { return readAttr(kv) }

// ReadValue reads an AnyValue message.
func ReadValue(msg []byte) Value { return parseValue(msg) }

// ValueOf makes a String, Bytes, Array or Map value of what Body returns. It aliases body.
func ValueOf(kind ValueKind, body []byte) Value { return Value{Kind: kind, body: body} }

// NaturalValue makes a value of Go's natural types, as a configuration holds them:
// nil, bool, int, int64, float64, string, []byte, []any and map[string]any.
func NaturalValue(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return Value{}, nil
	case bool:
		return BoolValue(x), nil
	case int:
		return IntValue(int64(x)), nil
	case int64:
		return IntValue(x), nil
	case float64:
		return DoubleValue(x), nil
	case string:
		return StringValue(x), nil
	case []byte:
		return ValueOf(Bytes, x), nil
	case []any:
		var body []byte
		for _, item := range x {
			v, err := NaturalValue(item)
			if err != nil {
				return Value{}, err
			}
			body = protoscan.AppendBytes(body, 1, v.append(nil))
		}
		return ValueOf(Array, body), nil
	case map[string]any:
		var body []byte
		for _, key := range slices.Sorted(maps.Keys(x)) {
			v, err := NaturalValue(x[key])
			if err != nil {
				return Value{}, err
			}
			body = AppendAttr(body, 1, key, v)
		}
		return ValueOf(Map, body), nil
	}
	return Value{}, fmt.Errorf("a %T is no attribute value", x)
}

// AppendTo appends the AnyValue message.
func (v Value) AppendTo(b []byte) []byte { return v.append(b) }

// Body is the text of a String, the bytes of a Bytes value, and the encoded
// ArrayValue or KeyValueList of an Array or Map; nil for any other kind.
func (v Value) Body() []byte { return v.body }

// Fields of a Metric that hold its data points.
const (
	FieldGauge                = 5
	FieldSum                  = 7
	FieldHistogram            = 9
	FieldExponentialHistogram = 10
	FieldSummary              = 11
)

// Data is the message that holds the metric's data points, each in a field 1,
// and the field of the metric that it is in; 0 if there is none.
func (m Metric) Data() (field uint32, msg []byte) { return m.data() }

// PointAttrs is the field of a data point that holds its attributes. data is
// the field of the Metric that holds the point.
func PointAttrs(data uint32) uint32 { return pointAttrs(data) }

// NextLen finds the first field num of msg that has a length and returns its
// body and what follows the field. num is below 16.
func NextLen(msg []byte, num uint32) (body, rest []byte, found bool) { return nextLen(msg, num) }

// LastLen is the body of the last field num of msg that has a length, nil if
// there is none. num is below 16.
func LastLen(msg []byte, num uint32) []byte { return last(msg, num) }

// LastNumber is the value of the last field num of msg that is a number; found
// is false if there is none.
func LastNumber(msg []byte, num uint32) (v uint64, found bool) {
	for len(msg) > 0 {
		size := fieldSize(msg)
		if fieldNum(msg) == num {
			if f, err := protoscan.Next(msg); err == nil && f.Type != protoscan.Len {
				v, found = f.Int, true
			}
		}
		msg = msg[size:]
	}
	return v, found
}
