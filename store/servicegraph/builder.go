package servicegraph

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// Options bound what a Builder remembers. Zero fields mean the defaults.
type Options struct {
	// Quiet is how long a trace must have received nothing before its spans are
	// paired for good. What comes later is a trace of its own. Default 20s.
	Quiet time.Duration
	// MaxAge ends the wait for a trace that never falls quiet. Default 5m.
	MaxAge time.Duration
	// MaxPending is the most spans that wait; above it the traces that have been
	// quiet longest are paired early. Default 524,288 (40 MB).
	MaxPending int
	// MaxNodes is the most different nodes between two calls of Cut; the rest
	// count as one node named Other for each kind. Default 10,000.
	MaxNodes int
	// MaxEdges is the most different edges of one Row; the rest count as edges
	// between the Other nodes. Default 20,000.
	MaxEdges int
	// MaxRows is the most minutes that one Cut holds. Spans of further minutes
	// count in the minute in which they arrived. Default 10,000 (a week).
	MaxRows int
}

func (o *Options) setDefaults() {
	defaults := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if o.Quiet <= 0 {
		o.Quiet = 20 * time.Second
	}
	if o.MaxAge <= 0 {
		o.MaxAge = 5 * time.Minute
	}
	defaults(&o.MaxPending, 1<<19)
	defaults(&o.MaxNodes, 10_000)
	defaults(&o.MaxEdges, 20_000)
	defaults(&o.MaxRows, 10_000)
}

// Other is the name of the node that stands for those above the bounds.
const Other = "(other)"

// Builder pairs spans and counts them into rows. Spans wait in their trace
// until it is quiet; then all of them are looked at together (settle.go has the
// rules), so the order in which they came does not matter.
//
// An engine feeds it while it writes (AddBatch, or Add where the engine has read
// the span itself), calls Settle now and then, takes finished rows with Cut, and
// adds Peek to the rows that it has kept when it is asked. Not safe for concurrent use.
type Builder struct {
	opts     Options
	nodes    nodes
	waiting  waiting
	tally    tally
	counters Counters
	settler  settler
}

// Counters say what the bounds cost. They only grow.
type Counters struct {
	Spans      uint64 // added
	Duplicates uint64 // spans that came twice and count once
	Early      uint64 // spans that were paired before their trace was quiet, for lack of room
	Clamped    uint64 // spans that count in the minute of their arrival, because their own makes no sense
	Overflowed uint64 // nodes and edges that count as Other
}

// NewBuilder makes an empty builder.
func NewBuilder(o Options) *Builder {
	o.setDefaults()
	b := &Builder{opts: o, tally: tally{}}
	b.nodes.init(o.MaxNodes, &b.counters.Overflowed)
	b.waiting.init()
	return b
}

// Counters says what the bounds have cost so far.
func (b *Builder) Counters() Counters { return b.counters }

// Pending is the number of spans that wait.
func (b *Builder) Pending() int { return b.waiting.spans }

// AddBatch adds the spans of a batch that arrived at now, Unix nanoseconds.
// Batches of other signals are ignored.
func (b *Builder) AddBatch(batch *otlp.Batch, now int64) {
	if batch.Signal() != otlp.Traces {
		return
	}
	for group := range batch.Groups() {
		source := b.Source(group.Resource())
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				fields := span.Fields()
				facts := semconv.Read(span, &fields)
				b.Add(source, &fields, &facts, now)
			}
		}
	}
	b.Settle(now)
}

// Source is a sender of spans, made by Builder.Source and good until the next Cut.
type Source struct {
	service   int32 // index into nodes.services
	node      int32 // its node without, or with the resource's, version
	versioned bool
}

// Source finds the service that a resource stands for.
func (b *Builder) Source(r otlp.Resource) Source {
	var name, namespace, k8sNamespace, version []byte
	for key, value := range r.Attrs().All() {
		switch string(key) {
		case semconv.ServiceName:
			name = value.Text()
		case semconv.ServiceNamespace:
			namespace = value.Text()
		case semconv.K8sNamespaceName:
			k8sNamespace = value.Text()
		case semconv.ServiceVersion:
			version = value.Text()
		}
	}
	if len(namespace) == 0 {
		namespace = k8sNamespace
	}
	service := b.nodes.service(name, namespace)
	return Source{service: service, node: b.nodes.version(service, version), versioned: len(version) > 0}
}

// Add adds one span, given by its fields and facts, that arrived at now.
func (b *Builder) Add(source Source, fields *otlp.SpanFields, facts *semconv.Facts, now int64) {
	b.counters.Spans++
	node := source.node
	if !source.versioned && len(facts.Revision) > 0 {
		node = b.nodes.version(source.service, facts.Revision)
	}
	r := record{
		id:       binary.BigEndian.Uint64(fields.SpanID[:]),
		parent:   binary.BigEndian.Uint64(fields.ParentID[:]),
		minute:   b.minute(fields.Start, now),
		start:    fields.Start,
		node:     node,
		peer:     none,
		kind:     fields.Kind,
		category: facts.Category,
		proxy:    facts.Proxy,
	}
	if fields.End > fields.Start {
		r.nanos = fields.End - fields.Start
	}
	if r.kind > otlp.KindConsumer {
		r.kind = otlp.KindUnspecified
	}
	if r.calls() || r.kind == otlp.KindConsumer {
		r.peer, r.messaging = b.peer(facts)
	}
	if b.waiting.spans >= b.opts.MaxPending {
		b.counters.Early += uint64(b.settleOldest(now))
	}
	at := b.waiting.add(fields.TraceID, r, now)
	if now-b.waiting.traces[at].first > int64(b.opts.MaxAge) {
		b.settleTrace(at, true)
	}
}

const minuteNanos = int64(time.Minute)

// Spans that started before this, or more than an hour after they arrived,
// have no sensible clock.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

// minute is the number of the minute (since 1970) that a span counts in.
func (b *Builder) minute(start uint64, now int64) int32 {
	if start < uint64(earliest) || start > uint64(max(now, earliest)+int64(time.Hour)) {
		b.counters.Clamped++
		return int32(max(now, 0) / minuteNanos)
	}
	return int32(int64(start) / minuteNanos)
}

// Settle pairs the traces that have been quiet at now.
func (b *Builder) Settle(now int64) {
	for b.waiting.head != none && now-b.waiting.traces[b.waiting.head].last >= int64(b.opts.Quiet) {
		b.settleTrace(b.waiting.head, true)
	}
}

// Flush pairs all spans that wait.
func (b *Builder) Flush() {
	for b.waiting.head != none {
		b.settleTrace(b.waiting.head, true)
	}
}

func (b *Builder) settleOldest(now int64) int {
	n, at := b.waiting.spans, b.waiting.head
	b.settleTrace(at, now-b.waiting.traces[at].last >= int64(flushTime))
	return n - b.waiting.spans
}

// flushTime is how long senders usually gather spans before they send them. Of
// a trace that is paired earlier, for want of room, only what is certain counts:
// better a call too few in the map than a caller that never was.
const flushTime = 6 * time.Second

func (b *Builder) settleTrace(at int32, whole bool) {
	trace := b.waiting.traces[at]
	b.settler.spans = b.waiting.take(at, b.settler.spans[:0])
	b.settle(trace.id, trace.last, whole, &b.tally)
}

// Cut takes the rows that were counted since the last Cut, by minute. An
// engine adds them to those that it has.
func (b *Builder) Cut() []*Row {
	rows := b.tally.rows(b.nodes.list)
	b.tally = tally{}
	b.forgetNodes()
	return rows
}

// Peek is what Settle and Cut would give at now, without changing anything,
// and what is already certain of the traces that are not quiet yet: not that a call
// stays unanswered, or that a parent never comes. Cost: about 0.4 µs for each span that
// waits; Snapshot lets others work meanwhile.
func (b *Builder) Peek(now int64) []*Row { return b.Snapshot().Rows(now) }

// Snapshot is a Builder as it was at one moment.
type Snapshot struct{ b Builder }

// Snapshot copies what Peek needs, so that its rows can be made while the
// builder goes on, from another goroutine too. Cost: that of copying 64 bytes for each
// span that waits.
func (b *Builder) Snapshot() *Snapshot {
	s := &Snapshot{Builder{opts: b.opts, tally: b.tally.clone()}}
	// The list of nodes only grows; what is there stays as it is.
	s.b.nodes.list = b.nodes.list
	s.b.waiting = b.waiting
	s.b.waiting.byID = nil
	s.b.waiting.traces = slices.Clone(b.waiting.traces)
	s.b.waiting.records = slices.Clone(b.waiting.records)
	return s
}

// Rows counts the spans that waited, as Peek does at now. It may be called once.
func (s *Snapshot) Rows(now int64) []*Row {
	b := &s.b
	for at := b.waiting.head; at != none; at = b.waiting.traces[at].next {
		trace := b.waiting.traces[at]
		b.settler.spans = b.waiting.list(at, b.settler.spans[:0])
		b.settle(trace.id, trace.last, now-trace.last >= int64(b.opts.Quiet), &b.tally)
	}
	return b.tally.rows(b.nodes.list)
}
