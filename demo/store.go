package demo

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// store stands in for a database: a TCP server on loopback that is told in a
// line how many nanoseconds the answer takes, and answers then. It has no
// telemetry, as a database has none of ours: callers' client spans tell of it.
type store struct {
	storeSpec
	listener net.Listener
	idle     chan net.Conn // the callers' pool
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // server side; guarded by mu
}

func startStore(s storeSpec) (*store, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	st := &store{storeSpec: s, listener: l, idle: make(chan net.Conn, 64), conns: map[net.Conn]struct{}{}}
	st.wg.Go(st.accept)
	return st, nil
}

func (s *store) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(conn) })
	}
}

func (s *store) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	for r := bufio.NewReader(conn); ; {
		var takes time.Duration
		if _, err := fmt.Fscanf(r, "%d\n", &takes); err != nil {
			return
		}
		time.Sleep(takes)
		if _, err := conn.Write([]byte("ok\n")); err != nil {
			return
		}
	}
}

// ask sends one query over a pooled connection and waits for the answer.
func (s *store) ask(ctx context.Context, takes time.Duration) error {
	conn, err := s.connection(ctx)
	if err != nil {
		return err
	}
	var answer [3]byte
	if _, err = fmt.Fprintf(conn, "%d\n", takes); err == nil {
		_, err = conn.Read(answer[:])
	}
	if err != nil {
		conn.Close()
		return err
	}
	select {
	case s.idle <- conn:
	default:
		conn.Close()
	}
	return nil
}

func (s *store) connection(ctx context.Context) (net.Conn, error) {
	select {
	case conn := <-s.idle:
		return conn, nil
	default:
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.listener.Addr().String())
	}
}

// close ends the server and all connections, and waits for them.
func (s *store) close() {
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	for {
		select {
		case conn := <-s.idle:
			conn.Close()
			continue
		default:
		}
		break
	}
	s.wg.Wait()
}
