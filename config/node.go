package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
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
	Text      string  // of a Scalar; of a Map or List that came out of one ${...}, the text it was parsed from
	Plain     bool    // a Scalar without quotes
	Items     []*Node // of a List
	Entries   []Entry // of a Map, in order
}

// Entry is a key with its value. The place of a complaint about a value is its key.
type Entry struct {
	Key       string
	File      string
	Line, Col int
	Value     *Node
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

// Bounds of a configuration, so that a small text cannot become a huge tree.
const (
	maxBytes = 4 << 20
	maxNodes = 200_000
	maxDepth = 64
)

// parse reads one YAML text. The Node is nil if nothing could be read.
func parse(name string, text []byte) (*Node, Problems) {
	p := &parser{file: name}
	if len(text) > maxBytes {
		return nil, Problems{{File: name, What: fmt.Sprintf("is %d bytes long; a configuration has at most %d", len(text), maxBytes)}}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &Node{File: name, Line: 1, Col: 1}, nil
		}
		return nil, Problems{syntaxProblem(name, text, err)}
	}
	root := p.convert(doc.Content[0], "", 0)
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		p.complain(&second, "", "a second YAML document begins here and would be ignored", "put it into a file of its own: --config a.yaml --config b.yaml")
	}
	return root, p.problems
}

// parser turns YAML's tree into ours.
type parser struct {
	file     string
	nodes    int
	full     bool // maxNodes was reported
	problems Problems
}

func (p *parser) complain(at *yaml.Node, where, what, fix string) {
	p.problems = append(p.problems, &Problem{Where: where, What: what, Fix: fix, File: p.file, Line: at.Line, Col: at.Column})
}

func (p *parser) convert(y *yaml.Node, path string, depth int) *Node {
	n := &Node{File: p.file, Line: y.Line, Col: y.Column}
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		if !p.full {
			p.full = true
			p.complain(y, "", fmt.Sprintf("the configuration has more than %d values or %d levels", maxNodes, maxDepth), "")
		}
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		return p.convert(y.Alias, path, depth+1)
	case yaml.ScalarNode:
		n.Plain = y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
		if y.ShortTag() != "!!null" {
			n.Kind, n.Text = Scalar, y.Value
		}
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, p.convert(item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
	case yaml.MappingNode:
		n.Kind = Map
		p.convertMap(n, y, path, depth)
	}
	return n
}

func (p *parser) convertMap(n *Node, y *yaml.Node, path string, depth int) {
	seen := map[string]int{} // key to line
	var merges []*Node
	for i := 0; i+1 < len(y.Content) && !p.full; i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch first, dup := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			p.complain(key, path, "a key must be a plain word", "")
		case key.ShortTag() == "!!merge":
			merges = append(merges, p.convert(value, path, depth+1))
		case dup:
			p.complain(key, join(path, key.Value), fmt.Sprintf("the key stands here twice; the first is at line %d", first), "remove one of them")
		default:
			seen[key.Value] = key.Line
			n.Entries = append(n.Entries, Entry{key.Value, p.file, y.Content[i].Line, y.Content[i].Column, p.convert(value, join(path, key.Value), depth+1)})
		}
	}
	for _, from := range merges {
		for _, m := range append([]*Node{from}, from.Items...) {
			for _, e := range m.Entries {
				if _, own := seen[e.Key]; !own {
					seen[e.Key] = e.Line
					n.Entries = append(n.Entries, e)
				}
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem says in plain words what the YAML library means.
func syntaxProblem(name string, text []byte, err error) *Problem {
	p := &Problem{File: name, What: "is not YAML: " + yamlLine.ReplaceAllString(err.Error(), "")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		p.Line, _ = strconv.Atoi(m[1]) // a number by the pattern; one too long stays 0
		p.Col = 1
	}
	for i, line := range strings.Split(string(text), "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 && len(indent) < len(line) {
			return &Problem{File: name, Line: i + 1, Col: tab + 1, What: "the line is indented with a tab, and YAML allows only spaces", Fix: "replace each tab by two spaces"}
		}
	}
	return p
}

// merge lays top over base: maps merge, anything else is replaced.
func merge(base, top *Node) *Node {
	if base == nil || base.Kind != Map || top.Kind != Map {
		if top.Kind == Null && base != nil {
			return base
		}
		return top
	}
	out := *base
	out.Entries = append([]Entry(nil), base.Entries...)
	for _, e := range top.Entries {
		if old := out.entry(e.Key); old != nil {
			old.Value = merge(old.Value, e.Value)
			old.File, old.Line, old.Col = e.File, e.Line, e.Col
		} else {
			out.Entries = append(out.Entries, e)
		}
	}
	return &out
}
