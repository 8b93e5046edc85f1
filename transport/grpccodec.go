package transport

import (
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
		if message.buffer == nil {
			return mem.BufferSlice{mem.SliceBuffer(message.data)}, nil
		}
		message.buffer.Retain()
		return mem.BufferSlice{mem.NewBuffer(&message.data, releaser{message.buffer})}, nil
	}
	return nil, fmt.Errorf("transport: cannot send a %T", v)
}

// lent is a message in a Buffer.
type lent struct {
	data   []byte
	buffer *bytepool.Buffer // nil: data is the garbage collector's
}

// releaser is how gRPC gives a Buffer back: as a pool that takes only this one.
type releaser struct{ buffer *bytepool.Buffer }

func (r releaser) Put(*[]byte) { r.buffer.Release() }

func (releaser) Get(int) *[]byte { panic("transport: nothing is taken from a releaser") }

// Unmarshal hands a server the frames that the message came in, and a client a slice.
func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	switch out := v.(type) {
	case *received:
		data.Ref()
		out.data = data
		return nil
	case *[]byte:
		*out = data.Materialize()
		return nil
	}
	return fmt.Errorf("transport: cannot receive into a %T", v)
}
