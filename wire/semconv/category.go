package semconv

import (
	"bytes"

	"github.com/oriel-io/oriel/wire/otlp"
)

// Category is the outcome of a request, in the terms of X-Ray's service map.
type Category uint8

const (
	OK       Category = iota
	Error             // the caller's fault: 4xx
	Throttle          // 429
	Fault             // 5xx, or failed without a status of its own
)

// String is the word that APIs and the UI use.
func (c Category) String() string {
	return [...]string{"ok", "error", "throttle", "fault"}[c&3]
}

// category applies the rules in their order: an HTTP status of 400 or more
// decides, then a gRPC status, then whether the span is marked as failed.
//
// An explicit status OK silences the error tag (the newer of the two wins). A
// client that went away before the answer is no fault of the service, although
// Envoy marks such spans as errors.
func (v *values) category(f *otlp.SpanFields) Category {
	switch {
	case v.httpStatus == 429:
		return Throttle
	case v.httpStatus >= 500:
		return Fault
	case v.httpStatus >= 400:
		return Error
	case v.grpcStatus != 0:
		return grpcCategory[v.grpcStatus]
	case f.Status == otlp.StatusError || f.Status == otlp.StatusUnset && v.errorTag:
		if v.httpStatus == 0 && v.clientGone {
			return Error
		}
		return Fault
	}
	return OK
}

// grpcCategory has one entry for each status code.
//
// Source: https://grpc.io/docs/guides/status-codes/; which ones are the
// server's fault: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
var grpcCategory = [...]Category{
	0:  OK,
	1:  Error, // CANCELLED, by the caller
	2:  Fault, // UNKNOWN
	3:  Error, // INVALID_ARGUMENT
	4:  Fault, // DEADLINE_EXCEEDED
	5:  Error, // NOT_FOUND
	6:  Error, // ALREADY_EXISTS
	7:  Error, // PERMISSION_DENIED
	8:  Throttle,
	9:  Error, // FAILED_PRECONDITION
	10: Error, // ABORTED
	11: Error, // OUT_OF_RANGE
	12: Fault, // UNIMPLEMENTED
	13: Fault, // INTERNAL
	14: Fault, // UNAVAILABLE
	15: Fault, // DATA_LOSS
	16: Error, // UNAUTHENTICATED
}

var grpcNames = map[string]uint8{
	"CANCELLED": 1, "CANCELED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5,
	"ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "ABORTED": 10,
	"OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
}

// grpcStatus reads a code as a number, decimal text or name; 0 if it is OK or none of these.
func grpcStatus(v otlp.Value) uint8 {
	if code := number(v); code != 0 {
		if int(code) < len(grpcCategory) {
			return uint8(code)
		}
		return 0
	}
	return grpcNames[string(v.Text())]
}

// httpStatus reads a status of three digits; 0 if the value is none. Envoy
// writes "0" for a request that was never answered.
func httpStatus(v otlp.Value) uint16 {
	if status := number(v); status >= 100 && status <= 999 {
		return status
	}
	return 0
}

// isError reads an error tag: Zipkin and OpenTracing put true or a message there.
func isError(v otlp.Value) bool {
	switch v.Kind {
	case otlp.Bool:
		return v.Bool()
	case otlp.String:
		return !bytes.EqualFold(v.Text(), []byte("false"))
	}
	return false
}

// hasFlag looks for one word in a comma-separated list.
func hasFlag(list []byte, flag string) bool {
	for word := range bytes.SplitSeq(list, []byte{','}) {
		if string(word) == flag {
			return true
		}
	}
	return false
}
