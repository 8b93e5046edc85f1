// Package otlp works on OpenTelemetry export requests as protobuf bytes:
// verify, count, read in place, split, merge, edit and build, without a tree
// of structs.
//
// Begin with Batch. A Batch is one ExportTraceServiceRequest,
// ExportLogsServiceRequest or ExportMetricsServiceRequest; all three have the
// same outer shape, so one set of functions serves them:
//
//	request   1: resource group  (ResourceSpans, ResourceLogs, ResourceMetrics)
//	group     1: Resource, 2: scope group, 3: schema_url
//	scope     1: InstrumentationScope, 2: item (Span, LogRecord, Metric), 3: schema_url
//
// New verifies the bytes once (see schema.go for the rules, messages.go for the schema). Everything
// after it relies on that: the readers in this package do not report errors,
// and treat what cannot be read as absent.
//
// Batches are taken apart and put together by Split, Filter, Chunk and Merge,
// changed by EditSpans, EditLogs, EditPoints and EditResources, and made by a
// Builder. None of them changes the batch that it is given. FromJSON and
// AppendJSON are the way from and to OTLP/JSON.
//
// Text: OTLP strings are UTF-8 by definition, but senders break that and
// upstream does not check it. We pass such bytes through unchanged and replace
// each invalid sequence by U+FFFD only where text leaves the protobuf world
// (JSON, the store, the UI).
//
// Source: https://github.com/open-telemetry/opentelemetry-proto, v1.
package otlp

import "iter"

// Signal is the kind of telemetry that a batch carries.
type Signal uint8

const (
	Traces Signal = iota + 1
	Logs
	Metrics
)

// String is the name that pipelines and metrics use: traces, logs, metrics.
func (s Signal) String() string {
	switch s {
	case Traces:
		return "traces"
	case Logs:
		return "logs"
	case Metrics:
		return "metrics"
	}
	return "unknown"
}

// Batch is one OTLP export request. It is immutable and safe for concurrent
// use; whoever changes something makes a new batch that copies the untouched
// ranges through.
type Batch struct {
	signal Signal
	data   []byte
	items  int
	joined *joined // of a batch that Merge made: its bytes are there, and data is nil

	encoding string // of encoded: "gzip"
	encoded  []byte
}

// New verifies data as an export request of the signal and takes ownership of
// it: the caller must not change data afterwards. Cost: one pass over the
// bytes, no allocation but the Batch.
//
// Errors: *InvalidError, which says what is wrong and at which byte.
func New(signal Signal, data []byte) (*Batch, error) {
	items, err := verify(signal, data)
	if err != nil {
		return nil, err
	}
	return &Batch{signal: signal, data: data, items: items}, nil
}

// trusted wraps bytes that were built from verified parts.
func trusted(signal Signal, data []byte, items int) *Batch {
	return &Batch{signal: signal, data: data, items: items}
}

// WithEncoded is the same batch with the compressed form that it came in, so
// that an exporter with that compression can send it without compressing it
// again. encoding is a Content-Encoding: "gzip". data must live as long as
// the batch's own bytes, lent from the same Buffer if they are lent. A batch that was changed is a new one and has no such form.
func (b *Batch) WithEncoded(encoding string, data []byte) *Batch {
	out := *b
	out.encoding, out.encoded = encoding, data
	return &out
}

// Encoded is what WithEncoded attached; encoding is "" if there is nothing. Read only.
func (b *Batch) Encoded() (encoding string, data []byte) { return b.encoding, b.encoded }

// Held is how many bytes keeping the batch costs: Bytes, and its compressed form.
func (b *Batch) Held() int { return b.Size() + len(b.encoded) }

// Signal is the kind of telemetry in the batch.
func (b *Batch) Signal() Signal { return b.signal }

// Bytes is the request in protobuf. Read only. For a batch that Merge made, the first call copies its
// pieces together; Pieces are there without that.
func (b *Batch) Bytes() []byte {
	if b.joined != nil {
		return b.joined.bytes()
	}
	return b.data
}

// Size is the length of Bytes.
func (b *Batch) Size() int {
	if b.joined != nil {
		return b.joined.size
	}
	return len(b.data)
}

// Pieces appends the slices that Bytes consists of, in order, without copying them. Read only.
func (b *Batch) Pieces(to [][]byte) [][]byte {
	if b.joined != nil {
		return append(to, b.joined.pieces...)
	}
	return append(to, b.data)
}

// Items counts spans, log records or metric data points.
func (b *Batch) Items() int { return b.items }

// Groups iterates over the resource groups of the batch, in order.
func (b *Batch) Groups() iter.Seq[Group] {
	return func(yield func(Group) bool) {
		msg, rest, found := nextLen(b.Bytes(), 1)
		for found && yield(Group{msg}) {
			msg, rest, found = nextLen(rest, 1)
		}
	}
}

// Group is one ResourceSpans, ResourceLogs or ResourceMetrics, in place.
type Group struct{ Msg []byte }

// Resource is the group's Resource message, empty if it is not set.
func (g Group) Resource() Resource { return Resource{first(g.Msg, 1)} }

// SchemaURL is the schema of the group, often empty.
func (g Group) SchemaURL() []byte { return last(g.Msg, 3) }

// Scopes iterates over the scope groups.
func (g Group) Scopes() iter.Seq[Scope] {
	return func(yield func(Scope) bool) {
		msg, rest, found := nextLen(g.Msg, 2)
		for found && yield(Scope{msg}) {
			msg, rest, found = nextLen(rest, 2)
		}
	}
}

// Resource is a Resource message, in place.
type Resource struct{ Msg []byte }

// Attrs are the resource's attributes.
func (r Resource) Attrs() Attrs { return Attrs{r.Msg, 1} }

// ServiceName is the value of service.name as text, nil if it is absent.
func (r Resource) ServiceName() []byte {
	v, _ := r.Attrs().Get("service.name")
	return v.Text()
}

// Scope is one ScopeSpans, ScopeLogs or ScopeMetrics, in place.
type Scope struct{ Msg []byte }

// Name is the instrumentation scope's name.
func (s Scope) Name() []byte { return last(first(s.Msg, 1), 1) }

// Version is the instrumentation scope's version.
func (s Scope) Version() []byte { return last(first(s.Msg, 1), 2) }

// Attrs are the instrumentation scope's attributes.
func (s Scope) Attrs() Attrs { return Attrs{first(s.Msg, 1), 3} }

// SchemaURL is the schema of the scope group, often empty.
func (s Scope) SchemaURL() []byte { return last(s.Msg, 3) }

// Spans iterates over the items of a scope of a traces batch.
func (s Scope) Spans() iter.Seq[Span] { return repeated[Span](s.Msg, 2) }

// LogRecords iterates over the items of a scope of a logs batch.
func (s Scope) LogRecords() iter.Seq[LogRecord] { return repeated[LogRecord](s.Msg, 2) }

// Metrics iterates over the items of a scope of a metrics batch.
func (s Scope) Metrics() iter.Seq[Metric] { return repeated[Metric](s.Msg, 2) }
