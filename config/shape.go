package config

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

// Shape is what may be written at one place of a configuration: what a reference page, a schema or
// a command that explains keys says of it. Describe reads it from a Config.
type Shape struct {
	Kind ShapeKind
	// Type names the Go type of a block, comments and all, as in "config.Telemetry".
	Type string
	// Default is what is in force without the key, as Go's natural types; nil if nothing, or
	// if the zero value stands for a default that the comment tells.
	Default any
	// Optional is a block that is there only if it is named, or if Default is true.
	Optional bool
	// Fields are the keys of a block.
	Fields []Field
	// Item is each item of a list, or each value of a map.
	Item *Shape
	// Enum lists the texts that are taken, if only some are.
	Enum []string
	// Text says in place of the kind's name what is taken: "a number of bytes, or a percentage".
	Text string
	// Loose takes other forms than the Kind's too, so a schema does not insist on it.
	Loose bool
	// Open is a block with keys that are not described here but at Link.
	Open bool
	Link string
	// Again is a block that has itself as a part: no Fields, they are those of the block of this Type around it.
	Again bool
}

// ShapeKind is a sort of values.
type ShapeKind uint8

const (
	AnyShape ShapeKind = iota // anything
	TextShape
	SecretShape
	BoolShape
	IntShape
	FloatShape
	DurationShape
	BlockShape // a map with known keys
	ListShape
	MapShape // a map with keys that the user chooses
)

// Field is one key of a block.
type Field struct {
	Key string
	// Go is the field with its type and package path, for looking its comment up:
	// "github.com/oriel-io/oriel/config.Telemetry.Logs".
	Go          string
	Shape       Shape
	Unsupported bool // see the type Unsupported
	Ignored     bool // see the type Ignored
}

// Describer is a type that fields and kinds do not describe: one with an UnmarshalConfig, an enumeration,
// or a Config that somebody else documents.
type Describer interface {
	DescribeConfig() Shape
}

// Describe reads the shape of a Config from its type, with the defaults that it holds. cfg is a pointer to a struct.
func Describe(cfg any) Shape {
	return (&shaper{}).shape(reflect.ValueOf(cfg).Elem(), "")
}

// shaper walks types; within are the blocks around.
type shaper struct{ within []reflect.Type }

// shape describes a value that has an address. owner names a type that has no name of its own.
func (s *shaper) shape(v reflect.Value, owner string) Shape {
	if d, ok := v.Addr().Interface().(Describer); ok {
		out := d.DescribeConfig()
		if out.Type == "" {
			out.Type = typeName(v.Type(), owner)
		}
		return out
	}
	switch v.Type() {
	case durationType:
		return Shape{Kind: DurationShape, Default: duration(v)}
	case secretType:
		return Shape{Kind: SecretShape}
	}
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		out := Shape{Kind: TextShape}
		if text, ok := v.Interface().(encoding.TextMarshaler); ok {
			if b, err := text.MarshalText(); err == nil && len(b) > 0 {
				out.Default = string(b)
			}
		}
		return out
	}
	switch v.Kind() {
	case reflect.Pointer:
		return s.pointer(v, owner)
	case reflect.Struct:
		return s.block(v, owner)
	case reflect.Slice:
		item := s.item(v.Type().Elem(), owner)
		return Shape{Kind: ListShape, Item: &item, Default: natural(v)}
	case reflect.Map:
		item := s.item(v.Type().Elem(), owner)
		return Shape{Kind: MapShape, Item: &item, Default: natural(v)}
	}
	return Shape{Kind: kindOf(v.Kind()), Default: natural(v)}
}

func kindOf(k reflect.Kind) ShapeKind {
	switch k {
	case reflect.String:
		return TextShape
	case reflect.Bool:
		return BoolShape
	case reflect.Float32, reflect.Float64:
		return FloatShape
	case reflect.Interface:
		return AnyShape
	}
	return IntShape
}

// item describes what a list or map holds, which begins as a zero value.
func (s *shaper) item(t reflect.Type, owner string) Shape {
	out := s.shape(reflect.New(t).Elem(), owner)
	out.Optional = false
	return out
}

func (s *shaper) pointer(v reflect.Value, owner string) Shape {
	there := !v.IsNil()
	if !there {
		v = reflect.New(v.Type().Elem())
		if d, ok := v.Interface().(Defaulter); ok {
			d.SetDefaults()
		}
	}
	out := s.shape(v.Elem(), owner)
	switch {
	case out.Kind == BlockShape || out.Kind == MapShape:
		out.Optional = true
		if out.Default = nil; there {
			out.Default = true
		}
	case !there:
		out.Default = nil
	case out.Default == nil: // a zero that somebody chose
		out.Default = natural(v.Elem())
	}
	return out
}

func (s *shaper) block(v reflect.Value, owner string) Shape {
	name := typeName(v.Type(), owner)
	for _, t := range s.within {
		if t == v.Type() {
			return Shape{Kind: BlockShape, Type: name, Again: true}
		}
	}
	s.within = append(s.within, v.Type())
	defer func() { s.within = s.within[:len(s.within)-1] }()
	out := Shape{Kind: BlockShape, Type: name}
	s.fields(v, name, &out)
	return out
}

func (s *shaper) fields(v reflect.Value, name string, out *Shape) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		goName := name + "." + f.Name
		switch {
		case options == "inline":
			s.fields(v.Field(i), typeName(f.Type, goName), out)
		case key == "" || key == "-" || !f.IsExported():
		case f.Type == unsupportedType:
			out.Fields = append(out.Fields, Field{Key: key, Go: goName, Unsupported: true})
		case f.Type == ignoredType:
			out.Fields = append(out.Fields, Field{Key: key, Go: goName, Ignored: true})
		default:
			field := reflect.New(f.Type).Elem() // a copy: an embedded struct may have no address that can be taken
			field.Set(v.Field(i))
			out.Fields = append(out.Fields, Field{Key: key, Go: goName, Shape: s.shape(field, goName)})
		}
	}
}

func typeName(t reflect.Type, owner string) string {
	for t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return owner
	}
	return t.PkgPath() + "." + t.Name()
}

func duration(v reflect.Value) any {
	if v.Int() == 0 {
		return nil
	}
	return DurationText(time.Duration(v.Int()))
}
