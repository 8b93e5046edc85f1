// Package attraction is what upstream's attributes and resource processors have
// in common: a list of actions on attributes, done in order.
//
// Begin with Compile, then Actions.Apply; do.go has the actions themselves.
//
// Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/v0.145.0/internal/coreinternal/attraction
package attraction

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/oriel-io/oriel/internal/textmatch"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Action is one entry of the list.
type Action struct {
	// The attribute to act on.
	Key string `yaml:"key"`
	// insert (if it is absent), update (if it is there), upsert (both), delete, hash (SHA-256 in hex, of text, numbers and
	// bools; of anything else the empty text), extract (named groups of pattern become attributes) or convert.
	Action string `yaml:"action"`
	// What to insert or update with; its type is that of the YAML value.
	Value any `yaml:"value"`
	// The attribute to take the value from. Without it nothing happens.
	FromAttribute string `yaml:"from_attribute"`
	// What to take the value from of the request: metadata.NAME for a header, client.address. Several values are joined with ";". Without
	// it nothing happens.
	FromContext string `yaml:"from_context"`
	// extract: a regular expression in which all groups are named. delete and hash: one for the keys to act on, besides key.
	Pattern string `yaml:"pattern"`
	// convert: int, double or string. What cannot be converted stays.
	ConvertedType string `yaml:"converted_type"`
}

// Error says which key of which action is wrong.
type Error struct {
	Index            int
	Where, What, Fix string
}

func (e *Error) Error() string { return fmt.Sprintf("action %d: %s: %s", e.Index, e.Where, e.What) }

// Actions is a compiled list. Safe for concurrent use.
type Actions struct{ list []step }

// step is one compiled action.
type step struct {
	do            func(s *step, e *otlp.AttrEdit, lookup Lookup)
	key           string
	source        func(s *step, e *otlp.AttrEdit, lookup Lookup) (otlp.Value, bool)
	value         otlp.Value
	fromAttribute string
	fromContext   string
	keys          *textmatch.Matcher // pattern of delete and hash
	pattern       *regexp.Regexp     // of extract
	groups        []string           // names of its groups, from 1 on
	convert       func(otlp.Value) (otlp.Value, bool)
}

// Lookup finds what from_context names, as one text.
type Lookup func(name string) (string, bool)

// Compile checks a list. Errors: *Error, one for each that is wrong, joined.
func Compile(list []Action) (*Actions, error) {
	out := &Actions{}
	var problems []error
	for i, a := range list {
		s, problem := a.compile()
		if problem != nil {
			problem.Index = i
			problems = append(problems, problem)
			continue
		}
		out.list = append(out.list, s)
	}
	return out, errors.Join(problems...)
}

// Apply does all actions. lookup is asked for what from_context names.
func (a *Actions) Apply(e *otlp.AttrEdit, lookup Lookup) {
	e.WillAsk()
	for i := range a.list {
		s := &a.list[i]
		s.do(s, e, lookup)
	}
}

// uses are the keys that each action may have, besides key and action.
var uses = map[string][]string{
	"insert": {"value", "from_attribute", "from_context"}, "update": {"value", "from_attribute", "from_context"}, "upsert": {"value", "from_attribute", "from_context"},
	"delete": {"pattern", "from_context"}, "hash": {"pattern", "from_context"}, "extract": {"pattern"}, "convert": {"converted_type"},
}

const allActions = "insert, update, upsert, delete, hash, extract, convert"

func (a *Action) compile() (s step, problem *Error) {
	kind := strings.ToLower(a.Action)
	known, ok := uses[kind]
	switch {
	case kind == "":
		return s, &Error{Where: "action", What: "is not set", Fix: "action: upsert  # one of " + allActions}
	case !ok:
		return s, &Error{Where: "action", What: fmt.Sprintf("%q is not known", a.Action), Fix: "one of " + allActions}
	case a.Key == "" && (kind == "delete" || kind == "hash") && a.Pattern == "":
		return s, &Error{Where: "key", What: "neither key nor pattern says which attributes are meant", Fix: "key: user.email"}
	case a.Key == "" && kind != "delete" && kind != "hash":
		return s, &Error{Where: "key", What: "is not set", Fix: "key: user.email"}
	}
	for _, set := range []struct {
		name string
		set  bool
	}{
		{"value", a.Value != nil}, {"from_attribute", a.FromAttribute != ""}, {"from_context", a.FromContext != ""},
		{"pattern", a.Pattern != ""}, {"converted_type", a.ConvertedType != ""},
	} {
		if set.set && !contains(known, set.name) {
			return s, &Error{Where: set.name, What: fmt.Sprintf("the action %s does not use it", kind), Fix: "remove it, or choose another action"}
		}
	}
	s.key = a.Key
	switch kind {
	case "insert", "update", "upsert":
		s.do = map[string]func(*step, *otlp.AttrEdit, Lookup){"insert": insert, "update": update, "upsert": upsert}[kind]
		return s, a.compileSource(&s)
	case "delete", "hash":
		s.do = map[string]func(*step, *otlp.AttrEdit, Lookup){"delete": remove, "hash": hash}[kind]
		return s, a.compileKeys(&s)
	case "extract":
		s.do = extract
		return s, a.compileExtract(&s)
	}
	s.do = convert
	if s.convert = conversions[a.ConvertedType]; s.convert == nil {
		return s, &Error{Where: "converted_type", What: fmt.Sprintf("%q is not known", a.ConvertedType), Fix: "converted_type: int  # or double, string"}
	}
	return s, nil
}

func contains(list []string, name string) bool {
	for _, known := range list {
		if known == name {
			return true
		}
	}
	return false
}

func (a *Action) compileSource(s *step) *Error {
	sources := 0
	if a.Value != nil {
		value, err := otlp.NaturalValue(a.Value)
		if err != nil {
			return &Error{Where: "value", What: err.Error()}
		}
		s.value, s.source = value, fixed
		sources++
	}
	if a.FromAttribute != "" {
		s.fromAttribute, s.source = a.FromAttribute, fromAttribute
		sources++
	}
	if a.FromContext != "" {
		s.fromContext, s.source = a.FromContext, fromContext
		sources++
	}
	switch sources {
	case 0:
		return &Error{Where: "value", What: "nothing says what the attribute is to be", Fix: "value: production  # or from_attribute, from_context"}
	case 1:
		return nil
	}
	return &Error{Where: "value", What: "value, from_attribute and from_context exclude each other", Fix: "keep one of them"}
}

func (a *Action) compileKeys(s *step) *Error {
	if a.Pattern == "" {
		return nil
	}
	keys, err := textmatch.Compile(a.Pattern)
	if err != nil {
		return &Error{Where: "pattern", What: err.Error()}
	}
	s.keys = keys
	return nil
}

func (a *Action) compileExtract(s *step) *Error {
	const fix = `pattern: ^/basket/(?P<basket_id>\d+)$`
	if a.Pattern == "" {
		return &Error{Where: "pattern", What: "is not set", Fix: fix}
	}
	pattern, err := regexp.Compile(a.Pattern)
	if err != nil {
		return &Error{Where: "pattern", What: err.Error()}
	}
	s.pattern, s.groups = pattern, pattern.SubexpNames()[1:]
	if len(s.groups) == 0 {
		return &Error{Where: "pattern", What: "it has no named group, so nothing would be extracted", Fix: fix}
	}
	if contains(s.groups, "") {
		return &Error{Where: "pattern", What: "a group has no name", Fix: fix}
	}
	return nil
}
