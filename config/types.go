package config

import (
	"log/slog"
	"reflect"
	"regexp"
	"strings"
)

// Secret is text that is never printed: a token, a password, a key. Convert it
// to string where it is used.
type Secret string

// Redacted is what stands in place of a secret.
const Redacted = "[REDACTED]"

// String hides the text from fmt and logs.
func (Secret) String() string { return Redacted }

// GoString hides the text from %#v.
func (Secret) GoString() string { return Redacted }

// MarshalText hides the text from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalYAML hides the text from YAML.
func (Secret) MarshalYAML() (any, error) { return Redacted, nil }

// LogValue hides the text from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// Unsupported is the type of a key that upstream has and Oriel does not act on
// yet. Setting it is a Problem: a key is never silently ignored. To set it to
// false, nothing or an empty list or map is fine.
type Unsupported struct{}

// Ignored is the type of a key that upstream has and that has no meaning here,
// so that leaving it in a file changes nothing.
type Ignored struct{}

// Reveal marks all that is below a node as nothing to hide. An UnmarshalConfig that reads its Node itself
// calls it, on the whole or on parts; what it leaves out is taken for a secret where
// configurations are shown.
func (n *Node) Reveal() {
	n.mark = shown
	for _, item := range n.Items {
		item.Reveal()
	}
	for _, e := range n.Entries {
		e.Value.Reveal()
	}
}

// userInfo is the user of an URL, with a password or a token.
var userInfo = regexp.MustCompile(`://[^/@\s]+@`)

// hideUsers hides users and passwords of the URLs in a text.
func hideUsers(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return userInfo.ReplaceAllString(text, "://"+Redacted+"@")
}

// holdsSecret says whether a type has a Secret in it.
func holdsSecret(t reflect.Type) bool { return secretIn(t, map[reflect.Type]bool{}) }

func secretIn(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == secretType {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		return secretIn(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if secretIn(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
