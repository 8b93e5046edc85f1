package component

import (
	"errors"
	"time"
)

// The kind of an error decides what a sender is told and whether a queue
// tries again. An error without a mark is retryable.

// PermanentError says that sending the same batch again cannot succeed.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent marks err; nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &PermanentError{err}
}

// IsPermanent says whether err is marked as permanent.
func IsPermanent(err error) bool {
	var p *PermanentError
	return errors.As(err, &p)
}

// ThrottledError says that the batch is welcome later. Receivers answer
// RESOURCE_EXHAUSTED or UNAVAILABLE with RetryInfo, or 429 or 503 with Retry-After.
type ThrottledError struct {
	Err   error
	After time.Duration // zero: the sender decides
}

func (e *ThrottledError) Error() string { return e.Err.Error() }
func (e *ThrottledError) Unwrap() error { return e.Err }

// Throttled marks err with the time after which to try again; nil stays nil.
func Throttled(err error, after time.Duration) error {
	if err == nil {
		return nil
	}
	return &ThrottledError{err, after}
}

// RetryAfter is the delay that err asks for; ok is false if it is not a throttling error.
func RetryAfter(err error) (after time.Duration, ok bool) {
	var t *ThrottledError
	if errors.As(err, &t) {
		return t.After, true
	}
	return 0, false
}
