package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/internal/bytepool"
	"golang.org/x/net/publicsuffix"
)

// HTTPClient posts bodies. Safe for concurrent use.
type HTTPClient struct {
	client      *http.Client
	transport   *reloadingTransport
	headers     http.Header
	host        string // of the virtual host, "" for that of the URL
	compression string // "" for none
	squeeze     squeeze
}

// NewClient makes a client; it connects when something is sent. log, which may
// be nil, is told of new certificates that cannot be used. userAgent is what the
// server is told unless the configured headers say otherwise.
//
// Errors: files of certificates that cannot be read.
func (c *HTTPClientConfig) NewClient(log *slog.Logger, userAgent string) (*HTTPClient, error) {
	source, err := c.TLS.source(log)
	if err != nil {
		return nil, err
	}
	out := &HTTPClient{
		transport: &reloadingTransport{open: c.transport, source: source},
		headers:   http.Header{"User-Agent": {userAgent}},
		squeeze:   newSqueeze(c.Compression, c.CompressionParams.Level),
	}
	if out.squeeze != nil {
		out.compression = c.Compression
	}
	for name, value := range c.Headers {
		out.headers.Set(name, string(value))
	}
	out.host = out.headers.Get("Host")
	out.headers.Del("Host")
	out.client = &http.Client{Transport: out.transport, CheckRedirect: sameRequest}
	if c.Cookies != nil {
		if out.client.Jar, err = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sameRequest follows a redirect only to the same host and with the same method: headers may hold a key
// that is nobody else's business, and a body that becomes a GET is lost. What is not followed is the answer.
func sameRequest(next *http.Request, before []*http.Request) error {
	if first := before[0]; len(before) >= 5 || next.Method != first.Method || next.URL.Hostname() != first.URL.Hostname() ||
		first.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	return nil
}

// HTTPRequest is one POST.
type HTTPRequest struct {
	URL         string
	ContentType string
	Body        [][]byte // in order, not compressed
	// Encoding and Encoded are the compressed form that Body came in, if there is one. It is sent as it is
	// where the client compresses in the same way.
	Encoding string
	Encoded  []byte
	// Lender is where the bytes are lent, or nil.
	Lender *bytepool.Buffer
}

// HTTPResponse is an answer with the first 64 KiB of its body.
type HTTPResponse struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxResponseBytes bounds what a server can make us keep.
const maxResponseBytes = 64 << 10

// Post sends one request and reads the answer, whatever its status. Lent bytes may be read for
// some time after a request that was cut short; they are retained as long.
//
// Errors: no answer came, or ctx ended.
func (c *HTTPClient) Post(ctx context.Context, r HTTPRequest) (*HTTPResponse, error) {
	content, lender, encoding := r.Body, r.Lender, ""
	switch {
	case c.squeeze == nil || len(r.Body) == 0:
	case r.Encoding == c.compression:
		content, encoding = [][]byte{r.Encoded}, r.Encoding
	default:
		squeezed, err := c.squeeze(r.Body)
		if err != nil {
			return nil, fmt.Errorf("compress with %s: %w", c.compression, err)
		}
		defer squeezed.Release()
		content, lender, encoding = [][]byte{squeezed.Bytes()}, squeezed, c.compression
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{
		"Content-Type": {r.ContentType},
		// Not sent; it lets net/http try again at once where an old connection broke before the answer came. A duplicate is better than a wait.
		"Idempotency-Key": {},
	}
	if encoding != "" {
		request.Header["Content-Encoding"] = []string{encoding}
	}
	for name, values := range c.headers {
		request.Header[name] = values
	}
	request.Host = c.host
	if size := sizeOf(content); size > 0 { // an empty one would be sent in chunks
		request.ContentLength = int64(size)
		request.GetBody = func() (io.ReadCloser, error) { return newLentBody(content, lender), nil }
		request.Body = newLentBody(content, lender)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer response.Body.Close()
	// A body that breaks off changes nothing about the status.
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	return &HTTPResponse{response.StatusCode, response.Header, body}, nil
}

// withoutURL takes off what net/http puts in front: `Post "http://..."`. Callers name the endpoint themselves.
func withoutURL(err error) error {
	if with, ok := errors.AsType[*url.Error](err); ok {
		return with.Err
	}
	return err
}

// RetryAfter is the wait that the server asks for, in seconds or as a date. ok is false if it asks for none.
//
// Source: RFC 9110, section 10.2.3.
func (r *HTTPResponse) RetryAfter() (wait time.Duration, ok bool) {
	text := strings.TrimSpace(r.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(date)), true
	}
	return 0, false
}

// Close closes the connections that wait for a request.
func (c *HTTPClient) Close() { c.transport.close() }
