package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
)

// udpClient sends datagrams to a listener.
type udpClient struct{ net.Conn }

func dialUDP(t *testing.T, addr net.Addr) udpClient {
	t.Helper()
	conn, err := net.Dial("udp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return udpClient{conn}
}

func (c udpClient) send(t *testing.T, data string) {
	t.Helper()
	if _, err := c.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
}

func listenUDP(t *testing.T, s *Servers, options UDPOptions, handle func(context.Context, Datagram)) *UDPListener {
	t.Helper()
	if options.Endpoint == "" {
		options.Endpoint = "127.0.0.1:0"
	}
	l, err := s.ListenUDP("receivers.test", options, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background()) })
	return l
}

// All datagrams arrive whole, with their sender, also with several readers and workers.
func TestUDP(t *testing.T) {
	t.Parallel()
	for _, readers := range []int{1, 3} {
		s := NewServers(nil)
		got := make(chan string, 100)
		l := listenUDP(t, s, UDPOptions{Readers: readers, Workers: 3, MaxBytes: 60_000}, func(_ context.Context, d Datagram) {
			got <- fmt.Sprint(d.From, " ", len(d.Data), string(d.Data[:min(10, len(d.Data))]))
		})
		if state := s.States()[0]; state.Protocol != "udp" || !state.Open || state.Address != l.Addr().String() || !IsLoopback(l.Addr()) {
			t.Errorf("status page shows %+v", state)
		}
		client := dialUDP(t, l.Addr())
		want := map[string]bool{}
		for i := range 50 {
			data := fmt.Sprintf("%010d", i) + strings.Repeat("x", i*1000)
			want[fmt.Sprint(client.LocalAddr(), " ", len(data), data[:10])] = true
			client.send(t, data)
			text := <-got
			if !want[text] {
				t.Fatalf("%d readers: got %s", readers, text)
			}
			delete(want, text)
		}
		if err := l.Close(t.Context()); err != nil || len(s.States()) != 0 {
			t.Errorf("close: %v, %+v", err, s.States())
		}
	}
}

// What cannot be handled is dropped and counted, and the rest is not held up by it.
func TestUDPDrops(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	memory := new(budget.Budget)
	memory.SetLimit(25)
	s.SetMemory(memory)
	entered, leave := make(chan string, 10), make(chan struct{})
	l := listenUDP(t, s, UDPOptions{Queue: 1, Workers: 1, MaxBytes: 12}, func(_ context.Context, d Datagram) {
		entered <- string(d.Data)
		<-leave
	})
	client := dialUDP(t, l.Addr())
	drops := func(want UDPDrops) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
			got := l.Drops()
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
	}
	client.send(t, "handled   ") // 10 bytes, held by the handler
	<-entered
	client.send(t, "much too long")
	drops(UDPDrops{TooLarge: 1})
	client.send(t, "waits")
	client.send(t, "full")
	drops(UDPDrops{TooLarge: 1, Queue: 1})
	client.send(t, "memory     ") // 10 + 5 + 11
	drops(UDPDrops{TooLarge: 1, Queue: 1, Memory: 1})
	if state := s.States()[0]; state.Refused != 3 {
		t.Errorf("status page shows %+v", state)
	}
	close(leave)
	if text := <-entered; text != "waits" {
		t.Errorf("got %q", text)
	}
	if err := l.Close(t.Context()); err != nil || memory.Held() != 0 {
		t.Errorf("close: %v, %d bytes held", err, memory.Held())
	}
}

// A listener that is cut off gives up what waits; before that, what is in the socket's buffer is handled.
func TestUDPStop(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	var handled sync.Map
	entered := make(chan struct{}, 10)
	l := listenUDP(t, s, UDPOptions{Workers: 1}, func(ctx context.Context, d Datagram) {
		handled.Store(string(d.Data), true)
		entered <- struct{}{}
		<-ctx.Done()
	})
	client := dialUDP(t, l.Addr())
	client.send(t, "stuck")
	<-entered
	client.send(t, "waits")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := l.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	if _, found := handled.Load("waits"); found || l.Drops().Stopped != 1 {
		t.Errorf("handled: %v, drops %+v", found, l.Drops())
	}
}

// Nothing is lost between two owners of a reload, and a socket that nobody takes over is closed.
func TestUDPReload(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	got := make(chan string, 1000)
	handle := func(owner string) func(context.Context, Datagram) {
		return func(_ context.Context, d Datagram) { got <- owner + string(d.Data) }
	}
	l := listenUDP(t, s, UDPOptions{}, handle("first "))
	address := l.Addr().String()
	client := dialUDP(t, l.Addr())
	client.send(t, "1")
	s.BeginReload()
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	client.send(t, "2") // nobody listens
	second := listenUDP(t, s, UDPOptions{Endpoint: address, ReceiveBuffer: 100_000}, handle("second "))
	s.EndReload()
	client.send(t, "3")
	for _, want := range []string{"first 1", "second 2", "second 3"} {
		if text := <-got; text != want {
			t.Errorf("got %s, want %s", text, want)
		}
	}
	s.BeginReload()
	if err := second.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.EndReload()
	free, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatalf("the socket was not closed: %v", err)
	}
	free.Close()
}

func TestUDPErrors(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	mine := listenUDP(t, s, UDPOptions{}, func(context.Context, Datagram) {})
	for endpoint, want := range map[string]string{
		"":                          "no address is set",
		"127.0.0.1":                 "missing port",
		taken.LocalAddr().String():  "the port is in use by ",
		mine.Addr().String():        "receivers.test listens there already",
		"203.0.113.1:" + "6831":     "cannot assign requested address",
		"localhost:" + "noone-such": "unknown port",
	} {
		_, err := s.ListenUDP("receivers.other", UDPOptions{Endpoint: endpoint}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "listen on "+endpoint) {
			t.Errorf("%q: got %v, want %s", endpoint, err, want)
		}
	}
}

// The system tells how many datagrams it dropped, by socket.
func TestKernelDrops(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := socket.SetReadBuffer(1 << 10); err != nil {
		t.Fatal(err)
	}
	client := dialUDP(t, socket.LocalAddr())
	for range 100 {
		client.send(t, strings.Repeat("x", 1000))
	}
	if drops := kernelDrops("/proc", socketInode(socket)); drops < 50 || drops >= 100 {
		t.Errorf("%d of 100 datagrams are told to be dropped", drops)
	}
	proc := t.TempDir()
	table := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" +
		"  100: 0100007F:1A90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 424242 2 0000000000000000 17\n"
	if err := os.MkdirAll(filepath.Join(proc, "net"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(proc, "net", "udp6"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	if drops := kernelDrops(proc, 424242); drops != 17 {
		t.Errorf("got %d drops, want 17", drops)
	}
}

// A buffer that the system cuts short is told.
func TestReceiveBufferWarning(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	var text strings.Builder
	s := NewServers(slog.New(slog.NewTextHandler(&text, nil)))
	listenUDP(t, s, UDPOptions{ReceiveBuffer: 1 << 30}, func(context.Context, Datagram) {})
	if !strings.Contains(text.String(), "raise net.core.rmem_max") || !strings.Contains(text.String(), "asked=1073741824") {
		t.Errorf("logged %q", text.String())
	}
}

func BenchmarkUDP(b *testing.B) {
	s := NewServers(nil)
	done := make(chan struct{}, 1<<16)
	l, err := s.ListenUDP("receivers.test", UDPOptions{Endpoint: "127.0.0.1:0", Workers: 2, Queue: 1 << 14, ReceiveBuffer: 1 << 21}, func(context.Context, Datagram) { done <- struct{}{} })
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close(context.Background())
	conn, err := net.Dial("udp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	data := make([]byte, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.Write(data); err != nil {
			b.Fatal(err)
		}
		<-done
	}
}
