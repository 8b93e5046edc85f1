package transport

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// transport is net/http's, but for the certificates.
func (c *HTTPClientConfig) transport() *http.Transport {
	out := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ReadBufferSize:         c.ReadBufferSize,
		WriteBufferSize:        c.WriteBufferSize,
		MaxIdleConns:           c.MaxIdleConns,
		MaxIdleConnsPerHost:    c.MaxIdleConnsPerHost,
		MaxConnsPerHost:        c.MaxConnsPerHost,
		IdleConnTimeout:        c.IdleConnTimeout,
		DisableKeepAlives:      c.DisableKeepAlives,
		ForceAttemptHTTP2:      c.ForceAttemptHTTP2,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: c.HTTP2ReadIdleTimeout, PingTimeout: c.HTTP2PingTimeout},
	}
	if out.MaxIdleConnsPerHost == 0 {
		out.MaxIdleConnsPerHost = c.MaxIdleConns
		if c.MaxIdleConns == 0 {
			out.MaxIdleConnsPerHost = unlimitedIdle
		}
	}
	if c.ProxyURL != "" {
		if proxy, err := url.Parse(c.ProxyURL); err == nil { // Validate has looked
			out.Proxy = http.ProxyURL(proxy)
		}
	}
	return out
}

// unlimitedIdle is more than anybody has: 0 would mean two to net/http.
const unlimitedIdle = 1 << 20

// reloadingTransport sends through an http.Transport with the newest TLS settings. Requests that
// run when the settings change end on the connection that they have.
type reloadingTransport struct {
	open   func() *http.Transport
	source *tlsSource

	mu       sync.Mutex // guards the rest
	config   *tls.Config
	current  *http.Transport // with config
	previous *http.Transport // may have connections yet; nil at first
}

func (t *reloadingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.newest().RoundTrip(r)
}

func (t *reloadingTransport) newest() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if config := t.source.config(); config != t.config {
		t.config, t.previous, t.current = config, t.current, t.open()
		t.current.TLSClientConfig = config.Clone() // net/http adds to it
	}
	if t.previous != nil {
		t.previous.CloseIdleConnections()
	}
	return t.current
}

func (t *reloadingTransport) close() { t.newest().CloseIdleConnections() }
