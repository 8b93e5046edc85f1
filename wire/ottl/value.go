package ottl

import (
	"math"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
)

// kind is the type of a value in the language.
type kind uint8

const (
	kindNil kind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindBytes
	kindMap   // attributes, a map in them, or a map that the condition spells out
	kindSlice // a list in attributes or a body
	kindList  // a list that the condition spells out
	kindTime
	kindDuration
	kindTraceID
	kindSpanID
	kindMessages // messages of the item: events, links, data points and the like
	kindNumbers  // numbers of the item that count as a list: explicit bounds
	kindCounts   // numbers of the item that do not: bucket counts
	kindStruct   // a message of the item
)

// kindNames are the names in errors.
var kindNames = [...]string{
	"nil", "bool", "int", "double", "string", "bytes", "map", "list", "list", "time", "duration", "trace id", "span id",
	"list of messages", "list of numbers", "list of counts", "message",
}

func (k kind) String() string { return kindNames[k] }

// kinds is a set of kinds.
type kinds uint32

func setOf(list ...kind) (s kinds) {
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }

var (
	// attributeKinds are the kinds that an attribute can have, or nil.
	attributeKinds = setOf(kindNil, kindBool, kindInt, kindFloat, kindString, kindBytes, kindMap, kindSlice)
	// opaqueKinds are the kinds of which only the length can be asked.
	opaqueKinds = setOf(kindMessages, kindNumbers, kindCounts, kindStruct)
	timeKinds   = setOf(kindTime, kindDuration)
)

// value is one value. data aliases the batch, the condition or the scratch of
// the Env, so it lives as long as one evaluation.
type value struct {
	kind  kind
	field uint32 // Map: the repeated field of data that holds the entries; Time: nanoseconds of the second
	num   uint64 // Bool, Int, Float, Duration; Time: seconds since 1970; Messages, Numbers, Counts: how many
	data  []byte // String, Bytes, ids; the message that holds a Map; the body of a Slice or List
}

func boolValue(b bool) value {
	v := value{kind: kindBool}
	if b {
		v.num = 1
	}
	return v
}

func intValue(n int64) value         { return value{kind: kindInt, num: uint64(n)} }
func floatValue(f float64) value     { return value{kind: kindFloat, num: math.Float64bits(f)} }
func stringValue(s []byte) value     { return value{kind: kindString, data: s} }
func bytesValue(b []byte) value      { return value{kind: kindBytes, data: b} }
func countValue(k kind, n int) value { return value{kind: k, num: uint64(n)} }

func durationValue(d time.Duration) value { return value{kind: kindDuration, num: uint64(d)} }

func timeValue(t time.Time) value {
	return value{kind: kindTime, num: uint64(t.Unix()), field: uint32(t.Nanosecond())}
}

// nanosValue is a time in Unix nanoseconds as OTLP has it.
func nanosValue(n uint64) value { return timeValue(time.Unix(0, int64(n))) }

// mapValue are attributes: the repeated field of msg.
func mapValue(msg []byte, field uint32) value { return value{kind: kindMap, data: msg, field: field} }

// attributeValue is the value of an attribute or a body.
func attributeValue(v otlp.Value) value {
	switch v.Kind {
	case otlp.String:
		return stringValue(v.Body())
	case otlp.Bool:
		return boolValue(v.Bool())
	case otlp.Int:
		return intValue(v.Int())
	case otlp.Double:
		return floatValue(v.Double())
	case otlp.Bytes:
		return bytesValue(v.Body())
	case otlp.Array:
		return value{kind: kindSlice, data: v.Body()}
	case otlp.Map:
		return mapValue(v.Body(), 1)
	}
	return value{}
}

func (v *value) bool() bool              { return v.num != 0 }
func (v *value) int() int64              { return int64(v.num) }
func (v *value) float() float64          { return math.Float64frombits(v.num) }
func (v *value) duration() time.Duration { return time.Duration(v.num) }
func (v *value) time() time.Time         { return time.Unix(int64(v.num), int64(v.field)) }

// entries are the pairs of a Map.
func (v *value) entries() otlp.Attrs { return otlp.AttrsIn(v.data, v.field) }

// list is a Slice or List as OTLP has it.
func (v *value) list() otlp.Value { return otlp.ValueOf(otlp.Array, v.data) }

// isNothing says whether the value counts as nil when it is compared: nil, and
// bytes of no length.
func (v *value) isNothing() bool {
	return v.kind == kindNil || v.kind == kindBytes && len(v.data) == 0
}
