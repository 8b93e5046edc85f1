package transport

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
)

// HTTPClientConfig is the part of an exporter's configuration that describes its
// HTTP connections, with upstream's keys but for timeout, which is component.Delivery's.
type HTTPClientConfig struct {
	// URL to send to: http://host:port or https://host:port, with or without a path.
	Endpoint string `yaml:"endpoint"`
	// Proxy to go through: http://, https:// or socks5://. By default what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say.
	ProxyURL string `yaml:"proxy_url"`
	// How to speak TLS with an https:// endpoint.
	TLS TLSClientConfig `yaml:"tls"`
	// Bytes that are read from a connection at once. 4 KiB by default.
	ReadBufferSize int `yaml:"read_buffer_size"`
	// Bytes that are gathered before they are written. 4 KiB by default.
	WriteBufferSize int `yaml:"write_buffer_size"`
	// Headers to send with each request, as a map or as a list of name and value. They replace our own. Host is the name of the virtual host.
	Headers Headers `yaml:"headers"`
	// gzip, zstd, zlib, deflate, snappy (one block), x-snappy-framed, lz4 or none.
	Compression string `yaml:"compression"`
	// How hard to compress.
	CompressionParams CompressionParams `yaml:"compression_params"`
	// Most connections that wait for their next request. 0: no limit.
	MaxIdleConns int `yaml:"max_idle_conns"`
	// The same for each host. 0: as many as max_idle_conns, where upstream keeps 2 and opens new ones for more senders than that.
	MaxIdleConnsPerHost int `yaml:"max_idle_conns_per_host"`
	// Most connections to a host, in use or not. 0: no limit. Of no effect with HTTP/2.
	MaxConnsPerHost int `yaml:"max_conns_per_host"`
	// How long a connection waits for its next request before it is closed. 0: for ever.
	IdleConnTimeout time.Duration `yaml:"idle_conn_timeout"`
	// Open a new connection for each request.
	DisableKeepAlives bool `yaml:"disable_keep_alives"`
	// Ping an HTTP/2 connection on which nothing came for so long. 0: never.
	HTTP2ReadIdleTimeout time.Duration `yaml:"http2_read_idle_timeout"`
	// Close the connection if the ping is not answered within this time. 15s by default.
	HTTP2PingTimeout time.Duration `yaml:"http2_ping_timeout"`
	// Speak HTTP/2 with servers that offer it over TLS.
	ForceAttemptHTTP2 bool `yaml:"force_attempt_http2"`
	// Keep the cookies that the server sets, as sticky load balancers want. An empty block turns it on.
	Cookies *CookiesConfig `yaml:"cookies"`

	Auth        config.Unsupported `yaml:"auth"`
	Middlewares config.Unsupported `yaml:"middlewares"`
}

// CookiesConfig is the `cookies:` block; it has no keys.
type CookiesConfig struct{}

// DefaultHTTPClient holds upstream's defaults.
func DefaultHTTPClient() HTTPClientConfig {
	return HTTPClientConfig{MaxIdleConns: 100, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true}
}

// Validate checks what can be checked without connecting. Whether there must be an endpoint is the exporter's to say.
func (c *HTTPClientConfig) Validate() error {
	problems := []error{validateCompression(c.Compression, c.CompressionParams)}
	if c.Endpoint != "" {
		problems = append(problems, ValidateURL("endpoint", c.Endpoint))
	}
	if c.ProxyURL != "" {
		if u, err := url.Parse(c.ProxyURL); err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			problems = append(problems, &config.Problem{Where: "proxy_url", What: fmt.Sprintf("%q is not the URL of a proxy", withoutUser(c.ProxyURL)), Fix: "proxy_url: http://proxy.example:3128"})
		}
	}
	for _, number := range []struct {
		key   string
		value int64
	}{
		{"read_buffer_size", int64(c.ReadBufferSize)}, {"write_buffer_size", int64(c.WriteBufferSize)}, {"max_idle_conns", int64(c.MaxIdleConns)},
		{"max_idle_conns_per_host", int64(c.MaxIdleConnsPerHost)}, {"max_conns_per_host", int64(c.MaxConnsPerHost)},
		{"idle_conn_timeout", int64(c.IdleConnTimeout)}, {"http2_read_idle_timeout", int64(c.HTTP2ReadIdleTimeout)}, {"http2_ping_timeout", int64(c.HTTP2PingTimeout)},
	} {
		if number.value < 0 {
			problems = append(problems, &config.Problem{Where: number.key, What: "is negative", Fix: number.key + ": 0"})
		}
	}
	return errors.Join(problems...)
}

// ValidateURL checks that text is a URL that a client can send to.
func ValidateURL(where, text string) error {
	fix := where + ": http://gateway.example:4318"
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case !strings.Contains(text, "://"):
		if plain, err := url.Parse("http://" + text); err == nil && plain.Host != "" {
			fix = fmt.Sprintf("%s: http://%s  # or https://", where, text)
		}
	}
	return &config.Problem{Where: where, What: fmt.Sprintf("%q is not the URL of an HTTP server", withoutUser(text)), Fix: fix}
}

// withoutUser is a URL for people: without a name and password that stand in it.
func withoutUser(text string) string {
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			return scheme + "://" + config.Redacted + rest[at:]
		}
	}
	return text
}
