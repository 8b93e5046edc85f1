package contentcoding

import (
	"encoding/binary"
	"math/bits"
)

// Primes of XXH32.
const (
	prime1 uint32 = 0x9E3779B1
	prime2 uint32 = 0x85EBCA77
	prime3 uint32 = 0xC2B2AE3D
	prime4 uint32 = 0x27D4EB2F
	prime5 uint32 = 0x165667B1
)

// xxh32 is the checksum of LZ4's frames, with seed 0.
//
// Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md#xxh32-algorithm-description
func xxh32(data []byte) uint32 {
	total := uint32(len(data))
	sum := prime5
	if len(data) >= 16 {
		first := prime1 // as a variable: the sums below wrap
		a, b, c, d := first+prime2, prime2, uint32(0), -first
		for ; len(data) >= 16; data = data[16:] {
			a = xxhRound(a, binary.LittleEndian.Uint32(data))
			b = xxhRound(b, binary.LittleEndian.Uint32(data[4:]))
			c = xxhRound(c, binary.LittleEndian.Uint32(data[8:]))
			d = xxhRound(d, binary.LittleEndian.Uint32(data[12:]))
		}
		sum = bits.RotateLeft32(a, 1) + bits.RotateLeft32(b, 7) + bits.RotateLeft32(c, 12) + bits.RotateLeft32(d, 18)
	}
	sum += total
	for ; len(data) >= 4; data = data[4:] {
		sum = bits.RotateLeft32(sum+binary.LittleEndian.Uint32(data)*prime3, 17) * prime4
	}
	for _, b := range data {
		sum = bits.RotateLeft32(sum+uint32(b)*prime5, 11) * prime1
	}
	sum = (sum ^ sum>>15) * prime2
	sum = (sum ^ sum>>13) * prime3
	return sum ^ sum>>16
}

func xxhRound(sum, word uint32) uint32 {
	return bits.RotateLeft32(sum+word*prime2, 13) * prime1
}
