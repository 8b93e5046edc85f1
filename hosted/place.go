package hosted

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/config"
)

// goType is what the decoder calls a block that has no name of its own: "transformprocessor.Config".
var goType = regexp.MustCompile(`^\*?[a-z][a-z0-9_]*\.[A-Z]\w*$|^\*?struct \{`)

// decoderPath takes apart what the decoder calls a field: "operators[0].parse_to", "scrapers[cpu]".
func decoderPath(name string) (path []string) {
	if goType.MatchString(name) {
		return nil
	}
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '[' }) {
		if part = strings.TrimSuffix(part, "]"); part != "" {
			path = append(path, part)
		}
	}
	return path
}

// nodeAt finds the value at a path, nil if the text does not have it.
func nodeAt(n *config.Node, path []string) *config.Node {
	for _, name := range path {
		n = child(n, name)
	}
	return n
}

func child(n *config.Node, name string) *config.Node {
	switch {
	case n == nil:
	case n.Kind == config.Map:
		return n.Get(name)
	case n.Kind == config.List:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i]
		}
	}
	return nil
}

// resolve reads prefix as a path below path in upstream's spelling, "a::0::b".
// It is one if the text has its first part, or if it has several parts.
func (f *finder) resolve(path []string, prefix string) (at []string, ok bool) {
	if prefix == "" || strings.ContainsAny(prefix, " \n\"'") {
		return nil, false
	}
	names := strings.Split(prefix, "::")
	if len(names) == 1 && nodeAt(f.block, append(slices.Clone(path), names[0])) == nil {
		return nil, false
	}
	return append(slices.Clone(path), names...), true
}

// mentioned looks for the part of the text that a message quotes, below path: the
// longest key or value, in quotes or after a colon. It returns path itself if there is none.
func (f *finder) mentioned(path []string, message string) []string {
	best, length := path, 1 // a single letter says nothing
	var visit func(n *config.Node, at []string)
	consider := func(word string, at []string) {
		if len(word) > length && quotes(message, word) {
			best, length = slices.Clone(at), len(word)
		}
	}
	visit = func(n *config.Node, at []string) {
		switch n.Kind {
		case config.Scalar:
			consider(n.Text, at)
		case config.List:
			for i, item := range n.Items {
				visit(item, append(at, strconv.Itoa(i)))
			}
		case config.Map:
			for _, e := range n.Entries {
				below := append(at, e.Key)
				consider(e.Key, below)
				visit(e.Value, below)
			}
		}
	}
	if n := nodeAt(f.block, path); n != nil {
		visit(n, slices.Clone(path))
	}
	return best
}

// quotes says whether a message holds the word in quotes or at its end after a colon.
func quotes(message, word string) bool {
	for _, mark := range []string{`"`, `'`, "`"} {
		if strings.Contains(message, mark+word+mark) {
			return true
		}
	}
	return strings.HasSuffix(message, ": "+word) || strings.Contains(message, strconv.Quote(word))
}
