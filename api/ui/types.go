// Package ui serves the JSON that the web UI reads, under /api/v1, and the
// UI's files. It is documented and versioned like any other API: fields are
// added within v1, never renamed or removed.
//
//	GET /api/v1/status                          Status
//	GET /api/v1/status/stream                   Status once a second, server-sent events
//	GET /api/v1/timeline?from&to&buckets        Timeline
//	GET /api/v1/map?from&to                     Map
//	GET /api/v1/traces?<search>&sort&limit&after    TraceList
//	GET /api/v1/traces/heatmap?<search>&columns     Heatmap
//	GET /api/v1/traces/{id}                     Trace, in columns
//	GET /api/v1/traces/{id}/spans?index=3,4,5   SpanDetails
//	GET /api/v1/traces/{id}/logs?limit&after    LogList, oldest first
//	GET /api/v1/logs?from&to&limit&after        LogList, newest first
//	GET /api/v1/services?from&to&prefix&limit   Names
//	GET /api/v1/operations?from&to&service&prefix&limit   Names: span names
//	GET /api/v1/fields?from&to&prefix&limit     Names: attribute keys
//	GET /api/v1/values?from&to&field&prefix&limit   Names: values of a field
//	GET /api/v1/drops                           DropList
//
// from and to are Unix milliseconds; without them the last hour counts.
// <search> is from, to and any of: service, version, operation, caller (the
// service that calls: kept are spans whose parent is one of its client or producer
// spans), minDuration and maxDuration (Go durations, "250ms"), status (ok,
// error, throttle, fault; comma-separated: any of), attr (key=value, repeated:
// all of), root=true (root spans only). sort is newest or slowest. An unknown
// parameter is an error. Errors are RFC 9457 problem documents: Problem.
// docs/reference/api-ui.md shows each with an example.
//
// Nanosecond instants are decimal strings, because a JSON number loses them;
// durations are numbers of nanoseconds. TypeScript types are generated from this file.
package ui

//go:generate go run ./gen types.go ../../web/src/api/types.gen.ts

// Problem is an error answer (application/problem+json, RFC 9457).
type Problem struct {
	Title  string `json:"title"`            // what is wrong, in a few words
	Status int    `json:"status"`           // the HTTP status
	Detail string `json:"detail,omitempty"` // the value, and what to do
	Field  string `json:"field,omitempty"`  // the parameter that is wrong
}

// Range is a time window in Unix milliseconds, to exclusive.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Work says what an answer took and whether it is whole.
type Work struct {
	RowsScanned  int64   `json:"rowsScanned"`
	RowsMatched  int64   `json:"rowsMatched"`
	RowsTotal    int64   `json:"rowsTotal"`
	BytesScanned int64   `json:"bytesScanned"`
	TookMs       float64 `json:"tookMs"`
	Complete     bool    `json:"complete"`
	Quarantined  int64   `json:"quarantined"` // damaged blocks that were left out
}

// Status is what the process listens on, has received, keeps and dropped.
type Status struct {
	Version   string           `json:"version"`
	StartedMs int64            `json:"startedMs"`
	NowMs     int64            `json:"nowMs"`
	Listeners []ListenerStatus `json:"listeners"`
	Received  []SignalStatus   `json:"received"` // traces, logs, metrics
	Store     StoreStatus      `json:"store"`
	Dropped   int64            `json:"dropped"` // items, since the start
	Refused   int64            `json:"refused"` // items or requests that were answered with an error
	// What became of loading the configuration again; absent if it never was.
	Reload *ReloadStatus `json:"reload,omitempty"`
}

// ReloadStatus is the last time that the configuration was loaded again.
type ReloadStatus struct {
	Result string `json:"result"` // success, invalid, failed
	Error  string `json:"error,omitempty"`
	AtMs   int64  `json:"atMs"`
}

// ListenerStatus is one open, or not opened, address.
type ListenerStatus struct {
	Name     string `json:"name"`     // "OTLP gRPC"
	Protocol string `json:"protocol"` // grpc, http, udp
	Address  string `json:"address"`  // host:port
	Open     bool   `json:"open"`
	Error    string `json:"error,omitempty"` // why it is not open
	Items    int64  `json:"items"`
	Refused  int64  `json:"refused"`
}

// SignalStatus counts what came in.
type SignalStatus struct {
	Signal    string  `json:"signal"`
	Items     int64   `json:"items"`
	PerSecond float64 `json:"perSecond"` // over the last ten seconds
	LastMs    int64   `json:"lastMs"`    // 0: never
}

// StoreStatus is the state of the embedded store.
type StoreStatus struct {
	Spans          int64  `json:"spans"`
	Logs           int64  `json:"logs"`
	Bytes          int64  `json:"bytes"`
	OldestMs       int64  `json:"oldestMs"` // 0: empty
	NewestMs       int64  `json:"newestMs"`
	Quarantined    int    `json:"quarantined"`
	RetentionBytes int64  `json:"retentionBytes"`
	RetentionMs    int64  `json:"retentionMs"`
	Error          string `json:"error,omitempty"` // why writes are refused
}

// Timeline is requests and faults over time, for the time control.
type Timeline struct {
	Range    Range    `json:"range"`
	StepMs   int64    `json:"stepMs"`
	Requests []uint64 `json:"requests"`
	Faults   []uint64 `json:"faults"`
}

// Map is the service map of a range.
type Map struct {
	Range Range     `json:"range"` // whole minutes
	Nodes []MapNode `json:"nodes"`
	Edges []MapEdge `json:"edges"`
	Total MapStats  `json:"total"` // of the requests that enter from the client
	Work  Work      `json:"work"`
}

// MapStats are requests by outcome and their latencies.
type MapStats struct {
	Requests  uint64     `json:"requests"`
	OK        uint64     `json:"ok"`
	Error     uint64     `json:"error"`     // 4xx
	Throttle  uint64     `json:"throttle"`  // 429
	Fault     uint64     `json:"fault"`     // 5xx or failed
	PerSecond float64    `json:"perSecond"` // over the part of the range from the store's first data to now
	P50       float64    `json:"p50"`       // nanoseconds; 0 without requests
	P95       float64    `json:"p95"`
	P99       float64    `json:"p99"`
	Histogram [][2]int64 `json:"histogram"` // [bucket, count]; a bucket ends at 2^((bucket+1)/8) nanoseconds
	SlowTrace string     `json:"slowTrace,omitempty"`
}

// NodeKind says what a node of the map is.
type NodeKind string

const (
	NodeService  NodeKind = "service"
	NodeClient   NodeKind = "client" // whoever calls from outside
	NodeDatabase NodeKind = "database"
	NodeQueue    NodeKind = "queue"
	NodeExternal NodeKind = "external"
)

// Outcome of a request, in the order of the codes 0 to 3 in TraceColumns.Category.
type Outcome string

const (
	OutcomeOK       Outcome = "ok"
	OutcomeError    Outcome = "error"    // 4xx
	OutcomeThrottle Outcome = "throttle" // 429
	OutcomeFault    Outcome = "fault"    // 5xx or failed
)

// MapNode is a service, the client, or something inferred from calls to it.
type MapNode struct {
	ID        string       `json:"id"`
	Kind      NodeKind     `json:"kind"`
	Name      string       `json:"name"`
	Namespace string       `json:"namespace,omitempty"`
	System    string       `json:"system,omitempty"` // of inferred nodes: postgresql, redis, kafka, http
	Stats     MapStats     `json:"stats"`
	Versions  []MapVersion `json:"versions,omitempty"` // two or more, by version; empty if only one
}

// MapVersion is the part of a service's requests that one version served.
type MapVersion struct {
	Version string   `json:"version"`
	Stats   MapStats `json:"stats"`
}

// MapEdge is calls from one node to another, as the caller saw them. There is
// one edge for each pair of versions; versions are empty where a node has only one.
type MapEdge struct {
	From        string   `json:"from"` // MapNode.ID
	To          string   `json:"to"`
	FromVersion string   `json:"fromVersion,omitempty"`
	ToVersion   string   `json:"toVersion,omitempty"`
	Stats       MapStats `json:"stats"`
}

// TraceList is a page of search results: one row a trace.
type TraceList struct {
	Range  Range          `json:"range"`
	Traces []TraceSummary `json:"traces"`
	After  string         `json:"after,omitempty"` // pass as after for the next page
	Work   Work           `json:"work"`            // RowsMatched counts spans
}

// TraceSummary is one trace of a list.
type TraceSummary struct {
	TraceID     string        `json:"traceId"`
	RootName    string        `json:"rootName"`
	RootService string        `json:"rootService"`
	StartNs     string        `json:"startNs"`
	DurationNs  int64         `json:"durationNs"` // from the first start to the last end
	Spans       int           `json:"spans"`
	Status      Outcome       `json:"status"` // of the root
	HTTPStatus  int           `json:"httpStatus,omitempty"`
	Faults      int           `json:"faults"`            // spans with fault
	Partial     bool          `json:"partial,omitempty"` // its root is not (yet) here
	Path        []PathSegment `json:"path"`              // where the time went, along the critical path, longest services
	Match       MatchedSpan   `json:"match"`             // the span by which it was found and sorted
}

// PathSegment is a service's share of a trace's critical path, in order of first entry.
type PathSegment struct {
	Service string `json:"service"`
	Version string `json:"version,omitempty"`
	SelfNs  int64  `json:"selfNs"`
}

// MatchedSpan is the span of a trace that fulfilled the search.
type MatchedSpan struct {
	Service    string `json:"service"`
	Name       string `json:"name"`
	DurationNs int64  `json:"durationNs"`
	StartNs    string `json:"startNs"`
}

// Heatmap is matching spans by start and duration.
type Heatmap struct {
	Range  Range `json:"range"`
	StepMs int64 `json:"stepMs"`
	// Cells are [column, bucket, count, faults]; bucket as in MapStats.Histogram.
	Cells     [][4]int64 `json:"cells"`
	Histogram [][2]int64 `json:"histogram"` // all columns together
	Work      Work       `json:"work"`
}

// Trace is one trace in columns, parents before children, depth first; siblings by start.
// Span i is described by element i of each column.
type Trace struct {
	TraceID    string         `json:"traceId"`
	StartNs    string         `json:"startNs"`
	DurationNs int64          `json:"durationNs"`
	Spans      int            `json:"spans"`    // elements in each column, stand-ins for missing parents included
	Services   []TraceService `json:"services"` // dictionary for Service
	Names      []string       `json:"names"`    // dictionary for Name
	Columns    TraceColumns   `json:"columns"`
	SkewNs     []SkewNote     `json:"skew,omitempty"` // clocks that were corrected
	Missing    int            `json:"missing"`        // parents that are referred to and not there
	LogCount   int            `json:"logCount"`
}

// TraceService is a service that takes part in a trace.
type TraceService struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// SkewNote says that a service's clock was moved to keep children inside their parents.
type SkewNote struct {
	Service int   `json:"service"` // index in Services
	MovedNs int64 `json:"movedNs"`
}

// TraceColumns has one element a span.
type TraceColumns struct {
	Start    []int64  `json:"start"`    // nanoseconds after Trace.StartNs, clock corrected
	Duration []int64  `json:"duration"` // nanoseconds
	Self     []int64  `json:"self"`     // nanoseconds not covered by children
	Parent   []int32  `json:"parent"`   // index, -1 for a root
	End      []int32  `json:"end"`      // index after the last descendant
	Depth    []int32  `json:"depth"`
	Service  []int32  `json:"service"`  // index in Services
	Name     []int32  `json:"name"`     // index in Names
	Kind     []int8   `json:"kind"`     // OTLP's span kind, 0 to 5
	Category []int8   `json:"category"` // 0 ok, 1 error, 2 throttle, 3 fault
	Flags    []int8   `json:"flags"`    // 1: a proxy's span, 2: stands for a missing parent, 4: has events, 8: has links, 16: shares its id with its parent (Zipkin)
	Critical []int64  `json:"critical"` // triples: span index, start, end of each stretch of the critical path, nanoseconds after Trace.StartNs
	SpanID   []string `json:"spanId"`   // 16 hex digits
	Events   []int64  `json:"events"`   // pairs: span index, nanoseconds after Trace.StartNs
}

// SpanDetails is the answer about some spans of a trace.
type SpanDetails struct {
	Spans []SpanDetail `json:"spans"` // in the order of the indexes asked for
}

// SpanDetail is all that is known of one span.
type SpanDetail struct {
	Index         int         `json:"index"`
	SpanID        string      `json:"spanId"`
	ParentID      string      `json:"parentId,omitempty"`
	StartNs       string      `json:"startNs"`
	Scope         string      `json:"scope,omitempty"`
	StatusCode    string      `json:"statusCode"` // unset, ok, error
	StatusMessage string      `json:"statusMessage,omitempty"`
	HTTPStatus    int         `json:"httpStatus,omitempty"`
	TraceState    string      `json:"traceState,omitempty"`
	Attributes    []Attribute `json:"attributes"`
	Resource      []Attribute `json:"resource"`
	Events        []SpanEvent `json:"events"`
	Links         []SpanLink  `json:"links"`
	Peers         *Peers      `json:"peers,omitempty"` // only if at most ten spans are asked for
}

// Peers sets a span beside those of the same service, operation and kind in
// the last hour; an older span, in the hour around it.
type Peers struct {
	Count      uint64     `json:"count"`      // the span itself included
	Percentile float64    `json:"percentile"` // share of peers that were faster, 0 to 100; of those in the same bucket, half
	Histogram  [][2]int64 `json:"histogram"`
}

// Attribute is a key with its value as text and its type.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"` // arrays and maps as JSON
	Type  string `json:"type"`  // string, int, double, bool, bytes (base64), json
}

// SpanEvent happened within a span.
type SpanEvent struct {
	Name       string      `json:"name"`
	TimeNs     string      `json:"timeNs"`
	Attributes []Attribute `json:"attributes"`
}

// SpanLink points to another span.
type SpanLink struct {
	TraceID    string      `json:"traceId"`
	SpanID     string      `json:"spanId"`
	Attributes []Attribute `json:"attributes"`
}

// LogList is a page of log records.
type LogList struct {
	Logs  []LogLine `json:"logs"`
	After string    `json:"after,omitempty"`
	Work  Work      `json:"work"`
}

// LogLine is one log record.
type LogLine struct {
	TimeNs     string      `json:"timeNs"`
	Severity   string      `json:"severity"` // trace, debug, info, warn, error, fatal, or empty
	Service    string      `json:"service"`
	Version    string      `json:"version,omitempty"`
	Body       string      `json:"body"`
	TraceID    string      `json:"traceId,omitempty"`
	SpanID     string      `json:"spanId,omitempty"`
	Attributes []Attribute `json:"attributes"`
	Resource   []Attribute `json:"resource"`
}

// Names is a list of names with how often each occurs.
type Names struct {
	Names []NameCount `json:"names"`
	Exact bool        `json:"exact"` // counts are exact
	More  bool        `json:"more"`  // the list was cut
}

// NameCount is one name.
type NameCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// DropList is the drop ledger: what was given up, by whom and why.
type DropList struct {
	Drops []Drop `json:"drops"`
}

// Drop is one reason of one component.
type Drop struct {
	Component string   `json:"component"`
	Signal    string   `json:"signal"`
	Reason    string   `json:"reason"`
	Items     int64    `json:"items"`
	FirstMs   int64    `json:"firstMs"`
	LastMs    int64    `json:"lastMs"`
	Samples   []string `json:"samples"` // trace ids or first bytes, at most ten
}
