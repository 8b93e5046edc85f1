package config

import (
	"fmt"
	"slices"
	"strings"
)

// Source is one configuration text with the name that problems carry.
type Source struct {
	Name string
	Text []byte
	// Path is where the text belongs, for --set; the text is a whole configuration without it.
	Path []string
}

// ReadSource reads what a --config flag names: a path, or a URI with one of the schemes of
// ${...}. "env:X" is a text in a variable, "yaml:..." the text itself, "-" standard input.
//
// Errors: what the operating system or the server says; they name the source.
func (l Lookup) ReadSource(uri string) (Source, error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	switch scheme {
	case "yaml":
		return Source{Name: "yaml", Text: []byte(rest)}, nil
	case "env":
		name, fallback, hasDefault := strings.Cut(rest, ":-")
		text, set := l.Env(name)
		if !set && !hasDefault {
			return Source{}, fmt.Errorf("the environment variable %s is not set", name)
		}
		if !set {
			text = fallback
		}
		return Source{Name: "env:" + name, Text: []byte(text)}, nil
	case "file":
		return l.readSource(rest)
	case "http", "https":
		text, err := l.HTTP(uri)
		return Source{Name: publicURL(uri), Text: text}, err
	}
	return l.readSource(uri)
}

func (l Lookup) readSource(path string) (Source, error) {
	text, err := l.File(path)
	if path == "-" {
		path = "standard input"
	}
	return Source{Name: path, Text: text}, err
}

// SetSource reads what a --set flag says: "path=value". The path is a::b::c, or a.b.c if it has no
// "::" in it; a key that contains dots needs the first form. The value is YAML.
func SetSource(flag string) (Source, error) {
	path, value, found := strings.Cut(flag, "=")
	path = strings.TrimSpace(path)
	if !found || path == "" {
		return Source{}, fmt.Errorf("want --set path=value, as in --set receivers.otlp.protocols.grpc.endpoint=127.0.0.1:4317")
	}
	separator := "::"
	if !strings.Contains(path, separator) {
		separator = "."
	}
	keys := strings.Split(path, separator)
	if slices.Contains(keys, "") {
		return Source{}, fmt.Errorf("--set %s: a key is empty", path)
	}
	return Source{Name: "--set " + path, Text: []byte(strings.TrimSpace(value)), Path: keys}, nil
}

// parse reads the text into a tree, nil if it cannot be read.
func (s Source) parse() (*Node, Problems) {
	p := &parser{file: s.Name, nest: true}
	root := p.parse(s.Text)
	if root == nil {
		return nil, p.problems
	}
	if len(s.Path) > 0 {
		adopt(root, &Node{File: s.Name}, true) // a line and column would be those of the value
	}
	for _, key := range slices.Backward(s.Path) {
		root = &Node{File: s.Name, Kind: Map, Entries: []Entry{{Key: key, File: s.Name, Value: root}}}
	}
	return root, p.problems
}
