package otlp

import "encoding/binary"

// TraceID is 16 bytes, most significant first. All zero means: not set.
type TraceID [16]byte

// SpanID is 8 bytes, most significant first. All zero means: not set.
type SpanID [8]byte

// IsZero says that the id is not set.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// IsZero says that the id is not set.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// Hash64 mixes the id's low bytes for maps and indexes; ids of old senders
// have a zero high half, so both halves take part.
func (id TraceID) Hash64() uint64 {
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	x := hi*0x9e3779b97f4a7c15 ^ lo
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
