package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Validator is a Config, or a part of one, that can check itself. Validate may
// return several Problems with errors.Join; their Where is relative to the part.
type Validator interface {
	Validate() error
}

// validate calls Validate on v and on all that is in it.
func validate(v reflect.Value) (out []*Problem) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return validate(v.Elem())
		}
		return nil
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if options != "inline" && (name == "" || name == "-") || !f.IsExported() {
				continue
			}
			out = append(out, below(name, validate(v.Field(i)))...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			item := reflect.New(v.Type().Elem()).Elem() // a copy that has an address
			item.Set(v.MapIndex(key))
			out = append(out, below(fmt.Sprint(key.Interface()), validate(item))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, below(fmt.Sprintf("[%d]", i), validate(v.Index(i)))...)
		}
	}
	if v.CanAddr() {
		if x, ok := v.Addr().Interface().(Validator); ok {
			out = append(out, problemsOf(x.Validate())...)
		}
	}
	return out
}

func below(name string, problems []*Problem) []*Problem {
	for _, p := range problems {
		p.Where = join(name, p.Where)
	}
	return problems
}
