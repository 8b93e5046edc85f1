package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Lookup is where ${env:X} and ${file:X} come from.
type Lookup struct {
	Env  func(name string) (string, bool)
	File func(path string) ([]byte, error)
}

// expander replaces ${...} in all scalars of a tree.
//
//	${env:NAME}            the variable; unset is empty, with a note
//	${env:NAME:-default}   default if the variable is unset or empty
//	${NAME}                the same as ${env:NAME}, with a note
//	${file:PATH}           the text of a file
//	$$                     one $
//
// A scalar that is nothing but one ${...} becomes what the text says in YAML, a list for
// example; otherwise the text is put in place. What was put in place is not expanded again.
//
// Source: https://opentelemetry.io/docs/collector/configuration/#environment-variables
type expander struct {
	lookup   Lookup
	problems Problems
}

func (x *expander) walk(n *Node) {
	switch n.Kind {
	case Scalar:
		x.scalar(n)
	case List:
		for _, item := range n.Items {
			x.walk(item)
		}
	case Map:
		for _, e := range n.Entries {
			x.walk(e.Value)
		}
	}
}

func (x *expander) scalar(n *Node) {
	if !strings.Contains(n.Text, "$") {
		return
	}
	whole := strings.HasPrefix(n.Text, "${") && closing(n.Text) == len(n.Text)-1
	n.Text = x.text(n, n.Text, 0)
	if !whole {
		return
	}
	if n.Text == "" {
		n.Kind = Null
		return
	}
	parsed, problems := parse(n.File, []byte(n.Text))
	if len(problems) > 0 || parsed.Kind != Map && parsed.Kind != List {
		return // a scalar, or text that merely looks odd as YAML
	}
	relocate(parsed, n)
	n.Kind, n.Items, n.Entries = parsed.Kind, parsed.Items, parsed.Entries
}

// relocate gives a tree that came out of a ${...} the place of that ${...}.
func relocate(n, to *Node) {
	n.File, n.Line, n.Col = to.File, to.Line, to.Col
	for _, item := range n.Items {
		relocate(item, to)
	}
	for i := range n.Entries {
		n.Entries[i].File, n.Entries[i].Line, n.Entries[i].Col = to.File, to.Line, to.Col
		relocate(n.Entries[i].Value, to)
	}
}

// text expands all of s, inner ${...} first.
func (x *expander) text(at *Node, s string, depth int) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 || i+1 == len(s) {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		switch s = s[i:]; s[1] {
		case '$':
			out.WriteByte('$')
			s = s[2:]
		case '{':
			end := closing(s)
			if end < 0 || depth > 10 {
				x.complain(at, false, fmt.Sprintf("%q has no closing brace", s), "write $$ for a dollar sign")
				return out.String()
			}
			out.WriteString(x.value(at, x.text(at, s[2:end], depth+1)))
			s = s[end+1:]
		default:
			out.WriteByte('$')
			s = s[1:]
		}
	}
}

// closing is the index of the brace that closes the ${ at the start of s, -1 if there is none.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "${"):
			depth++
			i++
		case s[i] == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

var envName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// value is what stands for one ${body}.
func (x *expander) value(at *Node, body string) string {
	scheme, rest, hasScheme := strings.Cut(body, ":")
	switch {
	case !hasScheme || strings.HasPrefix(rest, "-"):
		name, _, _ := strings.Cut(body, ":-")
		x.complain(at, true, fmt.Sprintf("${%s} is short for ${env:%s}, which upstream collectors no longer take without env:", name, name), "${env:"+name+"}")
		return x.env(at, body)
	case scheme == "env":
		return x.env(at, rest)
	case scheme == "file":
		text, err := x.lookup.File(rest)
		if err != nil {
			x.complain(at, false, fmt.Sprintf("${file:%s}: %v", rest, err), "")
		}
		return strings.TrimRight(string(text), "\r\n")
	}
	x.complain(at, false, fmt.Sprintf("${%s:...} is not a source that is known", scheme), "${env:NAME} or ${file:PATH}; write $$ for a dollar sign")
	return ""
}

func (x *expander) env(at *Node, body string) string {
	name, fallback, hasDefault := strings.Cut(body, ":-")
	if !envName.MatchString(name) {
		x.complain(at, false, fmt.Sprintf("%q is not the name of an environment variable", name), "letters, digits and _")
		return ""
	}
	value, set := x.lookup.Env(name)
	if value == "" && hasDefault {
		return fallback
	}
	if !set {
		x.complain(at, true, fmt.Sprintf("the environment variable %s is not set, so this is empty", name), fmt.Sprintf("${env:%s:-default}", name))
	}
	return value
}

func (x *expander) complain(at *Node, note bool, what, fix string) {
	x.problems = append(x.problems, &Problem{What: what, Fix: fix, Note: note, File: at.File, Line: at.Line, Col: at.Col})
}
