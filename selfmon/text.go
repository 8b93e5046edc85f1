package selfmon

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// WriteText writes all metrics in Prometheus' text format, sorted, so that two
// scrapes differ only in values.
//
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
func (r *Registry) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, f := range r.snapshot() {
		out.WriteString("# HELP " + f.name + " " + escapeHelp.Replace(f.help) + "\n")
		out.WriteString("# TYPE " + f.name + " " + f.kind + "\n")
		for _, s := range f.samples {
			out.WriteString(f.name)
			if s.labels != "" {
				out.WriteString("{" + s.labels + "}")
			}
			out.WriteString(" " + strconv.FormatFloat(s.at.value(), 'g', -1, 64) + "\n")
		}
	}
	return out.Flush()
}

type familyView struct {
	name, help, kind string
	samples          []sampleView
}

type sampleView struct {
	labels string
	at     series
}

// snapshot copies what there is, so that gauge functions run without the lock:
// they may take locks of their own.
func (r *Registry) snapshot() (out []familyView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.families)) {
		f := r.families[name]
		view := familyView{name: name, help: f.help, kind: f.kind}
		for _, labels := range slices.Sorted(maps.Keys(f.series)) {
			view.samples = append(view.samples, sampleView{labels, *f.series[labels]})
		}
		out = append(out, view)
	}
	return out
}

func (s series) value() float64 {
	switch {
	case s.counter != nil:
		return float64(s.counter.Value())
	case s.ask != nil:
		return s.ask()
	}
	return 0
}

// Sum adds up all series of a metric; 0 if there are none.
func (r *Registry) Sum(name string) (sum float64) {
	for _, f := range r.snapshot() {
		if f.name == name {
			for _, s := range f.samples {
				sum += s.at.value()
			}
		}
	}
	return sum
}

// ServeHTTP answers a scrape.
func (r *Registry) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	// The scraper is gone if this fails, and there is nobody to tell.
	_ = r.WriteText(w)
}
