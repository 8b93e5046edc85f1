package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Unmarshaler is a type that reads its own Node. Problems that it returns are
// placed relative to the node.
type Unmarshaler interface {
	UnmarshalConfig(n *Node) error
}

// Defaulter fills in the defaults of an optional block (a pointer in a Config)
// when the block is there, even if it is empty.
type Defaulter interface {
	SetDefaults()
}

// Decode reads a block into a Config struct that holds the defaults, and
// validates it. into is a pointer to the struct; path is the block's YAML path.
//
// Fields are named by their `yaml` tag; `yaml:",inline"` makes the fields of an embedded struct part
// of this block. A pointer is an optional block: it is there if the text names it with content, or
// without if it has defaults (Defaulter), and takes "enabled: false". What the text does not set
// stays as it is.
func Decode(n *Node, path string, into any) Problems {
	d := &decoder{unread: map[string]bool{}}
	v := reflect.ValueOf(into).Elem()
	d.value(n, path, v)
	for _, p := range d.problems.Fatal() {
		d.unread[p.Where] = true
	}
	for _, p := range validate(v) {
		if p.File == "" {
			p.File, p.Line, p.Col = n.place(p.Where)
		}
		if p.Where = join(path, p.Where); !d.isUnread(p.Where) {
			d.add(p)
		}
	}
	return d.problems
}

type decoder struct {
	problems Problems
	unread   map[string]bool // paths that have no value: Validate would complain about them once more
}

// isUnread says whether a path, or a block or list around it, has no value.
func (d *decoder) isUnread(path string) bool {
	for !d.unread[path] {
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return false
		}
		path = path[:end]
	}
	return true
}

// maxProblems bounds what is said about one block; nobody reads further.
const maxProblems = 100

// add keeps one of two equal complaints: a promoted Validate method is found twice.
func (d *decoder) add(p *Problem) {
	if len(d.problems) >= maxProblems {
		return
	}
	p.What, p.Fix = hideUsers(p.What), hideUsers(p.Fix)
	for _, other := range d.problems {
		if *other == *p {
			return
		}
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) complain(n *Node, path, what, fix string) { d.add(n.complaint(path, what, fix)) }

var (
	durationType    = reflect.TypeFor[time.Duration]()
	unsupportedType = reflect.TypeFor[Unsupported]()
	ignoredType     = reflect.TypeFor[Ignored]()
	secretType      = reflect.TypeFor[Secret]()
)

func (d *decoder) value(n *Node, path string, v reflect.Value) {
	if n.failed { // the problem was told
		d.unread[path] = true
		return
	}
	if v.CanAddr() {
		switch u := v.Addr().Interface().(type) {
		case Unmarshaler:
			d.custom(n, path, u.UnmarshalConfig(n))
			return
		case encoding.TextUnmarshaler:
			if n.Kind == Scalar {
				n.mark = shown
				d.custom(n, path, u.UnmarshalText([]byte(n.Text)))
				return
			}
		}
	}
	switch {
	case v.Kind() == reflect.Pointer:
		d.optional(n, path, v)
	case v.Type() == ignoredType:
		n.Reveal()
	case n.Kind == Null:
		if n.Verbatim != nil && isScalar(v.Type()) { // ${env:X} with nothing in it is no default
			v.SetZero()
		}
	case v.Type() == durationType:
		d.duration(n, path, v)
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		n.Reveal()
		v.Set(reflect.ValueOf(n.Any()))
	case v.Kind() == reflect.Struct:
		if d.want(n, path, v.Type(), Map) {
			d.structure(n, path, v)
		}
	case v.Kind() == reflect.Map:
		if d.want(n, path, v.Type(), Map) {
			d.mapping(n, path, v)
		}
	case v.Kind() == reflect.Slice:
		d.list(n, path, v)
	default:
		d.scalar(n, path, v)
	}
}

func (d *decoder) custom(n *Node, path string, err error) {
	for _, p := range problemsOf(err) {
		if p.File == "" {
			p.File, p.Line, p.Col = n.place(p.Where)
		}
		p.Where = join(path, p.Where)
		d.add(p)
	}
}

// want says whether the node has the kind, and complains if not.
func (d *decoder) want(n *Node, path string, t reflect.Type, kind Kind) bool {
	if n.Kind == kind {
		return true
	}
	what := fmt.Sprintf("is %s, want %s", n.Kind, kind)
	fix := ""
	if n.Kind == Scalar && !holdsSecret(t) {
		what = fmt.Sprintf("is %s, want %s", n.quoted(), kind)
		if kind == List && n.From == "" {
			fix = "[" + n.Text + "]"
		}
	}
	d.complain(n, path, what, fix)
	return false
}
