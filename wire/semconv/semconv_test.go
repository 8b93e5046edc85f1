package semconv

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// span encodes a span of the kind and status with the attributes key, value, key, value…
func span(kind otlp.Kind, status otlp.StatusCode, attrs ...any) otlp.Span {
	b := protoscan.AppendVarint(nil, 6, uint64(kind))
	for i := 0; i < len(attrs); i += 2 {
		var v otlp.Value
		switch x := attrs[i+1].(type) {
		case string:
			v = otlp.StringValue(x)
		case int:
			v = otlp.IntValue(int64(x))
		case bool:
			v = otlp.BoolValue(x)
		case float64:
			v = otlp.DoubleValue(x)
		}
		b = otlp.AppendAttr(b, 9, attrs[i].(string), v)
	}
	return otlp.Span(protoscan.AppendBytes(b, 15, protoscan.AppendVarint(nil, 3, uint64(status))))
}

func read(s otlp.Span) Facts {
	f := s.Fields()
	return Read(s, &f)
}

func TestCategory(t *testing.T) {
	const unset, ok, failed = otlp.StatusUnset, otlp.StatusOK, otlp.StatusError
	for _, c := range []struct {
		name   string
		status otlp.StatusCode
		attrs  []any
		want   Category
	}{
		{"nothing said", unset, nil, OK},
		{"200", unset, []any{"http.response.status_code", 200}, OK},
		{"redirect", unset, []any{"http.status_code", 302}, OK},
		{"404", unset, []any{"http.response.status_code", 404}, Error},
		{"old name as text", unset, []any{"http.status_code", "404"}, Error},
		{"429", unset, []any{"http.status_code", 429}, Throttle},
		{"503", unset, []any{"http.status_code", "503"}, Fault},
		{"a 4xx stays an error although the client span is marked as failed", failed, []any{"http.response.status_code", 404}, Error},
		{"429 likewise", failed, []any{"http.response.status_code", 429}, Throttle},
		{"new name before old", unset, []any{"http.response.status_code", 500, "http.status_code", 200}, Fault},
		{"old name before new", unset, []any{"http.status_code", 200, "http.response.status_code", 500}, Fault},
		{"failed without status", failed, nil, Fault},
		{"failed after the answer began", failed, []any{"http.response.status_code", 200}, Fault},
		{"error tag", unset, []any{"error", "true"}, Fault},
		{"error tag, bool", unset, []any{"error", true}, Fault},
		{"error tag with a message", unset, []any{"error", "connection refused"}, Fault},
		{"error tag, empty as Zipkin allows", unset, []any{"error", ""}, Fault},
		{"error tag says no", unset, []any{"error", "false"}, OK},
		{"error tag says no, bool", unset, []any{"error", false}, OK},
		{"explicit OK silences the tag", ok, []any{"error", "true"}, OK},
		{"error tag on a 404", unset, []any{"error", "true", "http.status_code", "404"}, Error},
		{"client gone", unset, []any{"error", "true", "http.status_code", "0", "response_flags", "DC"}, Error},
		{"client gone among other flags", unset, []any{"error", "true", "http.status_code", "0", "response_flags", "UT,DC"}, Error},
		{"upstream gone", unset, []any{"error", "true", "http.status_code", "0", "response_flags", "UC"}, Fault},
		{"no HTTP status at all", unset, []any{"http.status_code", 70000}, OK},
		{"negative", unset, []any{"http.status_code", -404}, OK},
		{"not a number", unset, []any{"http.status_code", "4x4"}, OK},
		{"double is no status", unset, []any{"http.status_code", 404.0}, OK},
		{"gRPC over HTTP 200", unset, []any{"http.status_code", "200", "grpc.status_code", "14"}, Fault},
		{"gRPC code as a number", unset, []any{"rpc.grpc.status_code", 8}, Throttle},
		{"gRPC code by name", unset, []any{"rpc.response.status_code", "NOT_FOUND"}, Error},
		{"gRPC caused by the caller, client span marked as failed", failed, []any{"rpc.grpc.status_code", 5}, Error},
		{"gRPC OK", unset, []any{"rpc.grpc.status_code", 0}, OK},
		{"gRPC OK but failed", failed, []any{"grpc-status", "0"}, Fault},
		{"gRPC code out of range", unset, []any{"rpc.grpc.status_code", 17}, OK},
		{"HTTP error above gRPC", unset, []any{"http.status_code", 503, "grpc-status", "16"}, Fault},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(span(otlp.KindServer, c.status, c.attrs...)).Category; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestGRPCNamesAgreeWithNumbers(t *testing.T) {
	for name, code := range grpcNames {
		byName := read(span(otlp.KindServer, 0, "rpc.response.status_code", name))
		byNumber := read(span(otlp.KindServer, 0, "rpc.grpc.status_code", strconv.Itoa(int(code))))
		if byName.Category != byNumber.Category || byName.GRPCStatus != code {
			t.Errorf("%s: %v and %v", name, byName, byNumber)
		}
	}
}

func TestServer(t *testing.T) {
	const server, client = otlp.KindServer, otlp.KindClient
	for _, c := range []struct {
		name  string
		kind  otlp.Kind
		attrs []any
		host  string
		port  uint16
	}{
		{"current names", client, []any{"server.address", "db", "server.port", 5432, "net.peer.name", "old"}, "db", 5432},
		{"port inside the address", client, []any{"server.address", "db:5432"}, "db", 5432},
		{"old names", client, []any{"net.peer.name", "reviews", "net.peer.port", "9080"}, "reviews", 9080},
		{"OpenTracing names", client, []any{"peer.hostname", "reviews", "peer.port", 9080}, "reviews", 9080},
		{"URL", client, []any{"http.url", "http://user:secret@reviews.default:9080/reviews/0?x=@y"}, "reviews.default", 9080},
		{"new URL before old", client, []any{"http.url", "http://old/", "url.full", "https://new"}, "new", 0},
		{"URL with IPv6", client, []any{"url.full", "http://[fd00::1]:8080/"}, "fd00::1", 8080},
		{"relative URL", client, []any{"url.full", "/reviews"}, "", 0},
		{"Host header", client, []any{"http.host", "reviews:9080"}, "reviews", 9080},
		{"a name is better than an address", client, []any{"peer.address", "10.0.0.1", "http.url", "http://reviews/"}, "reviews", 0},
		{"address", client, []any{"peer.address", "10.0.0.1:80"}, "10.0.0.1", 80},
		{"bare IPv6 address", client, []any{"peer.address", "fd00::1"}, "fd00::1", 0},
		{"Zipkin endpoint", client, []any{"net.peer.ip", "10.0.0.1", "net.peer.port", 80}, "10.0.0.1", 80},
		{"a proxy's peer is its own client", client, []any{"component", "proxy", "peer.address", "10.0.0.9", "upstream_address", "10.0.0.1:9080"}, "10.0.0.1", 9080},
		{"server span: its caller is not the server", server, []any{"net.peer.name", "caller", "peer.address", "10.0.0.1"}, "", 0},
		{"server span: own name", server, []any{"net.host.name", "me", "net.host.port", 9080, "net.peer.name", "caller"}, "me", 9080},
		{"port out of range", client, []any{"server.address", "db", "server.port", 70000}, "db", 0},
		{"broken bracket", client, []any{"server.address", "[fd00::1"}, "[fd00::1", 0},
		{"only a port in the text", client, []any{"server.address", ":80"}, "", 80},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := read(span(c.kind, 0, c.attrs...))
			if string(got.ServerAddress) != c.host || got.ServerPort != c.port {
				t.Errorf("got %q:%d, want %q:%d", got.ServerAddress, got.ServerPort, c.host, c.port)
			}
		})
	}
}

func TestNames(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	for _, c := range []struct {
		name  string
		attrs []any
		want  Facts
	}{
		{"current", []any{"db.system.name", "postgresql", "db.namespace", "shop", "service.peer.name", "db"},
			Facts{DBSystem: b("postgresql"), DBName: b("shop"), PeerService: b("db")}},
		{"old", []any{"db.system", "mysql", "db.name", "shop", "peer.service", "db", "messaging.destination", "orders"},
			Facts{DBSystem: b("mysql"), DBName: b("shop"), PeerService: b("db"), Destination: b("orders")}},
		{"both, in either order", []any{"db.system.name", "mariadb", "db.system", "mysql", "messaging.destination", "old", "messaging.destination.name", "new"},
			Facts{DBSystem: b("mariadb"), Destination: b("new")}},
		{"messaging and rpc", []any{"messaging.system", "kafka", "rpc.system", "grpc", "rpc.service", "shop.Cart"},
			Facts{MessagingSystem: b("kafka"), RPCSystem: b("grpc"), RPCService: b("shop.Cart")}},
		{"Envoy", []any{"component", "proxy", "upstream_cluster.name", "outbound|9080||ratings"},
			Facts{Proxy: true, UpstreamCluster: b("outbound|9080||ratings")}},
		{"empty is absent", []any{"peer.service", "", "db.system", 7}, Facts{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(span(otlp.KindClient, 0, c.attrs...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var envoySpan = span(otlp.KindClient, 0,
	"component", "proxy", "http.method", "GET", "http.url", "http://reviews:9080/reviews/17", "http.status_code", "200",
	"http.protocol", "HTTP/1.1", "user_agent", "Mozilla/5.0 (X11; Linux x86_64)", "request_size", "0", "response_size", "4711",
	"upstream_cluster", "outbound|9080||reviews.default.svc.cluster.local", "peer.address", "10.1.2.3",
	"guid:x-request-id", "8e2b0f3c-4f5a-4c43-9d1b-0d6a2b0f7a11", "istio.canonical_revision", "v3")

func TestReadAllocatesNothing(t *testing.T) {
	f := envoySpan.Fields()
	if n := testing.AllocsPerRun(100, func() { Read(envoySpan, &f) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzRead holds what any value may make of Read: no panic, and bounds on what it answers.
func FuzzRead(f *testing.F) {
	f.Add("http.url", "http://[::1]:80@x")
	f.Add("server.address", "[]:")
	f.Add("grpc.status_code", "255")
	f.Fuzz(func(t *testing.T, key, value string) {
		got := read(span(otlp.KindClient, 0, key, value))
		if got.Category > Fault || got.HTTPStatus != 0 && (got.HTTPStatus < 100 || got.HTTPStatus > 999) || got.GRPCStatus > 16 {
			t.Errorf("%q = %q: %+v", key, value, got)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	f := envoySpan.Fields()
	b.ReportAllocs()
	for b.Loop() {
		Read(envoySpan, &f)
	}
}
