// Package match decides by properties that a configuration lists: the include
// and exclude blocks that upstream's processors had before they had conditions.
//
// Begin with Properties. Texts and Attributes are the parts that others use too.
//
// Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/v0.145.0/internal/filter
package match

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/oriel-io/oriel/internal/textmatch"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
)

// Types of matching: texts are equal, or a regular expression matches somewhere in them.
const (
	Strict = "strict"
	Regexp = "regexp"
)

// Error says which key of a block is wrong.
type Error struct{ Where, What, Fix string }

func (e *Error) Error() string { return e.Where + ": " + e.What }

// RegexpOptions is the `regexp:` block. Upstream keeps outcomes in a cache; here
// matching costs less than looking them up.
type RegexpOptions struct {
	// Has no effect.
	CacheEnabled bool `yaml:"cacheenabled"`
	// Has no effect.
	CacheMaxNumEntries int `yaml:"cachemaxnumentries"`
}

// Texts matches a text against several.
type Texts struct {
	equal    [][]byte
	patterns []*textmatch.Matcher
}

// NewTexts compiles texts; matchType says how they are read.
func NewTexts(matchType string, texts []string) (*Texts, error) {
	out := &Texts{}
	for _, text := range texts {
		switch matchType {
		case Strict:
			out.equal = append(out.equal, []byte(text))
		case Regexp:
			m, err := textmatch.Compile(text)
			if err != nil {
				return nil, err
			}
			out.patterns = append(out.patterns, m)
		default:
			return nil, unknownType(matchType)
		}
	}
	return out, nil
}

func unknownType(matchType string) error {
	return &Error{"match_type", fmt.Sprintf("%q is not known", matchType), "match_type: strict  # or regexp"}
}

// Match says whether one of the texts matches.
func (t *Texts) Match(text []byte) bool {
	for _, want := range t.equal {
		if bytes.Equal(want, text) {
			return true
		}
	}
	for _, m := range t.patterns {
		if m.Match(text) {
			return true
		}
	}
	return false
}

// Attribute is an attribute to look for.
type Attribute struct {
	// Key of the attribute.
	Key string `yaml:"key"`
	// What it has to be: of the same type and equal, or matched by this regular expression. Without a value, the key is enough.
	Value any `yaml:"value"`
}

// Attributes are attributes of which all must be there.
type Attributes []wantedAttribute

type wantedAttribute struct {
	key   string
	value *otlp.Value
	texts *Texts
}

// NewAttributes compiles a list. Errors: *Error, with a place within the list.
func NewAttributes(matchType string, list []Attribute) (Attributes, error) {
	var out Attributes
	for i, a := range list {
		at := fmt.Sprintf("[%d]", i)
		if a.Key == "" {
			return nil, &Error{at, "has no key", ""}
		}
		w := wantedAttribute{key: a.Key}
		if a.Value != nil {
			if err := w.compile(matchType, a.Value); err != nil {
				if e, ok := err.(*Error); ok {
					return nil, e
				}
				return nil, &Error{at + ".value", err.Error(), ""}
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func (w *wantedAttribute) compile(matchType string, value any) error {
	v, err := otlp.NaturalValue(value)
	if err != nil {
		return err
	}
	switch matchType {
	case Strict:
		w.value = &v
		return nil
	case Regexp:
		if v.Kind != otlp.String {
			return fmt.Errorf("%v is no text, and with match_type regexp a value is a pattern; put it in quotes", value)
		}
		w.texts, err = NewTexts(matchType, []string{string(v.Text())})
		return err
	}
	return unknownType(matchType)
}

// Match says whether the attributes have all that is wanted.
func (list Attributes) Match(attrs otlp.Attrs) bool {
	for i := range list {
		if v, found := attrs.Get(list[i].key); !found || !list[i].match(v) {
			return false
		}
	}
	return true
}

func (w *wantedAttribute) match(v otlp.Value) bool {
	switch {
	case w.value != nil:
		return ottl.Equal(*w.value, v)
	case w.texts == nil:
		return true
	case v.Kind == otlp.String:
		return w.texts.Match(v.Body())
	}
	var room [32]byte
	text := room[:0]
	switch v.Kind {
	case otlp.Bool:
		text = strconv.AppendBool(text, v.Bool())
	case otlp.Int:
		text = strconv.AppendInt(text, v.Int(), 10)
	case otlp.Double:
		text = strconv.AppendFloat(text, v.Double(), 'f', -1, 64)
	default:
		return false
	}
	return w.texts.Match(text)
}
