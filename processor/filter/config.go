// Package filter is the filter processor: it drops spans, span events, log
// records, metrics and data points for which a condition holds.
//
// Begin with Config. plan.go decides where each condition runs, rules.go and legacy.go
// turn it into what is asked of items, processor.go asks, and hosted.go hands over
// to upstream's engine what does not run on bytes.
//
// Keys, defaults and outcomes are those of the upstream processor. Three things differ:
//   - With error_mode propagate, a batch that is refused because a condition has no
//     answer is refused for good: sending it again would change nothing.
//   - Errors that are ignored are counted and logged once for each batch and condition.
//   - A severity that does not exist in logs.include or logs.exclude is a problem of the
//     configuration; upstream takes it for 0.
package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl/match"
)

// Config is the `filter:` block.
type Config struct {
	// What happens when a condition has no answer for an item, for example because it asks for the length of a number:
	// ignore logs it and goes on with the next condition, silent does so without a word, propagate refuses the whole batch.
	ErrorMode ErrorMode `yaml:"error_mode"`
	// Conditions for traces.
	Traces Traces `yaml:"traces"`
	// Conditions for metrics.
	Metrics Metrics `yaml:"metrics"`
	// Conditions for logs.
	Logs Logs `yaml:"logs"`
	// Properties of spans: the older form of traces.
	Spans Spans `yaml:"spans"`
	// Conditions for profiles.
	Profiles config.Unsupported `yaml:"profiles"`

	engine engine       // upstream's; may be nil
	node   *config.Node // the block itself, for that engine
}

// Traces is the `traces:` block.
type Traces struct {
	// Conditions on a resource. If one holds, all that it sent is dropped.
	Resource []string `yaml:"resource"`
	// Conditions on a span. If one holds, the span is dropped.
	Span []string `yaml:"span"`
	// Conditions on an event of a span that is kept. If one holds, the event is dropped.
	SpanEvent []string `yaml:"spanevent"`
}

// Metrics is the `metrics:` block.
type Metrics struct {
	// Properties of the metrics to keep; all others are dropped. An older form of conditions.
	Include *MetricProperties `yaml:"include"`
	// Properties of the metrics to drop. An older form of conditions.
	Exclude *MetricProperties `yaml:"exclude"`
	// Options of match_type regexp.
	RegexpOptions *match.RegexpOptions `yaml:"regexp"`
	// Conditions on a resource. If one holds, all that it sent is dropped.
	Resource []string `yaml:"resource"`
	// Conditions on a metric. If one holds, the metric is dropped.
	Metric []string `yaml:"metric"`
	// Conditions on a data point of a metric that is kept. If one holds, the point is dropped, and the metric with its last point.
	DataPoint []string `yaml:"datapoint"`
}

// Logs is the `logs:` block.
type Logs struct {
	// Properties of the records to keep; all others are dropped. An older form of conditions.
	Include *LogProperties `yaml:"include"`
	// Properties of the records to drop. An older form of conditions.
	Exclude *LogProperties `yaml:"exclude"`
	// Conditions on a resource. If one holds, all that it sent is dropped.
	Resource []string `yaml:"resource"`
	// Conditions on a log record. If one holds, the record is dropped.
	LogRecord []string `yaml:"log_record"`
}

// Spans is the `spans:` block.
type Spans struct {
	// Properties of the spans to keep; all others are dropped.
	Include *match.Properties `yaml:"include"`
	// Properties of the spans to drop.
	Exclude *match.Properties `yaml:"exclude"`
}

// MetricProperties is an `include:` or `exclude:` block of metrics.
type MetricProperties struct {
	// How names are compared: strict (equal), regexp, or expr (expressions).
	MatchType string `yaml:"match_type"`
	// Options of regexp.
	RegexpOptions *match.RegexpOptions `yaml:"regexp"`
	// Names of metrics, of which one must match.
	MetricNames []string `yaml:"metric_names"`
	// Expressions on data points, for match_type expr: upstream's engine runs them.
	Expressions []string `yaml:"expressions"`
	// Attributes of the resource, all of which must match.
	ResourceAttributes []match.Attribute `yaml:"resource_attributes"`
}

// LogProperties is an `include:` or `exclude:` block of logs. All properties that are named must match.
type LogProperties struct {
	// How texts are compared: strict (equal) or regexp.
	MatchType string `yaml:"match_type"`
	// Attributes of the resource, all of which must match.
	ResourceAttributes []match.Attribute `yaml:"resource_attributes"`
	// Attributes of the record, all of which must match.
	RecordAttributes []match.Attribute `yaml:"record_attributes"`
	// Severity texts, of which one must match.
	SeverityTexts []string `yaml:"severity_texts"`
	// Severities that match.
	SeverityNumber *LogSeverity `yaml:"severity_number"`
	// Bodies, of which one must match.
	Bodies []string `yaml:"bodies"`
}

// LogSeverity is the `severity_number:` block.
type LogSeverity struct {
	// Lowest severity that matches, as a name (WARN, ERROR2) or a number.
	Min string `yaml:"min"`
	// Whether records without a severity match.
	MatchUndefined bool `yaml:"match_undefined"`
}

// Factory makes the factory. upstream is the hosted filter processor, which runs
// what does not run on bytes; nil makes that a problem of the configuration.
func Factory(upstream component.Factory) component.ProcessorFactory[Config] {
	hosted, _ := upstream.(engine)
	return component.ProcessorFactory[Config]{
		Type:    "filter",
		Summary: "Drops spans, span events, log records, metrics and data points by conditions.",
		Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
		Default: func() Config { return Config{ErrorMode: Propagate, engine: hosted} },
		New:     newProcessor,
	}
}

// ErrorMode says what happens when a condition has no answer.
type ErrorMode string

const (
	Ignore    ErrorMode = "ignore"
	Silent    ErrorMode = "silent"
	Propagate ErrorMode = "propagate"
)

// UnmarshalText reads a mode, in capital letters too.
func (m *ErrorMode) UnmarshalText(text []byte) error {
	switch mode := ErrorMode(strings.ToLower(string(text))); mode {
	case Ignore, Silent, Propagate:
		*m = mode
		return nil
	}
	return &config.Problem{What: fmt.Sprintf("%q is not known", text), Fix: "ignore  # or silent, propagate"}
}

// DescribeConfig lists the modes.
func (m *ErrorMode) DescribeConfig() config.Shape {
	return config.Shape{Kind: config.TextShape, Enum: []string{string(Ignore), string(Silent), string(Propagate)}, Default: string(*m)}
}

// UnmarshalConfig reads the block, and keeps it for upstream's engine.
func (c *Config) UnmarshalConfig(n *config.Node) error {
	c.node = n
	type plain Config
	return config.Decode(n, "", (*plain)(c)).Err()
}

// Validate compiles everything, and says which conditions do not run on bytes.
func (c *Config) Validate() error {
	var problems []error
	for _, signal := range signals {
		if conditions, older := c.bothForms(signal); conditions != "" {
			problems = append(problems, &config.Problem{
				Where: conditions, What: "conditions and " + older + " cannot be used together", Fix: "write what " + older + " says as a condition",
			})
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	total, elsewhere := 0, 0
	for _, signal := range signals {
		p := c.plan(signal)
		problems = append(problems, p.problems...)
		total += p.total
		elsewhere += p.elsewhere
	}
	if slices.ContainsFunc(problems, isFatal) || elsewhere == 0 {
		return errors.Join(problems...)
	}
	if c.node != nil {
		for _, p := range config.Decode(c.node, "", c.engine.NewConfig()) {
			problems = append(problems, p)
		}
	}
	return errors.Join(append(problems, &config.Problem{Note: true, What: fmt.Sprintf("conditions: %d; %d run on bytes, %d in upstream's engine", total, total-elsewhere, elsewhere)})...)
}

func isFatal(err error) bool {
	p, ok := errors.AsType[*config.Problem](err)
	return !ok || !p.Note
}

// bothForms names the keys of a signal if it has conditions and the older form.
func (c *Config) bothForms(signal otlp.Signal) (conditions, older string) {
	switch signal {
	case otlp.Traces:
		if len(c.Traces.Resource)+len(c.Traces.Span)+len(c.Traces.SpanEvent) > 0 && (c.Spans.Include != nil || c.Spans.Exclude != nil) {
			return "traces", "spans"
		}
	case otlp.Metrics:
		if len(c.Metrics.Resource)+len(c.Metrics.Metric)+len(c.Metrics.DataPoint) > 0 && (c.Metrics.Include != nil || c.Metrics.Exclude != nil) {
			return "metrics", "include or exclude"
		}
	case otlp.Logs:
		if len(c.Logs.Resource)+len(c.Logs.LogRecord) > 0 && (c.Logs.Include != nil || c.Logs.Exclude != nil) {
			return "logs", "include or exclude"
		}
	}
	return "", ""
}
