// Package servicegraph makes the service map while spans arrive: per-minute
// rows of nodes and edges with outcomes and latencies. Builder pairs client with
// server spans; engines feed it on ingest, keep its rows beside the spans, and sum
// them when asked.
package servicegraph

import (
	"bytes"

	"github.com/oriel-io/oriel/internal/loghist"
)

// NodeKind says what a node is.
type NodeKind uint8

const (
	Service  NodeKind = iota
	Client            // whoever calls the entry services from outside
	Database          // inferred from client spans, as the kinds below
	Queue             // messaging system
	External          // any other host that is called and sends no spans

	// Job stands, in rows only, where the caller of a service would: what the
	// service begins by itself. Sum resolves it.
	Job
)

// Node identifies a node of the map. The client is Node{Kind: Client}.
type Node struct {
	Kind      NodeKind
	Name      string // service.name, database name or host
	Namespace string // service.namespace or the Kubernetes namespace, often empty
	Version   string // service.version, often empty; only of Service
	System    string // of an inferred node: "postgresql", "redis", "kafka", "http"
}

// Edge is who calls whom.
type Edge struct{ From, To Node }

// Stats counts requests by outcome, with their latencies.
type Stats struct {
	OK, Error, Throttle, Fault uint64 // 2xx and 3xx, 4xx, 429, 5xx or failed
	SumNanos                   uint64
	Latency                    loghist.Hist
	// SlowNanos and SlowTrace are the slowest request and its trace, as an example.
	SlowNanos uint64
	SlowTrace [16]byte
}

// Total is the number of requests.
func (s *Stats) Total() uint64 { return s.OK + s.Error + s.Throttle + s.Fault }

// Merge adds all of other.
func (s *Stats) Merge(other *Stats) {
	s.OK += other.OK
	s.Error += other.Error
	s.Throttle += other.Throttle
	s.Fault += other.Fault
	s.SumNanos += other.SumNanos
	s.Latency.Merge(other.Latency)
	s.example(other.SlowNanos, other.SlowTrace)
}

// example keeps the slowest request. Of equally slow ones it keeps that with
// the lowest trace id, so that the order of adding does not matter.
func (s *Stats) example(nanos uint64, trace [16]byte) {
	if trace == ([16]byte{}) || nanos < s.SlowNanos {
		return
	}
	if nanos > s.SlowNanos || s.SlowTrace == ([16]byte{}) || bytes.Compare(trace[:], s.SlowTrace[:]) < 0 {
		s.SlowNanos, s.SlowTrace = nanos, trace
	}
}

// Window is the graph of a time range. A node's numbers come from its own
// server (and consumer) spans, an edge's from the caller's client (and producer) spans.
// An inferred node has no spans of its own: its numbers are the sum of its edges'.
type Window struct {
	From, To int64 // Unix nanoseconds, whole minutes
	Nodes    map[Node]*Stats
	Edges    map[Edge]*Stats
}

// Minute is the sum of the entry requests of one minute: those that come from the client node.
type Minute struct {
	Time             int64 // Unix nanoseconds of its begin
	Requests, Faults uint64
}
