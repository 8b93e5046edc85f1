package config

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// YAML writes a configuration, with the origin of each value as a comment if explain is set.
func (v Value) YAML(explain bool) ([]byte, error) {
	node, err := v.yaml(explain)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func (v Value) yaml(explain bool) (*yaml.Node, error) {
	out := &yaml.Node{}
	switch v.Kind {
	case Map:
		out.Kind = yaml.MappingNode
		for _, f := range v.Fields {
			value, err := f.Value.yaml(explain)
			if err != nil {
				return nil, err
			}
			key := &yaml.Node{}
			key.SetString(f.Key)
			out.Content = append(out.Content, key, value)
		}
	case List:
		out.Kind = yaml.SequenceNode
		if v.fitsLine(explain) {
			out.Style = yaml.FlowStyle
		}
		for _, item := range v.Items {
			value, err := item.yaml(explain && out.Style == 0)
			if err != nil {
				return nil, err
			}
			out.Content = append(out.Content, value)
		}
	default:
		if err := out.Encode(v.Scalar); err != nil {
			return nil, err
		}
	}
	if leaf := len(out.Content) == 0 || out.Style == yaml.FlowStyle; explain && leaf {
		out.LineComment = v.Origin.String()
	}
	return out, nil
}

// fitsLine says whether a list is of scalars, which with explain all come from the same line.
func (v Value) fitsLine(explain bool) bool {
	for _, item := range v.Items {
		here := item.Origin.From == v.Origin.From && item.Origin.File == v.Origin.File && item.Origin.Line == v.Origin.Line
		if item.Kind == Map || item.Kind == List || explain && !here {
			return false
		}
	}
	return true
}

// JSON writes a configuration; with explain each value is {"value": ..., "origin": ...}.
func (v Value) JSON(explain bool) ([]byte, error) {
	var b bytes.Buffer
	if err := v.json(&b, explain); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func (v Value) json(b *bytes.Buffer, explain bool) error {
	switch v.Kind {
	case Map:
		b.WriteByte('{')
		for i, f := range v.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, f.Key); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := f.Value.json(b, explain); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case List:
		b.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := item.json(b, explain); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	if explain {
		return writeJSON(b, struct {
			Value  any    `json:"value"`
			Origin string `json:"origin"`
		}{v.Scalar, v.Origin.String()})
	}
	return writeJSON(b, v.Scalar)
}

func writeJSON(b *bytes.Buffer, value any) error {
	text, err := json.Marshal(value)
	b.Write(text)
	return err
}
