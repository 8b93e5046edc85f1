package config

import (
	"fmt"
	"strings"
)

// expander replaces ${...} in all values of a tree.
//
//	${env:NAME}            the variable; one that is not set is empty, with a note
//	${env:NAME:-default}   the default if the variable is not set
//	${NAME}                the same as ${env:NAME}, and so with a default
//	${file:PATH}           the text of a file, without the line breaks at its end
//	${yaml:TEXT}           the text
//	${http://HOST/PATH}    what a server answers; https too
//	$$                     one $
//
// A value that is nothing but one ${...} becomes what the text says in YAML, a list for
// example; otherwise the text is put in place. What was put in place is expanded again, inner
// ${...} come before the outer ones, and $$ is made one $ at the end, as upstream does.
//
// Problems never quote the value around a ${...}: it may be part of a secret.
//
// Source: https://opentelemetry.io/docs/collector/configuration/#environment-variables
type expander struct {
	lookup   Lookup
	problems Problems

	cache  map[string]retrieved // by what stands between the braces
	nodes  int                  // of texts that were put in place
	bytes  int                  // that were put in place
	failed bool                 // a bound was passed and reported
}

// Bounds of what ${...} can make of a configuration.
const (
	maxExpansions    = 1000 // of one value, as upstream
	maxExpandedBytes = 4 * maxBytes
)

func (x *expander) walk(n *Node, path string, depth int) {
	if depth > maxDepth {
		x.exhausted(n, path)
		return
	}
	switch n.Kind {
	case Scalar:
		if strings.Contains(n.Text, "$") {
			x.scalar(n, path, depth)
		}
	case List:
		for i, item := range n.Items {
			x.walk(item, at(path, i), depth+1)
		}
	case Map:
		for _, e := range n.Entries {
			x.walk(e.Value, join(path, e.Key), depth+1)
		}
	}
}

func (x *expander) scalar(n *Node, path string, depth int) {
	for count := 0; ; count++ {
		start, end, ok := findReference(n.Text)
		if !ok {
			break
		}
		if x.failed || count == maxExpansions {
			x.exhausted(n, path)
			n.Kind, n.Text, n.failed = Null, "", true
			return
		}
		reference := n.Text[start:end]
		got := x.retrieve(n, path, reference)
		if got.failed {
			n.Kind, n.Text, n.failed = Null, "", true
			return
		}
		n.From = addOrigin(n.From, got.origin)
		if start > 0 || end < len(n.Text) {
			n.Text, n.Plain, n.Verbatim = n.Text[:start]+got.text+n.Text[end:], false, nil
			continue
		}
		if x.whole(n, got); n.Kind != Scalar || n.Plain {
			break
		}
	}
	if n.Kind != Scalar {
		x.walk(n, path, depth+1)
	}
	x.unescape(n, path)
}

// unescape makes $$ one $ and tells of what looks like a ${...} and is none.
func (x *expander) unescape(n *Node, path string) {
	if n.Kind == Scalar && opens(n.Text) {
		x.problems = append(x.problems, n.note(path, "a ${ has no closing brace, so it stays as it is", "write $$ for a dollar sign"))
	}
	n.Text = strings.ReplaceAll(n.Text, "$$", "$")
	if n.Verbatim != nil {
		text := strings.ReplaceAll(x.inline(*n.Verbatim), "$$", "$")
		n.Verbatim = &text
	}
}

// whole makes of a node what the text for its ${...} says in YAML.
func (x *expander) whole(n *Node, got retrieved) {
	text := got.text
	n.Verbatim = &text
	n.Kind, n.Text, n.Plain = Scalar, text, false
	p := &parser{file: got.name, nodes: x.nodes}
	parsed := p.parse([]byte(text))
	x.nodes = p.nodes
	switch {
	case parsed == nil || len(p.problems.Fatal()) > 0:
		// Not YAML: it is the text.
	case parsed.Kind == Null:
		n.Kind, n.Text = Null, ""
	case parsed.Kind == Scalar:
		if parsed.Plain { // a text stays as it is, quotes and all
			n.Text, n.Plain = parsed.Text, true
		}
	default:
		n.Kind, n.Text, n.Items, n.Entries = parsed.Kind, "", parsed.Items, parsed.Entries
		adopt(parsed, n, got.name == "")
	}
}

// adopt tells a tree that came out of a ${...} where it came from. One without a file of its
// own gets the place of that ${...}.
func adopt(n, to *Node, relocate bool) {
	n.From = to.From
	if relocate {
		n.File, n.Line, n.Col = to.File, to.Line, to.Col
	}
	for _, item := range n.Items {
		adopt(item, to, relocate)
	}
	for i := range n.Entries {
		if e := &n.Entries[i]; relocate {
			e.File, e.Line, e.Col = to.File, to.Line, to.Col
		}
		adopt(n.Entries[i].Value, to, relocate)
	}
}

// inline expands a text without reading it as YAML; what cannot be expanded stays.
func (x *expander) inline(text string) string {
	quiet := &expander{lookup: x.lookup, cache: x.cache, bytes: x.bytes}
	for range maxExpansions {
		start, end, ok := findReference(text)
		if !ok {
			break
		}
		got := quiet.retrieve(&Node{}, "", text[start:end])
		if got.failed {
			break
		}
		text = text[:start] + got.text + text[end:]
	}
	return text
}

func addOrigin(list, origin string) string {
	const most = 200 // for a person to read
	if list == "" {
		return origin
	}
	if len(list) > most {
		return list
	}
	return list + " " + origin
}

func (x *expander) exhausted(n *Node, path string) {
	if !x.failed {
		x.failed = true
		x.problems = append(x.problems, n.complaint(path, fmt.Sprintf("the ${...} lead to more than %d steps, %d values or %d bytes; does one name itself?", maxExpansions, maxNodes, maxExpandedBytes), ""))
	}
}

func (n *Node) complaint(path, what, fix string) *Problem {
	return n.Position().Problem(path, what, fix)
}

func (n *Node) note(path, what, fix string) *Problem {
	p := n.complaint(path, what, fix)
	p.Note = true
	return p
}
