package servicegraph

import (
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// none is the index of nothing.
const none int32 = -1

// record is what the graph needs of one span. It holds no pointer, so that the
// garbage collector does not walk the spans that wait.
type record struct {
	id, parent   uint64
	start, nanos uint64
	minute       int32 // Unix time / 60 s
	node         int32 // index into nodes.list: the service that recorded the span
	peer         int32 // index into nodes.list: what a call goes to, as far as it says; none
	next         int32 // in the same trace, or in the list of free records
	kind         otlp.Kind
	category     semconv.Category
	proxy        bool
	messaging    bool // peer is a queue
}

// calls says that the span is a call to somewhere else.
func (r *record) calls() bool { return r.kind == otlp.KindClient || r.kind == otlp.KindProducer }

// opens says that the span begins a request in its service, by its kind alone.
func (r *record) opens() bool {
	return r.kind == otlp.KindServer || r.kind == otlp.KindConsumer || !r.calls() && r.root()
}

// root says that the span has no parent. Some Zipkin senders name the span itself.
func (r *record) root() bool { return r.parent == 0 || r.parent == r.id }

// pendingTrace is a trace whose spans wait. Traces form a list by the time of
// their last span, the one that is quiet longest first.
type pendingTrace struct {
	id          otlp.TraceID
	first, last int64 // arrival, Unix nanoseconds
	span        int32 // index of the first record
	prev, next  int32 // next also links free traces
}

// waiting keeps spans by trace in two slabs with free lists.
type waiting struct {
	byID       map[otlp.TraceID]int32
	traces     []pendingTrace
	records    []record
	head, tail int32 // of the list of traces
	freeTrace  int32
	freeRecord int32
	spans      int
}

func (w *waiting) init() {
	*w = waiting{byID: map[otlp.TraceID]int32{}, head: none, tail: none, freeTrace: none, freeRecord: none}
}

// add puts a record into its trace and returns the trace's index.
func (w *waiting) add(id otlp.TraceID, r record, now int64) int32 {
	var t int32
	// Spans of one trace often come one after the other.
	if w.tail != none && w.traces[w.tail].id == id {
		t = w.tail
	} else if found, ok := w.byID[id]; ok {
		t = found
		w.unlink(t)
		w.append(t)
	} else {
		t = w.newTrace(id, now)
		w.append(t)
	}
	trace := &w.traces[t]
	trace.last = now
	r.next = trace.span
	at := w.freeRecord
	if at != none {
		w.freeRecord = w.records[at].next
		w.records[at] = r
	} else {
		at = int32(len(w.records))
		w.records = append(w.records, r)
	}
	trace.span = at
	w.spans++
	return t
}

func (w *waiting) newTrace(id otlp.TraceID, now int64) int32 {
	t := w.freeTrace
	if t != none {
		w.freeTrace = w.traces[t].next
	} else {
		t = int32(len(w.traces))
		w.traces = append(w.traces, pendingTrace{})
	}
	w.traces[t] = pendingTrace{id: id, first: now, span: none}
	w.byID[id] = t
	return t
}

func (w *waiting) append(t int32) {
	w.traces[t].prev, w.traces[t].next = w.tail, none
	if w.tail == none {
		w.head = t
	} else {
		w.traces[w.tail].next = t
	}
	w.tail = t
}

func (w *waiting) unlink(t int32) {
	trace := &w.traces[t]
	if trace.prev == none {
		w.head = trace.next
	} else {
		w.traces[trace.prev].next = trace.next
	}
	if trace.next == none {
		w.tail = trace.prev
	} else {
		w.traces[trace.next].prev = trace.prev
	}
}

// list appends the spans of a trace to out.
func (w *waiting) list(t int32, out []record) []record {
	for at := w.traces[t].span; at != none; at = w.records[at].next {
		out = append(out, w.records[at])
	}
	return out
}

// take is list, and forgets the trace.
func (w *waiting) take(t int32, out []record) []record {
	for at := w.traces[t].span; at != none; {
		out = append(out, w.records[at])
		next := w.records[at].next
		w.records[at].next, w.freeRecord = w.freeRecord, at
		at = next
		w.spans--
	}
	w.unlink(t)
	delete(w.byID, w.traces[t].id)
	w.traces[t].next, w.freeTrace = w.freeTrace, t
	return out
}
