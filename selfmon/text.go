package selfmon

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// WriteText writes what a reader sees in Prometheus' text format, sorted, so that two
// scrapes differ only in values.
//
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
func (r *Registry) WriteText(w io.Writer, v View) error {
	out := &textWriter{Writer: bufio.NewWriter(w)}
	families := r.Snapshot(v.Level)
	if v.Target != nil {
		families = append(families, Family{Name: targetInfo, Help: "Target metadata", Kind: KindGauge, Points: []Point{{Labels: v.Target, Value: 1}}})
		slices.SortFunc(families, compareNames)
	}
	for _, f := range families {
		name, extra := f.Name, ""
		if f.Name != targetInfo {
			name, extra = v.name(f.Name, f.Kind), v.extra(f.Name)
		}
		out.WriteString("# HELP " + name + " " + escapeHelp.Replace(f.Help) + "\n")
		out.WriteString("# TYPE " + name + " " + string(f.Kind) + "\n")
		for _, p := range f.Points {
			labels := join(labelText(p.Labels), extra)
			if f.Kind == KindHistogram {
				out.histogram(name, labels, p.Distribution)
			} else {
				out.sample(name, labels, p.Value)
			}
		}
	}
	return out.Flush()
}

// targetInfo is the metric that tells what is scraped, by its labels.
const targetInfo = "target_info"

type textWriter struct{ *bufio.Writer }

func (w *textWriter) sample(name, labels string, value float64) {
	w.WriteString(name)
	if labels != "" {
		w.WriteString("{" + labels + "}")
	}
	w.WriteString(" " + number(value) + "\n")
}

// histogram writes buckets that count all values up to their bound.
func (w *textWriter) histogram(name, labels string, d Distribution) {
	var sum uint64
	for i, count := range d.Counts {
		bound := "+Inf"
		if i < len(d.Bounds) {
			bound = number(d.Bounds[i])
		}
		sum += count
		w.sample(name+"_bucket", join(labels, `le="`+bound+`"`), float64(sum))
	}
	w.sample(name+"_sum", labels, d.Sum)
	w.sample(name+"_count", labels, float64(sum))
}

func join(labels, more string) string {
	if labels == "" || more == "" {
		return labels + more
	}
	return labels + "," + more
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

// Handler answers scrapes with what view sees of the registry that current returns: both change when a
// configuration is loaded again.
func Handler(current func() *Registry, view View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		// The scraper is gone if this fails, and there is nobody to tell.
		_ = current().WriteText(w, view)
	})
}
