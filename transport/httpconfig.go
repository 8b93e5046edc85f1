package transport

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/transport/contentcoding"
)

// HTTPConfig is the part of a component's configuration that describes an HTTP
// server. The zero value of each field means its default.
type HTTPConfig struct {
	// Address to listen on, host:port, or the path of a unix socket. Port 0 takes a free one.
	Endpoint string `yaml:"endpoint"`
	// tcp (default), tcp4, tcp6 or unix.
	Transport string `yaml:"transport"`
	// Mode of the unix socket, as "0660". What the umask leaves by default.
	SocketPermissions string `yaml:"socket_permissions"`
	// Most bytes of a request's body after decompression. 20 MiB by default.
	MaxRequestBodySize int64 `yaml:"max_request_body_size"`
	// Serve HTTPS with this certificate.
	TLS *TLSServerConfig `yaml:"tls"`
	// How long a client may take for a request's header. 20s by default.
	ReadHeaderTimeout time.Duration `yaml:"read_header_timeout"`
	// How long a client may take for a request's body. 30s by default.
	ReadTimeout time.Duration `yaml:"read_timeout"`
	// How long an answer may take. No limit by default.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// How long a connection may wait for its next request. 1m by default.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// Most open connections; at the limit a new one takes the place of the oldest without a request yet. 4096
	// by default. The first owner of a shared address decides this and the timeouts.
	MaxConnections int `yaml:"max_connections"`
	// false closes each connection after one request.
	KeepAlivesEnabled *bool `yaml:"keep_alives_enabled"`
	// Compressions that are taken: gzip, zstd, zlib, deflate, snappy, x-snappy-framed, lz4, and
	// "" for none. All by default.
	CompressionAlgorithms []string `yaml:"compression_algorithms"`
	// Keep the headers of requests, for processors that ask for them.
	IncludeMetadata bool `yaml:"include_metadata"`
	// Headers that every answer carries.
	ResponseHeaders Headers `yaml:"response_headers"`
	// Which web pages may send here, by the rules of CORS. Pages of other origins cannot, by default.
	CORS *CORSConfig `yaml:"cors"`

	Auth        config.Unsupported `yaml:"auth"`
	Middlewares config.Unsupported `yaml:"middlewares"`
	Dialer      config.Ignored     `yaml:"dialer"`
}

const (
	defaultMaxBody        = 20 << 20
	defaultMaxConnections = 4096
	maxHeaderBytes        = 64 << 10
)

// Validate checks what can be checked without opening anything.
func (c *HTTPConfig) Validate() error {
	for i, name := range c.CompressionAlgorithms {
		if name != "" && contentcoding.Lookup(name) == nil {
			return &config.Problem{Where: fmt.Sprintf("compression_algorithms[%d]", i), What: fmt.Sprintf("%q is not known", name),
				Fix: `compression_algorithms: ["", ` + strings.Join(contentcoding.Names(), ", ") + `]  # the default`}
		}
	}
	return errors.Join(validateEndpoint(c.Transport, c.Endpoint), validatePermissions(c.Transport, c.SocketPermissions), exposed(c.Transport, c.Endpoint, c.TLS))
}

// withDefaults fills in what is zero.
func (c HTTPConfig) withDefaults() HTTPConfig {
	orDuration := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	if c.MaxRequestBodySize <= 0 { // as upstream reads it
		c.MaxRequestBodySize = defaultMaxBody
	}
	if c.CompressionAlgorithms == nil {
		c.CompressionAlgorithms = append([]string{""}, contentcoding.Names()...)
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = defaultMaxConnections
	}
	orDuration(&c.ReadHeaderTimeout, 20*time.Second)
	orDuration(&c.ReadTimeout, 30*time.Second)
	orDuration(&c.IdleTimeout, time.Minute)
	return c
}
