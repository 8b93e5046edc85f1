package transport

import (
	"errors"
	"time"

	"github.com/oriel-io/oriel/config"
)

// GRPCConfig is the part of a component's configuration that describes a gRPC
// server, with upstream's keys. The zero value of each field means its default.
type GRPCConfig struct {
	// Address to listen on, host:port, or the path of a unix socket. Port 0 takes a free one.
	Endpoint string `yaml:"endpoint"`
	// tcp (default), tcp4, tcp6 or unix.
	Transport string `yaml:"transport"`
	// Mode of the unix socket, as "0660". What the umask leaves by default.
	SocketPermissions string `yaml:"socket_permissions"`
	// Most MiB of one message, after decompression too. 4 by default.
	MaxRecvMsgSizeMiB int `yaml:"max_recv_msg_size_mib"`
	// Most calls at once on one connection. 256 by default.
	MaxConcurrentStreams uint32 `yaml:"max_concurrent_streams"`
	// Most open connections; at the limit a new one takes the place of the oldest without a call yet. 4096 by default.
	MaxConnections int `yaml:"max_connections"`
	// Bytes that are read from a connection at once. 32 KiB by default.
	ReadBufferSize int `yaml:"read_buffer_size"`
	// Bytes that are gathered before they are written. 32 KiB by default.
	WriteBufferSize int `yaml:"write_buffer_size"`
	// Keep the headers of calls, for processors that ask for them.
	IncludeMetadata bool `yaml:"include_metadata"`
	// Serve with this certificate.
	TLS *TLSServerConfig `yaml:"tls"`
	// When idle or old connections are closed, and how often a client may ping.
	Keepalive *KeepaliveServerConfig `yaml:"keepalive"`

	Auth        config.Unsupported `yaml:"auth"`
	Middlewares config.Unsupported `yaml:"middlewares"`
	Dialer      config.Ignored     `yaml:"dialer"`
}

// KeepaliveServerConfig is the `keepalive:` block of a server. Zero values
// leave gRPC's defaults in force.
type KeepaliveServerConfig struct {
	// What the server does by itself.
	ServerParameters struct {
		// Close a connection that had no call for so long. Never by default.
		MaxConnectionIdle time.Duration `yaml:"max_connection_idle"`
		// Close a connection after about this time, so that clients spread anew. Never by default.
		MaxConnectionAge time.Duration `yaml:"max_connection_age"`
		// How long running calls may go on after that.
		MaxConnectionAgeGrace time.Duration `yaml:"max_connection_age_grace"`
		// Ping a silent client after this time. 2h by default.
		Time time.Duration `yaml:"time"`
		// Close the connection if it does not answer the ping. 20s by default.
		Timeout time.Duration `yaml:"timeout"`
	} `yaml:"server_parameters"`
	// What clients may do.
	EnforcementPolicy struct {
		// Clients that ping more often are disconnected. 5m by default.
		MinTime time.Duration `yaml:"min_time"`
		// Allow pings without a call.
		PermitWithoutStream bool `yaml:"permit_without_stream"`
	} `yaml:"enforcement_policy"`
}

const (
	defaultMessageMiB  = 4
	defaultMaxStreams  = 256
	defaultGRPCBuffers = 32 << 10
	// defaultClientWriteBuffer is borrowed from a pool while there is something to write.
	defaultClientWriteBuffer = 512 << 10
)

// Validate checks what can be checked without opening anything.
func (c *GRPCConfig) Validate() error {
	problems := []error{validateEndpoint(c.Transport, c.Endpoint), validatePermissions(c.Transport, c.SocketPermissions), exposed(c.Transport, c.Endpoint, c.TLS)}
	if c.MaxRecvMsgSizeMiB < 0 || c.MaxRecvMsgSizeMiB > 1024 {
		problems = append(problems, &config.Problem{Where: "max_recv_msg_size_mib", What: "is not between 1 and 1024", Fix: "max_recv_msg_size_mib: 4  # the default"})
	}
	if c.ReadBufferSize < 0 {
		problems = append(problems, &config.Problem{Where: "read_buffer_size", What: "is negative", Fix: "read_buffer_size: 32768  # the default"})
	}
	if c.WriteBufferSize < 0 {
		problems = append(problems, &config.Problem{Where: "write_buffer_size", What: "is negative", Fix: "write_buffer_size: 32768  # the default"})
	}
	return errors.Join(problems...)
}

// withDefaults fills in what is zero.
func (c GRPCConfig) withDefaults() GRPCConfig {
	orInt := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	orInt(&c.MaxRecvMsgSizeMiB, defaultMessageMiB)
	orInt(&c.MaxConnections, defaultMaxConnections)
	orInt(&c.ReadBufferSize, defaultGRPCBuffers)
	orInt(&c.WriteBufferSize, defaultGRPCBuffers)
	if c.MaxConcurrentStreams == 0 {
		c.MaxConcurrentStreams = defaultMaxStreams
	}
	return c
}
