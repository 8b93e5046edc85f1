package transport

import (
	"bytes"
	"fmt"

	"github.com/oriel-io/oriel/internal/bytepool"
	"google.golang.org/grpc/mem"
)

// bytesCodec passes messages through as the bytes they are: telemetry is
// never decoded into structs on its way.
type bytesCodec struct{}

// Name is that of the protobuf codec, because that is what the bytes are.
func (bytesCodec) Name() string { return "proto" }

// Marshal hands the bytes on without a copy. A Buffer is retained until gRPC
// has written them, or given up.
func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	switch message := v.(type) {
	case []byte:
		return mem.BufferSlice{mem.SliceBuffer(message)}, nil
	case lent:
		return message.buffers(), nil
	}
	return nil, fmt.Errorf("transport: cannot send a %T", v)
}

// lent is a message, in order, in a Buffer.
type lent struct {
	pieces [][]byte
	buffer *bytepool.Buffer // nil: the pieces are the garbage collector's
}

func (l lent) buffers() mem.BufferSlice {
	out := make(mem.BufferSlice, len(l.pieces))
	for i, piece := range l.pieces {
		switch {
		case l.buffer == nil:
			out[i] = mem.SliceBuffer(piece)
		case mem.IsBelowBufferPoolingThreshold(cap(piece)): // gRPC would not say when it is done with it
			out[i] = mem.SliceBuffer(bytes.Clone(piece))
		default:
			l.buffer.Retain()
			out[i] = mem.NewBuffer(&l.pieces[i], releaser{l.buffer})
		}
	}
	return out
}

// releaser is how gRPC gives a Buffer back: as a pool that takes only this one.
type releaser struct{ buffer *bytepool.Buffer }

func (r releaser) Put(*[]byte) { r.buffer.Release() }

func (releaser) Get(int) *[]byte { panic("transport: nothing is taken from a releaser") }

// Unmarshal makes one copy of the message, out of the frames that it came in. Only
// clients receive so, see grpcServer.receive.
func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	out, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("transport: cannot receive into a %T", v)
	}
	*out = data.Materialize()
	return nil
}
