package contentcoding

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// LZ4's frame is a header, blocks with their length in front, and perhaps a checksum:
//
//	magic u32 | flags u8 | block size u8 | [content size u64] | [dictionary u32] | header checksum u8
//	length u32 | block | [block checksum u32]     as often as needed; length 0 ends them
//	[content checksum u32]
//
// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
const (
	lz4Magic         = 0x184D2204
	lz4SkipMagic     = 0x184D2A50 // to ...5F
	lz4Stored        = 1 << 31    // in a length: the block is not compressed
	lz4Window        = 64 << 10
	lz4BlockChecksum = 1 << 4 // flags from here on
	lz4ContentSize   = 1 << 3
	lz4Checksum      = 1 << 2
	lz4Dictionary    = 1 << 0
)

var (
	errLZ4Magic  = errors.New("lz4: the data does not begin with a frame")
	errLZ4Header = errors.New("lz4: the header of a frame is broken")
	errLZ4Block  = errors.New("lz4: a block is broken")
	errLZ4Sum    = errors.New("lz4: a checksum is wrong")
)

// lz4Frame is the state of a walk over a frame.
type lz4Frame struct {
	flags    byte
	maxBlock int64
	rest     []byte // from the next block on
}

func (f *lz4Frame) has(flag byte) bool { return f.flags&flag != 0 }

// nextLZ4Frame reads a header. more is false at the end of data.
func nextLZ4Frame(data []byte) (f lz4Frame, more bool, err error) {
	for {
		if len(data) == 0 {
			return f, false, nil
		}
		if len(data) < 7 {
			return f, false, io.ErrUnexpectedEOF
		}
		magic := binary.LittleEndian.Uint32(data)
		if magic&^0xf != lz4SkipMagic {
			if magic != lz4Magic {
				return f, false, errLZ4Magic
			}
			break
		}
		if len(data) < 8 || uint64(binary.LittleEndian.Uint32(data[4:])) > uint64(len(data)-8) {
			return f, false, io.ErrUnexpectedEOF
		}
		data = data[8+binary.LittleEndian.Uint32(data[4:]):]
	}
	f.flags = data[4]
	blockSize := data[5] >> 4 & 7
	if f.flags>>6 != 1 || blockSize < 4 {
		return f, false, errLZ4Header
	}
	if f.has(lz4Dictionary) {
		return f, false, errors.New("lz4: the frame needs a dictionary")
	}
	f.maxBlock = 1 << (8 + 2*blockSize)
	size := 6
	if f.has(lz4ContentSize) {
		size += 8
	}
	if len(data) <= size {
		return f, false, io.ErrUnexpectedEOF
	}
	if byte(xxh32(data[4:size])>>8) != data[size] {
		return f, false, errLZ4Header
	}
	f.rest = data[size+1:]
	return f, true, nil
}

// next takes a block from the frame; block is nil after the last one, and what
// there is of it if it is cut.
func (f *lz4Frame) next() (block []byte, stored bool, err error) {
	length, err := f.word()
	if err != nil || length == 0 {
		return nil, false, err
	}
	stored = length&lz4Stored != 0
	if length &^= lz4Stored; uint64(length) > uint64(len(f.rest)) {
		return f.rest, stored, io.ErrUnexpectedEOF
	}
	block, f.rest = f.rest[:length:length], f.rest[length:]
	if f.has(lz4BlockChecksum) {
		if sum, err := f.word(); err != nil || sum != xxh32(block) {
			return nil, false, errors.Join(err, errLZ4Sum)
		}
	}
	return block, stored, nil
}

func (f *lz4Frame) word() (uint32, error) {
	if len(f.rest) < 4 {
		return 0, io.ErrUnexpectedEOF
	}
	w := binary.LittleEndian.Uint32(f.rest)
	f.rest = f.rest[4:]
	return w, nil
}

// blockSize is what a block inflates to; with an error, as far as it goes.
func (f *lz4Frame) blockSize(block []byte, stored bool) (size int64, err error) {
	size = int64(len(block))
	if !stored {
		size, err = lz4BlockSize(block)
	}
	if size > f.maxBlock {
		return 0, errLZ4Block
	}
	return size, err
}

// lz4BlockSize walks over the sequences of a block without inflating them; with an error, as far as it goes.
//
// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
func lz4BlockSize(block []byte) (size int64, err error) {
	at := 0
	length := func(nibble byte) int {
		n := int(nibble)
		if nibble == 15 {
			for more := byte(255); more == 255 && at < len(block); at++ {
				more = block[at]
				n += int(more)
			}
		}
		return n
	}
	for at < len(block) {
		token := block[at]
		at++
		literals := length(token >> 4)
		if literals > len(block)-at {
			break
		}
		at += literals
		size += int64(literals)
		if at == len(block) { // the last sequence has no match
			return size, nil
		}
		if at += 2; at > len(block) { // the match's distance
			break
		}
		size += int64(length(token&15)) + 4
	}
	return size, errLZ4Block
}

func lz4Size(data []byte) (size int64, exact bool) {
	for {
		f, more, err := nextLZ4Frame(data)
		if err != nil || !more {
			return size, err == nil
		}
		for {
			block, stored, err := f.next()
			if err == nil && block == nil {
				break
			}
			n, sizeErr := f.blockSize(block, stored)
			if size += n; err != nil || sizeErr != nil {
				return size, false
			}
		}
		if f.has(lz4Checksum) {
			if _, err := f.word(); err != nil {
				return size, false
			}
		}
		data = f.rest
	}
}

func lz4Into(room, data []byte) (n int, err error) {
	for {
		f, more, err := nextLZ4Frame(data)
		if err != nil || !more {
			return n, err
		}
		size, err := f.into(room[n:])
		if err != nil {
			return 0, err
		}
		if f.has(lz4Checksum) {
			if sum, err := f.word(); err != nil || sum != xxh32(room[n:n+size]) {
				return 0, errors.Join(err, errLZ4Sum)
			}
		}
		n, data = n+size, f.rest
	}
}

// into inflates the blocks of one frame. A match may reach back into earlier blocks.
func (f *lz4Frame) into(room []byte) (n int, err error) {
	for {
		block, stored, err := f.next()
		if err != nil || block == nil {
			return n, err
		}
		size, err := f.blockSize(block, stored)
		if err != nil {
			return 0, err
		}
		if size > int64(len(room)-n) {
			return 0, ErrShort
		}
		if to := room[n : n+int(size)]; stored {
			copy(to, block)
		} else if got, err := lz4.UncompressBlockWithDict(block, to, room[max(0, n-lz4Window):n]); err != nil || got != len(to) {
			return 0, fmt.Errorf("%w: %v", errLZ4Block, err)
		}
		n += int(size)
	}
}
