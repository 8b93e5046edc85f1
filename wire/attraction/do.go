package attraction

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
)

func fixed(s *step, _ *otlp.AttrEdit, _ Lookup) (otlp.Value, bool) { return s.value, true }

func fromAttribute(s *step, e *otlp.AttrEdit, _ Lookup) (otlp.Value, bool) {
	return e.Get(s.fromAttribute)
}

func fromContext(s *step, _ *otlp.AttrEdit, lookup Lookup) (otlp.Value, bool) {
	text, found := lookup(s.fromContext)
	return otlp.StringValue(text), found
}

func insert(s *step, e *otlp.AttrEdit, lookup Lookup) {
	if v, found := s.source(s, e, lookup); found {
		e.Insert(s.key, v)
	}
}

func update(s *step, e *otlp.AttrEdit, lookup Lookup) {
	if v, found := s.source(s, e, lookup); found {
		e.Update(s.key, v)
	}
}

func upsert(s *step, e *otlp.AttrEdit, lookup Lookup) {
	if v, found := s.source(s, e, lookup); found {
		e.Set(s.key, v)
	}
}

func remove(s *step, e *otlp.AttrEdit, _ Lookup) {
	if s.key != "" {
		e.Delete(s.key)
	}
	if s.keys != nil {
		for key := range e.All() {
			if s.keys.Match(key) {
				e.Delete(string(key))
			}
		}
	}
}

func hash(s *step, e *otlp.AttrEdit, _ Lookup) {
	if s.key != "" {
		if v, found := e.Get(s.key); found {
			e.Set(s.key, hashed(v))
		}
	}
	if s.keys != nil {
		for key, v := range e.All() {
			if s.keys.Match(key) {
				e.Set(string(key), hashed(v))
			}
		}
	}
}

// hashed is SHA-256 of the value in hex; numbers are hashed as eight bytes, little-endian.
// Of lists, maps and bytes it is empty, as upstream has it: the value must not stay.
func hashed(v otlp.Value) otlp.Value {
	var number [8]byte
	data := number[:]
	switch v.Kind {
	case otlp.String:
		data = v.Text()
	case otlp.Bool:
		data = number[:1]
		if v.Bool() {
			data[0] = 1
		}
	case otlp.Int:
		binary.LittleEndian.PutUint64(data, uint64(v.Int()))
	case otlp.Double:
		binary.LittleEndian.PutUint64(data, math.Float64bits(v.Double()))
	default:
		return otlp.StringValue("")
	}
	sum := sha256.Sum256(data)
	return otlp.ValueOf(otlp.String, hex.AppendEncode(make([]byte, 0, 2*sha256.Size), sum[:]))
}

func extract(s *step, e *otlp.AttrEdit, _ Lookup) {
	v, found := e.Get(s.key)
	if !found || v.Kind != otlp.String {
		return
	}
	text := v.Text()
	at := s.pattern.FindSubmatchIndex(text)
	if at == nil {
		return
	}
	for i, name := range s.groups {
		var group []byte // of one that took no part
		if from := at[2*i+2]; from >= 0 {
			group = text[from:at[2*i+3]]
		}
		e.Set(name, otlp.StringValue(group))
	}
}

func convert(s *step, e *otlp.AttrEdit, _ Lookup) {
	if v, found := e.Get(s.key); found {
		if to, ok := s.convert(v); ok {
			e.Set(s.key, to)
		}
	}
}

// conversions are the types of action convert; they answer false for what stays as it is.
var conversions = map[string]func(otlp.Value) (otlp.Value, bool){
	"string": toText, "int": toInt, "double": toDouble,
}

func toText(v otlp.Value) (otlp.Value, bool) {
	return otlp.StringValue(v.AppendText(nil)), v.Kind != otlp.String
}

func toInt(v otlp.Value) (otlp.Value, bool) {
	switch v.Kind {
	case otlp.Double:
		return otlp.IntValue(int64(v.Double())), true
	case otlp.Bool:
		if v.Bool() {
			return otlp.IntValue(1), true
		}
		return otlp.IntValue(0), true
	case otlp.String:
		n, err := strconv.ParseInt(string(v.Text()), 10, 64)
		return otlp.IntValue(n), err == nil
	}
	return v, false
}

func toDouble(v otlp.Value) (otlp.Value, bool) {
	switch v.Kind {
	case otlp.Int:
		return otlp.DoubleValue(float64(v.Int())), true
	case otlp.Bool:
		if v.Bool() {
			return otlp.DoubleValue(1), true
		}
		return otlp.DoubleValue(0), true
	case otlp.String:
		n, err := strconv.ParseFloat(string(v.Text()), 64)
		return otlp.DoubleValue(n), err == nil
	}
	return v, false
}
