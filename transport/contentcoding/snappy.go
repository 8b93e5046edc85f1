package contentcoding

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/snappy"
)

func snappySize(data []byte) (size int64, exact bool) {
	if bytes.HasPrefix(data, snappyMagic) {
		return framedSize(data)
	}
	n, err := snappyLen(data)
	return int64(n), err == nil
}

func snappyInto(room, data []byte) (int, error) {
	if bytes.HasPrefix(data, snappyMagic) {
		return framedInto(room, data)
	}
	return snappyBlock(room, data)
}

// snappyLen is the length that stands in front of a block. Three bytes make 64
// at most, so that what claims more is broken.
func snappyLen(block []byte) (int, error) {
	n, err := snappy.DecodedLen(block)
	if err != nil || int64(n) > 64*int64(len(block))/3 {
		return 0, errSnappyBlock
	}
	return n, nil
}

func snappyBlock(room, data []byte) (int, error) {
	n, err := snappyLen(data)
	if err != nil {
		return 0, err
	}
	if n > len(room) {
		return 0, ErrShort
	}
	if _, err := snappy.Decode(room[:n], data); err != nil {
		return 0, errSnappyBlock
	}
	return n, nil
}

// Snappy's frames are chunks: one byte type, three bytes length, and for data a
// checksum. The first one is the magic.
//
// Source: https://github.com/google/snappy/blob/main/framing_format.txt
var snappyMagic = []byte("\xff\x06\x00\x00sNaPpY")

const (
	chunkCompressed  = 0x00
	chunkRaw         = 0x01
	chunkMagic       = 0xff
	chunkFirstToSkip = 0x80 // 0x02 to 0x7f are reserved and must be understood
	maxChunk         = 64 << 10
)

var (
	errNoSnappyMagic = errors.New("snappy: the data does not begin with the stream identifier")
	errSnappyBlock   = errors.New("snappy: a block is broken")
	errSnappyChunk   = errors.New("snappy: a chunk is broken")
	errSnappySum     = errors.New("snappy: a checksum is wrong")
	castagnoli       = crc32.MakeTable(crc32.Castagnoli)
)

// eachChunk calls data for each chunk that carries data: with its checksum, its
// content, and whether that is compressed.
func eachChunk(in []byte, data func(sum uint32, content []byte, compressed bool) error) error {
	if len(in) > 0 && !bytes.HasPrefix(in, snappyMagic) {
		return errNoSnappyMagic
	}
	for len(in) > 0 {
		if len(in) < 4 {
			return io.ErrUnexpectedEOF
		}
		kind, length := in[0], int(in[1])|int(in[2])<<8|int(in[3])<<16
		if in = in[4:]; length > len(in) {
			return io.ErrUnexpectedEOF
		}
		content := in[:length]
		in = in[length:]
		switch {
		case kind == chunkMagic && string(content) != string(snappyMagic[4:]):
			return errSnappyChunk
		case kind >= chunkFirstToSkip: // padding, and what later versions may bring
		case kind > chunkRaw:
			return fmt.Errorf("snappy: chunks of type %#x are not known", kind)
		case length < 4:
			return errSnappyChunk
		default:
			if err := data(binary.LittleEndian.Uint32(content), content[4:], kind == chunkCompressed); err != nil {
				return err
			}
		}
	}
	return nil
}

func framedSize(in []byte) (size int64, exact bool) {
	err := eachChunk(in, func(_ uint32, content []byte, compressed bool) error {
		n := len(content)
		if compressed {
			var err error
			if n, err = snappyLen(content); err != nil {
				return err
			}
		}
		if n > maxChunk {
			return errSnappyChunk
		}
		size += int64(n)
		return nil
	})
	return size, err == nil
}

func framedInto(room, in []byte) (n int, err error) {
	err = eachChunk(in, func(sum uint32, content []byte, compressed bool) error {
		var size int
		switch {
		case compressed:
			var err error
			if size, err = snappyBlock(room[n:], content); err != nil {
				return err
			}
		case len(content) > len(room)-n:
			return ErrShort
		default:
			size = copy(room[n:], content)
		}
		if size > maxChunk {
			return errSnappyChunk
		}
		crc := crc32.Checksum(room[n:n+size], castagnoli)
		if sum != (crc>>15|crc<<17)+0xa282ead8 {
			return errSnappySum
		}
		n += size
		return nil
	})
	return n, err
}
