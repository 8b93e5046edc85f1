package transport

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const echoMethod = "/test.Echo/Say"

func echo(_ context.Context, request *Request) ([]byte, error) {
	return bytes.Clone(request.Body.Bytes()), nil
}

func echoServer(t *testing.T, cfg GRPCConfig, method UnaryMethod) (*Servers, *Listener) {
	t.Helper()
	s := NewServers(nil)
	cfg.Endpoint = "127.0.0.1:0"
	l, err := s.ListenGRPC("receivers.test", cfg, map[string]UnaryMethod{echoMethod: method})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		l.Close(ctx)
	})
	return s, l
}

func dial(t *testing.T, l *Listener, compression string) *GRPCClient {
	t.Helper()
	cfg := GRPCClientConfig{Endpoint: l.Addr().String(), Compression: compression, TLS: TLSClientConfig{Insecure: true}}
	c, err := cfg.NewClient(nil, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestGRPCRoundTrip(t *testing.T) {
	t.Parallel()
	_, l := echoServer(t, GRPCConfig{}, echo)
	long := bytes.Repeat([]byte("oriel"), 300_000)
	for _, compression := range []string{"none", "gzip", "zstd", "snappy"} {
		c := dial(t, l, compression)
		for _, want := range [][]byte{{}, []byte("x"), long, long[:7]} {
			got, err := c.Call(t.Context(), echoMethod, want, nil)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: sent %d bytes, got %d (%v)", compression, len(want), len(got), err)
			}
		}
	}
}

// Messages above the limit are refused, whether they are large on the wire or only when inflated.
func TestGRPCMessageLimit(t *testing.T) {
	t.Parallel()
	s, l := echoServer(t, GRPCConfig{MaxRecvMsgSizeMiB: 1}, echo)
	for _, compression := range []string{"none", "gzip", "zstd", "snappy"} {
		c := dial(t, l, compression)
		_, err := c.Call(t.Context(), echoMethod, make([]byte, 64<<20), nil)
		if status.Code(err) != codes.ResourceExhausted {
			t.Errorf("%s: got %v, want ResourceExhausted", compression, err)
		}
	}
	if got := s.States()[0].Refused; got != 4 {
		t.Errorf("refused = %d, want 4", got)
	}
}

// gRPC itself answers a call that carries no message; we count it.
func TestGRPCCallWithoutMessage(t *testing.T) {
	t.Parallel()
	s, l := echoServer(t, GRPCConfig{}, echo)
	c := dial(t, l, "none")
	stream, err := c.conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, echoMethod, c.options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	var reply []byte
	if err := stream.RecvMsg(&reply); status.Code(err) != codes.Internal || s.States()[0].Refused != 1 {
		t.Errorf("got %v and %+v, want Internal and one refused", err, s.States())
	}
}

// Close lets a running call finish; a second owner of the address is told who has it.
func TestGRPCClose(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	s, l := echoServer(t, GRPCConfig{}, func(context.Context, *Request) ([]byte, error) {
		close(entered)
		<-release
		return []byte("late"), nil
	})
	_, err := s.ListenGRPC("receivers.other", GRPCConfig{Endpoint: l.Addr().String()}, nil)
	if err == nil || !strings.Contains(err.Error(), "receivers.test listens there already") {
		t.Errorf("second owner: %v", err)
	}
	c := dial(t, l, "none")
	type answer struct {
		reply []byte
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		reply, err := c.Call(context.Background(), echoMethod, nil, nil)
		answered <- answer{reply, err}
	}()
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- l.Close(context.Background()) }()
	close(release)
	if got := <-answered; got.err != nil || string(got.reply) != "late" {
		t.Errorf("the running call got %q, %v", got.reply, got.err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func BenchmarkGRPCForwardCopy(b *testing.B) {
	for _, size := range []int{57_500, 575_000} {
		b.Run(byteSize(size), func(b *testing.B) {
			s := NewServers(nil)
			l, err := s.ListenGRPC("bench", GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]UnaryMethod{
				echoMethod: func(context.Context, *Request) ([]byte, error) { return nil, nil }})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close(context.Background())
			cfg := GRPCClientConfig{Endpoint: l.Addr().String(), TLS: TLSClientConfig{Insecure: true}}
			c, err := cfg.NewClient(nil, "test")
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			message := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Call(context.Background(), echoMethod, message, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func byteSize(n int) string {
	if n < 100_000 {
		return "100 spans"
	}
	return "1000 spans"
}
