package component

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// How receivers answer what a pipeline says, where their protocol has no way of its own.

// defaultDelay is what a sender is asked to wait where the pipeline does not say.
const defaultDelay = time.Second

// RetryDelay is how long a sender should wait before it tries again. throttled: the
// pipeline said that it is too much, rather than that something failed.
func RetryDelay(err error) (delay time.Duration, throttled bool) {
	delay, throttled = RetryAfter(err)
	return max(delay, defaultDelay), throttled
}

// RefuseHTTP answers an error of the pipeline: a permanent one with the status that
// the protocol has for that, others with 429 or 503 and the time to try again.
func RefuseHTTP(w http.ResponseWriter, err error, permanent int) {
	if IsPermanent(err) {
		http.Error(w, err.Error(), permanent)
		return
	}
	delay, throttled := RetryDelay(err)
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(delay.Seconds()))))
	code := http.StatusServiceUnavailable
	if throttled {
		code = http.StatusTooManyRequests
	}
	http.Error(w, err.Error(), code)
}

// RefuseGRPC makes an error of the pipeline a status: INTERNAL for a permanent one, for
// others RESOURCE_EXHAUSTED or UNAVAILABLE with RetryInfo. nil stays nil.
func RefuseGRPC(err error) error {
	switch {
	case err == nil:
		return nil
	case IsPermanent(err):
		return status.Error(codes.Internal, err.Error())
	}
	delay, throttled := RetryDelay(err)
	code := codes.Unavailable
	if throttled {
		code = codes.ResourceExhausted
	}
	plain := status.New(code, err.Error())
	if with, err := plain.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(delay)}); err == nil {
		return with.Err()
	}
	return plain.Err()
}
