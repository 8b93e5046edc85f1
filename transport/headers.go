package transport

import (
	"fmt"

	"github.com/oriel-io/oriel/config"
	"golang.org/x/net/http/httpguts"
)

// Headers are what a client sends with each request.
type Headers map[string]config.Secret

// DescribeConfig is a map above all.
func (*Headers) DescribeConfig() config.Shape {
	return config.Shape{Kind: config.MapShape, Item: &config.Shape{Kind: config.SecretShape}, Loose: true}
}

// UnmarshalConfig reads a map, or upstream's list of {name: ..., value: ...}.
func (h *Headers) UnmarshalConfig(n *config.Node) error {
	out := Headers{}
	var problems config.Problems
	add := func(where, name string, value *config.Node) {
		_, twice := out[name]
		var text string
		isText := true
		if value != nil && value.Kind != config.Null {
			text, isText = value.AsText()
		}
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			problems = append(problems, config.Problemf(where, "%q is not the name of a header", name))
		case twice:
			problems = append(problems, config.Problemf(where, "%q is given twice", name))
		case !isText:
			problems = append(problems, config.Problemf(where, "is %s, want a value", value.Kind))
		case !httpguts.ValidHeaderFieldValue(text):
			problems = append(problems, config.Problemf(where, "the value has a byte that no header can have: a line break, perhaps at its end"))
		default:
			out[name] = config.Secret(text)
		}
	}
	switch n.Kind {
	case config.Map:
		for _, e := range n.Entries {
			add(e.Key, e.Key, e.Value)
		}
	case config.List:
		for i, item := range n.Items {
			where := fmt.Sprintf("[%d]", i)
			if name := item.Get("name"); name != nil && name.Kind == config.Scalar {
				add(where, name.Text, item.Get("value"))
			} else {
				problems = append(problems, &config.Problem{Where: where, What: "has no name", Fix: "- name: x-tenant\n  value: blue"})
			}
		}
	case config.Scalar:
		problems = append(problems, config.Problemf("", "is a value, want a map of names to values"))
	}
	*h = out
	return problems.Err()
}
