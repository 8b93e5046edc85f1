// Package plan is what a store can be asked: a time range, a filter tree,
// rows or groups, order and limits. It holds no query text and no SQL; query
// languages compile to it, engines execute it.
//
// Begin with Query. Every engine passes the same suite (store/storetest)
// against the slow engine in store/memory, which is the definition of what a
// Query means.
package plan

import "time"

// Table is a kind of row.
type Table uint8

const (
	// Spans: one row a span. Its time is the span's start.
	Spans Table = iota + 1
	// Logs: one row a log record. Its time is the record's time, or the
	// observed time where that is zero.
	Logs
)

// Query asks one table. The zero Query of a table selects all its rows.
type Query struct {
	Table Table

	// From and To bound the row's time in Unix nanoseconds, From inclusive, To
	// exclusive. Zero means no bound.
	From, To int64

	// Where keeps the rows for which it holds; nil keeps all.
	Where Expr

	// Select names the columns of the answer. Used without Aggregates only.
	Select []Field

	// Distinct keeps, in the order of OrderBy, the first row for each value of
	// the field: with trace_id, one row a trace. Null is a value. Used without Aggregates only.
	Distinct *Field

	// GroupBy and Aggregates make groups: the answer has a column for each key
	// and each aggregate. Aggregates without GroupBy make one row, even over no rows.
	GroupBy    []Key
	Aggregates []Aggregate

	// OrderBy sorts the answer; with Limit it is a top-N and costs memory for N
	// rows only. Rows without OrderBy come in no order. Ties are broken by the
	// row's identity (time, trace id, span id, kind; for logs time and arrival), that of groups by
	// their keys, always ascending, so that paging is exact.
	OrderBy []Order

	// Limit is the highest number of rows of the answer; 0 means MaxLimit, which
	// is also the most that may be asked for.
	Limit int

	// After is Result.Next of the page before, nil for the first page.
	After []byte

	Bounds Bounds

	// Progress is called now and then with the work so far; nil is allowed.
	Progress func(Stats)
}

// MaxLimit is the most rows that one answer holds.
const MaxLimit = 100_000

// Bounds stop a query that costs too much. Zero fields mean the engine's defaults.
type Bounds struct {
	MemoryBytes int64         // of groups, sort and answer; exceeded: ErrTooLarge
	Groups      int           // most groups; exceeded: ErrTooLarge
	Time        time.Duration // exceeded: the answer so far, with Stats.Complete false
}

// Scope says where an attribute stands.
type Scope uint8

const (
	// Intrinsic fields belong to the table; see the constants below.
	Intrinsic Scope = iota
	// ItemAttr is an attribute of the span or log record.
	ItemAttr
	// ResourceAttr is an attribute of the resource.
	ResourceAttr
	// AnyAttr is the item's attribute if it has the key, else the resource's.
	AnyAttr
)

// Field names a column.
type Field struct {
	Scope Scope
	Name  string
}

// The intrinsic fields. Strings unless stated otherwise.
const (
	TraceID       = "trace_id"  // Bytes, 16
	SpanID        = "span_id"   // Bytes, 8
	ParentID      = "parent_id" // Bytes, 8; null at a root
	Name          = "name"      // of the span; of the event for logs, null if not set
	Kind          = "kind"      // Int, otlp.Kind
	Status        = "status"    // Int, otlp.StatusCode
	StatusMessage = "status_message"
	Time          = "time"        // Int, Unix nanoseconds: start of a span, time of a log record
	Duration      = "duration"    // Int, nanoseconds; a negative one is stored as 0
	Service       = "service"     // the resource's service.name, "" if it has none
	ScopeName     = "scope"       // of the instrumentation scope
	Category      = "category"    // Int, semconv.Category: ok, error, throttle, fault
	HTTPStatus    = "http_status" // Int, null if the span has none
	Severity      = "severity"    // Int, OTLP's severity number
	SeverityText  = "severity_text"
	Body          = "body"           // of a log record: text, or JSON of a structured body
	Spec          = "proto"          // Bytes: the item in OTLP protobuf as it came, without its resource
	Resource      = "resource_proto" // Bytes: the Resource message in OTLP protobuf
)

// F is an intrinsic field.
func F(name string) Field { return Field{Intrinsic, name} }

// Attr is an attribute of the item or, failing that, of its resource.
func Attr(key string) Field { return Field{AnyAttr, key} }
