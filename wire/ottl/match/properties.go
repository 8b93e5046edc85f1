package match

import (
	"fmt"
	"slices"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
	"github.com/oriel-io/oriel/wire/semconv"
)

// Properties is an `include:` or `exclude:` block. All properties that are named must match.
type Properties struct {
	// How texts are compared: strict (equal) or regexp.
	MatchType string `yaml:"match_type"`
	// Options of regexp.
	RegexpOptions *RegexpOptions `yaml:"regexp"`

	// Names of services, of which one must match. Spans only.
	Services []string `yaml:"services"`
	// Names of spans, of which one must match.
	SpanNames []string `yaml:"span_names"`
	// Kinds of spans, of which one must match: SPAN_KIND_SERVER.
	SpanKinds []string `yaml:"span_kinds"`
	// Bodies of log records, of which one must match.
	LogBodies []string `yaml:"log_bodies"`
	// Severity texts of log records, of which one must match.
	LogSeverityTexts []string `yaml:"log_severity_texts"`
	// Severities of log records that match.
	LogSeverityNumber *Severity `yaml:"log_severity_number"`
	// Names of metrics, of which one must match.
	MetricNames []string `yaml:"metric_names"`
	// Attributes of the item, all of which must match.
	Attributes []Attribute `yaml:"attributes"`
	// Attributes of the resource, all of which must match.
	Resources []Attribute `yaml:"resources"`
	// Instrumentation scopes, all of which must match.
	Libraries []Library `yaml:"libraries"`
}

// Severity is the `log_severity_number:` block.
type Severity struct {
	// Lowest severity number that matches.
	Min int `yaml:"min"`
	// Whether records without a severity match.
	MatchUndefined bool `yaml:"match_undefined"`
}

// Library is an instrumentation scope.
type Library struct {
	// Name of the scope.
	Name string `yaml:"name"`
	// Version of the scope. Without one, any matches.
	Version *string `yaml:"version"`
}

// A Test says whether an item matches.
type Test func(g otlp.Group, s otlp.Scope, item []byte) bool

// common are the properties that spans and log records share.
type common struct {
	names, versions      []*Texts // of libraries; a version may be nil
	attributes, resource Attributes
}

func (p *Properties) common() (c common, err error) {
	for i, library := range p.Libraries {
		at := fmt.Sprintf("libraries[%d]", i)
		name, err := texts(at+".name", p.MatchType, []string{library.Name})
		if err != nil {
			return c, err
		}
		var version *Texts
		if library.Version != nil {
			if version, err = texts(at+".version", p.MatchType, []string{*library.Version}); err != nil {
				return c, err
			}
		}
		c.names, c.versions = append(c.names, name), append(c.versions, version)
	}
	if c.attributes, err = NewAttributes(p.MatchType, p.Attributes); err != nil {
		return c, below("attributes", err)
	}
	if c.resource, err = NewAttributes(p.MatchType, p.Resources); err != nil {
		return c, below("resources", err)
	}
	return c, nil
}

func (c *common) match(g otlp.Group, s otlp.Scope, attrs otlp.Attrs) bool {
	for i, name := range c.names {
		if !name.Match(s.Name()) || c.versions[i] != nil && !c.versions[i].Match(s.Version()) {
			return false
		}
	}
	return c.resource.Match(g.Resource().Attrs()) && c.attributes.Match(attrs)
}

// texts compiles a list, nil if it is empty.
func texts(where, matchType string, list []string) (*Texts, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out, err := NewTexts(matchType, list)
	if err != nil {
		return nil, below(where, err)
	}
	return out, nil
}

// below puts an error at a key of the block, unless it is about match_type.
func below(where string, err error) error {
	e, ok := err.(*Error)
	switch {
	case !ok:
		return &Error{where, err.Error(), ""}
	case e.Where == "match_type":
		return e
	}
	return &Error{where + e.Where, e.What, e.Fix}
}

// matches says whether a text matches, or none is wanted.
func matches(t *Texts, text []byte) bool { return t == nil || t.Match(text) }

var kindNames = []string{"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"}

// Spans compiles the block for spans.
func (p *Properties) Spans() (Test, error) {
	switch {
	case len(p.LogBodies) > 0 || len(p.LogSeverityTexts) > 0 || p.LogSeverityNumber != nil || len(p.MetricNames) > 0:
		return nil, &Error{"", "log_bodies, log_severity_texts, log_severity_number and metric_names say nothing about spans", "remove them"}
	case len(p.Services)+len(p.SpanNames)+len(p.SpanKinds)+len(p.Attributes)+len(p.Libraries)+len(p.Resources) == 0:
		return nil, &Error{"", "names no property", "add services, span_names, span_kinds, attributes, resources or libraries"}
	}
	for i, kind := range p.SpanKinds {
		if p.MatchType == Strict && !slices.Contains(kindNames[1:], kind) {
			return nil, &Error{fmt.Sprintf("span_kinds[%d]", i), fmt.Sprintf("%q is no kind of a span", kind), "SPAN_KIND_SERVER  # or INTERNAL, CLIENT, PRODUCER, CONSUMER"}
		}
	}
	c, err := p.common()
	if err != nil {
		return nil, err
	}
	services, err := texts("services", p.MatchType, p.Services)
	if err != nil {
		return nil, err
	}
	names, err := texts("span_names", p.MatchType, p.SpanNames)
	if err != nil {
		return nil, err
	}
	kinds, err := texts("span_kinds", p.MatchType, p.SpanKinds)
	if err != nil {
		return nil, err
	}
	return func(g otlp.Group, s otlp.Scope, item []byte) bool {
		return (services == nil || services.Match(serviceName(g.Resource()))) &&
			matches(names, otlp.LastLen(item, 5)) &&
			(kinds == nil || kinds.Match(kindName(item))) &&
			c.match(g, s, otlp.Span(item).Attrs())
	}, nil
}

// serviceName is what upstream compares with services.
func serviceName(r otlp.Resource) []byte {
	v, found := r.Attrs().Get(semconv.ServiceName)
	if !found {
		return []byte("<nil-service-name>")
	}
	if text := v.Text(); text != nil {
		return text
	}
	return ottl.AppendString(nil, v)
}

func kindName(span []byte) []byte {
	n, _ := otlp.LastNumber(span, 6)
	if kind := int32(n); kind >= 0 && int(kind) < len(kindNames) {
		return []byte(kindNames[kind])
	}
	return nil
}

// Logs compiles the block for log records.
func (p *Properties) Logs() (Test, error) {
	switch {
	case len(p.SpanNames)+len(p.Services)+len(p.SpanKinds)+len(p.MetricNames) > 0:
		return nil, &Error{"", "services, span_names, span_kinds and metric_names say nothing about log records", "remove them"}
	case len(p.Attributes)+len(p.Libraries)+len(p.Resources)+len(p.LogBodies)+len(p.LogSeverityTexts) == 0 && p.LogSeverityNumber == nil:
		return nil, &Error{"", "names no property", "add attributes, resources, libraries, log_bodies, log_severity_texts or log_severity_number"}
	}
	c, err := p.common()
	if err != nil {
		return nil, err
	}
	bodies, err := texts("log_bodies", p.MatchType, p.LogBodies)
	if err != nil {
		return nil, err
	}
	severities, err := texts("log_severity_texts", p.MatchType, p.LogSeverityTexts)
	if err != nil {
		return nil, err
	}
	return func(g otlp.Group, s otlp.Scope, item []byte) bool {
		return (bodies == nil || bodies.Match(body(item))) &&
			matches(severities, otlp.LastLen(item, 3)) &&
			p.LogSeverityNumber.match(item) &&
			c.match(g, s, otlp.LogRecord(item).Attrs())
	}, nil
}

// Metrics compiles the block for metrics. Upstream's attributes processor takes
// resources there and does not look at them; here they have to match.
func (p *Properties) Metrics() (Test, error) {
	switch {
	case len(p.Services)+len(p.SpanNames)+len(p.SpanKinds)+len(p.LogBodies)+len(p.LogSeverityTexts)+len(p.Attributes)+len(p.Libraries) > 0 || p.LogSeverityNumber != nil:
		return nil, &Error{"", "services, span_names, span_kinds, log_bodies, log_severity_texts, log_severity_number, attributes and libraries say nothing about metrics", "remove them"}
	case len(p.MetricNames)+len(p.Resources) == 0:
		return nil, &Error{"", "names no property", "add metric_names or resources"}
	}
	c, err := p.common()
	if err != nil {
		return nil, err
	}
	names, err := texts("metric_names", p.MatchType, p.MetricNames)
	if err != nil {
		return nil, err
	}
	return func(g otlp.Group, s otlp.Scope, item []byte) bool {
		return matches(names, otlp.Metric(item).Name()) && c.match(g, s, otlp.Attrs{})
	}, nil
}

func body(record []byte) []byte {
	v := otlp.ReadValue(otlp.LastLen(record, 5))
	if text := v.Text(); text != nil {
		return text
	}
	return ottl.AppendString(nil, v)
}

func (s *Severity) match(record []byte) bool {
	if s == nil {
		return true
	}
	n, _ := otlp.LastNumber(record, 2)
	if int32(n) == 0 {
		return s.MatchUndefined
	}
	return int(int32(n)) >= s.Min
}
