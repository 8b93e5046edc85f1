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

// Bounds of a configuration, so that a small text cannot become a huge tree.
const (
	maxBytes = 4 << 20
	maxNodes = 200_000
	maxDepth = 64
)

// parser turns YAML's tree into ours.
type parser struct {
	file     string
	nest     bool // a key "a::b" means a map in a map
	nodes    int
	full     bool // maxNodes was reported
	problems Problems
}

// parse reads one YAML text, nil if nothing could be read.
func (p *parser) parse(text []byte) *Node {
	if len(text) > maxBytes {
		p.problems = append(p.problems, &Problem{File: p.file, What: fmt.Sprintf("is longer than the %d bytes that a configuration may have", maxBytes)})
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &Node{File: p.file, Line: 1, Col: 1}
		}
		p.problems = append(p.problems, syntaxProblem(p.file, text, err))
		return nil
	}
	root := p.convert(doc.Content[0], "", 0)
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		p.complain(&second, "", "a second YAML document begins here and is ignored", "put it into a file of its own: --config a.yaml --config b.yaml")
		p.problems[len(p.problems)-1].Note = true
	}
	return root
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
		p.convertScalar(n, y)
	case yaml.SequenceNode:
		n.Kind = List
		nest := p.nest
		p.nest = false // upstream takes keys apart in maps only, down to the first list
		for i, item := range y.Content {
			n.Items = append(n.Items, p.convert(item, at(path, i), depth+1))
		}
		p.nest = nest
	case yaml.MappingNode:
		n.Kind = Map
		p.convertMap(n, y, path, depth)
	}
	return n
}

func (p *parser) convertScalar(n *Node, y *yaml.Node) {
	switch tag := y.ShortTag(); tag {
	case "!!null":
	case "!!binary":
		n.Kind = Scalar
		if y.Decode(&n.Text) != nil {
			p.complain(y, "", "is not base64, as !!binary says", "")
		}
	default:
		n.Kind, n.Text, n.Plain = Scalar, y.Value, tag != "!!str" && strings.HasPrefix(tag, "!!") // a tag of somebody's own says nothing
	}
}

func (p *parser) convertMap(n *Node, y *yaml.Node, path string, depth int) {
	seen := map[string]int{} // key to its entry
	var merges []*Node
	for i := 0; i+1 < len(y.Content) && !p.full; i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			p.complain(y.Content[i], path, "a key must be a plain word", "")
			continue
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, p.mergeKey(value, path, depth)...)
			continue
		}
		e := Entry{Key: keyText(key), File: p.file, Line: y.Content[i].Line, Col: y.Content[i].Column}
		e.Value = p.convert(value, join(path, e.Key), depth+1)
		if p.nest && strings.Contains(e.Key, "::") {
			e = nested(e)
		}
		if first, dup := seen[e.Key]; dup {
			p.combine(&n.Entries[first], e, path)
			continue
		}
		seen[e.Key] = len(n.Entries)
		n.Entries = append(n.Entries, e)
	}
	for _, m := range merges { // an own key wins, then the first merged one
		for _, e := range m.Entries {
			if _, own := seen[e.Key]; !own {
				seen[e.Key] = len(n.Entries)
				n.Entries = append(n.Entries, e)
			}
		}
	}
}

// keyText is the text of a key; numbers and bools lose their spelling, as they do for upstream.
func keyText(key *yaml.Node) string {
	if key.ShortTag() == "!!str" {
		return key.Value
	}
	var value any
	if key.Decode(&value) != nil || value == nil {
		return key.Value
	}
	return fmt.Sprint(value)
}

func (p *parser) mergeKey(value *yaml.Node, path string, depth int) []*Node {
	from := p.convert(value, path, depth+1)
	if from.Kind == Map {
		return []*Node{from}
	}
	for _, m := range from.Items {
		if m.Kind != Map {
			from.Kind = Null
		}
	}
	if from.Kind != List {
		p.complain(value, path, "<< takes a map or a list of maps", "")
		return nil
	}
	return from.Items
}

// nested turns "a::b::c: value" into maps.
func nested(e Entry) Entry {
	parts := strings.Split(e.Key, "::")
	e.split = true
	for i := len(parts) - 1; i > 0; i-- {
		inner := e
		inner.Key, inner.split = parts[i], i < len(parts)-1
		e.Value = &Node{File: e.File, Line: e.Line, Col: e.Col, Kind: Map, Entries: []Entry{inner}}
	}
	e.Key = parts[0]
	return e
}

// combine adds an entry to one with the same key, which is right only between "a::b" and "a::c".
func (p *parser) combine(old *Entry, e Entry, path string) {
	path = join(path, e.Key)
	if old.Value.Kind != Map || e.Value.Kind != Map || !old.split && !e.split {
		p.problems = append(p.problems, Position{e.File, e.Line, e.Col}.Problem(path, fmt.Sprintf("the key stands here twice; the first is at line %d", old.Line), "remove one of them"))
		return
	}
	for _, inner := range e.Value.Entries {
		if first := old.Value.entry(inner.Key); first != nil {
			p.combine(first, inner, path)
		} else {
			old.Value.Entries = append(old.Value.Entries, inner)
		}
	}
}

var (
	yamlLine    = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	yamlUnknown = regexp.MustCompile(`unknown anchor .* referenced`)
)

// syntaxProblem says in plain words what the YAML library means, without any of the text: it may be a secret.
func syntaxProblem(name string, text []byte, err error) *Problem {
	p := &Problem{File: name, What: "is not YAML: " + yamlLine.ReplaceAllString(err.Error(), "")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		p.Line, _ = strconv.Atoi(m[1]) // a number by the pattern; one too long stays 0
		p.Col = 1
	}
	if yamlUnknown.MatchString(err.Error()) {
		p.What, p.Fix = "a value begins with * and names no anchor", `put it in quotes if the * is part of it: "*..."`
	}
	for i, line := range strings.Split(string(text), "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 && len(indent) < len(line) {
			return &Problem{File: name, Line: i + 1, Col: tab + 1, What: "the line is indented with a tab, and YAML allows only spaces", Fix: "replace each tab by two spaces"}
		}
	}
	return p
}
