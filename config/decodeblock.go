package config

import (
	"reflect"
	"slices"
	"strings"
)

// optional decodes a block that may be absent. As upstream does, it takes "enabled: false" to
// turn the block off, and leaves one without content off unless it has defaults.
func (d *decoder) optional(n *Node, path string, v reflect.Value) {
	_, hasDefaults := reflect.New(v.Type().Elem()).Interface().(Defaulter)
	if n.Kind == Null && !hasDefaults {
		return
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
		if hasDefaults {
			v.Interface().(Defaulter).SetDefaults()
		}
	}
	enabled := true
	if e := n.entry("enabled"); e != nil && v.Type().Elem().Kind() == reflect.Struct {
		fields := map[string]reflect.Value{}
		if collect(v.Elem(), fields); !fields["enabled"].IsValid() {
			d.value(e.Value, join(path, "enabled"), reflect.ValueOf(&enabled).Elem())
			n = n.without("enabled")
		}
	}
	d.value(n, path, v.Elem())
	if !enabled {
		v.SetZero()
	}
}

// without is the map without one of its entries.
func (n *Node) without(key string) *Node {
	out := *n
	out.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e Entry) bool { return e.Key == key })
	return &out
}

func (d *decoder) list(n *Node, path string, v reflect.Value) {
	if n.Kind == Scalar && v.Type().Elem() == reflect.TypeFor[string]() { // "a,b" is a list of texts for upstream
		n.mark = shown
		n = n.splitCommas()
	}
	if !d.want(n, path, v.Type(), List) {
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		d.value(item, at(path, i), list.Index(i))
	}
	v.Set(list)
}

func (n *Node) splitCommas() *Node {
	out := &Node{File: n.File, Line: n.Line, Col: n.Col, Kind: List, From: n.From}
	for text := range strings.SplitSeq(n.Text, ",") {
		out.Items = append(out.Items, &Node{File: n.File, Line: n.Line, Col: n.Col, Kind: Scalar, Text: text, From: n.From})
	}
	return out
}

func (d *decoder) structure(n *Node, path string, v reflect.Value) {
	fields := map[string]reflect.Value{}
	collect(v, fields)
	for _, e := range n.Entries {
		key := &Node{File: e.File, Line: e.Line, Col: e.Col}
		field, known := fields[e.Key]
		switch {
		case !known:
			d.unknown(key, join(path, e.Key), e.Key, fields)
		case field.Type() == unsupportedType && e.Value.asksNothing():
			e.Value.Reveal()
		case field.Type() == unsupportedType:
			d.complain(key, join(path, e.Key), "is not supported yet", "remove it, or keep this part in an upstream collector for now")
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

func (d *decoder) unknown(n *Node, path, key string, fields map[string]reflect.Value) {
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
	d.complain(n, path, "the key is not known here", fix)
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
