package reference

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/config"
)

// Entry is what is known of one path.
type Entry struct {
	Path    string
	Shape   config.Shape
	Field   *config.Field // nil of a component, of a section and of service
	Comment string
	Page    string // in docs/reference
	// Parts are what may follow the path: keys, or the components of a section.
	Parts []Part
}

// Part is one line of a list.
type Part struct{ Name, Type, Default, Comment string }

// UnknownError says what a path could have meant.
type UnknownError struct {
	Path  string // up to the part that is not known
	Name  string // that part
	Near  []string
	Known []string
}

func (e *UnknownError) Error() string {
	where := "in a configuration"
	if e.Path != "" {
		where = "in " + e.Path
	}
	text := fmt.Sprintf("there is no %q %s", e.Name, where)
	switch {
	case len(e.Near) > 0:
		text += "; did you mean " + strings.Join(e.Near, " or ") + "?"
	case len(e.Known) > 0:
		text += "; there are " + strings.Join(e.Known, ", ")
	}
	return text
}

var index = regexp.MustCompile(`\[[0-9]*\]`)

// Find explains a path: "receivers.otlp.protocols.grpc.endpoint", "receivers.otlp", "receivers", "service.telemetry", or "" for
// the whole. A component may have a name (otlp/internal), items of lists a number (rules[0].name), and :: may stand for dots.
//
// Errors: *UnknownError.
func (r *Reference) Find(path string) (*Entry, error) {
	words := strings.FieldsFunc(index.ReplaceAllString(strings.ReplaceAll(path, "::", "."), ""), func(c rune) bool { return c == '.' })
	if len(words) == 0 {
		return r.whole(), nil
	}
	if words[0] == "service" {
		entry := &Entry{Path: "service", Shape: r.Service, Comment: "What runs, what is connected to what, and how the process speaks of itself.", Page: ServicePage}
		return r.descend(entry, words[1:])
	}
	var here []Component
	for _, c := range r.Components {
		if c.Section() == words[0] {
			here = append(here, c)
		}
	}
	if len(here) == 0 && !slices.Contains(config.Sections, words[0]) {
		return nil, r.unknownSection(words[0])
	}
	if len(words) == 1 {
		return sectionEntry(words[0], here), nil
	}
	typ, _, _ := strings.Cut(words[1], "/")
	for _, c := range here {
		if c.Type == typ || slices.Contains(c.Aliases, typ) {
			return r.descend(&Entry{Path: c.Path(), Shape: c.Shape, Comment: c.Summary, Page: c.Page()}, words[2:])
		}
	}
	return nil, r.unknownComponent(words[0], typ, here)
}

func (r *Reference) whole() *Entry {
	e := &Entry{Comment: "A configuration has these keys."}
	for _, section := range config.Sections {
		e.Parts = append(e.Parts, Part{Name: section, Comment: "Components of this kind."})
	}
	e.Parts = append(e.Parts, Part{Name: "service", Comment: "What runs, and what is connected to what."})
	return e
}

func sectionEntry(section string, here []Component) *Entry {
	e := &Entry{Path: section, Comment: "Each key is a type, or type/name.", Page: "README.md"}
	for _, c := range here {
		e.Parts = append(e.Parts, Part{Name: c.Type, Type: c.SignalsText(), Comment: c.Summary})
	}
	return e
}

// descend goes on from an entry to the key that the words name.
func (r *Reference) descend(e *Entry, words []string) (*Entry, error) {
	if e.Shape.Item != nil { // of a list all items are alike; of a map a word names one
		if e.Shape.Kind == config.MapShape && len(words) > 0 {
			e.Path += "." + words[0]
			words = words[1:]
		}
		if len(words) > 0 || e.Shape.Item.Kind == config.BlockShape {
			inner := *e
			inner.Shape = *e.Shape.Item
			return r.descend(&inner, words)
		}
	}
	if len(words) == 0 {
		for _, f := range e.Shape.Fields {
			e.Parts = append(e.Parts, Part{f.Key, typeText(f.Shape), defaultText(f.Shape), r.state(f)})
		}
		return e, nil
	}
	for _, f := range e.Shape.Fields {
		if f.Key == words[0] {
			return r.descend(&Entry{Path: e.Path + "." + f.Key, Shape: f.Shape, Field: &f, Comment: r.state(f), Page: e.Page}, words[1:])
		}
	}
	if e.Shape.Open {
		return &Entry{Path: e.Path + "." + strings.Join(words, "."), Comment: "What it means is described by the makers of the component: " + e.Shape.Link, Page: e.Page}, nil
	}
	return nil, r.unknownKey(e, words[0])
}

// state is the comment of a field, after what it says about being supported.
func (r *Reference) state(f config.Field) string {
	text := r.comment(f)
	switch {
	case f.Unsupported:
		text = "Not supported yet; to set it is an error. " + text
	case f.Ignored:
		text = "Accepted, without effect. " + text
	}
	return strings.TrimSpace(text)
}

func (r *Reference) unknownSection(word string) error {
	known := append(slices.Clone(config.Sections), "service")
	err := &UnknownError{Name: word, Known: known}
	if near := config.Nearest(word, known); near != "" {
		err.Near = []string{near}
	}
	for _, c := range r.Components { // "otlp" alone
		if c.Type == word {
			err.Near = append(err.Near, c.Path())
		}
	}
	return err
}

func (r *Reference) unknownComponent(section, typ string, here []Component) error {
	err := &UnknownError{Path: section, Name: typ}
	for _, c := range here {
		err.Known = append(err.Known, c.Type)
	}
	if near := config.Nearest(typ, err.Known); near != "" {
		err.Near = []string{section + "." + near}
		return err
	}
	for _, c := range r.Components {
		if c.Type == typ {
			err.Near = append(err.Near, c.Path())
		}
	}
	return err
}

// unknownKey suggests a key that is spelled alike, or the same key further down.
func (r *Reference) unknownKey(e *Entry, word string) error {
	err := &UnknownError{Path: e.Path, Name: word}
	for _, f := range e.Shape.Fields {
		err.Known = append(err.Known, f.Key)
	}
	if near := config.Nearest(word, err.Known); near != "" {
		err.Near = []string{e.Path + "." + near}
		return err
	}
	for _, row := range Rows(e.Shape) {
		if row.Field.Key == word && len(err.Near) < 3 {
			err.Near = append(err.Near, e.Path+"."+row.Path)
		}
	}
	return err
}
