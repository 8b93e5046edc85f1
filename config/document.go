package config

import (
	"fmt"
	"slices"
	"strings"
)

// Document is a whole configuration, not yet decoded into the Config structs
// of its components.
type Document struct {
	Root       *Node
	Blocks     []Block // of all sections, in the order of the text
	Pipelines  []Pipeline
	Extensions []Ref // service.extensions
	Telemetry  Telemetry
}

// Block is one entry of receivers, processors, exporters, connectors or extensions.
type Block struct {
	Section string // "receivers"
	ID      string // "otlp/internal"
	Key     Position
	Body    *Node
}

// Path is the block's YAML path.
func (b Block) Path() string { return b.Section + "." + b.ID }

// Pipeline is one entry of service.pipelines.
type Pipeline struct {
	ID                               string // "traces/fast"
	Key                              Position
	Receivers, Processors, Exporters []Ref
}

// Ref names a component.
type Ref struct {
	ID   string
	Path string // YAML path of the name: "service.pipelines.traces.receivers[0]"
	Position
}

// Position is a place in a text.
type Position struct {
	File      string
	Line, Col int
}

// Problem makes a complaint about this place.
func (p Position) Problem(where, what, fix string) *Problem {
	return &Problem{Where: where, What: what, Fix: fix, File: p.File, Line: p.Line, Col: p.Col}
}

// Sections are the top-level keys that hold components.
var Sections = []string{"receivers", "processors", "exporters", "connectors", "extensions"}

// Load reads and merges texts, a later one over an earlier one: maps merge, anything else is
// replaced. Then ${...} are expanded. The Document is nil only if nothing could be read.
func Load(lookup Lookup, sources ...Source) (*Document, Problems) {
	root, problems := resolve(lookup, sources)
	if root == nil {
		return nil, problems
	}
	doc := &Document{Root: root}
	return doc, append(problems, doc.read()...)
}

// resolve makes one tree of the sources.
func resolve(lookup Lookup, sources []Source) (*Node, Problems) {
	var problems Problems
	var root *Node
	unreadable := false
	for _, s := range sources {
		node, found := s.parse()
		problems = append(problems, found...)
		switch {
		case node == nil:
			unreadable = true
		case node.Kind == Null && len(s.Path) == 0: // an empty file changes nothing
		case node.Kind != Map:
			unreadable = true
			problems = append(problems, node.complaint("", fmt.Sprintf("is %s, want a map with receivers, exporters, service", node.Kind), ""))
		default:
			root = merge(root, node)
		}
	}
	if unreadable {
		return nil, problems
	}
	if root == nil {
		name := "the configuration"
		if len(sources) > 0 {
			name = sources[0].Name
		}
		return nil, append(problems, &Problem{File: name, What: "is empty", Fix: "oriel print-config  # a configuration to start from"})
	}
	x := expander{lookup: lookup}
	x.walk(root, "", 0)
	return root, append(problems, x.problems...)
}

// topLevel has the shape of a whole configuration; components stay Nodes.
type topLevel struct {
	Receivers  section `yaml:"receivers"`
	Processors section `yaml:"processors"`
	Exporters  section `yaml:"exporters"`
	Connectors section `yaml:"connectors"`
	Extensions section `yaml:"extensions"`
	Service    service `yaml:"service"`
}

type service struct {
	// Extensions that run, of those under the key extensions.
	Extensions refs `yaml:"extensions"`
	// What is connected to what: a pipeline is named for its signal (traces, logs, metrics), or signal/name.
	Pipelines pipelines `yaml:"pipelines"`
	// How the process speaks of itself.
	Telemetry Telemetry `yaml:"telemetry"`
}

// ServiceShape is what may be written under the key service.
func ServiceShape() Shape { return Describe(&service{Telemetry: defaultTelemetry()}) }

// section keeps the blocks undecoded.
type section struct{ entries []Entry }

// UnmarshalConfig takes a map of blocks.
func (s *section) UnmarshalConfig(n *Node) error {
	if n.Kind != Map && n.Kind != Null {
		return Problemf("", "is %s, want a map of components", n.Kind)
	}
	s.entries = n.Entries
	return nil
}

type refs []Ref

// DescribeConfig is a list of ids.
func (*refs) DescribeConfig() Shape {
	return Shape{Kind: ListShape, Item: &Shape{Kind: TextShape}, Text: "list of components, each type or type/name"}
}

// UnmarshalConfig takes a list of component ids.
func (r *refs) UnmarshalConfig(n *Node) error {
	if n.Kind == Null {
		return nil
	}
	n.Reveal()
	if n.Kind != List {
		return &Problem{What: fmt.Sprintf("is %s, want a list of component names", n.Kind), Fix: "[" + n.Text + "]"}
	}
	for i, item := range n.Items {
		if item.Kind != Scalar {
			return Problemf(fmt.Sprintf("[%d]", i), "is %s, want the name of a component", item.Kind)
		}
		*r = append(*r, Ref{ID: strings.TrimSpace(item.Text), Position: Position{item.File, item.Line, item.Col}})
	}
	return nil
}

type pipelines []Pipeline

type pipelineBody struct {
	// Receivers, and connectors that other pipelines have as exporters.
	Receivers refs `yaml:"receivers"`
	// Processors, in the order in which they work.
	Processors refs `yaml:"processors"`
	// Exporters, and connectors that other pipelines have as receivers. Each is given everything.
	Exporters refs `yaml:"exporters"`
}

// DescribeConfig is a map of pipelines.
func (*pipelines) DescribeConfig() Shape {
	body := Describe(&pipelineBody{})
	return Shape{Kind: MapShape, Item: &body}
}

// UnmarshalConfig keeps the pipelines in the order of the text.
func (p *pipelines) UnmarshalConfig(n *Node) error {
	if n.Kind != Map && n.Kind != Null {
		return Problemf("", "is %s, want a map of pipelines", n.Kind)
	}
	var problems Problems
	for _, e := range n.Entries {
		var body pipelineBody
		problems = append(problems, Decode(e.Value, e.Key, &body)...)
		pipeline := Pipeline{ID: e.Key, Key: Position{e.File, e.Line, e.Col}, Receivers: body.Receivers, Processors: body.Processors, Exporters: body.Exporters}
		for kind, list := range map[string][]Ref{"receivers": pipeline.Receivers, "processors": pipeline.Processors, "exporters": pipeline.Exporters} {
			for i := range list {
				list[i].Path = fmt.Sprintf("service.pipelines.%s.%s[%d]", e.Key, kind, i)
			}
		}
		*p = append(*p, pipeline)
	}
	return problems.Err()
}

// read takes the tree apart.
func (doc *Document) read() Problems {
	top := topLevel{Service: service{Telemetry: defaultTelemetry()}}
	problems := Decode(doc.Root, "", &top)
	for i, s := range []section{top.Receivers, top.Processors, top.Exporters, top.Connectors, top.Extensions} {
		for _, e := range s.entries {
			doc.Blocks = append(doc.Blocks, Block{Sections[i], strings.TrimSpace(e.Key), Position{e.File, e.Line, e.Col}, e.Value})
		}
	}
	doc.Pipelines, doc.Extensions, doc.Telemetry = top.Service.Pipelines, top.Service.Extensions, top.Service.Telemetry
	for i := range doc.Extensions {
		doc.Extensions[i].Path = fmt.Sprintf("service.extensions[%d]", i)
	}
	return problems
}

// Decode reads a block into a Config that holds the defaults; see the function Decode.
func (b Block) Decode(into any) Problems {
	n := b.Body
	if n.Kind == Null { // complaints about a block without content point at its key
		n = &Node{File: b.Key.File, Line: b.Key.Line, Col: b.Key.Col}
	}
	return Decode(n, b.Path(), into)
}

// Place gives the problems that err holds their places in the block.
func (b Block) Place(err error) (out Problems) {
	n := b.Body
	if n.Kind == Null {
		n = &Node{File: b.Key.File, Line: b.Key.Line, Col: b.Key.Col}
	}
	for _, p := range problemsOf(err) {
		p.File, p.Line, p.Col = n.place(p.Where)
		p.Where = join(b.Path(), p.Where)
		out = append(out, p)
	}
	return out
}

// Sort orders problems by their place in the text.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
}
