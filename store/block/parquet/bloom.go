package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// bloom is a blocked Bloom filter: each value sets six bits of one block of 64
// bytes. At ten bits a value it says yes to about 2 % of the others.
type bloom []byte

const (
	bloomBlock = 64
	bloomBits  = 6
)

func newBloom(values int) bloom {
	return make(bloom, (values*10/8+bloomBlock)/bloomBlock*bloomBlock)
}

func (b bloom) block(v []byte) (block []byte, h uint64) {
	h = xxhash.Sum64(v)
	n, _ := bits.Mul64(h, uint64(len(b)/bloomBlock))
	return b[n*bloomBlock:][:bloomBlock], h * 0x9e3779b97f4a7c15
}

func (b bloom) add(v []byte) {
	block, h := b.block(v)
	for range bloomBits {
		word := block[h>>61*8:]
		binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)|1<<(h>>55&63))
		h = bits.RotateLeft64(h, 10)
	}
}

// has may be wrong when it says true.
func (b bloom) has(v []byte) bool {
	block, h := b.block(v)
	for range bloomBits {
		if binary.LittleEndian.Uint64(block[h>>61*8:])>>(h>>55&63)&1 == 0 {
			return false
		}
		h = bits.RotateLeft64(h, 10)
	}
	return true
}
