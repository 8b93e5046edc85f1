package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/component"
)

// connectors checks that each is used on both sides: an exporter of one
// pipeline and a receiver of another.
func (p *planner) connectors() {
	for _, part := range p.plan.order {
		if part.kind != component.KindConnector || !part.used {
			continue
		}
		var in, out bool
		for _, pipeline := range p.plan.pipelines {
			in = in || slices.Contains(pipeline.exporters, part)
			out = out || slices.Contains(pipeline.receivers, part)
		}
		switch {
		case in && !out:
			p.add(part.block.Key.Problem(part.block.Path(), "it is an exporter of a pipeline and a receiver of none, so what it makes goes nowhere",
				fmt.Sprintf("receivers: [%s]  # in another pipeline", part.id)))
		case out && !in:
			p.add(part.block.Key.Problem(part.block.Path(), "it is a receiver of a pipeline and an exporter of none, so nothing comes in",
				fmt.Sprintf("exporters: [%s]  # in another pipeline", part.id)))
		}
	}
}

// cycles refuses connectors that lead a batch back to a pipeline it came from.
func (p *planner) cycles() {
	const (
		unseen = iota
		onPath
		done
	)
	state := map[*pipelinePlan]int{}
	var path []string
	var visit func(*pipelinePlan)
	visit = func(at *pipelinePlan) {
		state[at] = onPath
		path = append(path, at.text)
		for _, next := range p.plan.after(at) {
			switch state[next] {
			case unseen:
				visit(next)
			case onPath:
				from := slices.Index(path, next.text)
				p.add(at.key.Problem("service.pipelines."+at.text, "connectors lead in a circle: "+strings.Join(append(slices.Clone(path[from:]), next.text), " -> "), ""))
			}
		}
		path = path[:len(path)-1]
		state[at] = done
	}
	for _, pipeline := range p.plan.pipelines {
		if state[pipeline] == unseen {
			visit(pipeline)
		}
	}
}

// after lists the pipelines that a pipeline's connectors lead to.
func (p *Plan) after(at *pipelinePlan) (out []*pipelinePlan) {
	for _, part := range at.exporters {
		if part.kind != component.KindConnector {
			continue
		}
		for _, other := range p.pipelines {
			if slices.Contains(other.receivers, part) {
				out = append(out, other)
			}
		}
	}
	return out
}

// unused notes components that no pipeline names.
func (p *planner) unused() {
	for _, part := range p.plan.order {
		if part.used {
			continue
		}
		list := "service.pipelines"
		if part.kind == component.KindExtension {
			list = "service.extensions"
		}
		note := part.block.Key.Problem(part.block.Path(), "it is defined and not named in "+list+", so it does not run", "")
		note.Note = true
		p.add(note)
	}
}
