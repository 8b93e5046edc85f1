package reference

import (
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/config"
	"go.yaml.in/yaml/v3"
)

var kindWords = [...]string{
	config.AnyShape: "anything", config.TextShape: "text", config.SecretShape: "secret text", config.BoolShape: "true or false",
	config.IntShape: "whole number", config.FloatShape: "number", config.DurationShape: "duration", config.BlockShape: "block",
	config.ListShape: "list", config.MapShape: "map",
}

var plurals = map[string]string{
	"anything": "anything", "text": "texts", "secret text": "secret texts", "true or false": "true or false", "whole number": "whole numbers",
	"number": "numbers", "duration": "durations", "block": "blocks", "list": "lists", "map": "maps",
}

// typeText says what may be written: "list of texts".
func typeText(s config.Shape) string {
	text := s.Text
	if text == "" {
		text = kindWords[s.Kind]
	}
	switch {
	case len(s.Enum) > 0:
		return "one of " + strings.Join(s.Enum, ", ")
	case s.Text != "":
	case s.Item != nil:
		word := typeText(*s.Item)
		if plural, ok := plurals[word]; ok {
			word = plural
		}
		text += " of " + word
	case s.Optional:
		text = "optional " + text
	}
	return text
}

// defaultText is the default as it would be written, "" for none.
func defaultText(s config.Shape) string {
	switch {
	case s.Optional && s.Default != nil:
		return "on"
	case s.Optional:
		return "off"
	case s.Default == nil:
		return ""
	}
	return flow(s.Default)
}

// flow writes a value as YAML on one line.
func flow(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	var node yaml.Node
	if err := node.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	setFlow(&node)
	text, err := yaml.Marshal(&node)
	if err != nil {
		return fmt.Sprint(value)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

func setFlow(n *yaml.Node) {
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		setFlow(c)
	}
}

// SignalsText lists signals: "traces, logs", or "traces to metrics" of a connector.
func (c Component) SignalsText() string {
	text := c.Signals.String()
	if emits := c.Emits.String(); emits != "" {
		text += " to " + emits
	}
	return text
}
