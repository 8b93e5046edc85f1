package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/parquet-go/bitpack"
)

// slack is how many readable bytes a decoder wants behind its input, because
// it loads whole vectors.
const slack = 64

var errCorrupt = errors.New("parquet: page does not decode")

// bitWidth is the number of bits that numbers up to max need.
func bitWidth(max int) uint { return uint(bits.Len(uint(max))) }

// appendHybrid appends values in the RLE and bit-packing hybrid. Runs of eight
// or more equal values become a run, unlike in most writers also where they do
// not begin at a multiple of eight: the rows of a trace are such runs.
//
// Source: Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
func appendHybrid(b []byte, v []uint32, width uint) []byte {
	packed := 0 // v[packed:i] waits to be bit-packed
	for i := 0; i < len(v); {
		run := 1
		for i+run < len(v) && v[i+run] == v[i] {
			run++
		}
		absorb := (8 - (i-packed)%8) % 8 // values of the run that fill the last group of eight
		if run-absorb < 8 && !(run == len(v) && i == 0) {
			i += run
			continue
		}
		i += absorb
		b = appendPacked(b, v[packed:i], width)
		run -= absorb
		b = binary.AppendUvarint(b, uint64(run)<<1)
		for k := uint(0); k < width; k += 8 {
			b = append(b, byte(v[i]>>k))
		}
		i += run
		packed = i
	}
	return appendPacked(b, v[packed:], width)
}

func appendPacked(b []byte, v []uint32, width uint) []byte {
	if len(v) == 0 {
		return b
	}
	groups := (len(v) + 7) / 8
	b = binary.AppendUvarint(b, uint64(groups)<<1|1)
	at, size := len(b), groups*int(width)
	for range size {
		b = append(b, 0)
	}
	bitpack.Pack(b[at:], v, width)
	return b
}

// decodeHybrid fills dst. src must have slack bytes of capacity behind its length.
func decodeHybrid(dst []uint32, src []byte, width uint) error {
	if width > 32 {
		return errCorrupt
	}
	for len(dst) > 0 {
		head, w := binary.Uvarint(src)
		if w <= 0 {
			return errCorrupt
		}
		src = src[w:]
		if head&1 == 0 {
			size := int(width+7) / 8
			if head>>1 > uint64(len(dst)) || head == 0 || len(src) < size {
				return errCorrupt
			}
			var v uint32
			for k := range size {
				v |= uint32(src[k]) << (8 * k)
			}
			src = src[size:]
			run := dst[:head>>1]
			for i := range run {
				run[i] = v
			}
			dst = dst[len(run):]
			continue
		}
		groups := head >> 1
		if groups == 0 || groups > uint64(len(dst)+7)/8 {
			return errCorrupt
		}
		size := int(groups) * int(width)
		if len(src) < size {
			return errCorrupt
		}
		n := min(int(groups)*8, len(dst))
		bitpack.Unpack(dst[:n], src[:size:cap(src)], width)
		dst, src = dst[n:], src[size:]
	}
	return nil
}
