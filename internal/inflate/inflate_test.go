package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
)

// doubling grows up to limit bytes.
func doubling(limit int) Grow {
	return func(full []byte) ([]byte, error) {
		if len(full) >= limit {
			return nil, ErrFull
		}
		larger := make([]byte, min(limit, max(64, 2*len(full))))
		copy(larger, full)
		return larger, nil
	}
}

// texts are inputs of all kinds: none, short, long runs, text, noise, and the mixture that telemetry is.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var spans bytes.Buffer
	for i := range 3000 {
		fmt.Fprintf(&spans, "\n\x10%016x\x12\x08%08xGET /products/{id}http.method\x12\x05GET upstream_cluster outbound|9080||reviews.default %d", r.Uint64(), r.Uint32(), i)
	}
	skewed := make([]byte, 100_000) // long codes
	for i := range skewed {
		for skewed[i] < 255 && r.IntN(2) == 0 {
			skewed[i]++
		}
	}
	return map[string][]byte{
		"empty": nil, "one": {7}, "run": bytes.Repeat([]byte{0}, 100_000), "pairs": bytes.Repeat([]byte("ab"), 50_000),
		"seven": bytes.Repeat([]byte("abcdefg"), 9999), "nine": bytes.Repeat([]byte("abcdefghi"), 9999), "noise": noise,
		"spans": spans.Bytes(), "skewed": skewed, "mixed": append(append(noise[:70_000:70_000], spans.Bytes()...), skewed...),
	}
}

func gzipped(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, gzip.DefaultCompression, gzip.NoCompression, 1, 5, 9} {
			packed := gzipped(t, level, text)
			for _, room := range []int{0, 1, 300, len(text), len(text) + Slack} {
				got, err := Gzip(make([]byte, room), packed, doubling(1<<20))
				if err != nil || !bytes.Equal(got, text) {
					t.Fatalf("%s, level %d, room %d: %d bytes and %v, want %d", name, level, room, len(got), err, len(text))
				}
			}
			if got := GzipSize(packed); got != len(text) {
				t.Errorf("%s: GzipSize = %d, want %d", name, got, len(text))
			}
		}
		var z, k bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(text)
		w.Close()
		if got, err := Zlib(nil, z.Bytes(), doubling(1<<20)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s, zlib: %d bytes and %v, want %d", name, len(got), err, len(text))
		}
		kw, _ := kgzip.NewWriterLevel(&k, 1)
		kw.Write(text)
		kw.Close()
		if got, err := Gzip(nil, k.Bytes(), doubling(1<<20)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s, other compressor: %d bytes and %v, want %d", name, len(got), err, len(text))
		}
	}
}

// A header with everything that RFC 1952 has, and members one behind the other.
func TestMembers(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Name, w.Comment, w.Extra = "name", "comment", []byte("extra")
	w.Write([]byte("one "))
	w.Close()
	out.Write(gzipped(t, 6, []byte("two")))
	got, err := Gzip(nil, out.Bytes(), doubling(100))
	if err != nil || string(got) != "one two" {
		t.Errorf("got %q and %v", got, err)
	}
	// A member may not refer to the one before.
	var raw bytes.Buffer
	f, _ := flate.NewWriterDict(&raw, 9, []byte("a dictionary of some length"))
	f.Write([]byte("a dictionary of some length"))
	f.Close()
	bad := append(gzipped(t, 6, []byte("a dictionary of some length")), append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}, raw.Bytes()...)...)
	if _, err := Gzip(nil, bad, doubling(1000)); err == nil || !strings.Contains(err.Error(), "before the start") {
		t.Errorf("a reference to the member before: %v", err)
	}
}

// Data that grows beyond what the caller allows ends there, however far it would go.
func TestBomb(t *testing.T) {
	t.Parallel()
	bomb := gzipped(t, 9, make([]byte, 50<<20))
	largest := 0
	_, err := Gzip(nil, bomb, func(full []byte) ([]byte, error) {
		largest = max(largest, len(full))
		return doubling(1 << 20)(full)
	})
	if !errors.Is(err, ErrFull) || largest > 1<<20 {
		t.Errorf("got %v with %d bytes", err, largest)
	}
	if got := GzipSize(bomb[:20]); got > 20*maxRatio {
		t.Errorf("GzipSize believes %d of 20 bytes", got)
	}
}

// Every cut and every flipped bit is either noticed or, in the parts of the header that nothing protects, harmless.
func TestDamage(t *testing.T) {
	t.Parallel()
	text := texts()["spans"][:3000]
	packed := gzipped(t, 6, text)
	for cut := range packed {
		if got, err := Gzip(nil, packed[:cut], doubling(1<<20)); err == nil {
			t.Fatalf("%d of %d bytes give %d bytes without an error", cut, len(packed), len(got))
		} else if e := new(Error); !errors.As(err, &e) || e.Offset > cut {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	for i := range packed {
		for bit := range 8 {
			damaged := bytes.Clone(packed)
			damaged[i] ^= 1 << bit
			if got, err := Gzip(nil, damaged, doubling(1<<20)); err == nil && !bytes.Equal(got, text) {
				t.Fatalf("bit %d of byte %d gives other data without an error", bit, i)
			}
		}
	}
}

// FuzzGzip holds Gzip to the standard library: same verdict, same data.
func FuzzGzip(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, 1, 9} {
			f.Add(gzipped(f, level, text[:min(len(text), 2000)]))
		}
	}
	f.Add([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		got, err := Gzip(make([]byte, GzipSize(packed)%limit), packed, doubling(limit))
		if errors.Is(err, ErrFull) {
			return
		}
		want, wantErr := standard(packed, limit)
		if err != nil && strings.Contains(err.Error(), "unknown method or flag") {
			return // RFC 1952, section 2.3.1.2, wants this refused; the standard library passes over such flags
		}
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes and %v, want %d and %v", len(got), err, len(want), wantErr)
		}
	})
}

// FuzzInflate does the same without checksums, which fuzzing cannot guess.
func FuzzInflate(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
			var out bytes.Buffer
			w, _ := flate.NewWriter(&out, level)
			w.Write(text[:min(len(text), 2000)])
			w.Close()
			f.Add(out.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		d := new(decoder)
		d.begin(make([]byte, 1000), packed, doubling(limit))
		err := d.deflate()
		if errors.Is(err, ErrFull) {
			return
		}
		r := bytes.NewReader(packed)
		want, wantErr := io.ReadAll(flate.NewReader(r))
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(d.out[:d.n], want) {
			t.Fatalf("got %d bytes and %v, want %d and %v", d.n, err, len(want), wantErr)
		}
		if used := len(packed) - r.Len(); err == nil && d.at != used {
			t.Fatalf("used %d bytes, want %d", d.at, used)
		}
	})
}

// What is counted is what is decompressed, and of a bomb's beginning more than enough.
func TestCount(t *testing.T) {
	t.Parallel()
	for name, text := range texts() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			packed := gzipped(t, level, text)
			if n := GzipCount(packed, math.MaxInt); n != len(text) {
				t.Errorf("%s at level %d: counted %d, want %d", name, level, n, len(text))
			}
			if n := GzipCount(packed[:len(packed)/2], math.MaxInt); n > len(text) {
				t.Errorf("%s at level %d, cut: counted %d, of %d", name, level, n, len(text))
			}
		}
	}
	bomb := gzipped(t, gzip.BestCompression, make([]byte, 64<<20))
	if n := GzipCount(bomb[:30_000], 20<<20); n <= 20<<20 || n > 21<<20 {
		t.Errorf("counted %d of a bomb", n)
	}
}

// FuzzCount holds counting to decompressing.
func FuzzCount(f *testing.F) {
	for _, text := range texts() {
		f.Add(gzipped(f, gzip.BestSpeed, text[:min(len(text), 1000)]))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		out, err := Gzip(make([]byte, 1000), packed, doubling(limit))
		n := GzipCount(packed, limit)
		if err == nil && n != len(out) || errors.Is(err, ErrFull) && n < limit {
			t.Fatalf("counted %d, decompressed %d, %v", n, len(out), err)
		}
	})
}

func BenchmarkCountBomb(b *testing.B) {
	bomb := gzipped(b, gzip.BestSpeed, make([]byte, 64<<20))
	for b.Loop() {
		GzipCount(bomb, 20<<20)
	}
}

func standard(packed []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, limit+1))
}

// BenchmarkGzip decompresses what looks like spans, beside the library that is the fastest for streams.
func BenchmarkGzip(b *testing.B) {
	text := texts()["spans"]
	packed := gzipped(b, 6, text)
	room := make([]byte, len(text)+Slack)
	b.Run("whole", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := Gzip(room, packed, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		r := new(kgzip.Reader)
		for b.Loop() {
			if err := r.Reset(bytes.NewReader(packed)); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(r, room[:len(text)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
