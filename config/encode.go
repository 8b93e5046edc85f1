package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// DurationText is a duration as people write it: 1m and not 1m0s.
func DurationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// natural is a default as Go's natural types, nil for a zero value but for false.
func natural(v reflect.Value) any {
	if v.Kind() == reflect.Bool {
		return v.Bool()
	}
	if v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0 {
		return nil
	}
	return encode(v)
}

// encode turns a value into what its YAML would be read as. Secrets are left out.
func encode(v reflect.Value) any {
	switch {
	case v.Type() == secretType:
		return Redacted
	case v.Type() == durationType:
		return DurationText(time.Duration(v.Int()))
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return fmt.Sprint(err)
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encode(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = encode(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, key := range v.MapKeys() {
			out[fmt.Sprint(key.Interface())] = encode(v.MapIndex(key))
		}
		return out
	case reflect.Struct:
		out := map[string]any{}
		fields := map[string]reflect.Value{}
		collect(v, fields)
		for key, f := range fields {
			if f.Type() != unsupportedType && f.Type() != ignoredType && !f.IsZero() {
				out[key] = encode(f)
			}
		}
		return out
	}
	return nil
}
