// Package inflate decompresses gzip, zlib and raw DEFLATE that is in memory as a whole, into
// memory, with the caller in charge of how large that may become. That is twice as fast as
// a decompressor that reads and writes streams: every step can look eight bytes ahead and write
// eight bytes too many.
//
// Begin with Gzip; block.go decodes one DEFLATE block, table.go makes its Huffman tables.
//
// Source: RFC 1950 (zlib), RFC 1951 (DEFLATE), RFC 1952 (gzip).
package inflate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"sync"
)

// Error says why and where data could not be decompressed.
type Error struct {
	Offset int // byte of the compressed data
	What   string
}

func (e *Error) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset, e.What) }

// ErrFull is for a Grow that gives no more room.
var ErrFull = errors.New("the decompressed data is larger than allowed")

// Grow makes room: it returns a longer slice that begins with all of full, or the
// error that ends the decompression. full is not used again.
type Grow func(full []byte) ([]byte, error)

// Slack is by how much the room should exceed the data: in the last Slack bytes the
// fast path cannot write.
const Slack = 320

// Gzip decompresses all members of src into dst, from its start up to its
// length, and returns the part that it filled; grow is called when dst is full.
//
// Errors: *Error for bytes that are not gzip, and what grow returns.
func Gzip(dst, src []byte, grow Grow) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.begin(dst, src, grow)
	for {
		if err := d.gzipMember(); err != nil {
			return nil, err
		}
		if d.at == len(src) {
			return d.out[:d.n], nil
		}
	}
}

// Zlib is Gzip for zlib's format, which HTTP calls "deflate".
func Zlib(dst, src []byte, grow Grow) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.begin(dst, src, grow)
	if err := d.zlib(); err != nil {
		return nil, err
	}
	if d.at != len(src) {
		return nil, d.fail("there is more after the end")
	}
	return d.out[:d.n], nil
}

// maxRatio is the most that DEFLATE can compress: 258 bytes in two bits.
const maxRatio = 1032

// GzipSize is a guess at the decompressed size, for the first room: what the trailer
// says, if DEFLATE could do it. Only a hint: the sender may lie, and of several
// members only the last one's is seen.
func GzipSize(src []byte) int {
	if len(src) < 18 {
		return 0
	}
	return int(min(int64(binary.LittleEndian.Uint32(src[len(src)-4:])), int64(len(src))*maxRatio))
}

// decoder is the state of one decompression. Its tables are reused.
type decoder struct {
	src  []byte
	at   int    // next byte of src that is not in bits
	bits uint64 // bits that are read and not used, the next one lowest
	have uint   // how many of bits count
	out  []byte
	n    int // bytes of out that are filled
	grow Grow

	base     int // where in out the current member begins: distances may not reach before it
	lengths  [320]uint8
	literals table
	offsets  table
	fixed    bool // literals and offsets hold the tables of fixed blocks

	counting bool // nothing is written, n alone grows
	enough   int
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) begin(dst, src []byte, grow Grow) {
	d.src, d.at, d.bits, d.have = src, 0, 0, 0
	d.out, d.n, d.grow = dst, 0, grow
}

func (d *decoder) release() {
	d.src, d.out, d.grow = nil, nil, nil
	decoders.Put(d)
}

func (d *decoder) fail(what string) error { return &Error{d.at, what} }

const errTruncated = "the data ends too early"

const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagsReserved = 0xe0
)

// gzipHeader reads a member's header. RFC 1952, section 2.3.
func (d *decoder) gzipHeader() error {
	start := d.at
	head := d.src[d.at:]
	if len(head) < 10 {
		return d.fail(errTruncated)
	}
	if head[0] != 0x1f || head[1] != 0x8b {
		return d.fail("no gzip header")
	}
	if head[2] != 8 || head[3]&flagsReserved != 0 {
		return d.fail("a gzip header with an unknown method or flag")
	}
	flags := head[3]
	d.at += 10
	if flags&flagExtra != 0 {
		if len(d.src)-d.at < 2 {
			return d.fail(errTruncated)
		}
		size := 2 + int(binary.LittleEndian.Uint16(d.src[d.at:]))
		if len(d.src)-d.at < size {
			return d.fail(errTruncated)
		}
		d.at += size
	}
	for _, flag := range []byte{flagName, flagComment} {
		if flags&flag != 0 && !d.skipText() {
			return d.fail(errTruncated)
		}
	}
	if flags&flagHeaderCRC != 0 {
		if len(d.src)-d.at < 2 {
			return d.fail(errTruncated)
		}
		if uint16(crc32.ChecksumIEEE(d.src[start:d.at])) != binary.LittleEndian.Uint16(d.src[d.at:]) {
			return d.fail("the header's checksum is wrong")
		}
		d.at += 2
	}
	return nil
}

// gzipMember reads header, data and trailer.
func (d *decoder) gzipMember() error {
	if err := d.gzipHeader(); err != nil {
		return err
	}
	from := d.n
	if err := d.deflate(); err != nil {
		return err
	}
	if len(d.src)-d.at < 8 {
		return d.fail(errTruncated)
	}
	made := d.out[from:d.n]
	if binary.LittleEndian.Uint32(d.src[d.at:]) != crc32.ChecksumIEEE(made) {
		return d.fail("the checksum is wrong")
	}
	if binary.LittleEndian.Uint32(d.src[d.at+4:]) != uint32(len(made)) {
		return d.fail("the size is wrong")
	}
	d.at += 8
	return nil
}

// skipText passes by a text that ends with a zero.
func (d *decoder) skipText() bool {
	for d.at < len(d.src) {
		d.at++
		if d.src[d.at-1] == 0 {
			return true
		}
	}
	return false
}

// zlibHeader reads RFC 1950's header. Preset dictionaries are not known.
func (d *decoder) zlibHeader() error {
	if len(d.src) < 2 {
		return d.fail(errTruncated)
	}
	head := binary.BigEndian.Uint16(d.src)
	if head>>8&15 != 8 || head>>12 > 7 || head%31 != 0 {
		return d.fail("no zlib header")
	}
	if head&0x20 != 0 {
		return d.fail("a preset dictionary is wanted")
	}
	d.at = 2
	return nil
}

// zlib reads header, data and trailer.
func (d *decoder) zlib() error {
	if err := d.zlibHeader(); err != nil {
		return err
	}
	if err := d.deflate(); err != nil {
		return err
	}
	if len(d.src)-d.at < 4 {
		return d.fail(errTruncated)
	}
	if binary.BigEndian.Uint32(d.src[d.at:]) != adler32.Checksum(d.out[:d.n]) {
		return d.fail("the checksum is wrong")
	}
	d.at += 4
	return nil
}
