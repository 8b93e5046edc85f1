package hosted

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/oriel-io/oriel/config"
	upstream "go.opentelemetry.io/collector/component"
)

// problemsOf takes apart what upstream's decoder and checks say about the block
// n, as far as it was decoded into cfg. Each leaf of the tree of errors becomes one
// Problem. Its place comes from the names on the way down, or else from what its text
// quotes, or else from reading the block again without parts of it.
func problemsOf(err error, n *config.Node, cfg upstream.Config, check func(*config.Node) error) error {
	if err == nil {
		return nil
	}
	f := &finder{block: n, cfg: cfg, all: complaints(err), check: check}
	f.walk(err, nil)
	return f.found.Err()
}

// finder places errors in a block.
type finder struct {
	block *config.Node
	cfg   upstream.Config
	all   []string                 // what is said of the block
	check func(*config.Node) error // decodes and checks a block like this one
	found config.Problems
}

// walk visits err, which is about the value at path.
func (f *finder) walk(err error, path []string) {
	if several := parts(err); len(several) > 0 {
		for _, e := range several {
			f.walk(e, path)
		}
		return
	}
	inner := errors.Unwrap(err)
	if inner == nil {
		f.leaf(err, path)
		return
	}
	if named, ok := err.(*mapstructure.DecodeError); ok {
		f.walk(inner, slices.Concat(path, decoderPath(named.Name())))
		return
	}
	prefix, rest := strings.CutSuffix(err.Error(), inner.Error())
	switch at, found := f.resolve(path, strings.TrimSuffix(prefix, ": ")); {
	case rest && found: // "scrapers::cpu: ..." of upstream's checks
		f.walk(inner, at)
	case splits(inner): // something below knows the place, or there are several
		f.walk(inner, f.mentioned(path, prefix))
	default:
		f.leaf(err, path)
	}
}

// parts are the errors that were joined into err; nil if it is a single one.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}

// splits says whether somewhere in the chain there is more than one error, or one with a name.
func splits(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if _, named := err.(*mapstructure.DecodeError); named || len(parts(err)) > 0 {
			return true
		}
	}
	return false
}

// leaf reports one error.
func (f *finder) leaf(err error, path []string) {
	text := strings.TrimSpace(err.Error())
	if keys, ok := strings.CutPrefix(text, "has invalid keys: "); ok {
		for _, key := range strings.Split(keys, ", ") {
			f.unknown(path, key)
		}
		return
	}
	if at := f.mentioned(path, text); len(at) > len(path) {
		path = at
	} else if len(path) == 0 {
		path = blame(f.block, err.Error(), f.all, f.check)
	}
	if wrong, ok := err.(*mapstructure.UnconvertibleTypeError); ok {
		text = "is " + f.have(path, wrong.Value) + ", want " + wanted(wrong.Expected.Type())
	} else if n := nodeAt(f.block, path); n != nil && n.Kind == config.Scalar && !strings.Contains(text, n.Text) && !f.hide(path) {
		text = strconv.Quote(n.Text) + ": " + text
	}
	f.add(path, text, "")
}

func (f *finder) add(path []string, what, fix string) {
	f.found = append(f.found, &config.Problem{Where: f.where(path), What: what, Fix: fix})
}

// unknown reports a key that the type at path does not have.
func (f *finder) unknown(path []string, key string) {
	known := keysAt(reflect.ValueOf(f.cfg), path)
	fix := ""
	if len(known) > 0 {
		fix = "known here: " + strings.Join(known, ", ")
	}
	if near := config.Nearest(key, known); near != "" {
		fix = near
	}
	f.add(append(slices.Clone(path), key), "the key is not known here", fix)
}

// have is a value in words.
func (f *finder) have(path []string, value any) string {
	switch v := value.(type) {
	case nil:
		return config.Null.String()
	case map[string]any:
		return config.Map.String()
	case []any:
		return config.List.String()
	case string:
		if f.hide(path) {
			return "a text"
		}
		return fmt.Sprintf("the text %q", v)
	}
	if f.hide(path) {
		return "a number or word"
	}
	return fmt.Sprint(value)
}

// hide says whether the value at a path must not be quoted: it is a secret, or
// came from outside the text, where nobody knows what it is.
func (f *finder) hide(path []string) bool {
	n := nodeAt(f.block, path)
	return isSecret(f.cfg, path) || n != nil && n.From != ""
}

// wanted is a type in words.
func wanted(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration with a unit: 5s"
	case t.Kind() == reflect.String:
		return "text, in quotes"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "a whole number"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return "a list"
	case t.Kind() == reflect.Map || t.Kind() == reflect.Struct:
		return "a map"
	}
	return t.String()
}

// where is a path as our problems write it.
func (f *finder) where(path []string) string {
	var b strings.Builder
	for i, name := range path {
		parent := nodeAt(f.block, path[:i])
		_, isIndex := strconv.Atoi(name)
		switch {
		case isIndex == nil && (parent == nil || parent.Kind != config.Map):
			b.WriteString("[" + name + "]")
		case i > 0:
			b.WriteString("." + name)
		default:
			b.WriteString(name)
		}
	}
	return b.String()
}
