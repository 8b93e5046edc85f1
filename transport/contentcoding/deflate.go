package contentcoding

import (
	"encoding/binary"
	"errors"

	"github.com/oriel-io/oriel/internal/inflate"
)

// Slack is by how much room should exceed what is expected to fill it: the fast
// paths write a little further than they must.
const Slack = inflate.Slack

// maxDeflateRatio is the most bytes that deflate makes of one: 258, the longest
// match, of two bits.
const maxDeflateRatio = 1032

// gzipSize reads ISIZE, the last four bytes (RFC 1952, section 2.3.1). It is of the last
// member only and modulo 4 GiB, so never more than the truth. A size that
// deflate cannot make of so few bytes is none: the body is cut or broken.
func gzipSize(data []byte) (size int64, exact bool) {
	if len(data) < 18 { // header and trailer
		return 0, false
	}
	size = int64(binary.LittleEndian.Uint32(data[len(data)-4:]))
	if size > maxDeflateRatio*int64(len(data)) {
		return 0, false
	}
	return size, true
}

func gzipLeast(prefix []byte, enough int64) int64 {
	return int64(inflate.GzipCount(prefix, int(enough)))
}

func gzipInto(room, data []byte) (int, error) { return filled(inflate.Gzip(room, data, nil)) }

// zlibSize knows nothing: the format has no size.
func zlibSize([]byte) (size int64, exact bool) { return 0, false }

func zlibLeast(prefix []byte, enough int64) int64 {
	return int64(inflate.ZlibCount(prefix, int(enough)))
}

func zlibInto(room, data []byte) (int, error) { return filled(inflate.Zlib(room, data, nil)) }

func filled(out []byte, err error) (int, error) {
	if errors.Is(err, inflate.ErrFull) {
		return 0, ErrShort
	}
	return len(out), err
}
