package selfmon

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Tracer makes spans of what the process does with batches. While nobody wants spans,
// Start answers nil after one atomic load, and a nil Span can be used like any other.
type Tracer struct {
	settings atomic.Pointer[tracing]

	mu     sync.Mutex // guards recent and next
	recent []SpanData // a ring of the last maxRecent
	next   int
}

// tracing is who wants spans.
type tracing struct {
	share float64          // of the traces that begin here
	sinks []func(SpanData) // must not wait
	keep  bool             // remember recent spans
}

// maxRecent bounds what /debug/tracez shows.
const maxRecent = 256

// NewTracer makes a tracer that makes no spans yet.
func NewTracer() *Tracer { return &Tracer{} }

// Configure sets which share of traces is made and who gets the spans; without sinks, none are
// made unless Keep was called.
func (t *Tracer) Configure(share float64, sinks ...func(SpanData)) {
	t.change(func(s *tracing) { s.share, s.sinks = share, sinks })
}

// Keep remembers the last spans for people to look at, or no longer.
func (t *Tracer) Keep(on bool) {
	if t != nil {
		t.change(func(s *tracing) { s.keep = on })
	}
}

func (t *Tracer) change(edit func(*tracing)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := tracing{share: 1}
	if old := t.settings.Load(); old != nil {
		next = *old
	}
	edit(&next)
	t.settings.Store(&next)
}

// On says whether anybody wants spans.
func (t *Tracer) On() bool {
	if t == nil {
		return false
	}
	s := t.settings.Load()
	return s != nil && (s.keep || len(s.sinks) > 0)
}

// SpanContext is the place of a span in its trace.
type SpanContext struct {
	Trace   [16]byte
	Span    [8]byte
	Sampled bool
}

// SpanData is a finished span.
type SpanData struct {
	SpanContext
	Parent     [8]byte // zero: the trace begins here
	Name       string  // "exporter/otlp/traces"
	Scope      string  // upstream's instrumentation scope of such spans
	Kind       SpanKind
	Start, End time.Time
	Attributes []Attribute
	Error      string // "": it went well
}

// SpanKind is OTLP's.
type SpanKind uint8

// The kinds that are made here.
const (
	SpanInternal SpanKind = 1
	SpanServer   SpanKind = 2
	SpanClient   SpanKind = 3
)

// Attribute is one attribute of a span: a text, or if Text is empty a number.
type Attribute struct {
	Key  string
	Text string
	Int  int64
}

// Span is one that runs. It is used by one goroutine. A nil Span does nothing.
type Span struct {
	tracer *Tracer
	data   SpanData
}

type spanKey struct{}

// Start begins a span under that of ctx. The Span is nil, and ctx as it was, where none is made.
func (t *Tracer) Start(ctx context.Context, scope, name string) (context.Context, *Span) {
	if !t.On() {
		return ctx, nil
	}
	parent, has := ctx.Value(spanKey{}).(SpanContext)
	s := &Span{tracer: t, data: SpanData{SpanContext: parent, Name: name, Scope: scope, Kind: SpanInternal}}
	if has {
		s.data.Parent = parent.Span
	} else {
		binary.NativeEndian.PutUint64(s.data.Trace[:], rand.Uint64())
		binary.NativeEndian.PutUint64(s.data.Trace[8:], rand.Uint64()|1)
		s.data.Sampled = sampled(s.data.Trace, t.settings.Load().share)
	}
	binary.NativeEndian.PutUint64(s.data.Span[:], rand.Uint64()|1)
	ctx = context.WithValue(ctx, spanKey{}, s.data.SpanContext)
	if !s.data.Sampled {
		return ctx, nil
	}
	s.data.Start = time.Now()
	return ctx, s
}

// sampled decides by the trace's id as the SDKs' TraceIDRatioBased does, so that all processes decide alike.
func sampled(trace [16]byte, share float64) bool {
	return share >= 1 || float64(binary.BigEndian.Uint64(trace[8:])>>1) < share*math.MaxInt64
}

// SpanContextFrom is the place in a trace that ctx has, if any.
func SpanContextFrom(ctx context.Context) (SpanContext, bool) {
	c, ok := ctx.Value(spanKey{}).(SpanContext)
	return c, ok
}

// WithSpanContext continues the trace of another process.
func WithSpanContext(ctx context.Context, c SpanContext) context.Context {
	return context.WithValue(ctx, spanKey{}, c)
}

// Set adds a text.
func (s *Span) Set(key, text string) {
	if s != nil {
		s.data.Attributes = append(s.data.Attributes, Attribute{Key: key, Text: text})
	}
}

// SetInt adds a number.
func (s *Span) SetInt(key string, n int) {
	if s != nil {
		s.data.Attributes = append(s.data.Attributes, Attribute{Key: key, Int: int64(n)})
	}
}

// End finishes the span; err says whether it went well.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	s.data.End = time.Now()
	if err != nil {
		s.data.Error = err.Error()
	}
	settings := s.tracer.settings.Load()
	for _, sink := range settings.sinks {
		sink(s.data)
	}
	if settings.keep {
		s.tracer.remember(s.data)
	}
}

func (t *Tracer) remember(d SpanData) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.recent) < maxRecent {
		t.recent = append(t.recent, d)
		return
	}
	t.recent[t.next] = d
	t.next = (t.next + 1) % maxRecent
}

// Recent are the last spans, newest first, while Keep is on.
func (t *Tracer) Recent() []SpanData {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := append(slices.Clone(t.recent[t.next:]), t.recent[:t.next]...)
	slices.Reverse(out)
	return out
}
