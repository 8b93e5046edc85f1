// Package reference knows every key that a configuration can have: it makes the reference pages, the
// JSON Schema for editors, and answers what a key means.
//
// Begin with New. Types and defaults are read from the Config structs by reflection (config.Describe);
// the comments of their fields are read from the sources by generate, which also writes the pages:
//
//	go generate ./components/reference
//
// A test in generate fails when the files lag behind the structs.
package reference

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
)

//go:generate go run ./generate

//go:embed comments.json
var comments []byte

// Comments are what the sources say of a field, by config.Field.Go without the module's name.
type Comments map[string]string

// Module is what Comments leave out of the names of fields.
const Module = "github.com/oriel-io/oriel/"

// Of is the comment of a field.
func (c Comments) Of(f config.Field) string { return c[strings.TrimPrefix(f.Go, Module)] }

// Embedded are the comments that the program was built with.
func Embedded() Comments {
	var c Comments
	if err := json.Unmarshal(comments, &c); err != nil {
		panic("reference: comments.json: " + err.Error()) // we wrote it
	}
	return c
}

// Reference is all that a configuration can say.
type Reference struct {
	Components []Component // by kind, then type
	Service    config.Shape
	Comments   Comments
}

// Component is one that a configuration can name.
type Component struct {
	component.Description
	Shape config.Shape
	// Package is the folder of the Config, relative to the root of the sources.
	Package string
}

// Section is the key that the component stands under: "receivers".
func (c Component) Section() string { return string(c.Kind) + "s" }

// Path is the component's YAML path: "receivers.otlp".
func (c Component) Path() string { return c.Section() + "." + c.Type }

// Page is the component's page in docs/reference.
func (c Component) Page() string { return string(c.Kind) + "-" + c.Type + ".md" }

// ServicePage is the page of the key service.
const ServicePage = "service.md"

// kinds in the order of a configuration.
var kinds = []component.Kind{component.KindReceiver, component.KindProcessor, component.KindExporter, component.KindConnector, component.KindExtension}

// New describes a list of components.
func New(list []component.Factory, comments Comments) *Reference {
	r := &Reference{Service: config.ServiceShape(), Comments: comments}
	for _, f := range list {
		r.Components = append(r.Components, describe(f))
	}
	slices.SortFunc(r.Components, func(a, b Component) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), strings.Compare(a.Type, b.Type))
	})
	return r
}

func describe(f component.Factory) Component {
	c := Component{Description: f.Describe(), Shape: config.Describe(f.NewConfig())}
	name := strings.TrimPrefix(c.Shape.Type, Module)
	c.Package = name[:max(0, strings.LastIndexByte(name, '.'))]
	return c
}

// Row is one key with its whole path.
type Row struct {
	Path  string // "protocols.grpc.endpoint", "rules[].name", "headers.<name>"
	Field config.Field
}

// Rows are all keys of a block, those of inner blocks after the block itself.
func Rows(shape config.Shape) (out []Row) {
	addRows(&out, "", shape)
	return out
}

func addRows(out *[]Row, prefix string, shape config.Shape) {
	for _, f := range shape.Fields {
		path := prefix + f.Key
		*out = append(*out, Row{path, f})
		inner := f.Shape
		for inner.Item != nil {
			if inner.Kind == config.MapShape {
				path += ".<name>"
			} else {
				path += "[]"
			}
			inner = *inner.Item
		}
		addRows(out, path+".", inner)
	}
}

// Undescribed lists the fields that have no comment.
func (r *Reference) Undescribed() (out []string) {
	check := func(where string, shape config.Shape) {
		for _, row := range Rows(shape) {
			if f := row.Field; !f.Ignored && !f.Unsupported && r.Comments.Of(f) == "" {
				out = append(out, where+"."+row.Path+" ("+strings.TrimPrefix(f.Go, Module)+")")
			}
		}
	}
	for _, c := range r.Components {
		check(c.Path(), c.Shape)
	}
	check("service", r.Service)
	return out
}
