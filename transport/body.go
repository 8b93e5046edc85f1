package transport

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/oriel-io/oriel/internal/bytepool"
)

// A codec inflates one Content-Encoding. What comes out is always read through
// a limit, so a codec needs none of its own, except on memory that a header
// could claim (zstd's window).
type codec func(r io.Reader) (io.ReadCloser, error)

// codecs are the Content-Encodings that servers take. http's "deflate" is zlib's
// format (RFC 9110, section 8.4.1.2).
var codecs = map[string]codec{
	"gzip":    newGzipReader,
	"deflate": func(r io.Reader) (io.ReadCloser, error) { return zlib.NewReader(r) },
	"zlib":    func(r io.Reader) (io.ReadCloser, error) { return zlib.NewReader(r) },
	"zstd":    newZstdReader,
}

var gzipReaders sync.Pool // of *gzip.Reader; each holds about 40 KiB

// pooledGzip gives its reader back on Close.
type pooledGzip struct{ *gzip.Reader }

func newGzipReader(r io.Reader) (io.ReadCloser, error) {
	if z, ok := gzipReaders.Get().(*gzip.Reader); ok {
		if err := z.Reset(r); err != nil {
			return nil, err
		}
		return &pooledGzip{z}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return &pooledGzip{z}, nil
}

func (p *pooledGzip) Close() error {
	if p.Reader != nil {
		gzipReaders.Put(p.Reader)
		p.Reader = nil
	}
	return nil
}

func (p *pooledGzip) Read(b []byte) (int, error) {
	if p.Reader == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	return p.Reader.Read(b)
}

// maxZstdWindow is what RFC 8878, section 3.1.1.1.2, recommends decoders to support.
const maxZstdWindow = 8 << 20

func newZstdReader(r io.Reader) (io.ReadCloser, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// inflate makes the body of a request what it was before compression, and
// bounds both what comes over the wire and what comes out.
func inflate(next http.Handler, cfg HTTPConfig) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range cfg.ResponseHeaders {
			w.Header().Set(k, v)
		}
		if r.ContentLength != 0 {
			r.Body = newTimedBody(w, r.Body, cfg.ReadTimeout)
		}
		encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
		if encoding == "" || encoding == "identity" {
			r.Body = http.MaxBytesReader(w, r.Body, cfg.MaxRequestBodySize)
			next.ServeHTTP(w, r)
			return
		}
		open := codecs[encoding]
		if open == nil {
			w.Header().Set("Accept-Encoding", strings.Join(slices.Sorted(maps.Keys(codecs)), ", "))
			http.Error(w, fmt.Sprintf("Content-Encoding %q is not known; send one of %s", encoding,
				strings.Join(slices.Sorted(maps.Keys(codecs)), ", ")), http.StatusUnsupportedMediaType)
			return
		}
		wire := http.MaxBytesReader(w, r.Body, cfg.MaxRequestBodySize)
		body := &lazyInflater{open: open, wire: wire}
		defer body.Close()
		r.Body = http.MaxBytesReader(w, body, cfg.MaxRequestBodySize)
		r.Header.Del("Content-Encoding")
		r.Header.Del("Content-Length")
		r.ContentLength = -1
		next.ServeHTTP(w, r)
	})
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

// lazyInflater opens its codec at the first read, so that a handler that
// refuses a request by its header pays nothing, and so that a bad gzip header
// is answered by the handler in its own protocol.
type lazyInflater struct {
	open codec
	wire io.ReadCloser
	out  io.ReadCloser
	err  error
}

func (l *lazyInflater) Read(b []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if l.out == nil {
		if l.out, l.err = l.open(bufio.NewReader(l.wire)); l.err != nil {
			l.err = inflateError(l.err)
			return 0, l.err
		}
	}
	n, err := l.out.Read(b)
	if err != nil && err != io.EOF {
		err = inflateError(err)
		l.err = err
	}
	return n, err
}

func inflateError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return fmt.Errorf("decompress: %w", err)
}

func (l *lazyInflater) Close() error {
	if l.out != nil {
		l.out.Close()
	}
	return l.wire.Close()
}

// firstRead is how much ReadBody trusts a Content-Length: a client that
// claims 20 MiB and sends nothing must not cost 20 MiB.
const firstRead = 1 << 20

// ReadBody reads a whole request body. The Buffer is counted once: the caller releases it.
//
// Errors: *http.MaxBytesError if it is too large; use BodyStatus for the answer.
func ReadBody(r *http.Request) (*bytepool.Buffer, error) {
	size := 64 << 10
	if r.ContentLength >= 0 {
		size = int(min(r.ContentLength+1, firstRead)) // the extra byte lets the last Read see EOF
	}
	buffer := bytepool.Get(size)
	for n := 0; ; {
		read, err := r.Body.Read(buffer.Bytes()[n:])
		n += read
		if err == io.EOF {
			buffer.Truncate(n)
			return buffer, nil
		}
		if err != nil {
			buffer.Release()
			return nil, err
		}
		if n == len(buffer.Bytes()) {
			size = 2 * n
			if r.ContentLength >= int64(n) {
				size = int(min(4*int64(n), r.ContentLength+1))
			}
			larger := bytepool.Get(size)
			copy(larger.Bytes(), buffer.Bytes())
			buffer.Release()
			buffer = larger
		}
	}
}

// BodyStatus is the HTTP status for an error of ReadBody, with a text that says what to do.
func BodyStatus(err error) (status int, text string) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is larger than %d bytes (after decompression); send less at once or raise max_request_body_size", tooLarge.Limit)
	}
	return http.StatusBadRequest, "read body: " + err.Error()
}
