package filter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl/match"
)

// older compiles the include and exclude blocks of a signal.
func (c *Config) older(signal otlp.Signal, p *plan) (problems []error) {
	report := func(where string, err error) {
		if err != nil {
			problems = append(problems, problemOf(where, err))
		}
	}
	switch signal {
	case otlp.Traces:
		if c.Spans.Include != nil {
			test, err := c.Spans.Include.Spans()
			report("spans.include", err)
			p.add(stepItem, "spans.include", test, false)
		}
		if c.Spans.Exclude != nil {
			test, err := c.Spans.Exclude.Spans()
			report("spans.exclude", err)
			p.add(stepItem, "spans.exclude", test, true)
		}
	case otlp.Logs:
		for _, block := range []struct {
			where string
			*LogProperties
			drops bool
		}{{"logs.include", c.Logs.Include, false}, {"logs.exclude", c.Logs.Exclude, true}} {
			if block.LogProperties == nil || block.isEmpty() {
				continue
			}
			test, err := block.compile()
			report(block.where, err)
			p.add(stepItem, block.where, test, block.drops)
		}
	case otlp.Metrics:
		report("metrics.include", c.Metrics.Include.compile(p, "metrics.include", false))
		report("metrics.exclude", c.Metrics.Exclude.compile(p, "metrics.exclude", true))
		if p.whole {
			p.handOver(c)
			problems = append(problems, p.problems...)
			p.problems = nil
		}
	}
	return problems
}

// add makes a rule of an include or exclude block; test is nil if it could not be compiled.
func (p *plan) add(step int, text string, test match.Test, drops bool) {
	if test == nil {
		return
	}
	p.rules[step] = append(p.rules[step], rule{text, func(s *pass) (bool, error) {
		return test(s.group, s.scope, s.item) == drops, nil
	}})
}

// problemOf places an error of a block.
func problemOf(where string, err error) *config.Problem {
	var e *match.Error
	if !errors.As(err, &e) {
		return &config.Problem{Where: where, What: err.Error()}
	}
	if e.Where != "" {
		where += "." + e.Where
	}
	return &config.Problem{Where: where, What: e.What, Fix: e.Fix}
}

func (m *LogProperties) isEmpty() bool {
	return len(m.ResourceAttributes)+len(m.RecordAttributes)+len(m.SeverityTexts)+len(m.Bodies) == 0 && m.SeverityNumber == nil
}

func (m *LogProperties) compile() (match.Test, error) {
	properties := match.Properties{
		MatchType: m.MatchType, Resources: m.ResourceAttributes, Attributes: m.RecordAttributes, LogSeverityTexts: m.SeverityTexts, LogBodies: m.Bodies,
	}
	if m.SeverityNumber != nil {
		lowest, err := severity(m.SeverityNumber.Min)
		if err != nil {
			return nil, err
		}
		properties.LogSeverityNumber = &match.Severity{Min: lowest, MatchUndefined: m.SeverityNumber.MatchUndefined}
	}
	test, err := properties.Logs()
	var e *match.Error
	if errors.As(err, &e) { // speaks of the keys of match.Properties
		renamed := strings.NewReplacer("log_bodies", "bodies", "log_severity_texts", "severity_texts", "attributes", "record_attributes", "resources", "resource_attributes")
		err = &match.Error{Where: renamed.Replace(e.Where), What: e.What, Fix: e.Fix}
	}
	return test, err
}

// severity reads a name or a number of OTLP's severities; "" is 0.
func severity(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= 24 {
		return n, nil
	}
	for i, name := range []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"} {
		switch digit, found := strings.CutPrefix(strings.ToUpper(text), name); {
		case !found:
		case digit == "":
			return 4*i + 1, nil
		case digit == "2" || digit == "3" || digit == "4":
			return 4*i + int(digit[0]-'0'), nil
		}
	}
	return 0, &match.Error{Where: "severity_number.min", What: fmt.Sprintf("%q is no severity", text), Fix: "min: WARN  # or TRACE, DEBUG, INFO, ERROR, FATAL, with 2 to 4 behind it, or 1 to 24"}
}

// compile adds the rules of a block of metrics, which may be nil.
func (m *MetricProperties) compile(p *plan, where string, drops bool) error {
	if m == nil {
		return nil
	}
	if m.MatchType == "expr" && len(m.Expressions) > 0 {
		p.whole = true
	}
	attributes, err := match.NewAttributes(m.MatchType, m.ResourceAttributes)
	if err != nil {
		var e *match.Error
		if errors.As(err, &e) && e.Where != "match_type" {
			err = &match.Error{Where: "resource_attributes" + e.Where, What: e.What, Fix: e.Fix}
		}
		return err
	}
	if len(attributes) > 0 {
		p.add(stepResource, where, func(g otlp.Group, _ otlp.Scope, _ []byte) bool { return attributes.Match(g.Resource().Attrs()) }, drops)
	}
	if m.MatchType == "expr" || len(m.MetricNames) == 0 {
		return nil
	}
	names, err := match.NewTexts(m.MatchType, m.MetricNames)
	if err != nil {
		var e *match.Error
		if errors.As(err, &e) {
			return e
		}
		return &match.Error{Where: "metric_names", What: err.Error()}
	}
	p.add(stepItem, where, func(_ otlp.Group, _ otlp.Scope, item []byte) bool { return names.Match(otlp.LastLen(item, 1)) }, drops)
	return nil
}

// handOver gives the whole block to upstream's engine: expressions run there alone.
func (p *plan) handOver(c *Config) {
	p.rules = [stepCount][]rule{}
	p.total, p.elsewhere = 1, 1
	where, what := "metrics", "match_type expr does not run on bytes"
	if c.engine == nil {
		p.problems = append(p.problems, &config.Problem{Where: where, What: what + ", and this program has no other engine", Fix: "write a condition in metrics.datapoint in its place"})
		return
	}
	p.note(c, where, what)
}
