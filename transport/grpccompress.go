package transport

import (
	"bytes"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // registers the standard library's gzip; imported so that ours comes after it
)

// gRPC finds compressors in a process-wide table that must be filled before
// the first call, hence the init function. Upstream has these three. Servers take what is
// in the table but inflate by themselves; it is clients that compress and read replies with it.
func init() {
	encoding.RegisterCompressor(&compressor{
		name: "gzip",
		// Level 1 of klauspost's is three times cheaper than the standard
		// library's default for 7 % more bytes.
		newWriter: func() resetWriter { z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return &gzipWriter{Writer: z} },
		newReader: func() resetReader { return new(gzip.Reader) },
	})
	encoding.RegisterCompressor(&compressor{
		name: "zstd",
		newWriter: func() resetWriter {
			z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
			return z
		},
		newReader: func() resetReader {
			z, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
			return z
		},
	})
	encoding.RegisterCompressor(&compressor{
		name:      "snappy", // framed, as upstream's is
		newWriter: func() resetWriter { return snappy.NewBufferedWriter(nil) },
		newReader: func() resetReader { return snappyReader{snappy.NewReader(nil)} },
	})
}

// maxZstdWindow is what RFC 8878, section 3.1.1.1.2, recommends decoders to support.
const maxZstdWindow = 8 << 20

type resetWriter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

type resetReader interface {
	io.Reader
	Reset(r io.Reader) error
}

type snappyReader struct{ *snappy.Reader }

func (s snappyReader) Reset(r io.Reader) error { s.Reader.Reset(r); return nil }

// compressor keeps the states of its writers and readers for the next message.
type compressor struct {
	name      string
	newWriter func() resetWriter
	newReader func() resetReader

	writers, readers sync.Pool
}

func (c *compressor) Name() string { return c.name }

func (c *compressor) Compress(w io.Writer) (io.WriteCloser, error) {
	z, ok := c.writers.Get().(resetWriter)
	if !ok {
		z = c.newWriter()
	}
	z.Reset(w)
	return &pooledWriter{z, c}, nil
}

type pooledWriter struct {
	resetWriter
	from *compressor
}

func (p *pooledWriter) Close() error {
	err := p.resetWriter.Close()
	p.from.writers.Put(p.resetWriter)
	p.resetWriter = nil
	return err
}

// gzipMagic is what gzip begins with, and no message of protobuf: its first byte would
// be field 3 of wire type 7, which does not exist.
var gzipMagic = []byte{0x1f, 0x8b}

// gzipWriter lets a message through as it is that is gzip already: what leaves as it
// came is not compressed again.
type gzipWriter struct {
	*gzip.Writer
	out           io.Writer
	begun, passes bool
}

func (g *gzipWriter) Reset(w io.Writer) { g.out, g.begun = w, false }

func (g *gzipWriter) Write(b []byte) (int, error) {
	g.begin(bytes.HasPrefix(b, gzipMagic))
	if g.passes {
		return g.out.Write(b)
	}
	return g.Writer.Write(b)
}

// begin chooses, once for each message.
func (g *gzipWriter) begin(passes bool) {
	if g.begun {
		return
	}
	if g.begun, g.passes = true, passes; !passes {
		g.Writer.Reset(g.out)
	}
}

func (g *gzipWriter) Close() error {
	g.begin(false) // an empty message
	g.out = nil
	if g.passes {
		return nil
	}
	return g.Writer.Close()
}

// decompressing bounds how many readers are in use: a reader of zstd may hold 8 MiB. It
// waits for nobody, since gRPC has the whole message before it decompresses.
var decompressing = make(chan struct{}, runtime.GOMAXPROCS(0))

// Decompress returns a reader that goes back into the pool when gRPC closes it.
func (c *compressor) Decompress(r io.Reader) (io.Reader, error) {
	decompressing <- struct{}{}
	z, ok := c.readers.Get().(resetReader)
	if !ok {
		z = c.newReader()
	}
	p := &pooledReader{z, c}
	if err := z.Reset(r); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

type pooledReader struct {
	resetReader
	from *compressor
}

func (p *pooledReader) Close() error {
	p.from.readers.Put(p.resetReader)
	p.resetReader = nil
	<-decompressing
	return nil
}
