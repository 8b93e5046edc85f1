package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"

	"github.com/oriel-io/oriel/config"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// wireSizes is how large messages were that a server received.
type wireSizes struct {
	stats.Handler
	received chan *stats.InPayload
}

func (w wireSizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (w wireSizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}
func (w wireSizes) HandleConn(context.Context, stats.ConnStats) {}
func (w wireSizes) HandleRPC(_ context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InPayload); ok {
		w.received <- in
	}
}

// A message that came compressed goes out with the bytes it came in, and grpc-go's server reads it.
func TestGRPCPassesEncodedThrough(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Comment = "as it came"
	z.Write(telemetry())
	z.Close()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sizes, arrived := wireSizes{received: make(chan *stats.InPayload, 1)}, make(chan []byte, 1)
	server := grpc.NewServer(grpc.ForceServerCodecV2(bytesCodec{}), grpc.StatsHandler(sizes), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		var message []byte
		if err := stream.RecvMsg(&message); err != nil {
			return err
		}
		arrived <- message
		return stream.SendMsg([]byte{})
	}))
	go server.Serve(socket)
	defer server.Stop()
	for compression, takes := range map[string]bool{"gzip": true, "zstd": false, "snappy": false, "none": false} {
		cfg := GRPCClientConfig{Endpoint: socket.Addr().String(), Compression: compression, TLS: TLSClientConfig{Insecure: true}}
		client, err := cfg.NewClient(nil, "test")
		if err != nil {
			t.Fatal(err)
		}
		if client.Takes("gzip") != takes || client.Takes("") || client.Takes("zstd") {
			t.Errorf("%s: takes gzip: %t", compression, client.Takes("gzip"))
		}
		message := telemetry()
		if takes {
			message = packed.Bytes()
		}
		lender, body := lend(t, message)
		if _, err := client.Call(t.Context(), echoMethod, body, lender); err != nil {
			t.Fatal(err)
		}
		lender.Release()
		client.Close()
		in := <-sizes.received
		if !bytes.Equal(<-arrived, telemetry()) || takes != (in.CompressedLength == packed.Len()) {
			t.Errorf("%s: %d bytes on the wire, %d inflated; it came in %d", compression, in.CompressedLength, in.Length, packed.Len())
		}
	}
}

func TestGRPCHeadersAndUserAgent(t *testing.T) {
	t.Parallel()
	s := NewServers(nil)
	seen := make(chan metadata.MD, 1)
	l, err := s.ListenGRPC("receivers.test", GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]UnaryMethod{echoMethod: func(ctx context.Context, _ *Request) ([]byte, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		seen <- md
		return nil, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(t.Context()) })
	cfg := GRPCClientConfig{Endpoint: "http://" + l.Addr().String(), Headers: Headers{"X-Tenant": "blue"}, Authority: "otlp.example", Keepalive: &KeepaliveClientConfig{}}
	client, err := cfg.NewClient(nil, "Oriel/test")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Call(t.Context(), echoMethod, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	md := <-seen
	if md.Get("x-tenant")[0] != "blue" || md.Get(":authority")[0] != "otlp.example" || !bytes.HasPrefix([]byte(md.Get("user-agent")[0]), []byte("Oriel/test grpc-go/")) {
		t.Errorf("%v", md)
	}
}

func TestGRPCUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "otlp.sock")
	socket, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(bytesCodec{}), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error { return stream.SendMsg([]byte{}) }))
	go server.Serve(socket)
	defer server.Stop()
	cfg := GRPCClientConfig{Endpoint: "unix://" + path, TLS: TLSClientConfig{Insecure: true}}
	client, err := cfg.NewClient(nil, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Call(t.Context(), echoMethod, []byte("x"), nil); err != nil {
		t.Error(err)
	}
}

// What an endpoint means: where to, and whether with TLS.
func TestTargets(t *testing.T) {
	t.Parallel()
	plain, trusting := TLSClientConfig{Insecure: true}, TLSClientConfig{TLSConfig: TLSConfig{CAFile: "ca.crt"}}
	for _, c := range []struct {
		endpoint string
		tls      TLSClientConfig
		target   string
		secure   bool
	}{
		{"gateway:4317", TLSClientConfig{}, "gateway:4317", true},
		{"gateway:4317", plain, "gateway:4317", false},
		{"http://gateway:4317", TLSClientConfig{}, "gateway:4317", false},
		{"http://gateway:4317", trusting, "gateway:4317", true}, // upstream never reads http:// as "without TLS"
		{"https://gateway:4317", plain, "gateway:4317", true},
		{"gateway:4317", TLSClientConfig{Insecure: true, TLSConfig: trusting.TLSConfig}, "gateway:4317", true},
		{"dns:///gateway:4317", plain, "dns:///gateway:4317", false},
		{"dns://10.0.0.2/gateway:4317", plain, "dns://10.0.0.2/gateway:4317", false},
		{"unix:///run/otlp.sock", plain, "unix:///run/otlp.sock", false},
		{"[::1]:4317", plain, "[::1]:4317", false},
	} {
		cfg := GRPCClientConfig{Endpoint: c.endpoint, TLS: c.tls}
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s: %v", c.endpoint, err)
		}
		if target, secure := cfg.target(); target != c.target || secure != c.secure {
			t.Errorf("%s: %s with TLS %t, want %s %t", c.endpoint, target, secure, c.target, c.secure)
		}
	}
	for _, endpoint := range []string{"", "gateway", "gateway:otlp", "gateway:70000", "http://", "https://gateway", "unix://", "http://gateway:4317/v1/traces"} {
		cfg := GRPCClientConfig{Endpoint: endpoint}
		if p, ok := errors.AsType[*config.Problem](cfg.Validate()); !ok || p.Where != "endpoint" || p.Fix == "" {
			t.Errorf("%q: %+v", endpoint, p)
		}
	}
}

// A message in pieces, small and large, arrives as one, and its bytes are given back.
func TestGRPCPieces(t *testing.T) {
	t.Parallel()
	_, l := echoServer(t, GRPCConfig{}, echo)
	for _, compression := range []string{"none", "gzip", "zstd", "snappy"} {
		client := dial(t, l, compression)
		want := telemetry()
		lender, body := lend(t, want)
		got, err := client.CallPieces(t.Context(), echoMethod, [][]byte{body[:1], body[1:50_000], body[50_000:50_100], body[50_100:]}, lender)
		lender.Release()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes came back of %d (%v)", compression, len(got), len(want), err)
		}
	}
}
