package filter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
)

// rule is something that drops an item if it holds.
type rule struct {
	text  string // the condition, or the key of an include or exclude block
	holds func(p *pass) (bool, error)
}

// steps are the lists in the order in which they are asked: a resource, then
// its items, then their parts.
const (
	stepResource = iota
	stepItem
	stepPart
	stepCount
)

// list is one list of conditions in the configuration.
type list struct {
	where      string // traces.span
	key        string // span
	ctx        ottl.Context
	conditions []string
}

// lists are a signal's lists by step.
func (c *Config) lists(signal otlp.Signal) (out [stepCount]list) {
	switch signal {
	case otlp.Traces:
		return [stepCount]list{
			{"traces.resource", "resource", ottl.Resource, c.Traces.Resource},
			{"traces.span", "span", ottl.Span, c.Traces.Span},
			{"traces.spanevent", "spanevent", ottl.SpanEvent, c.Traces.SpanEvent},
		}
	case otlp.Metrics:
		return [stepCount]list{
			{"metrics.resource", "resource", ottl.Resource, c.Metrics.Resource},
			{"metrics.metric", "metric", ottl.Metric, c.Metrics.Metric},
			{"metrics.datapoint", "datapoint", ottl.DataPoint, c.Metrics.DataPoint},
		}
	case otlp.Logs:
		return [stepCount]list{
			{"logs.resource", "resource", ottl.Resource, c.Logs.Resource},
			{"logs.log_record", "log_record", ottl.Log, c.Logs.LogRecord},
		}
	}
	return out
}

// plan is what becomes of a signal's conditions.
type plan struct {
	compiler ottl.Compiler
	rules    [stepCount][]rule // run here, on bytes
	rest     [stepCount]list   // run in upstream's engine, behind them
	whole    bool              // upstream's engine runs the whole block: it is no matter of conditions

	total     int // conditions
	elsewhere int // of them, in upstream's engine
	problems  []error
}

// hasRules says whether anything is asked here.
func (p *plan) hasRules() bool {
	return len(p.rules[stepResource])+len(p.rules[stepItem])+len(p.rules[stepPart]) > 0
}

// hasRest says whether upstream's engine is needed.
func (p *plan) hasRest() bool {
	return p.whole || len(p.rest[stepResource].conditions)+len(p.rest[stepItem].conditions)+len(p.rest[stepPart].conditions) > 0
}

// plan compiles what a configuration says about a signal.
//
// What does not run on bytes is asked last. Where upstream would ask it earlier and that
// could make a difference, what comes after it goes with it: a later step sees what
// an earlier one has left, and with error_mode propagate the first error counts.
func (c *Config) plan(signal otlp.Signal) *plan {
	p := &plan{}
	first := "" // that does not run on bytes
	for step, l := range c.lists(signal) {
		p.rest[step].key = l.key
		isLater := first != ""
		for i, text := range l.conditions {
			p.total++
			where := fmt.Sprintf("%s[%d]", l.where, i)
			condition, err := p.compiler.Compile(l.ctx, text)
			switch {
			case err != nil:
				p.complain(c, where, err)
				if first == "" {
					first = where
				}
			case isLater || first != "" && c.ErrorMode == Propagate:
				p.note(c, where, "it comes after "+first)
			default:
				p.rules[step] = append(p.rules[step], rule{text, func(s *pass) (bool, error) { return condition.Eval(s.env) }})
				continue
			}
			p.rest[step].conditions = append(p.rest[step].conditions, text)
			p.elsewhere++
		}
	}
	if p.total == 0 {
		p.problems = append(p.problems, c.older(signal, p)...)
	}
	return p
}

// complain reports a condition that does not run on bytes, or not at all.
func (p *plan) complain(c *Config, where string, err error) {
	var unsupported *ottl.UnsupportedError
	switch {
	case !errors.As(err, &unsupported):
		p.problems = append(p.problems, &config.Problem{Where: where, What: err.Error(), Fix: suggestion(err)})
	case c.engine == nil:
		p.problems = append(p.problems, &config.Problem{
			Where: where, What: err.Error() + ", and this program has no other engine",
			Fix: "write the condition without it; docs/reference/ottl.md lists what there is",
		})
	default:
		p.note(c, where, err.Error())
	}
}

// suggestion is what a name that is not known may have meant.
func suggestion(err error) string {
	var syntax *ottl.SyntaxError
	if !errors.As(err, &syntax) || len(syntax.Known) == 0 {
		return ""
	}
	if near := config.Nearest(syntax.Name, syntax.Known); near != "" {
		return near
	}
	return "known here: " + strings.Join(syntax.Known, ", ")
}

// note says that something runs elsewhere.
func (p *plan) note(c *Config, where, why string) {
	if c.engine == nil {
		return
	}
	p.problems = append(p.problems, &config.Problem{Note: true, Where: where, What: "runs in upstream's engine, at its cost: " + why})
}
