package zpages

import (
	"cmp"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"github.com/oriel-io/oriel/selfmon"
)

// latencies are the upper ends of the columns of tracez.
var latencies = []time.Duration{10 * time.Microsecond, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, 10 * time.Second}

// tracesView is /debug/tracez: counts by name, and the spans of the name that was asked for.
type tracesView struct {
	Latencies []time.Duration
	Names     []*nameView
	Name      string
	Spans     []spanView
}

type nameView struct {
	Name   string
	Counts []int // by latency, one more than Latencies
	Errors int
}

type spanView struct {
	selfmon.SpanData
	Took time.Duration
}

func (e *extension) traces(r *http.Request) any {
	view := tracesView{Latencies: latencies, Name: r.URL.Query().Get("zspanname")}
	names := map[string]*nameView{}
	for _, span := range e.process.Tracer.Recent() {
		took := span.End.Sub(span.Start)
		name := names[span.Name]
		if name == nil {
			name = &nameView{Name: span.Name, Counts: make([]int, len(latencies)+1)}
			names[span.Name] = name
			view.Names = append(view.Names, name)
		}
		column, _ := slices.BinarySearch(latencies, took)
		name.Counts[column]++
		if span.Error != "" {
			name.Errors++
		}
		if span.Name == view.Name {
			view.Spans = append(view.Spans, spanView{span, took})
		}
	}
	slices.SortFunc(view.Names, func(a, b *nameView) int { return cmp.Compare(a.Name, b.Name) })
	return view
}

// TraceID is the id in hex.
func (s spanView) TraceID() string { return hex.EncodeToString(s.Trace[:]) }

// SpanID is the id in hex.
func (s spanView) SpanID() string { return hex.EncodeToString(s.Span[:]) }

// ParentID is the parent's id in hex, "" if the trace begins here.
func (s spanView) ParentID() string {
	if s.Parent == [8]byte{} {
		return ""
	}
	return hex.EncodeToString(s.Parent[:])
}
