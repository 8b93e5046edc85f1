package hosted

import (
	"github.com/oriel-io/oriel/config"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"
)

// confOf turns a block of the text into upstream's form of it.
func confOf(n *config.Node) (*confmap.Conf, error) {
	if n.Kind != config.Map && n.Kind != config.Null {
		return nil, config.Problemf("", "is %s, want a map", n.Kind)
	}
	root, _ := raw(n).(map[string]any)
	return confmap.NewFromStringMap(root), nil
}

// raw is the value of a node in the types that YAML has for it.
func raw(n *config.Node) any {
	switch n.Kind {
	case config.Map:
		out := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			out[e.Key] = raw(e.Value)
		}
		return out
	case config.List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = raw(item)
		}
		return out
	case config.Scalar:
		var value any
		plain := yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
		if n.Plain && plain.Decode(&value) == nil {
			return value
		}
		return n.Text
	}
	return nil
}
