package contentcoding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// An encoder is one way in which a sender may make a body of a coding.
type encoder struct {
	coding string
	name   string
	exact  bool // the size of more than a few bytes can be told without inflating
	encode func(data []byte) []byte
}

func through(open func(w io.Writer) io.WriteCloser) func(data []byte) []byte {
	return func(data []byte) []byte {
		var b bytes.Buffer
		w := open(&b)
		for len(data) > 0 { // in pieces, as senders that stream do
			n := min(len(data), 100_000)
			if _, err := w.Write(data[:n]); err != nil {
				panic(err)
			}
			data = data[n:]
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.Bytes()
	}
}

func lz4Writer(options ...lz4.Option) func(data []byte) []byte {
	return through(func(w io.Writer) io.WriteCloser {
		z := lz4.NewWriter(w)
		if err := z.Apply(options...); err != nil {
			panic(err)
		}
		return z
	})
}

func zstdWriter(options ...zstd.EOption) *zstd.Encoder {
	z, err := zstd.NewWriter(nil, append(options, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))...)
	if err != nil {
		panic(err)
	}
	return z
}

var encoders = []encoder{
	{"gzip", "", true, through(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })},
	{"zlib", "", false, through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
	{"deflate", "", false, through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
	{"zstd", "whole", true, func(data []byte) []byte { return zstdWriter().EncodeAll(data, nil) }},
	{"zstd", "best", false, through(func(w io.Writer) io.WriteCloser {
		z := zstdWriter(zstd.WithEncoderLevel(zstd.SpeedBestCompression))
		z.Reset(w)
		return z
	})},
	{"zstd", "stream", false, through(func(w io.Writer) io.WriteCloser { z := zstdWriter(); z.Reset(w); return z })},
	{"snappy", "block", true, func(data []byte) []byte { return snappy.Encode(nil, data) }},
	{"snappy", "framed", true, through(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) })},
	{"x-snappy-framed", "", true, through(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) })},
	{"lz4", "default", true, lz4Writer()},
	{"lz4", "all options", true, lz4Writer(lz4.BlockSizeOption(lz4.Block64Kb), lz4.BlockChecksumOption(true), lz4.ChecksumOption(true), lz4.SizeOption(1_000_000))},
	{"lz4", "level 9", true, lz4Writer(lz4.CompressionLevelOption(lz4.Level9), lz4.ChecksumOption(false))},
}

func (e encoder) String() string { return e.coding + " " + e.name }

// samples are bodies from nothing to some blocks of each format, from what
// compresses away to what does not compress.
func samples() [][]byte {
	random := make([]byte, 300_000)
	rand.NewChaCha8([32]byte{1}).Read(random)
	var text []byte
	for i := range 40_000 {
		text = fmt.Appendf(text, "GET /users/%d HTTP/1.1 %x\n", i%977, i*i)
	}
	return [][]byte{{}, []byte("x"), []byte("hello hello hello hello"), random, text, make([]byte, 1_000_000), append(text, random...)}
}

// What was encoded comes back, and not a byte more than there is room for.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, e := range encoders {
		coding := Lookup(e.coding)
		for i, want := range samples() {
			data := e.encode(want)
			if e.name == "framed" && len(want) == 0 {
				continue // no bytes at all, and so no magic
			}
			size, exact := coding.Size(data)
			if exact != e.exact && len(want) > 1000 && e.name != "stream" && e.name != "best" || exact && size != int64(len(want)) || size > int64(len(want)) {
				t.Errorf("%s of sample %d: Size is %d, %t; want %d, %t", e, i, size, exact, len(want), e.exact)
			}
			for _, cut := range []int{1, 2, 3, 5, 10, 100, 10_000, len(data) / 2, len(data)} {
				if n := coding.Least(data[:min(cut, len(data))], 1<<30); n > int64(len(want)) {
					t.Errorf("%s of sample %d: Least of %d bytes is %d, of %d", e, i, cut, n, len(want))
				}
			}
			room := make([]byte, len(want), len(want)+10)
			if n, err := coding.Into(room, data); err != nil || !bytes.Equal(room[:n], want) {
				t.Errorf("%s of sample %d: got %d bytes, %v; want %d", e, i, n, err, len(want))
			}
			if !bytes.Equal(room[len(room):cap(room)], make([]byte, 10)) {
				t.Errorf("%s of sample %d: wrote beyond its room", e, i)
			}
			if len(want) > 0 {
				if _, err := coding.Into(make([]byte, len(want)-1), data); !errors.Is(err, ErrShort) {
					t.Errorf("%s of sample %d into too little room: %v, want ErrShort", e, i, err)
				}
			}
		}
	}
}

// Members and frames may follow each other.
func TestConcatenated(t *testing.T) {
	t.Parallel()
	for _, e := range encoders {
		if e.coding == "zlib" || e.coding == "deflate" || e.name == "block" || e.name == "all options" {
			continue
		}
		data := append(e.encode([]byte("hello ")), e.encode([]byte("again"))...)
		room := make([]byte, 100)
		if n, err := Lookup(e.coding).Into(room, data); err != nil || string(room[:n]) != "hello again" {
			t.Errorf("%s: got %q, %v", e, room[:n], err)
		}
		if size, _ := Lookup(e.coding).Size(data); size > 11 {
			t.Errorf("%s: Size is %d, more than the truth", e, size)
		}
	}
}

// A body that is cut anywhere, or has a bit changed in its checksum, is an
// error or, for a format without a checksum, at least not a crash.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, e := range encoders {
		data := e.encode(bytes.Repeat([]byte("some text "), 200))
		room := make([]byte, 4000)
		for cut := 1; cut < len(data); cut++ {
			if e.name == "framed" || e.coding == "x-snappy-framed" {
				continue // ends with any chunk
			}
			if n, err := Lookup(e.coding).Into(room, data[:cut]); err == nil {
				t.Errorf("%s cut to %d of %d bytes inflates to %d", e, cut, len(data), n)
			}
		}
		for _, bad := range []string{"", "x", "hello hello hello hello hello", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
			if n, err := Lookup(e.coding).Into(room, []byte(bad)); err == nil && n > 0 {
				t.Errorf("%s of %q inflates to %d", e, bad, n)
			}
		}
	}
}

// FuzzInto holds each coding to a second decoder: what that one takes, ours takes with the
// same result, and what Size says is never more than that.
func FuzzInto(f *testing.F) {
	second := map[string]func(r io.Reader) (io.Reader, error){
		"gzip":            func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zlib":            func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"zstd":            func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
		"x-snappy-framed": func(r io.Reader) (io.Reader, error) { return snappy.NewReader(r), nil },
		"lz4":             func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil },
	}
	for _, e := range encoders {
		for _, s := range samples()[:3] {
			f.Add(e.coding, e.encode(s))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		coding := Lookup(name)
		if coding == nil {
			return
		}
		const most = 1 << 20
		size, exact := coding.Size(data)
		room := make([]byte, most)
		n, err := coding.Into(room, data)
		if least := coding.Least(data[:len(data)/2], most); err == nil && least > int64(n) {
			t.Fatalf("%s: Least says %d of %d bytes", name, least, n)
		}
		if err == nil && (size > int64(n) || exact && size != int64(n)) && name != "gzip" {
			t.Fatalf("%s: Size says %d, %t of %d bytes", name, size, exact, n)
		}
		open := second[name]
		if open == nil {
			if claimed, lenErr := s2.DecodedLen(data); lenErr == nil && claimed > most {
				return // the other implementation would take all that is claimed
			}
			if name == "snappy" && !bytes.HasPrefix(data, snappyMagic) {
				want, wantErr := s2.Decode(nil, data)
				if err == nil && (wantErr != nil || !bytes.Equal(want, room[:n])) {
					t.Fatalf("snappy: got %d bytes, want %d, %v", n, len(want), wantErr)
				}
			}
			return
		}
		r, wantErr := open(bytes.NewReader(data))
		if wantErr != nil {
			return
		}
		want, wantErr := io.ReadAll(io.LimitReader(r, most+1))
		switch {
		case wantErr != nil:
		case len(want) > most && !errors.Is(err, ErrShort):
			t.Fatalf("%s: the second decoder makes more than %d bytes, we %d, %v", name, most, n, err)
		case err != nil && (name == "lz4" || name == "zlib"): // those take what follows the end, and headers that are cut
		case len(want) <= most && (err != nil || !bytes.Equal(want, room[:n])):
			t.Fatalf("%s: got %d bytes, %v; the second decoder makes %d", name, n, err, len(want))
		}
	})
}

func BenchmarkBomb(b *testing.B) {
	for _, e := range encoders {
		data := e.encode(make([]byte, 64<<20))
		room := make([]byte, 20<<20)
		b.Run(e.String(), func(b *testing.B) {
			b.ReportMetric(float64(len(data)), "wire-B")
			b.ReportAllocs()
			for b.Loop() {
				if size, _ := Lookup(e.coding).Size(data); size > int64(len(room)) {
					continue
				}
				if _, err := Lookup(e.coding).Into(room, data); !errors.Is(err, ErrShort) {
					b.Fatal(err)
				}
			}
		})
	}
}
