package transport

import (
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/oriel-io/oriel/internal/bytepool"
)

// lentBody is a body in lent bytes. net/http may read it after it has an answer, and until it has closed
// it; Close may come while it is being read.
type lentBody struct {
	lender *bytepool.Buffer

	mu     sync.Mutex // guards the rest
	rest   [][]byte
	closed bool
}

func newLentBody(content [][]byte, lender *bytepool.Buffer) *lentBody {
	lender.Retain()
	return &lentBody{lender: lender, rest: slices.Clone(content)}
}

func (b *lentBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	for len(b.rest) > 0 && n < len(p) {
		copied := copy(p[n:], b.rest[0])
		n += copied
		if b.rest[0] = b.rest[0][copied:]; len(b.rest[0]) == 0 {
			b.rest = b.rest[1:]
		}
	}
	if len(b.rest) == 0 {
		err = io.EOF
	}
	return n, err
}

func (b *lentBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed, b.rest = true, nil
		b.lender.Release()
	}
	return nil
}
