package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Effective is the whole configuration in force: what the texts say and the defaults, those that are not
// nothing. decoded finds the Config that a block was decoded into, nil if it was not.
//
// Secrets are shown as Redacted unless reveal is set, and with them all that nobody decoded: the keys
// that are not known could hold any. Call it after Decode of all blocks, which finds out what is secret.
func (doc *Document) Effective(decoded func(path string) any, reveal bool) Value {
	s := shower{reveal}
	out := Value{Kind: Map, Origin: s.origin(doc.Root)}
	for _, e := range doc.Root.Entries {
		value := s.node(e.Value)
		switch {
		case slices.Contains(Sections, e.Key) && e.Value.Kind == Map:
			value = Value{Kind: Map, Origin: value.Origin}
			for _, block := range e.Value.Entries {
				path := e.Key + "." + strings.TrimSpace(block.Key)
				value.Fields = append(value.Fields, Named{block.Key, s.block(block.Value, decoded(path))})
			}
		case e.Key == "service" && e.Value.Kind == Map:
			value = s.service(e.Value, &doc.Telemetry)
		}
		out.Fields = append(out.Fields, Named{e.Key, value})
	}
	return out
}

// shower makes Values.
type shower struct{ reveal bool }

func (s shower) block(n *Node, cfg any) Value {
	if cfg == nil {
		return s.node(n)
	}
	return s.value(reflect.ValueOf(cfg).Elem(), n)
}

func (s shower) service(n *Node, telemetry *Telemetry) Value {
	out := Value{Kind: Map, Origin: s.origin(n)}
	for _, e := range n.Entries {
		if e.Key != "telemetry" {
			out.Fields = append(out.Fields, Named{e.Key, s.node(e.Value)})
		}
	}
	if t := s.value(reflect.ValueOf(telemetry).Elem(), n.Get("telemetry")); len(t.Fields) > 0 {
		out.Fields = append(out.Fields, Named{"telemetry", t})
	}
	return out
}

func (s shower) origin(n *Node) Origin {
	if n == nil {
		return Origin{}
	}
	return Origin{n.Position(), n.From}
}

// value shows what a node was decoded into; without a node it is a default.
func (s shower) value(v reflect.Value, n *Node) Value {
	if n != nil && (n.failed || asItIs(v)) {
		return s.node(n)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return s.node(n) // turned off
		}
		return s.value(v.Elem(), n)
	case reflect.Struct:
		if n == nil || n.Kind != Scalar && n.Kind != List {
			out := Value{Kind: Map, Origin: s.origin(n)}
			s.structure(v, n, &out)
			s.unknown(v, n, &out)
			return out
		}
	case reflect.Map:
		if n == nil || n.Kind == Map || n.Kind == Null {
			return s.mapping(v, n)
		}
	case reflect.Slice:
		if n != nil && n.Kind == List && len(n.Items) == v.Len() {
			out := Value{Kind: List, Origin: s.origin(n)}
			for i, item := range n.Items {
				out.Items = append(out.Items, s.value(v.Index(i), item))
			}
			return out
		}
	}
	if n == nil || n.Kind == Null {
		return s.fallback(v)
	}
	if text, ok := n.AsText(); ok && v.Kind() == reflect.String {
		return s.text(v.Type() == secretType, text, n)
	}
	return s.node(n)
}

// asItIs says whether a node is shown as the text has it: nothing is known of what it becomes.
func asItIs(v reflect.Value) bool {
	if v.Kind() == reflect.Interface || v.Type() == ignoredType || v.Type() == unsupportedType {
		return true
	}
	if !v.CanAddr() {
		return false
	}
	switch v.Addr().Interface().(type) {
	case Unmarshaler:
		return v.Kind() != reflect.Struct || !hasFields(v)
	case encoding.TextUnmarshaler:
		return true
	}
	return false
}

func hasFields(v reflect.Value) bool {
	fields := map[string]reflect.Value{}
	collect(v, fields)
	return len(fields) > 0
}

// fallback is a default.
func (s shower) fallback(v reflect.Value) Value {
	return plainValue(encode(v))
}

func (s shower) structure(v reflect.Value, n *Node, out *Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch e := n.entry(key); {
		case options == "inline":
			s.structure(v.Field(i), n, out)
		case key == "" || key == "-" || !f.IsExported():
		case e != nil:
			out.Fields = append(out.Fields, Named{key, s.value(v.Field(i), e.Value)})
		case f.Type == ignoredType || f.Type == unsupportedType || v.Field(i).IsZero():
		default:
			if value := s.value(v.Field(i), nil); value.Kind != Map && value.Kind != List || len(value.Fields)+len(value.Items) > 0 {
				out.Fields = append(out.Fields, Named{key, value})
			}
		}
	}
}

// unknown shows the keys that no field has.
func (s shower) unknown(v reflect.Value, n *Node, out *Value) {
	if n == nil {
		return
	}
	for _, e := range n.Entries {
		if !slices.ContainsFunc(out.Fields, func(f Named) bool { return f.Key == e.Key }) && !hasKey(v.Type(), e.Key) {
			out.Fields = append(out.Fields, Named{e.Key, s.node(e.Value)})
		}
	}
}

func hasKey(t reflect.Type, key string) bool {
	fields := map[string]reflect.Value{}
	collect(reflect.New(t).Elem(), fields)
	_, ok := fields[key]
	return ok
}

func (s shower) mapping(v reflect.Value, n *Node) Value {
	out := Value{Kind: Map, Origin: s.origin(n)}
	texts := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		item := reflect.New(v.Type().Elem()).Elem() // a copy that has an address
		item.Set(v.MapIndex(key))
		texts[fmt.Sprint(key.Interface())] = item
	}
	if n != nil {
		for _, e := range n.Entries {
			if item, ok := texts[e.Key]; ok {
				out.Fields = append(out.Fields, Named{e.Key, s.value(item, e.Value)})
				delete(texts, e.Key)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		out.Fields = append(out.Fields, Named{key, s.fallback(texts[key])})
	}
	return out
}

// node shows a node as it is in the text.
func (s shower) node(n *Node) Value {
	if n == nil {
		return Value{}
	}
	out := Value{Kind: n.Kind, Origin: s.origin(n)}
	switch n.Kind {
	case Scalar:
		if n.mark != shown && !s.reveal {
			out.Scalar = Redacted
			break
		}
		if out.Scalar = n.scalar(); n.Verbatim != nil && !n.Plain {
			out.Scalar = *n.Verbatim
		}
		out.Scalar = s.hideUser(out.Scalar)
	case List:
		for _, item := range n.Items {
			out.Items = append(out.Items, s.node(item))
		}
	case Map:
		for _, e := range n.Entries {
			out.Fields = append(out.Fields, Named{e.Key, s.node(e.Value)})
		}
	}
	return out
}

func (s shower) text(isSecret bool, text string, n *Node) Value {
	if isSecret && !s.reveal {
		text = Redacted
	}
	return Value{Kind: Scalar, Scalar: s.hideUser(text), Origin: s.origin(n)}
}

func (s shower) hideUser(value any) any {
	if text, ok := value.(string); ok && !s.reveal {
		return hideUsers(text)
	}
	return value
}
