package transport

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// limitListener bounds how many connections are open. When that many are, a new
// one takes the place of the oldest on which no request has come yet; only where all
// have had one, the new one waits. So clients that connect and dawdle cannot
// shut out those that come to work.
type limitListener struct {
	net.Listener
	max      int
	patience time.Duration // how long a connection may take for its first request; 0: not our business
	// untouched are connections that were accepted and that the server has done nothing with yet.
	untouched sync.WaitGroup

	mu    sync.Mutex // guards the rest
	room  sync.Cond
	open  int
	fresh list.List // of *conn, oldest first
	ended bool
}

func newLimitListener(socket net.Listener, max int, patience time.Duration) *limitListener {
	l := &limitListener{Listener: socket, max: max, patience: patience}
	l.room.L = &l.mu
	return l
}

// Accept waits for a connection, and for room for it.
func (l *limitListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, from: l}
	c.peer = peerAddr{raw.RemoteAddr(), raw.RemoteAddr().String(), c}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open >= l.max {
		if l.ended {
			raw.Close()
			return nil, net.ErrClosed
		}
		if oldest := l.fresh.Front(); oldest != nil {
			l.leave(oldest.Value.(*conn))
			oldest.Value.(*conn).Conn.Close()
			continue
		}
		l.room.Wait()
	}
	l.open++
	l.untouched.Add(1)
	c.waiting = l.fresh.PushBack(c)
	if l.patience > 0 {
		c.timer = time.AfterFunc(l.patience, func() {
			if !c.proven.Load() {
				c.Close()
			}
		})
	}
	return c, nil
}

// Close ends Accept.
func (l *limitListener) Close() error {
	l.mu.Lock()
	l.ended = true
	l.room.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// leave takes a connection out of the count, once. The caller holds mu.
func (l *limitListener) leave(c *conn) {
	if c.left {
		return
	}
	c.left = true
	l.settle(c)
	l.open--
	l.room.Signal()
}

// settle ends the wait for a first request. The caller holds mu.
func (l *limitListener) settle(c *conn) {
	if c.waiting != nil {
		l.fresh.Remove(c.waiting)
		c.waiting = nil
	}
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// conn is a connection that is counted.
type conn struct {
	net.Conn
	from    *limitListener
	peer    peerAddr
	proven  atomic.Bool  // a request has come
	wasted  atomic.Int32 // requests in a row that their client gave up
	touched atomic.Bool
	ready   readyReads

	waiting *list.Element // in fresh; this and the next ones are guarded by from.mu
	timer   *time.Timer
	left    bool
}

// prove says that a request has come.
func (c *conn) prove() {
	if c == nil || c.proven.Load() || c.proven.Swap(true) {
		return
	}
	c.from.mu.Lock()
	defer c.from.mu.Unlock()
	c.from.settle(c)
}

// maxWasted is how many requests in a row may be given up by their client before it is
// an attack: to open streams and reset them costs the client nothing, and us a handler each.
const maxWasted = 500

// answered says of a request whether it came to an answer, or was wasted.
func (c *conn) answered(well bool) {
	switch {
	case c == nil:
	case !well:
		if c.wasted.Add(1) > maxWasted {
			c.Close()
		}
	case c.wasted.Load() != 0:
		c.wasted.Store(0)
	}
}

// touch notes that the server has begun with the connection.
func (c *conn) touch() {
	if !c.touched.Swap(true) {
		c.from.untouched.Done()
	}
}

// SetDeadline is the first that gRPC does with a connection that it does not turn away.
func (c *conn) SetDeadline(t time.Time) error {
	c.touch()
	return c.Conn.SetDeadline(t)
}

func (c *conn) Close() error {
	c.touch()
	c.from.mu.Lock()
	c.from.leave(c)
	c.from.mu.Unlock()
	return c.Conn.Close()
}

// RemoteAddr is the peer's address, which leads back to the connection and has its text at hand.
func (c *conn) RemoteAddr() net.Addr { return &c.peer }

type peerAddr struct {
	net.Addr
	text string
	conn *conn
}

func (a *peerAddr) String() string { return a.text }

type httpConnKey struct{}

// withHTTPConn is the ConnContext of http.Servers.
func withHTTPConn(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return context.WithValue(ctx, httpConnKey{}, c)
}

func httpConn(ctx context.Context) *conn {
	c, _ := ctx.Value(httpConnKey{}).(*conn)
	return c
}
