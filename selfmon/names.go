package selfmon

import (
	"cmp"
	"slices"
	"strings"
)

// Level is service.telemetry.metrics.level: how much a reader is shown.
type Level int

// Upstream's levels. The zero value shows what upstream shows by default.
const (
	LevelNormal Level = iota
	LevelBasic
	LevelDetailed
)

// rank orders the levels by how much they show.
func (l Level) rank() int { return [...]int{LevelBasic: 0, LevelNormal: 1, LevelDetailed: 2}[l] }

// detailed are upstream's metrics that only LevelDetailed shows.
var detailed = []string{
	"otelcol_exporter_queue_batch_send_size", "otelcol_exporter_queue_batch_send_size_bytes",
	"otelcol_processor_batch_batch_send_size_bytes", "otelcol_processor_internal_duration",
}

// levelOf is the level from which on a metric is shown.
func levelOf(name string) Level {
	switch {
	case slices.Contains(detailed, name):
		return LevelDetailed
	case strings.HasPrefix(name, "otelcol_processor_batch_"):
		return LevelNormal
	}
	return LevelBasic
}

// View is how one reader sees a Registry. Upstream's reader has three switches
// that are all on by default, and all off for a reader that the configuration names itself:
// dashboards are written for one or the other, so both must be had.
type View struct {
	Level             Level
	WithoutUnits      bool // no _seconds, _bytes
	WithoutTypeSuffix bool // no _total
	WithoutScopeInfo  bool // no otel_scope_name label
	// Labels stand on each series, pairs of name and value.
	Labels []string
	// Target are the labels of target_info, which tells scrapers what they scrape. Nil: no target_info.
	Target []string
}

// DefaultView is the one that upstream has without a reader in the configuration.
// resource are pairs of name and value.
func DefaultView(level Level, resource []string) View {
	labels := resourceLabels(resource)
	return View{Level: level, WithoutUnits: true, WithoutTypeSuffix: true, WithoutScopeInfo: true, Labels: labels, Target: labels}
}

// resourceLabels makes label names of attribute names: service.name is service_name.
func resourceLabels(resource []string) []string {
	out := slices.Clone(resource)
	for i := 0; i < len(out); i += 2 {
		out[i] = LabelName(out[i])
	}
	return sortPairs(out)
}

// LabelName replaces what a label's name may not have in it.
func LabelName(attribute string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, attribute)
}

// name is what the reader calls a metric.
func (v *View) name(name string, kind Kind) string {
	if suffix := unitSuffix[Unit(name)]; !v.WithoutUnits && suffix != "" && !strings.HasSuffix(name, suffix) {
		name += suffix
	}
	if kind == KindCounter && !v.WithoutTypeSuffix && !strings.HasSuffix(name, "_total") {
		name += "_total"
	}
	return name
}

// extra are the labels that the reader puts on each series of a metric.
func (v *View) extra(name string) string {
	labels := v.Labels
	if !v.WithoutScopeInfo {
		labels = sortPairs(append(slices.Clone(labels), "otel_scope_name", ScopeName(name), "otel_scope_version", "", "otel_scope_schema_url", ""))
	}
	return labelText(labels)
}

var unitSuffix = map[string]string{"s": "_seconds", "By": "_bytes"}

// Unit is the unit of a metric in UCUM, told by its name. Names under
// otelcol_ are upstream's, units and all; ours say the unit at the end.
func Unit(name string) string {
	switch name {
	case "otelcol_process_uptime", "otelcol_processor_internal_duration":
		return "s"
	case "otelcol_process_memory_rss":
		return "By"
	}
	name = strings.TrimSuffix(name, "_total")
	for _, u := range []struct{ end, unit string }{
		{"_seconds", "s"}, {"_bytes", "By"}, {"_spans", "{spans}"}, {"_log_records", "{records}"}, {"_metric_points", "{datapoints}"},
		{"_items", "{items}"}, {"_trigger_send", "{times}"}, {"_send_size", "{units}"}, {"_queue_size", "{batches}"}, {"_queue_capacity", "{batches}"},
		{"_cardinality", "{combinations}"},
	} {
		if strings.HasSuffix(name, u.end) {
			return u.unit
		}
	}
	return ""
}

// ScopeName is the instrumentation scope of a metric: for those that upstream
// defines the one that upstream gives them, since queries may select by it.
func ScopeName(name string) string {
	const upstream, contrib = "go.opentelemetry.io/collector/", "github.com/open-telemetry/opentelemetry-collector-contrib/"
	if strings.HasPrefix(name, "otelcol_processor_filter_") {
		return contrib + "processor/filterprocessor"
	}
	for _, s := range []struct{ start, scope string }{
		{"otelcol_receiver_", "receiver/receiverhelper"}, {"otelcol_scraper_", "scraper/scraperhelper"},
		{"otelcol_processor_batch_", "processor/batchprocessor"},
		{"otelcol_processor_accepted_", "processor/memorylimiterprocessor"}, {"otelcol_processor_refused_", "processor/memorylimiterprocessor"},
		{"otelcol_processor_", "processor/processorhelper"},
		{"otelcol_exporter_", "exporter/exporterhelper"}, {"otelcol_", "service"},
	} {
		if strings.HasPrefix(name, s.start) {
			return upstream + s.scope
		}
	}
	return "github.com/oriel-io/oriel"
}

// compareNames orders families as they are written.
func compareNames(a, b Family) int { return cmp.Compare(a.Name, b.Name) }
