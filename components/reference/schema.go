package reference

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/config"
)

// object is a JSON object.
type object = map[string]any

// Schema is the JSON Schema of a whole configuration, draft 7, which editors understand.
// A text with a ${...} in it may stand wherever a value may, because it is not known what will be there.
//
// Source: https://json-schema.org/draft-07
func (r *Reference) Schema() map[string]any {
	s := schema{reference: r, definitions: object{}, again: map[string]bool{}, within: map[string]string{}}
	properties := object{}
	for _, kind := range kinds {
		section := object{"type": value("object", "null"), "additionalProperties": false, "patternProperties": s.section(string(kind))}
		properties[string(kind)+"s"] = section
	}
	s.findAgain(r.Service)
	service := s.plain(r.Service)
	pipelines := service["properties"].(object)["pipelines"].(object)
	pipelines["patternProperties"] = object{"^(traces|logs|metrics)(/.+)?$": pipelines["additionalProperties"]}
	pipelines["additionalProperties"] = false
	properties["service"] = service
	out := object{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": "Oriel configuration",
		"type": "object", "properties": properties, "additionalProperties": false,
	}
	if len(s.definitions) > 0 {
		out["definitions"] = s.definitions
	}
	return out
}

type schema struct {
	reference   *Reference
	definitions object
	again       map[string]bool   // types of blocks that have themselves as a part
	within      map[string]string // definition of such a block that is being made, by type
}

// section has one pattern for each type: "otlp" or "otlp/name".
func (s *schema) section(kind string) object {
	out := object{}
	for _, c := range s.reference.Components {
		if string(c.Kind) != kind {
			continue
		}
		s.findAgain(c.Shape)
		body := s.plain(c.Shape)
		body["description"] = c.Summary
		names := append([]string{c.Type}, c.Aliases...)
		for i, name := range names {
			names[i] = regexp.QuoteMeta(name)
		}
		out["^("+strings.Join(names, "|")+")(/.+)?$"] = body
	}
	return out
}

func (s *schema) findAgain(shape config.Shape) {
	if shape.Again {
		s.again[shape.Type] = true
	}
	if shape.Item != nil {
		s.findAgain(*shape.Item)
	}
	for _, f := range shape.Fields {
		s.findAgain(f.Shape)
	}
}

// placeholder is the pattern of a text with a ${...}. A pattern binds texts alone.
const placeholder = `\$\{`

// durations is the pattern of one, or of a placeholder.
const durations = `^[+-]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h))+)$|` + placeholder

func value(types ...string) any {
	if len(types) == 1 {
		return types[0]
	}
	return types
}

func (s *schema) shape(shape config.Shape) object {
	if shape.Again {
		return reference(s.within[shape.Type])
	}
	if shape.Kind != config.BlockShape || len(shape.Fields) == 0 {
		return s.plain(shape)
	}
	return s.define(shape)
}

// define makes a definition of a block, one for all places where it is the same, defaults and all.
func (s *schema) define(shape config.Shape) object {
	base := strings.TrimPrefix(shape.Type, Module)
	if s.again[shape.Type] {
		s.within[shape.Type] = base
		if _, known := s.definitions[base]; !known {
			s.definitions[base] = object{} // it names itself while it is made
			s.definitions[base] = s.plain(shape)
		}
		return reference(base)
	}
	body := s.plain(shape)
	for n, name := 1, base; ; n++ {
		if old, known := s.definitions[name]; !known || reflect.DeepEqual(old, body) {
			s.definitions[name] = body
			return reference(name)
		}
		name = fmt.Sprintf("%s.%d", base, n+1)
	}
}

// reference points to a definition. What stands beside a $ref is ignored, so it is wrapped.
func reference(name string) object {
	return object{"allOf": []any{object{"$ref": "#/definitions/" + strings.ReplaceAll(name, "/", "~1")}}}
}

func (s *schema) plain(shape config.Shape) object {
	out := object{}
	if shape.Loose {
		return out
	}
	switch shape.Kind {
	case config.TextShape, config.SecretShape:
		out["type"] = value("string", "number", "boolean", "null")
		if len(shape.Enum) > 0 {
			out = object{"anyOf": []any{object{"enum": shape.Enum}, object{"type": "string", "pattern": placeholder}}}
		}
	case config.BoolShape:
		out["type"], out["pattern"] = value("boolean", "string", "null"), placeholder
	case config.IntShape:
		out["type"], out["pattern"] = value("integer", "string", "null"), placeholder
	case config.FloatShape:
		out["type"], out["pattern"] = value("number", "string", "null"), placeholder
	case config.DurationShape:
		out["type"], out["pattern"], out["maximum"], out["minimum"] = value("string", "integer", "null"), durations, 0, 0
	case config.ListShape:
		out["type"], out["items"] = value("array", "string", "null"), s.shape(*shape.Item)
		if shape.Item.Kind != config.TextShape { // "a,b" is a list of texts
			out["pattern"] = placeholder
		}
	case config.MapShape:
		out["type"], out["pattern"], out["additionalProperties"] = value("object", "string", "null"), placeholder, s.shape(*shape.Item)
	case config.BlockShape:
		out["type"], out["pattern"] = value("object", "string", "null"), placeholder
		s.block(out, shape)
	}
	return out
}

func (s *schema) block(out object, shape config.Shape) {
	properties := object{}
	if shape.Optional {
		properties["enabled"] = object{"type": value("boolean", "string"), "pattern": placeholder, "description": "false turns the block off."}
	}
	for _, f := range shape.Fields {
		properties[f.Key] = s.field(f)
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if !shape.Open {
		out["additionalProperties"] = false
	}
}

func (s *schema) field(f config.Field) object {
	text := s.reference.comment(f)
	switch {
	case f.Ignored:
		return object{"description": strings.TrimSpace("Has no effect. " + text)}
	case f.Unsupported:
		return object{"enum": []any{nil, false, []any{}, object{}}, "description": strings.TrimSpace("Not supported yet. " + text)}
	}
	out := s.shape(f.Shape)
	if text != "" {
		out["description"] = text
	}
	if f.Shape.Default != nil && !f.Shape.Optional {
		out["default"] = f.Shape.Default
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
