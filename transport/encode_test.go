package transport

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// encodedAll is data in each coding, made as a sender that streams would make it.
func encodedAll(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	through := func(open func(w io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		w := open(&b)
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 1<<20)
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	zlibbed := through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	return map[string][]byte{
		"gzip":    through(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"zlib":    zlibbed,
		"deflate": zlibbed,
		"zstd": through(func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Fatal(err)
			}
			return z
		}),
		"snappy":          snappy.Encode(nil, data),
		"x-snappy-framed": through(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }),
		"lz4":             through(func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }),
	}
}
