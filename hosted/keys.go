package hosted

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// keysAt lists the keys that upstream's type has at a path, as far as its fields
// tell; nil where a component reads its keys with code of its own.
func keysAt(v reflect.Value, path []string) []string {
	t, v := bare(v.Type(), v)
	for _, name := range path {
		if t, v = below(t, v, name); t == nil {
			return nil
		}
		t, v = bare(t, v)
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for name := range fields(t, v) {
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return keys
}

// bare looks through pointers, interfaces and upstream's Optional. The value is
// kept as long as there is one, since only it knows what an interface holds.
func bare(t reflect.Type, v reflect.Value) (reflect.Type, reflect.Value) {
	for {
		switch {
		case t.Kind() == reflect.Interface && v.IsValid() && !v.IsNil():
			v = v.Elem()
			t = v.Type()
		case t.Kind() == reflect.Pointer:
			if t = t.Elem(); v.IsValid() {
				v = v.Elem()
			}
		case t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Optional["):
			get, ok := reflect.PointerTo(t).MethodByName("Get")
			if !ok || get.Type.NumOut() == 0 {
				return t, v
			}
			t, v = get.Type.Out(0), reflect.Value{}
		default:
			return t, v
		}
	}
}

// below is the type, and the value if there is one, of a key or index.
func below(t reflect.Type, v reflect.Value, name string) (reflect.Type, reflect.Value) {
	switch t.Kind() {
	case reflect.Struct:
		f, ok := fields(t, v)[name]
		if !ok {
			return nil, reflect.Value{}
		}
		return f.t, f.v
	case reflect.Map:
		return t.Elem(), reflect.Value{}
	case reflect.Slice:
		if i, err := strconv.Atoi(name); err == nil && v.IsValid() && i < v.Len() {
			return t.Elem(), v.Index(i)
		}
		return t.Elem(), reflect.Value{}
	}
	return nil, reflect.Value{}
}

type field struct {
	t reflect.Type
	v reflect.Value
}

// fields are those of a struct by their key, with those of squashed structs.
func fields(t reflect.Type, v reflect.Value) map[string]field {
	out := map[string]field{}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		at := field{t: f.Type}
		if v.IsValid() {
			at.v = v.Field(i)
		}
		name, options, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case strings.Contains(options, "squash"):
			if inner, value := bare(at.t, at.v); inner.Kind() == reflect.Struct {
				for key, below := range fields(inner, value) {
					out[key] = below
				}
			}
		case name == "-" || strings.Contains(options, "remain"):
		case name == "":
			out[strings.ToLower(f.Name)] = at
		default:
			out[name] = at
		}
	}
	return out
}
