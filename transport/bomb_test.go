package transport

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A bomb is a gigabyte of zeros. Each is put together from parts of 64 MiB, so that making it takes less than a second.
const (
	bombSize = 1 << 30
	bombPart = 64 << 20
)

type bomb struct {
	coding, kind string
	data         []byte
}

func bombs(t testing.TB) []bomb {
	t.Helper()
	part := make([]byte, bombPart)
	times := bombSize / bombPart

	var deflated bytes.Buffer
	w, err := flate.NewWriter(&deflated, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(part)
	w.Flush() // ends at a byte
	blocks := bytes.Repeat(deflated.Bytes(), times)
	zlibbed := append([]byte{0x78, 0x01}, blocks...)
	zlibbed = append(zlibbed, 3, 0)                                                // a last block, empty
	zlibbed = binary.BigEndian.AppendUint32(zlibbed, uint32(bombSize%65521)<<16|1) // Adler-32 of zeros

	var member bytes.Buffer
	z, err := gzip.NewWriterLevel(&member, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(part)
	z.Close()
	lying := bytes.Repeat(member.Bytes(), times)
	lying = append(lying, gzipped([]byte("a small last member"))...)

	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	enc.Reset(&stream)
	for rest := part; len(rest) > 0; rest = rest[1<<20:] { // in pieces, so that no size is declared
		enc.Write(rest[:1<<20])
	}
	enc.Close()

	lz4Block := make([]byte, 1<<20)
	n, err := lz4.CompressBlock(part[:4<<20], lz4Block, nil)
	if err != nil {
		t.Fatal(err)
	}
	framed := []byte{4, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73} // independent blocks of 4 MiB, nothing else
	for range bombSize / (4 << 20) {
		framed = binary.LittleEndian.AppendUint32(framed, uint32(n))
		framed = append(framed, lz4Block[:n]...)
	}
	framed = append(framed, 0, 0, 0, 0)

	var chunks bytes.Buffer
	s := snappy.NewBufferedWriter(&chunks)
	s.Write(part)
	s.Close()

	block := append(binary.AppendUvarint(nil, bombSize), 0, 0)              // its length, and one zero as it is
	block = append(block, bytes.Repeat([]byte{0xfe, 1, 0}, bombSize/64)...) // copies of 64 bytes from one before

	return []bomb{
		{"gzip", "", bytes.Repeat(member.Bytes(), times)},
		{"gzip", "that ends small", lying},
		{"deflate", "", zlibbed},
		{"zstd", "", enc.EncodeAll(make([]byte, bombSize), nil)},
		{"zstd", "of unknown size", bytes.Repeat(stream.Bytes(), times)},
		{"snappy", "that claims", binary.AppendUvarint(nil, bombSize)},
		{"snappy", "", block},
		{"x-snappy-framed", "", bytes.Repeat(chunks.Bytes(), times)},
		{"lz4", "", framed},
	}
}

// Fifty bombs of a gigabyte at once, of each coding and over both protocols, are refused soon and cost little memory.
func TestFiftyBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second of CPU for each bomb")
	}
	const atOnce = 50
	all := bombs(t)
	burst := func(t *testing.T, v *victim, name string, send func() error, refused func(error) bool) {
		for range 3 {
			send() // the pools are filled as they would be
		}
		growth, before := v.peak(t), v.cpu(t)
		var took timings
		var done sync.WaitGroup
		for range atOnce {
			done.Go(func() {
				start := time.Now()
				if err := send(); !refused(err) {
					t.Errorf("%s: answered with %v", name, err)
				}
				took.add(time.Since(start))
			})
		}
		done.Wait()
		grown := growth()
		t.Logf("%-30s p50 %8s, slowest %8s, %s of CPU, memory +%.1f MiB", name, took.quantile(0.5), took.quantile(1), v.cpu(t)-before, grown)
		if slowest := took.quantile(1); slowest > 3*time.Second || grown > 32 {
			t.Errorf("%s: the slowest took %s and the memory grew by %.1f MiB", name, slowest, grown)
		}
	}
	for _, b := range all {
		name := strings.TrimSpace(b.coding + " " + b.kind)
		v := startVictim(t)
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
		burst(t, v, "HTTP "+name, func() error { return v.sendHTTP(client, b.coding, b.data) }, func(err error) bool {
			// The server may answer and close while the client still sends.
			return err != nil && (strings.HasPrefix(err.Error(), "413") || strings.HasPrefix(err.Error(), "400") || strings.Contains(err.Error(), "reset by peer") || strings.Contains(err.Error(), "broken pipe"))
		})
		client.CloseIdleConnections()
		encoding := strings.TrimSuffix(strings.TrimPrefix(b.coding, "x-"), "-framed")
		if encoding == "deflate" || encoding == "lz4" || encoding == "snappy" {
			continue // not of gRPC, or so large as it is that it is refused for that
		}
		conn := v.dialGRPC(t, encoding)
		burst(t, v, "gRPC "+name, func() error { return sendGRPC(conn, b.data) }, func(err error) bool {
			return status.Code(err) == codes.ResourceExhausted
		})
	}
}
