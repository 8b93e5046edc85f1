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
// declare its size; if not, its raw and repeated blocks do, and of compressed
// ones something is known. most is -1 if the data is broken or cut.
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
			least, most = least+min(zstdLeast(data[:min(size, int64(len(data)))]), maxBlock), most+maxBlock
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

// zstdLeast is the least that a compressed block inflates to: the literals that it says
// it has, and its sequences. Each of those is a match of three bytes or more; where
// all have one code for their length, as in a bomb of few long ones, that tells.
//
// Source: RFC 8878, sections 3.1.1.3.1.1 and 3.1.1.3.2.1.
func zstdLeast(block []byte) (least int64) {
	if len(block) < 3 {
		return 0
	}
	header := int64(block[0]) | int64(block[1])<<8 | int64(block[2])<<16
	kind, format := header&3, header>>2&3
	width := [2][4]int{{5, 12, 5, 20}, {10, 10, 14, 18}}[kind>>1][format] // of each size
	size := [2][4]int{{1, 2, 1, 3}, {3, 3, 4, 5}}[kind>>1][format]        // of the header
	shift := 4
	if width == 5 {
		shift = 3
	}
	least = header >> shift & (1<<width - 1)
	switch {
	case kind == 0: // raw
		size += int(least)
	case kind == 1: // repeated
		size++
	default: // compressed: the second size is how many bytes they take
		if len(block) < 5 {
			return least
		}
		header |= int64(block[3])<<24 | int64(block[min(4, size-1)])<<32
		size += int(header >> (shift + width) & (1<<width - 1))
	}
	if len(block) < size+4 {
		return least
	}
	return least + zstdMatches(block[size:])
}

// zstdMatches is the least that the matches of a block's sequences make. section is four bytes or more.
func zstdMatches(section []byte) int64 {
	count := int64(section[0])
	switch {
	case count == 0:
		return 0
	case count == 255:
		count = int64(section[1]) + int64(section[2])<<8 + 0x7f00
		section = section[3:]
	case count > 127:
		count = (count-128)<<8 + int64(section[1])
		section = section[2:]
	default:
		section = section[1:]
	}
	modes := section[0]
	section = section[1:]
	const repeated = 1
	for shift := 6; shift > 0; shift -= 2 { // literal lengths, offsets, match lengths
		mode := modes >> shift & 3
		switch {
		case mode == repeated && len(section) == 0:
			return 3 * count
		case mode == repeated && shift == 2:
			return count * zstdMatchLength(section[0])
		case mode == repeated:
			section = section[1:]
		case mode != 0:
			return 3 * count // tables follow, which would have to be read
		}
	}
	return 3 * count
}

// zstdMatchLength is the shortest match with a code. RFC 8878, section 3.1.1.3.2.1.1.
func zstdMatchLength(code byte) int64 {
	switch {
	case code < 32:
		return int64(code) + 3
	case code < 43:
		return [...]int64{35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99}[code-32]
	case code < 53:
		return 3 + 1<<(code-36)
	}
	return 3
}
