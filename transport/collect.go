package transport

import (
	"io"
	"net/http"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport/contentcoding"
)

// A length that is announced is no promise: a client that claims 20 MiB and sends
// nothing must not cost 20 MiB. So the room for a body is at most growth times what came. A
// compressed one grows in smaller steps: it is looked at before each, and is smaller.
const (
	firstRead    = 4 << 10
	growth       = 16
	codedGrowth  = 4
	unsaidGrowth = 2 // where no length is announced
)

// collect reads what a request is on the wire, up to max bytes. length is what is announced, -1 if
// nothing is. Room is claimed before it is taken. With a coding, a bomb is refused before all of it has come.
//
// Errors: *http.MaxBytesError, *BusyError and those of r.
func collect(r io.Reader, length, max int64, coding *contentcoding.Coding, held *claim) (*bytepool.Buffer, error) {
	if length > max {
		return nil, &http.MaxBytesError{Limit: max}
	}
	size := firstRead
	if length >= 0 {
		size = int(min(length+1, firstRead)) // the extra byte lets the last Read see the end
	}
	if err := held.grow(size); err != nil {
		return nil, err
	}
	buffer := bytepool.Get(size)
	for n := 0; ; {
		read, err := r.Read(buffer.Bytes()[n:])
		n += read
		if err == io.EOF {
			buffer.Truncate(n)
			return buffer, nil
		}
		if err == nil && n == size {
			buffer, size, err = enlarge(buffer, length, max, coding, held)
		}
		if err != nil {
			buffer.Release()
			return nil, err
		}
	}
}

// enlarge makes room for more of a body of which buffer is full.
func enlarge(buffer *bytepool.Buffer, length, max int64, coding *contentcoding.Coding, held *claim) (*bytepool.Buffer, int, error) {
	n := len(buffer.Bytes())
	if coding != nil && isBomb(coding, buffer.Bytes(), max) {
		return buffer, n, &http.MaxBytesError{Limit: max}
	}
	var size int64
	switch {
	case length < 0:
		size = unsaidGrowth * int64(n)
	case coding != nil:
		size = min(codedGrowth*int64(n), length+1)
	default:
		size = min(growth*int64(n), length+1)
	}
	size = min(size, max+1) // the reader has its own bound, and says when it is reached
	if size <= int64(n) {
		return buffer, n, &http.MaxBytesError{Limit: max}
	}
	if err := held.grow(int(size) - n); err != nil {
		return buffer, n, err
	}
	larger := bytepool.Get(int(size))
	copy(larger.Bytes(), buffer.Bytes())
	buffer.Release()
	return larger, int(size), nil
}

// Where a look at all of a beginning takes time, the first look is at little, and only
// what is compressed as no telemetry is gets a second.
const (
	firstLook = 2 << 10
	bombRatio = 64
)

// suspicious says whether a beginning of a body is worth a look at all that has come.
func suspicious(coding *contentcoding.Coding, beginning []byte, max int64) bool {
	if !coding.Decodes {
		return true
	}
	look := min(len(beginning), firstLook)
	return coding.Least(beginning[:look], max) > int64(look*bombRatio)
}

// isBomb says whether the beginning of a body shows that it inflates to more than max bytes.
func isBomb(coding *contentcoding.Coding, beginning []byte, max int64) bool {
	return suspicious(coding, beginning, max) && coding.Least(beginning, max) > max
}
