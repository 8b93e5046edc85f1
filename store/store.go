// Package store holds the contracts of what keeps telemetry: Writer takes
// batches, Reader answers plans. Engines live in sub-folders and never import each
// other; storetest is the suite that all of them pass.
package store

import (
	"context"
	"errors"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Writer keeps batches.
type Writer interface {
	// Write makes the batch durable and visible to queries; nil means that it
	// survives kill -9 and power loss. Many goroutines may call it at once, and
	// should: one fsync serves all that wait for it. The store may keep batch.
	//
	// Errors: ErrFull and ErrReadOnly are retryable, *InvalidItemsError is not.
	Write(ctx context.Context, batch *otlp.Batch) error
}

// Reader answers questions.
type Reader interface {
	// Query runs a plan. The answer never holds a value that was not written:
	// damaged blocks are left out and counted in Stats.
	Query(ctx context.Context, q plan.Query) (*plan.Result, error)

	// Trace reads all spans of one trace as an OTLP batch, nil if there are
	// none. Spans that were written twice (same span id, kind and bytes) come once.
	Trace(ctx context.Context, id otlp.TraceID) (*otlp.Batch, error)

	// Graph sums the per-minute service-graph rows of the minutes that overlap
	// [from, to), Unix nanoseconds.
	Graph(ctx context.Context, from, to int64) (*servicegraph.Window, error)

	// GraphMinutes is Graph without summing over minutes: the total requests and
	// faults of each minute, for the histogram in the time control.
	GraphMinutes(ctx context.Context, from, to int64) ([]servicegraph.Minute, error)

	// Catalog lists what can be asked about: attribute keys, and the values of a
	// field with their counts, most frequent first.
	Catalog(ctx context.Context, q CatalogQuery) (*Catalog, error)

	// Usage is the state of the store.
	Usage() Usage
}

// Engine is a Writer and a Reader with a lifecycle; the constructor opens it.
type Engine interface {
	Writer
	Reader
	// Close makes all that was acknowledged durable and releases the folder.
	Close() error
}

// ErrFull says that the disk has no room; retryable, the store resumes by itself.
var ErrFull = errors.New("the store's disk is full")

// ErrReadOnly says that an fsync failed, after which nothing is acknowledged any more.
var ErrReadOnly = errors.New("the store is read-only after a disk error")

// CatalogQuery asks for keys (Field nil) or for the values of a field that are not null.
type CatalogQuery struct {
	Table    plan.Table
	From, To int64 // as in plan.Query
	Field    *plan.Field
	Prefix   string // of the key, or of the value's Text
	Limit    int    // 0: DefaultCatalogLimit
}

// DefaultCatalogLimit is the number of entries that a CatalogQuery gets without a Limit.
const DefaultCatalogLimit = 1000

// Catalog is the answer to a CatalogQuery. Counts are of rows and may be
// estimated from dictionaries; then Exact is false.
type Catalog struct {
	Entries []CatalogEntry
	Exact   bool
	More    bool
}

// CatalogEntry is a key or a value with the number of rows that have it. Equal
// counts are ordered by key, then value.
type CatalogEntry struct {
	Field plan.Field // for keys; its Scope is ItemAttr or ResourceAttr
	Value plan.Value // for values
	Rows  int64
}

// Usage is the state of a store.
type Usage struct {
	Spans, Logs    int64 // rows kept
	Bytes          int64 // on disk
	Blocks         int
	Quarantined    int   // blocks left out because they are damaged
	Oldest, Newest int64 // Unix nanoseconds, 0 if empty
	RetentionBytes int64 // limits, 0: none
	RetentionNanos int64
	LastWrite      int64  // Unix nanoseconds of the last acknowledged batch
	Err            string // why writes are refused, empty if they are not
}
