package transport

import (
	"context"
	"net/http"
	"sync"
)

// gate counts the requests of one owner, and can be closed: it then lets
// nobody in and waits for those inside.
type gate struct {
	mu     sync.Mutex // guards the rest
	inside int
	closed bool
	idle   chan struct{} // closed when closed and inside is 0
}

func newGate() *gate { return &gate{idle: make(chan struct{})} }

// wrap hands a request to h, or on to another server of requests once the gate is closed:
// it came through a mux that was just replaced.
func (g *gate) wrap(h, again http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter() {
			again.ServeHTTP(w, r)
			return
		}
		defer g.leave()
		h.ServeHTTP(w, r)
	})
}

// enter says whether the gate is open, and if so counts one more inside.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.closed && g.inside == 0 {
		close(g.idle)
	}
}

// close lets nobody in any more and waits until all have left or ctx ends. To be called once.
func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	if g.inside == 0 {
		close(g.idle)
	}
	g.mu.Unlock()
	select {
	case <-g.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
