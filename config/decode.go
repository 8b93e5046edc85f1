package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Unmarshaler is a type that reads its own Node. Problems that it returns are
// placed relative to the node.
type Unmarshaler interface {
	UnmarshalConfig(n *Node) error
}

// Defaulter fills in the defaults of an optional block (a pointer in a Config)
// when the block is there, even if it is empty.
type Defaulter interface {
	SetDefaults()
}

// Decode reads a block into a Config struct that holds the defaults, and
// validates it. into is a pointer to the struct; path is the block's YAML path.
//
// Fields are named by their `yaml` tag; `yaml:",inline"` makes the fields of an embedded struct part
// of this block. A pointer is an optional block. What the text does not set
// stays as it is.
func Decode(n *Node, path string, into any) Problems {
	d := &decoder{}
	v := reflect.ValueOf(into).Elem()
	d.value(n, path, v)
	unread := map[string]bool{} // Validate would complain about these once more
	for _, p := range d.problems.Fatal() {
		unread[p.Where] = true
	}
	for _, p := range validate(v) {
		if p.File == "" {
			p.File, p.Line, p.Col = n.place(p.Where)
		}
		if p.Where = join(path, p.Where); !unread[p.Where] {
			d.add(p)
		}
	}
	return d.problems
}

type decoder struct{ problems Problems }

// maxProblems bounds what is said about one block; nobody reads further.
const maxProblems = 100

// add keeps one of two equal complaints: a promoted Validate method is found twice.
func (d *decoder) add(p *Problem) {
	if len(d.problems) >= maxProblems {
		return
	}
	for _, other := range d.problems {
		if *other == *p {
			return
		}
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) complain(n *Node, path, what, fix string) {
	d.add(&Problem{Where: path, What: what, Fix: fix, File: n.File, Line: n.Line, Col: n.Col})
}

var (
	durationType    = reflect.TypeFor[time.Duration]()
	unsupportedType = reflect.TypeFor[Unsupported]()
	ignoredType     = reflect.TypeFor[Ignored]()
)

func (d *decoder) value(n *Node, path string, v reflect.Value) {
	if v.CanAddr() {
		switch u := v.Addr().Interface().(type) {
		case Unmarshaler:
			d.custom(n, path, u.UnmarshalConfig(n))
			return
		case encoding.TextUnmarshaler:
			if n.Kind == Scalar {
				d.custom(n, path, u.UnmarshalText([]byte(n.Text)))
				return
			}
		}
	}
	switch {
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			if def, ok := v.Interface().(Defaulter); ok {
				def.SetDefaults()
			}
		}
		d.value(n, path, v.Elem())
	case n.Kind == Null || v.Type() == ignoredType:
	case v.Type() == durationType:
		d.duration(n, path, v)
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		v.Set(reflect.ValueOf(n.Any()))
	case v.Kind() == reflect.Struct:
		if d.want(n, path, Map) {
			d.structure(n, path, v)
		}
	case v.Kind() == reflect.Map:
		if d.want(n, path, Map) {
			d.mapping(n, path, v)
		}
	case v.Kind() == reflect.Slice:
		if d.want(n, path, List) {
			list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
			for i, item := range n.Items {
				d.value(item, fmt.Sprintf("%s[%d]", path, i), list.Index(i))
			}
			v.Set(list)
		}
	default:
		d.scalar(n, path, v)
	}
}

func (d *decoder) custom(n *Node, path string, err error) {
	for _, p := range problemsOf(err) {
		if p.File == "" {
			p.File, p.Line, p.Col = n.place(p.Where)
		}
		p.Where = join(path, p.Where)
		d.add(p)
	}
}

func (d *decoder) want(n *Node, path string, kind Kind) bool {
	if n.Kind == kind {
		return true
	}
	what := fmt.Sprintf("is %s, want %s", n.Kind, kind)
	if n.Kind == Scalar {
		what = fmt.Sprintf("is %q, want %s", n.Text, kind)
	}
	fix := ""
	if kind == List && n.Kind == Scalar {
		fix = "[" + n.Text + "]"
	}
	d.complain(n, path, what, fix)
	return false
}

func (d *decoder) structure(n *Node, path string, v reflect.Value) {
	fields := map[string]reflect.Value{}
	collect(v, fields)
	for _, e := range n.Entries {
		at := &Node{File: e.File, Line: e.Line, Col: e.Col}
		field, known := fields[e.Key]
		switch {
		case !known:
			d.unknown(at, join(path, e.Key), e.Key, fields)
		case field.Type() == unsupportedType && e.Value.asksNothing():
		case field.Type() == unsupportedType:
			d.complain(at, join(path, e.Key), "is not supported yet", "remove it, or keep this part in an upstream collector for now")
		default:
			d.value(e.Value, join(path, e.Key), field)
		}
	}
}

// asksNothing says that a value is what leaving the key out would mean.
func (n *Node) asksNothing() bool {
	return n.Kind == Null || n.Kind == Scalar && n.Text == "false" || n.Kind == List && len(n.Items) == 0 || n.Kind == Map && len(n.Entries) == 0
}

// collect lists the fields of a struct by their key.
func collect(v reflect.Value, into map[string]reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			collect(v.Field(i), into)
		case name != "" && name != "-" && f.IsExported():
			into[name] = v.Field(i)
		}
	}
}

func (d *decoder) unknown(at *Node, path, key string, fields map[string]reflect.Value) {
	if len(d.problems) >= maxProblems {
		return
	}
	known := make([]string, 0, len(fields))
	for name, f := range fields {
		if f.Type() != unsupportedType && f.Type() != ignoredType {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	fix := "known here: " + strings.Join(known, ", ")
	if near := Nearest(key, known); near != "" {
		fix = near
	}
	d.complain(at, path, "the key is not known here", fix)
}

func (d *decoder) mapping(n *Node, path string, v reflect.Value) {
	out := reflect.MakeMapWithSize(v.Type(), len(n.Entries))
	for iter := v.MapRange(); iter.Next(); {
		out.SetMapIndex(iter.Key(), iter.Value())
	}
	for _, e := range n.Entries {
		item := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(e.Key)); v.Len() > 0 && old.IsValid() {
			item.Set(old)
		}
		d.value(e.Value, join(path, e.Key), item)
		out.SetMapIndex(reflect.ValueOf(e.Key).Convert(v.Type().Key()), item)
	}
	v.Set(out)
}

func (d *decoder) duration(n *Node, path string, v reflect.Value) {
	if !d.want(n, path, Scalar) {
		return
	}
	if n.Text == "0" {
		v.SetInt(0)
		return
	}
	duration, err := time.ParseDuration(n.Text)
	if err != nil {
		fix := "a duration has a unit: 200ms, 5s, 1m30s"
		if _, numErr := strconv.ParseFloat(n.Text, 64); numErr == nil {
			fix = n.Text + "s  # or " + n.Text + "ms: a duration has a unit"
		}
		d.complain(n, path, fmt.Sprintf("%q is not a duration", n.Text), fix)
		return
	}
	v.SetInt(int64(duration))
}

func (d *decoder) scalar(n *Node, path string, v reflect.Value) {
	if v.Kind() == reflect.String && n.Text != "" { // also a map or list that came out of a ${...}: here its text is wanted
		v.SetString(n.Text)
		return
	}
	if !d.want(n, path, Scalar) {
		return
	}
	var err error
	var wanted string
	digits := strings.ReplaceAll(n.Text, "_", "")
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Text)
	case reflect.Bool:
		wanted = "true or false"
		switch n.Text {
		case "true", "True", "TRUE":
			v.SetBool(true)
		case "false", "False", "FALSE":
			v.SetBool(false)
		default:
			err = errors.New("not a bool")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		wanted = "a whole number"
		var i int64
		if i, err = strconv.ParseInt(digits, 0, v.Type().Bits()); err == nil {
			v.SetInt(i)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		wanted = "a whole number, not negative"
		var u uint64
		if u, err = strconv.ParseUint(digits, 0, v.Type().Bits()); err == nil {
			v.SetUint(u)
		}
	case reflect.Float32, reflect.Float64:
		wanted = "a number"
		var f float64
		if f, err = strconv.ParseFloat(n.Text, v.Type().Bits()); err == nil {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				err = errors.New("not finite")
			}
			v.SetFloat(f)
		}
	default:
		panic(fmt.Sprintf("config: %s: fields of type %s are not supported", path, v.Type()))
	}
	if err != nil {
		what := fmt.Sprintf("%q is not %s", n.Text, wanted)
		if errors.Is(err, strconv.ErrRange) {
			what = fmt.Sprintf("%s is out of range", n.Text)
		}
		d.complain(n, path, what, "")
	}
}

// Any is the value as Go's natural types: nil, bool, int64, float64, string,
// []any, map[string]any. Quoted scalars are strings.
func (n *Node) Any() any {
	switch n.Kind {
	case List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = item.Any()
		}
		return out
	case Map:
		out := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			out[e.Key] = e.Value.Any()
		}
		return out
	case Scalar:
		if !n.Plain {
			return n.Text
		}
		if i, err := strconv.ParseInt(n.Text, 0, 64); err == nil {
			return i
		}
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return f
		}
		if n.Text == "true" || n.Text == "false" {
			return n.Text == "true"
		}
		return n.Text
	}
	return nil
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	if key[0] == '[' {
		return path + key
	}
	return path + "." + key
}
