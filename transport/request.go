package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport/contentcoding"
	"golang.org/x/sync/semaphore"
)

// Request is one request as a handler gets it, whatever the protocol: inflated,
// and with what it came as.
type Request struct {
	// Body is what was sent, inflated.
	Body *bytepool.Buffer
	// Encoded is what was sent as it came over the wire, if Encoding is not ""; so
	// far only "gzip" is kept. It is lent with Body, for as long.
	Encoding string
	Encoded  []byte
	// Peer is the sender's address, host:port; of a unix socket it says little.
	Peer string
	// Metadata are the headers with keys in lower case, nil without include_metadata.
	Metadata map[string][]string

	held *claim
}

// Claim counts so many bytes more until the request is answered, for handlers that make
// something large of it.
//
// Errors: *BusyError; nothing is counted then.
func (r *Request) Claim(bytes int) error {
	if r.held == nil {
		return nil
	}
	return r.held.grow(bytes)
}

// keep makes what was sent live as long as the body, for those who send it on.
func (r *Request) keep(encoding string, sent *bytepool.Buffer) {
	if encoding == "gzip" {
		sent.Retain()
		r.Body.Attach(sent)
		r.Encoding, r.Encoded = encoding, sent.Bytes()
	}
}

// BusyError says that the process holds as much telemetry as it may; the sender should try again.
type BusyError struct {
	Limit int64 // bytes
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("refused for now: the collector holds all the telemetry that its memory limit of %d bytes allows", e.Limit)
}

// busyDelay is when a sender that was refused for memory is asked to try again.
const busyDelay = time.Second

// claim is what one request holds of the memory budget, from its first byte
// until it is answered. Of one goroutine only.
type claim struct {
	memory *budget.Budget
	bytes  int64
}

// grow claims so many bytes more, or nothing.
func (c *claim) grow(bytes int) error {
	if !c.memory.Admit(int64(bytes)) {
		return &BusyError{c.memory.Limit()}
	}
	c.bytes += int64(bytes)
	return nil
}

// shrink gives some bytes back.
func (c *claim) shrink(bytes int) {
	c.memory.Free(int64(bytes))
	c.bytes -= int64(bytes)
}

func (c *claim) free() { c.shrink(int(c.bytes)) }

// inflater makes buffers of compressed bodies. Inflating waits for nobody, so
// a few at once are as fast as all at once. What is bounded is the room that
// they take meanwhile, which is what many bombs at once would cost.
type inflater struct {
	room *semaphore.Weighted
	all  int // bytes; one body that needs more goes alone
}

// inflaterRoom is the room for each core.
const inflaterRoom = 4 << 20

func newInflater() inflater {
	all := runtime.GOMAXPROCS(0) * inflaterRoom
	return inflater{semaphore.NewWeighted(int64(all)), all}
}

// A size that is not known is guessed first, by how telemetry compresses.
const (
	guessRatio = 8
	minGuess   = 64 << 10
	maxGuess   = 1 << 20
)

// inflate undoes one coding, up to max bytes. What it makes is claimed before it is made.
//
// Errors: *http.MaxBytesError, *BusyError, those of ctx, and what is wrong with data.
func (i inflater) inflate(ctx context.Context, coding *contentcoding.Coding, data []byte, max int64, held *claim) (*bytepool.Buffer, error) {
	tooLarge := &http.MaxBytesError{Limit: max}
	size, exact := coding.Size(data)
	if size > max {
		return nil, tooLarge
	}
	if !exact {
		size = min(max, size+min(maxGuess, minGuess+guessRatio*int64(len(data))))
	}
	for {
		body, err := i.into(ctx, coding, data, int(size), held)
		if !errors.Is(err, contentcoding.ErrShort) {
			return body, err
		}
		// A look at all of data costs less than room that it may not need.
		least := coding.Least(data, max)
		if size == max || least > max {
			return nil, tooLarge
		}
		if least <= size {
			least = guessRatio * (size + minGuess)
		}
		size = min(max, least)
	}
}

// into inflates data if it becomes no more than size bytes.
func (i inflater) into(ctx context.Context, coding *contentcoding.Coding, data []byte, size int, held *claim) (*bytepool.Buffer, error) {
	if err := held.grow(size); err != nil {
		return nil, err
	}
	weight := int64(min(size, i.all))
	if err := i.room.Acquire(ctx, weight); err != nil {
		held.shrink(size)
		return nil, err
	}
	defer i.room.Release(weight)
	body := bytepool.Get(size + contentcoding.Slack)
	n, err := coding.Into(body.Bytes(), data)
	if err == nil && n > size {
		err = contentcoding.ErrShort
	}
	if err != nil {
		body.Release()
		held.shrink(size)
		return nil, err
	}
	body.Truncate(n)
	return body, nil
}
