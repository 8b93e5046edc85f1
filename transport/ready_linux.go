package transport

import (
	"io"
	"syscall"

	"google.golang.org/grpc/mem"
)

// readyReads is what ReadOnReady needs between calls.
type readyReads struct {
	raw  syscall.RawConn
	read func(fd uintptr) bool // made once

	pool mem.BufferPool
	size int
	buf  *[]byte
	n    int
	err  error
}

// ReadOnReady waits until there is something to read before it takes a buffer
// to read into. gRPC asks its connections for this method, which spares each idle one
// read_buffer_size bytes. Of one goroutine at a time, as Read is.
func (c *conn) ReadOnReady(size int, pool mem.BufferPool) (*[]byte, int, error) {
	r := &c.ready
	if r.read == nil && !r.prepare(c.Conn) {
		buf := pool.Get(size)
		n, err := c.Conn.Read(*buf)
		return buf, n, err
	}
	r.pool, r.size, r.buf, r.n, r.err = pool, size, nil, 0, nil
	err := r.raw.Read(r.read)
	buf, n := r.buf, r.n
	r.pool, r.buf = nil, nil
	switch {
	case err != nil:
	case r.err != nil:
		err = r.err
	case n == 0:
		err = io.EOF
	default:
		return buf, n, nil
	}
	if buf != nil {
		pool.Put(buf)
	}
	return nil, 0, err
}

// prepare says whether the connection is one of the system's.
func (r *readyReads) prepare(c any) bool {
	system, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return false
	}
	r.raw = raw
	r.read = func(fd uintptr) bool {
		r.buf = r.pool.Get(r.size)
		if r.n, r.err = syscall.Read(int(fd), *r.buf); r.err != nil {
			r.n = 0
			r.pool.Put(r.buf)
			r.buf = nil
		}
		return r.err != syscall.EAGAIN
	}
	return true
}
