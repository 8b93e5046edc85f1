package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport/contentcoding"
)

// serveBodies gives handlers bodies that are inflated, bounded and counted: see body.
func (s *Servers) serveBodies(next http.Handler, cfg HTTPConfig) http.Handler {
	accepted := slices.DeleteFunc(slices.Clone(cfg.CompressionAlgorithms), func(name string) bool { return name == "" })
	withCORS := cfg.CORS.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
		if encoding == "identity" {
			encoding = ""
		}
		if !slices.Contains(cfg.CompressionAlgorithms, encoding) && (encoding != "" || r.ContentLength != 0) {
			w.Header().Set("Accept-Encoding", strings.Join(accepted, ", "))
			http.Error(w, fmt.Sprintf("Content-Encoding %q is not taken here; send one of %s", encoding, strings.Join(accepted, ", ")),
				http.StatusUnsupportedMediaType)
			return
		}
		b := &body{
			servers: s, request: r, answer: w, max: cfg.MaxRequestBodySize, encoding: encoding, metadata: cfg.IncludeMetadata,
			held: claim{memory: s.memory},
		}
		defer b.free()
		b.wire = http.MaxBytesReader(w, r.Body, b.max)
		if r.ContentLength != 0 {
			b.wire = newTimedBody(w, b.wire, cfg.ReadTimeout)
		}
		r.Body = b
		r.Header.Del("Content-Encoding")
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range cfg.ResponseHeaders {
			w.Header().Set(k, string(v))
		}
		withCORS.ServeHTTP(w, r)
	})
}

// body is the body of one request. It is read and inflated as a whole when a
// handler first asks for it, so that a handler that refuses a request by its header
// pays nothing, and what is wrong with it is answered by the handler in its own protocol.
type body struct {
	servers  *Servers
	request  *http.Request
	answer   http.ResponseWriter
	wire     io.ReadCloser
	max      int64
	encoding string
	metadata bool

	held   claim
	loaded bool
	err    error
	sent   *bytepool.Buffer // as it came
	whole  *bytepool.Buffer // inflated; sent itself if there is nothing to inflate
	at     int              // of whole, for Read
}

// load reads the body, once.
func (b *body) load() error {
	if b.loaded {
		return b.err
	}
	b.loaded = true
	b.err = b.receive()
	if _, busy := errors.AsType[*BusyError](b.err); busy {
		b.answer.Header().Set("Retry-After", strconv.Itoa(int(busyDelay/time.Second)))
	}
	return b.err
}

func (b *body) receive() (err error) {
	coding := contentcoding.Lookup(b.encoding) // nil: nothing to inflate
	if b.sent, err = collect(b.wire, b.request.ContentLength, b.max, coding, &b.held); err != nil {
		return err
	}
	httpConn(b.request.Context()).prove()
	if coding == nil {
		b.whole = b.sent
		b.whole.Retain()
		return nil
	}
	b.whole, err = b.servers.inflater.inflate(b.request.Context(), coding, b.sent.Bytes(), b.max, &b.held)
	return inflateError(err)
}

// inflateError says of errors of a coding what was being done.
func inflateError(err error) error {
	if err == nil {
		return nil
	}
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	_, busy := errors.AsType[*BusyError](err)
	if tooLarge || busy {
		return err
	}
	return fmt.Errorf("decompress: %w", err)
}

// Read makes body an io.Reader for handlers that want one.
func (b *body) Read(p []byte) (int, error) {
	if err := b.load(); err != nil {
		return 0, err
	}
	n := copy(p, b.whole.Bytes()[b.at:])
	if b.at += n; n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (b *body) Close() error { return b.wire.Close() }

// free gives everything back, when the request is answered.
func (b *body) free() {
	b.sent.Release()
	b.whole.Release()
	b.held.free()
}

// ReadRequest reads a whole request; to be called once. The caller releases its Body.
//
// Errors: use BodyStatus for the answer.
func ReadRequest(r *http.Request) (*Request, error) {
	whole, err := ReadBody(r)
	if err != nil {
		return nil, err
	}
	request := &Request{Body: whole, Peer: r.RemoteAddr}
	b := r.Body.(*body)
	request.held = &b.held
	request.keep(b.encoding, b.sent)
	if b.metadata {
		request.Metadata = httpMetadata(r)
	}
	return request, nil
}

// ReadBody is ReadRequest for those who need nothing but the body. The Buffer is
// counted once: the caller releases it.
func ReadBody(r *http.Request) (*bytepool.Buffer, error) {
	b, ok := r.Body.(*body)
	if !ok {
		return nil, errors.New("the request did not come through a server of package transport")
	}
	if err := b.load(); err != nil {
		return nil, err
	}
	b.whole.Retain()
	return b.whole, nil
}

// httpMetadata are the headers, with Host as upstream adds it.
func httpMetadata(r *http.Request) map[string][]string {
	out := make(map[string][]string, len(r.Header)+1)
	for k, v := range r.Header {
		out[strings.ToLower(k)] = v
	}
	if len(out["host"]) == 0 && r.Host != "" {
		out["host"] = []string{r.Host}
	}
	return out
}

// BodyStatus is the HTTP status for an error of reading a body, with a text that
// says what to do. Where it is 503, Retry-After is set already.
func BodyStatus(err error) (status int, text string) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is larger than %d bytes (after decompression); send less at once or raise max_request_body_size", tooLarge.Limit)
	}
	if busy, ok := errors.AsType[*BusyError](err); ok {
		return http.StatusServiceUnavailable, busy.Error()
	}
	return http.StatusBadRequest, "read body: " + err.Error()
}

// timedBody bounds how long a client may take for a body. http.Server's own
// ReadTimeout goes on after the body, and would end requests that are answered slowly or as a stream.
type timedBody struct {
	io.ReadCloser
	conn *http.ResponseController
}

func newTimedBody(w http.ResponseWriter, body io.ReadCloser, limit time.Duration) io.ReadCloser {
	t := &timedBody{body, http.NewResponseController(w)}
	if t.conn.SetReadDeadline(time.Now().Add(limit)) != nil {
		return body // a connection without deadlines
	}
	return t
}

func (t *timedBody) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		// It was possible to set, so it is possible to clear.
		_ = t.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
