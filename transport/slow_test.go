package transport

import (
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// dawdlers are ways to hold a connection. Each has begun something that it goes on with by a byte in ten seconds.
func dawdlers() map[string]struct {
	protocol string
	begin    []byte
} {
	var frames writer
	framer := http2.NewFramer(&frames, nil)
	io.WriteString(&frames, http2.ClientPreface)
	framer.WriteSettings()
	formalities := append([]byte(nil), frames...)
	headers := func(end bool) {
		a := new(attacker)
		a.encoder = hpack.NewEncoder(&a.header)
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.request(), EndHeaders: end})
	}
	headers(false)
	partHeader := append([]byte(nil), frames[:len(frames)-20]...)
	frames = append(writer(nil), formalities...)
	headers(true)
	framer.WriteData(1, false, []byte{0, 0, 1, 0, 0, 'x'}) // one of 65,536 bytes
	return map[string]struct {
		protocol string
		begin    []byte
	}{
		"HTTP, nothing":       {"HTTP", nil},
		"HTTP, in the header": {"HTTP", []byte("POST / HTTP/1.1\r\nHost: victim\r\nX-")},
		"HTTP, in the body":   {"HTTP", []byte("POST / HTTP/1.1\r\nHost: victim\r\nContent-Length: 1000000\r\n\r\nx")},
		"gRPC, nothing":       {"gRPC", nil},
		"gRPC, no call":       {"gRPC", formalities},
		"gRPC, in the header": {"gRPC", partHeader},
		"gRPC, in the body":   {"gRPC", frames},
	}
}

type writer []byte

func (w *writer) Write(b []byte) (int, error) { *w = append(*w, b...); return len(b), nil }

// dawdle opens so many connections, and returns when all have begun.
func (v *victim) dawdle(t testing.TB, protocol string, begin []byte, count int) (conns []net.Conn) {
	t.Helper()
	address := v.http
	if protocol == "gRPC" {
		address = v.grpc
	}
	for range count {
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			t.Errorf("after %d connections: %v", len(conns), err)
			return conns
		}
		t.Cleanup(func() { conn.Close() })
		conn.Write(begin)
		conns = append(conns, conn)
	}
	return conns
}

// Many slow connections cost little memory and do not slow down others; and they are
// closed. The first two are looked at each time, with few connections; with ORIEL_SLOW_CONNECTIONS=10000
// that many are opened, and waited for.
func TestSlowConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("opens thousands of connections")
	}
	count, patience := 300, time.Duration(0)
	if n, err := strconv.Atoi(os.Getenv("ORIEL_SLOW_CONNECTIONS")); err == nil {
		count, patience = n, 35*time.Second
	}
	for name, d := range dawdlers() {
		v := startVictim(t)
		baseline := v.goodClients(t, func() { time.Sleep(300 * time.Millisecond) })
		growth := v.peak(t)
		var conns []net.Conn
		opening := v.goodClients(t, func() { conns = v.dawdle(t, d.protocol, d.begin, count) })
		open := v.goodClients(t, func() { time.Sleep(300 * time.Millisecond) })
		grown := growth()
		t.Logf("%-20s %d connections: memory +%.1f MiB, good clients' p99 %s, before %s, while they were opened %s",
			name, len(conns), grown, open.quantile(0.99), baseline.quantile(0.99), opening.quantile(0.99))
		if perConn := grown * 1024 / float64(min(count, defaultMaxConnections)); perConn > 50 {
			t.Errorf("%s: a connection costs %.1f KiB", name, perConn)
		}
		if patience > 0 {
			v.waitClosed(t, name, conns, patience)
		}
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// waitClosed goes on with a byte in ten seconds, and says when the last connection was closed.
func (v *victim) waitClosed(t *testing.T, name string, conns []net.Conn, patience time.Duration) {
	t.Helper()
	start := time.Now()
	var open sync.WaitGroup
	var mu sync.Mutex
	var last time.Duration
	left := 0
	for _, conn := range conns {
		open.Go(func() {
			conn.SetReadDeadline(start.Add(patience))
			go func() {
				for range 3 {
					time.Sleep(10 * time.Second)
					conn.Write([]byte{'x'})
				}
			}()
			_, err := io.Copy(io.Discard, conn)
			mu.Lock()
			defer mu.Unlock()
			last = max(last, time.Since(start))
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				left++
			}
		})
	}
	open.Wait()
	t.Logf("%-20s the last of %d was closed after %s, %d are open", name, len(conns), last.Round(100*time.Millisecond), left)
	if left > 0 {
		t.Errorf("%s: %d of %d connections are still open after %s", name, left, len(conns), patience)
	}
}

// A message that does not come ends its call, and that of nobody else on the connection.
func TestSlowMessage(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	s.patience.message = 50 * time.Millisecond
	l, err := s.ListenGRPC("receivers.test", GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]UnaryMethod{echoMethod: echo})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, l, "none")
	if _, err := c.Call(t.Context(), echoMethod, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	stream, err := c.conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, echoMethod, grpc.ForceCodecV2(bytesCodec{}))
	if err != nil {
		t.Fatal(err)
	}
	var reply []byte
	if err := stream.RecvMsg(&reply); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v, want DeadlineExceeded", err)
	}
	if _, err := c.Call(t.Context(), echoMethod, []byte("x"), nil); err != nil {
		t.Errorf("another call on the connection: %v", err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// pipes is a listener of connections in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial() net.Conn {
	client, server := net.Pipe()
	p <- server
	return client
}

func isOpen(c net.Conn) bool {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// At the limit a new connection takes the place of the oldest that has had no request, and waits
// where all have had one. One without a request is closed when patience is over.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		socket := make(pipes, 10)
		l := newLimitListener(socket, 2, time.Minute)
		accepted := make(chan net.Conn, 10)
		go func() {
			defer close(accepted)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				accepted <- c
			}
		}()
		first, second := socket.dial(), socket.dial()
		one, two := <-accepted, <-accepted
		one.(*conn).prove()
		third := socket.dial()
		three := <-accepted
		if !isOpen(first) || isOpen(second) || !isOpen(third) {
			t.Error("the third did not take the place of the second, which had no request")
		}
		two.Close() // once more
		three.(*conn).prove()
		fourth := socket.dial()
		synctest.Wait()
		if len(accepted) != 0 {
			t.Error("a fourth was accepted although all had a request")
		}
		one.Close()
		four := <-accepted
		time.Sleep(time.Minute + time.Second)
		if isOpen(fourth) || !isOpen(third) {
			t.Error("after a minute the one without a request is open, or the one with a request closed")
		}
		four.Close()
		three.Close()
		if l.open != 0 || l.fresh.Len() != 0 {
			t.Errorf("%d connections are counted at the end, %d fresh", l.open, l.fresh.Len())
		}
		l.Close()
		if _, ok := <-accepted; ok {
			t.Error("accepted after Close")
		}
	})
}
