// Package semconv reads what a span's attributes say, whichever version of the
// semantic conventions, or which proxy, wrote them.
//
// Source: https://opentelemetry.io/docs/specs/semconv/ v1.37 and, for the old
// names, v1.20; Zipkin's tags: https://zipkin.io/pages/instrumenting.html
package semconv

// Category is the outcome of a request, in the terms of X-Ray's service map.
type Category uint8

const (
	OK       Category = iota
	Error             // 4xx
	Throttle          // 429
	Fault             // 5xx, or failed without a status of its own
)

// String is the word that APIs and the UI use.
func (c Category) String() string {
	return [...]string{"ok", "error", "throttle", "fault"}[c&3]
}

// Facts are what the service map, the store and searches need of a span. Byte
// slices alias the span.
type Facts struct {
	Category   Category
	HTTPStatus uint16 // 0: none
	PeerService,
	ServerAddress, // host that a client span calls
	DBSystem, DBName,
	MessagingSystem, Destination,
	RPCSystem []byte
	ServerPort uint16
}
