package selfmon

import (
	"maps"
	"slices"
)

// Family is all series of one metric at one moment.
type Family struct {
	Name, Help string
	Kind       Kind
	Points     []Point
}

// Point is one series: its labels, sorted pairs of name and value, and its Value,
// or for a histogram its Distribution.
type Point struct {
	Labels       []string
	Value        float64
	Distribution Distribution
}

// Snapshot is all metrics that a level shows, sorted by name and labels.
func (r *Registry) Snapshot(level Level) (out []Family) {
	for _, f := range r.views(level) {
		family := Family{Name: f.name, Help: f.help, Kind: f.kind}
		for _, s := range f.series {
			family.Points = append(family.Points, s.point())
		}
		out = append(out, family)
	}
	return out
}

// familyView is a family whose series can be read without the registry's lock.
type familyView struct {
	name, help string
	kind       Kind
	series     []series
}

// views copies what there is, so that gauge functions run without the lock: they may take locks of their own.
func (r *Registry) views(level Level) (out []familyView) {
	r.mu.Lock()
	before := r.before
	r.mu.Unlock()
	for _, f := range before {
		f()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.families)) {
		if levelOf(name).rank() > level.rank() {
			continue
		}
		f := r.families[name]
		view := familyView{name: name, help: f.help, kind: f.kind}
		for _, labels := range slices.Sorted(maps.Keys(f.series)) {
			view.series = append(view.series, *f.series[labels])
		}
		out = append(out, view)
	}
	return out
}

func (s *series) point() Point {
	p := Point{Labels: s.pairs}
	switch {
	case s.counter != nil:
		p.Value = float64(s.counter.Value())
	case s.histogram != nil:
		p.Distribution = s.histogram.Value()
	}
	for _, ask := range s.ask {
		p.Value += ask()
	}
	return p
}

// Sum adds up all series of a metric; of a histogram, how many values it has counted. 0 if there are none.
func (r *Registry) Sum(name string) (sum float64) {
	for _, f := range r.views(LevelDetailed) {
		if f.name == name {
			for _, s := range f.series {
				p := s.point()
				sum += p.Value + float64(p.Distribution.Count())
			}
		}
	}
	return sum
}
