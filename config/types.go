package config

import "log/slog"

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
