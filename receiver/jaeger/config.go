package jaeger

import (
	"fmt"
	"net"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `jaeger:` block.
type Config struct {
	// Which protocols to serve; at least one.
	Protocols Protocols `yaml:"protocols"`

	RemoteSampling config.Unsupported `yaml:"remote_sampling"`
}

// Protocols are optional blocks: one that is there, even if it is empty, is served.
type Protocols struct {
	// Spans in protobuf over gRPC: jaeger.api_v2.CollectorService/PostSpans.
	GRPC *GRPC `yaml:"grpc"`
	// Spans in Thrift's binary protocol, posted to /api/traces.
	ThriftHTTP *HTTP `yaml:"thrift_http"`
	// Spans in Thrift's compact protocol over UDP, as most clients send them to an agent.
	ThriftCompact *Compact `yaml:"thrift_compact"`
	// Spans in Thrift's binary protocol over UDP.
	ThriftBinary *Binary `yaml:"thrift_binary"`
}

// GRPC is the `grpc:` block.
type GRPC struct {
	transport.GRPCConfig `yaml:",inline"`
}

// SetDefaults listens on loopback only, as the other three do.
func (g *GRPC) SetDefaults() { g.Endpoint = "127.0.0.1:14250" }

// HTTP is the `thrift_http:` block.
type HTTP struct {
	transport.HTTPConfig `yaml:",inline"`
}

func (h *HTTP) SetDefaults() { h.Endpoint = "127.0.0.1:14268" }

// Compact is the `thrift_compact:` block.
type Compact struct {
	UDP `yaml:",inline"`
}

func (c *Compact) SetDefaults() { c.UDP = defaultUDP("127.0.0.1:6831") }

// Binary is the `thrift_binary:` block.
type Binary struct {
	UDP `yaml:",inline"`
}

func (b *Binary) SetDefaults() { b.UDP = defaultUDP("127.0.0.1:6832") }

// UDP is what both blocks of datagrams have.
type UDP struct {
	// Address to listen on, host:port. Port 0 takes a free one.
	Endpoint string `yaml:"endpoint"`
	// Most datagrams that wait for a worker; with a full queue new ones are dropped and counted.
	QueueSize int `yaml:"queue_size"`
	// Most bytes of a datagram; longer ones are dropped and counted.
	MaxPacketSize int `yaml:"max_packet_size"`
	// How many datagrams are handled at once.
	Workers int `yaml:"workers"`
	// Bytes that the system keeps while we are busy. 0 leaves it at the system's default.
	SocketBufferSize int `yaml:"socket_buffer_size"`
}

func defaultUDP(endpoint string) UDP {
	return UDP{Endpoint: endpoint, QueueSize: 1000, MaxPacketSize: 65_000, Workers: 10}
}

// Validate checks the address and the numbers.
func (u *UDP) Validate() error {
	if _, _, err := net.SplitHostPort(u.Endpoint); err != nil {
		return &config.Problem{Where: "endpoint", What: fmt.Sprintf("%q is not host:port", u.Endpoint), Fix: "endpoint: 127.0.0.1:6831"}
	}
	for _, number := range []struct {
		key        string
		value, fix int
	}{{"queue_size", u.QueueSize, 1000}, {"max_packet_size", u.MaxPacketSize, 65_000}, {"workers", u.Workers, 10}} {
		if number.value < 1 {
			return &config.Problem{Where: number.key, What: fmt.Sprintf("%d is less than 1", number.value), Fix: fmt.Sprintf("%s: %d  # the default", number.key, number.fix)}
		}
	}
	if u.SocketBufferSize < 0 {
		return &config.Problem{Where: "socket_buffer_size", What: fmt.Sprintf("%d is negative", u.SocketBufferSize), Fix: "socket_buffer_size: 0  # the system's default"}
	}
	return nil
}

// Validate requires a protocol.
func (c *Config) Validate() error {
	if p := c.Protocols; p.GRPC == nil && p.ThriftHTTP == nil && p.ThriftCompact == nil && p.ThriftBinary == nil {
		return &config.Problem{Where: "protocols", What: "no protocol is given, so nothing would listen", Fix: "protocols:\n  grpc:\n  thrift_http:\n  thrift_compact:"}
	}
	return nil
}

// Factory is listed in components/components.go.
var Factory = component.ReceiverFactory[Config]{
	Type:    "jaeger",
	Summary: "Receives Jaeger's spans over gRPC, HTTP and UDP.",
	Signals: component.SignalsOf(otlp.Traces),
	Default: func() Config { return Config{} },
	New:     newReceiver,
}
