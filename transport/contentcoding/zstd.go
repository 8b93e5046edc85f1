package contentcoding

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

// zstdDecoder takes whole bodies, so that the output is its window, and writes
// no more than the capacity that it is given.
var zstdDecoder = func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // an option that does not exist
	}
	return d
}()

func zstdInto(room, data []byte) (int, error) {
	out, err := zstdDecoder.DecodeAll(data, room[:0:len(room)])
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return 0, ErrShort
	case err != nil:
		// The decoder calls a block that exceeds its capacity broken.
		if least, most := zstdBounds(data); least != most && most > int64(len(room)) {
			return 0, ErrShort
		}
		return 0, err
	case len(out) > len(room):
		return 0, ErrShort
	case len(out) > 0 && &out[0] != &room[0]: // it was given the room, but does not promise to use it
		copy(room, out)
	}
	return len(out), nil
}

func zstdSize(data []byte) (size int64, exact bool) {
	least, most := zstdBounds(data)
	return least, least == most
}

// zstdBounds walks over frames and the headers of their blocks. A frame may
// declare its size; if not, its raw and repeated blocks do, and compressed
// ones say how many literals they have. most is -1 if the data is broken.
//
// Source: RFC 8878, section 3.1.1.
func zstdBounds(data []byte) (least, most int64) {
	for len(data) > 0 {
		var h zstd.Header
		rest, err := h.DecodeAndStrip(data)
		if err != nil {
			return least, -1
		}
		if h.Skippable {
			if uint64(h.SkippableSize) > uint64(len(rest)) {
				return least, -1
			}
			data = rest[h.SkippableSize:]
			continue
		}
		low, high, rest := zstdBlocks(rest)
		if h.HasFCS {
			low = int64(min(h.FrameContentSize, 1<<40))
			high = low
		}
		if h.HasCheckSum && len(rest) >= 4 {
			rest = rest[4:]
		} else if h.HasCheckSum || rest == nil {
			return least + low, -1
		}
		least, most, data = least+low, most+high, rest
	}
	return least, most
}

// Block types, RFC 8878, section 3.1.1.2.2.
const (
	zstdRaw = iota
	zstdRLE
)

// zstdBlocks bounds the size of a frame's blocks. rest is what follows the last one,
// nil if the frame is cut.
func zstdBlocks(data []byte) (least, most int64, rest []byte) {
	const maxBlock = 128 << 10
	for len(data) >= 3 {
		header := uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16
		data = data[3:]
		size := int64(header >> 3)
		stored := size
		switch header >> 1 & 3 {
		case zstdRLE:
			stored = 1
			fallthrough
		case zstdRaw:
			least, most = least+size, most+size
		default:
			least, most = least+min(zstdLiterals(data), maxBlock), most+maxBlock
		}
		if stored > int64(len(data)) {
			break
		}
		if data = data[stored:]; header&1 == 1 {
			return least, most, data
		}
	}
	return least, most, nil
}

// zstdLiterals is how many literals a compressed block says that it has.
//
// Source: RFC 8878, section 3.1.1.3.1.1.
func zstdLiterals(block []byte) int64 {
	if len(block) < 3 {
		return 0
	}
	header := int64(block[0]) | int64(block[1])<<8 | int64(block[2])<<16
	kind, format := header&3, header>>2&3
	bits := [2][4]int{{5, 12, 5, 20}, {10, 10, 14, 18}}[kind>>1][format]
	shift := 4
	if bits == 5 {
		shift = 3
	}
	return header >> shift & (1<<bits - 1)
}
