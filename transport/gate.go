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

// wrap answers 503 once the gate is closed; a request can still come through a mux that was just replaced.
func (g *gate) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		defer g.leave()
		h.ServeHTTP(w, r)
	})
}

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
