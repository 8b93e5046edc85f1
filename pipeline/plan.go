package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Plan is a configuration in which every component is known, decoded and
// connected to something that takes its signals.
type Plan struct {
	Telemetry config.Telemetry

	parts      map[partKey]*part // all that the text defines, used or not
	order      []*part           // in the order of the text
	pipelines  []*pipelinePlan
	extensions []*part
}

type partKey struct {
	kind component.Kind
	id   component.ID
}

// part is one component of the text.
type part struct {
	partKey
	block   config.Block
	factory component.Factory
	about   component.Description
	cfg     any // a pointer to the factory's Config
	used    bool
}

// name is what counters, logs and the ledger call the part: "exporters.otlp/gateway".
func (p *part) name() string { return string(p.kind) + "s." + p.id.String() }

type pipelinePlan struct {
	id         component.ID
	text       string // as it is written: "traces/fast"
	signal     otlp.Signal
	key        config.Position
	receivers  []*part // receivers and connectors
	processors []*part
	exporters  []*part // exporters and connectors
}

// signals are the pipeline types.
var signals = map[string]otlp.Signal{"traces": otlp.Traces, "logs": otlp.Logs, "metrics": otlp.Metrics}

// NewPlan checks a document against the list of components. The Plan is usable
// only if no problem is fatal.
func NewPlan(doc *config.Document, list []component.Factory) (*Plan, config.Problems) {
	p := &planner{plan: &Plan{Telemetry: doc.Telemetry, parts: map[partKey]*part{}}, list: list}
	for _, block := range doc.Blocks {
		p.define(block)
	}
	if len(doc.Pipelines) == 0 {
		file, line := doc.Root.File, doc.Root.Line
		p.add(&config.Problem{Where: "service.pipelines", What: "there is no pipeline, so nothing would run", File: file, Line: line, Col: 1,
			Fix: "service:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]"})
	}
	for _, pipeline := range doc.Pipelines {
		p.pipeline(pipeline)
	}
	for i, ref := range doc.Extensions {
		if repeated(doc.Extensions[:i], ref) {
			p.add(ref.Problem(ref.Path, ref.ID+" stands here twice", "remove one of them"))
		} else if part := p.resolve(ref, component.KindExtension); part != nil {
			p.plan.extensions = append(p.plan.extensions, part)
		}
	}
	p.connectors()
	p.cycles()
	p.unused()
	return p.plan, p.problems
}

type planner struct {
	plan     *Plan
	list     []component.Factory
	problems config.Problems
}

func (p *planner) add(problem *config.Problem) { p.problems = append(p.problems, problem) }

// kindOf is the kind of a section: receivers holds receivers.
func kindOf(section string) component.Kind { return component.Kind(strings.TrimSuffix(section, "s")) }

// define decodes one block.
func (p *planner) define(block config.Block) {
	kind := kindOf(block.Section)
	id, err := component.ParseID(block.ID)
	if err != nil {
		p.add(block.Key.Problem(block.Path(), err.Error(), ""))
		return
	}
	factory := p.factory(kind, id.Type)
	if factory == nil {
		p.add(block.Key.Problem(block.Path(), fmt.Sprintf("%q is not %s that this program has", id.Type, withArticle(kind)), p.suggest(kind, id)))
		return
	}
	if p.plan.parts[partKey{kind, id}] != nil { // " otlp" and "otlp"
		p.add(block.Key.Problem(block.Path(), fmt.Sprintf("%s is defined twice in %s", id, block.Section), "give one of them a name: "+id.Type+"/second"))
		return
	}
	part := &part{partKey: partKey{kind, id}, block: block, factory: factory, about: factory.Describe(), cfg: factory.NewConfig()}
	p.problems = append(p.problems, block.Decode(part.cfg)...)
	p.plan.parts[part.partKey] = part
	p.plan.order = append(p.plan.order, part)
}

func withArticle(kind component.Kind) string {
	if strings.HasPrefix(string(kind), "e") {
		return "an " + string(kind)
	}
	return "a " + string(kind)
}

func (p *planner) factory(kind component.Kind, typ string) component.Factory {
	for _, f := range p.list {
		if d := f.Describe(); d.Kind == kind && (d.Type == typ || slices.Contains(d.Aliases, typ)) {
			return f
		}
	}
	return nil
}

// suggest says what else the type could be: a near name, another section, or the list.
func (p *planner) suggest(kind component.Kind, id component.ID) string {
	var types []string
	for _, f := range p.list {
		if d := f.Describe(); d.Kind == kind {
			types = append(types, d.Type)
		}
	}
	slices.Sort(types)
	if near := config.Nearest(id.Type, types); near != "" {
		return component.ID{Type: near, Name: id.Name}.String()
	}
	for _, f := range p.list {
		if d := f.Describe(); d.Type == id.Type {
			return fmt.Sprintf("move it to %ss", d.Kind)
		}
	}
	return "known here: " + strings.Join(types, ", ")
}

// pipeline resolves one pipeline's names.
func (p *planner) pipeline(c config.Pipeline) {
	where := "service.pipelines." + c.ID
	id, err := component.ParseID(c.ID)
	if err != nil {
		p.add(c.Key.Problem(where, err.Error(), ""))
		return
	}
	signal, ok := signals[id.Type]
	if !ok {
		fix := "traces, logs or metrics; a name may follow: traces/" + id.Type
		if near := config.Nearest(id.Type, []string{"traces", "logs", "metrics"}); near != "" {
			fix = component.ID{Type: near, Name: id.Name}.String()
		}
		what := fmt.Sprintf("%q is not a signal", id.Type)
		if id.Type == "profiles" {
			what, fix = "profiles are not supported yet", "remove the pipeline, or keep it in an upstream collector for now"
		}
		p.add(c.Key.Problem(where, what, fix))
		return
	}
	out := &pipelinePlan{id: id, text: c.ID, signal: signal, key: c.Key}
	if len(c.Receivers) == 0 {
		p.add(c.Key.Problem(where+".receivers", "the pipeline has no receiver", "receivers: [otlp]"))
	}
	if len(c.Exporters) == 0 {
		p.add(c.Key.Problem(where+".exporters", "the pipeline has no exporter", "exporters: [debug]"))
	}
	out.receivers = p.refs(c.Receivers, signal, func(d component.Description) component.Signals {
		if d.Kind == component.KindConnector {
			return d.Emits
		}
		return d.Signals
	}, component.KindReceiver, component.KindConnector)
	takes := func(d component.Description) component.Signals { return d.Signals }
	out.processors = p.refs(c.Processors, signal, takes, component.KindProcessor)
	p.signalProblems(out)
	out.exporters = p.refs(c.Exporters, signal, takes, component.KindExporter, component.KindConnector)
	p.plan.pipelines = append(p.plan.pipelines, out)
}

// signalProblems asks the processors of a pipeline whether their configurations suit its signal.
func (p *planner) signalProblems(pipeline *pipelinePlan) {
	for _, part := range pipeline.processors {
		if cfg, ok := part.cfg.(component.SignalValidator); ok {
			for _, problem := range part.block.Place(cfg.ValidateSignal(pipeline.signal)) {
				problem.What += " (in service.pipelines." + pipeline.text + ")"
				p.add(problem)
			}
		}
	}
}

// refs resolves a list of names and checks that each carries the signal.
func (p *planner) refs(refs []config.Ref, signal otlp.Signal, carries func(component.Description) component.Signals, kinds ...component.Kind) (out []*part) {
	for i, ref := range refs {
		if repeated(refs[:i], ref) {
			twice := ref.Problem(ref.Path, ref.ID+" stands here twice", "remove one of them")
			twice.Note = kinds[0] != component.KindProcessor // for upstream too only a processor cannot be there twice
			p.add(twice)
			continue
		}
		part := p.resolve(ref, kinds...)
		if part == nil {
			continue
		}
		if have := carries(part.about); !have.Has(signal) {
			p.add(ref.Problem(ref.Path, fmt.Sprintf("%s does not carry %s, only %s", ref.ID, signal, listSignals(have)), ""))
			continue
		}
		out = append(out, part)
	}
	return out
}

func repeated(before []config.Ref, ref config.Ref) bool {
	return slices.ContainsFunc(before, func(r config.Ref) bool { return r.ID == ref.ID })
}

func listSignals(s component.Signals) string {
	var names []string
	for signal := otlp.Traces; signal <= otlp.Metrics; signal++ {
		if s.Has(signal) {
			names = append(names, signal.String())
		}
	}
	return strings.Join(names, " and ")
}

// resolve finds what a name means; kinds are tried in order.
func (p *planner) resolve(ref config.Ref, kinds ...component.Kind) *part {
	id, err := component.ParseID(ref.ID)
	if err != nil {
		p.add(ref.Problem(ref.Path, err.Error(), ""))
		return nil
	}
	var known []string
	for _, kind := range kinds {
		if part := p.plan.parts[partKey{kind, id}]; part != nil {
			part.used = true
			return part
		}
	}
	for _, part := range p.plan.order {
		if slices.Contains(kinds, part.kind) {
			known = append(known, part.id.String())
		}
	}
	for _, section := range config.Sections { // defined, but its block had a problem of its own
		for _, kind := range kinds {
			if kindOf(section) == kind && p.reported(section+"."+ref.ID) {
				return nil
			}
		}
	}
	fix := fmt.Sprintf("%ss:\n  %s:", kinds[0], ref.ID)
	if p.factory(kinds[0], id.Type) == nil {
		fix = p.suggest(kinds[0], id)
	}
	if near := config.Nearest(ref.ID, known); near != "" {
		fix = near
	}
	p.add(ref.Problem(ref.Path, fmt.Sprintf("%s is not defined in %ss", ref.ID, kinds[0]), fix))
	return nil
}

func (p *planner) reported(path string) bool {
	return slices.ContainsFunc(p.problems, func(x *config.Problem) bool { return x.Where == path })
}
