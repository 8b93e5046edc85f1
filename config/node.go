package config

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Kind is the shape of a Node.
type Kind uint8

const (
	Null Kind = iota
	Scalar
	List
	Map
)

func (k Kind) String() string { return [...]string{"nothing", "a value", "a list", "a map"}[k] }

// Node is one value of a configuration with its place in the text. Aliases and
// merge keys are resolved and ${...} is expanded.
type Node struct {
	File      string
	Line, Col int
	Kind      Kind
	Text      string  // of a Scalar
	Plain     bool    // a Scalar that is no text to YAML: 5, true, 2024-01-31
	Items     []*Node // of a List
	Entries   []Entry // of a Map, in order

	// From lists the ${...} that the value came out of, without defaults and other texts in them that could be secret;
	// "" if it stands in the text itself.
	From string
	// Verbatim is set where the whole value is one ${...}: what came out of that before it was read
	// as YAML. A text field takes it as it is.
	Verbatim *string

	failed bool // its ${...} has a problem, so there is no value
	mark   mark
}

// mark says what became of a scalar.
type mark uint8

const (
	unread mark = iota // nobody asked for it: its key is not known
	shown              // decoded, and nothing to hide
	secret             // decoded into a Secret
)

// Entry is a key with its value. The place of a complaint about a value is its key.
type Entry struct {
	Key       string
	File      string
	Line, Col int
	Value     *Node

	split bool // the key stands there as the a of "a::b"
}

// Get finds the value of a key, nil if there is none.
func (n *Node) Get(key string) *Node {
	if e := n.entry(key); e != nil {
		return e.Value
	}
	return nil
}

func (n *Node) entry(key string) *Entry {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return &n.Entries[i]
		}
	}
	return nil
}

// AsText is the value for a field that takes text: of one ${...} what came out of it, even if YAML
// reads it as a list; of another scalar its text. ok is false if it is neither.
func (n *Node) AsText() (text string, ok bool) {
	if n.Verbatim != nil {
		return *n.Verbatim, true
	}
	return n.Text, n.Kind == Scalar
}

// Position is where the value stands.
func (n *Node) Position() Position { return Position{n.File, n.Line, n.Col} }

// place finds the position of a path below n: of its key, or of the deepest
// part that exists.
func (n *Node) place(path string) (file string, line, col int) {
	file, line, col = n.File, n.Line, n.Col
	for path != "" && n != nil {
		var head string
		head, path, _ = strings.Cut(path, ".")
		key, index, isList := strings.Cut(head, "[")
		if key != "" {
			e := n.entry(key)
			if e == nil {
				return file, line, col
			}
			file, line, col, n = e.File, e.Line, e.Col, e.Value
		}
		if isList {
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || i < 0 || i >= len(n.Items) {
				return file, line, col
			}
			n = n.Items[i]
			file, line, col = n.File, n.Line, n.Col
		}
	}
	return file, line, col
}

// Any is the value as Go's natural types, those that a YAML library makes of it: nil, bool, int,
// float64, string, time.Time, []any, map[string]any.
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
		return n.scalar()
	}
	return nil
}

func (n *Node) scalar() any {
	if !n.Plain {
		return n.Text
	}
	var value any
	if err := (&yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}).Decode(&value); err != nil {
		return n.Text
	}
	return value
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

func at(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }
