package file

import (
	"encoding/binary"

	"github.com/klauspost/compress/zstd"
	"github.com/oriel-io/oriel/wire/otlp"
)

// format makes records of batches:
//
//	json           {...}\n
//	all others     length (4 bytes, big-endian), protobuf or compressed bytes
//
// Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/fileexporter#file-format
type format struct {
	proto bool
	zstd  *zstd.Encoder // nil: not compressed
}

func newFormat(cfg *Config) (f format, err error) {
	f.proto = cfg.Format == "proto"
	if cfg.Compression == "zstd" {
		f.zstd, err = zstd.NewWriter(nil, zstd.WithLowerEncoderMem(true))
	}
	return f, err
}

// lines says that a record is a line, and not a length with bytes.
func (f format) lines() bool { return !f.proto && f.zstd == nil }

// appendRecord appends the record of a batch to b.
func (f format) appendRecord(b []byte, batch *otlp.Batch) []byte {
	switch {
	case f.lines():
		return append(batch.AppendJSON(b), '\n')
	case f.zstd == nil:
		b = binary.BigEndian.AppendUint32(b, uint32(batch.Size()))
		for _, piece := range batch.Pieces(nil) {
			b = append(b, piece...)
		}
		return b
	}
	plain := batch.Bytes()
	if !f.proto {
		plain = batch.AppendJSON(nil)
	}
	start := len(b)
	b = f.zstd.EncodeAll(plain, append(b, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-lengthBytes))
	return b
}

const lengthBytes = 4
