package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// attacker is an HTTP/2 connection that sends what it likes.
type attacker struct {
	net.Conn
	*http2.Framer
	header  bytes.Buffer
	encoder *hpack.Encoder
	ended   chan struct{} // closed when the server has closed
}

// attack connects to the victim with the protocol and is done with the formalities.
func (v *victim) attack(t testing.TB, protocol string) *attacker {
	t.Helper()
	var conn net.Conn
	var err error
	if protocol == "gRPC" {
		conn, err = net.Dial("tcp", v.grpc)
	} else {
		conn, err = tls.Dial("tcp", v.https, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	a := &attacker{Conn: conn, Framer: http2.NewFramer(conn, conn), ended: make(chan struct{})}
	a.encoder = hpack.NewEncoder(&a.header)
	io.WriteString(conn, http2.ClientPreface)
	a.WriteSettings()
	go func() {
		defer close(a.ended)
		for {
			if _, err := a.ReadFrame(); err != nil && !isStreamError(err) {
				return
			}
		}
	}()
	return a
}

func isStreamError(err error) bool { return errors.As(err, new(http2.StreamError)) }

// request is the header block of a call.
func (a *attacker) request(more ...hpack.HeaderField) []byte {
	a.header.Reset()
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: echoMethod}, {Name: ":authority", Value: "victim"},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
	}, more...) {
		a.encoder.WriteField(f)
	}
	return a.header.Bytes()
}

// floods are attacks of one connection. They end when the server closes or they have sent it all.
var floods = map[string]func(a *attacker) error{
	"rapid reset": func(a *attacker) error {
		for id := uint32(1); id < 100_000; id += 2 {
			if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: a.request(), EndHeaders: true}); err != nil {
				return err
			}
			if err := a.WriteRSTStream(id, http2.ErrCodeCancel); err != nil {
				return err
			}
		}
		return nil
	},
	"CONTINUATION": func(a *attacker) error {
		if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.request()}); err != nil {
			return err
		}
		for i := range 10_000 { // 160 MB
			a.request(hpack.HeaderField{Name: fmt.Sprintf("x-%d", i), Value: strings.Repeat("a", 16_000)})
			if err := a.WriteContinuation(1, false, a.header.Bytes()[:min(a.header.Len(), 16_000)]); err != nil {
				return err
			}
		}
		return nil
	},
	"empty CONTINUATION": func(a *attacker) error {
		if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.request()}); err != nil {
			return err
		}
		for range 50_000 {
			if err := a.WriteContinuation(1, false, nil); err != nil {
				return err
			}
		}
		return nil
	},
	"PING": func(a *attacker) error {
		for range 50_000 {
			if err := a.WritePing(false, [8]byte{}); err != nil {
				return err
			}
		}
		return nil
	},
	"SETTINGS": func(a *attacker) error {
		for i := range uint32(50_000) {
			if err := a.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: i}); err != nil {
				return err
			}
		}
		return nil
	},
	"1 MiB of headers": func(a *attacker) error {
		block := bytes.Clone(a.request(hpack.HeaderField{Name: "x-long", Value: strings.Repeat("a\x7f", 1<<19)}))
		if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:16_000]}); err != nil {
			return err
		}
		for block = block[16_000:]; len(block) > 0; {
			n := min(len(block), 16_000)
			if err := a.WriteContinuation(1, n == len(block), block[:n]); err != nil {
				return err
			}
			block = block[n:]
		}
		return nil
	},
}

// mustClose are the floods after which the connection has to be gone.
var mustClose = map[string]bool{"gRPC rapid reset": true, "gRPC CONTINUATION": true, "gRPC PING": true, "HTTPS CONTINUATION": true, "gRPC 1 MiB of headers": true, "HTTPS rapid reset": true}

// goodClients call all the time, each after the answer to the one before.
func (v *victim) goodClients(t testing.TB, during func()) (took *timings) {
	t.Helper()
	conn := v.dialGRPC(t, "")
	body := make([]byte, 10_000)
	took = new(timings)
	stop := make(chan struct{})
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				start := time.Now()
				if err := sendGRPC(conn, body); err != nil {
					t.Errorf("a good client was answered with %v", err)
					return
				}
				took.add(time.Since(start))
			}
		})
	}
	during()
	close(stop)
	done.Wait()
	return took
}

// cpu is how long the victim has been on a CPU.
func (v *victim) cpu(t testing.TB) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // ticks of 1/100 s
}

// Floods of frames close their connection or cost little, and good clients go on.
func TestHTTP2Floods(t *testing.T) {
	if testing.Short() {
		t.Skip("floods take the machine")
	}
	v := startVictim(t)
	baseline := v.goodClients(t, func() { time.Sleep(500 * time.Millisecond) })
	t.Logf("good clients without an attack: p99 %s", baseline.quantile(0.99))
	for _, protocol := range []string{"gRPC", "HTTPS"} {
		for name, flood := range floods {
			name = protocol + " " + name
			growth := v.peak(t)
			var sent error
			closed := false
			before, start := v.cpu(t), time.Now()
			took := v.goodClients(t, func() {
				a := v.attack(t, protocol)
				sent = flood(a)
				patience := 300 * time.Millisecond
				if mustClose[name] {
					patience = 10 * time.Second // gRPC leaves a client a second to read why
				}
				a.SetReadDeadline(time.Now().Add(patience))
				<-a.ended
				closed = sent != nil || !isTimeout(a)
			})
			used, lasted := v.cpu(t)-before, time.Since(start)
			grown := growth()
			t.Logf("%-26s good clients' p99 %8s, %5.2fs of CPU in %5.2fs, memory +%.1f MiB, closed %t", name, took.quantile(0.99), used.Seconds(), lasted.Seconds(), grown, closed)
			if mustClose[name] && !closed {
				t.Errorf("%s: the connection is open afterwards", name)
			}
			if grown > 48 {
				t.Errorf("%s: the memory grew by %.1f MiB", name, grown)
			}
		}
	}
	before := v.cpu(t)
	time.Sleep(time.Second)
	if after := v.cpu(t) - before; after > 500*time.Millisecond {
		t.Errorf("a second after the attacks the victim uses %s of CPU in a second", after)
	}
}

// isTimeout says whether reading from the connection would still wait.
func isTimeout(a *attacker) bool {
	a.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := a.Read(make([]byte, 1))
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// A header of 1 MiB is refused over HTTP/1 too.
func TestLongHeader(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	l := mustListen(t, s, "a", "127.0.0.1:0", map[string]http.Handler{"/": text("")})
	req, _ := http.NewRequest("GET", "http://"+l.Addr().String(), nil)
	req.Header.Set("X-Long", strings.Repeat("a", 1<<20))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // closed while the client was still sending
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d, want 431", resp.StatusCode)
	}
}
