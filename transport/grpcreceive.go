package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport/contentcoding"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// describe makes gRPC's service tables. Methods are registered as streams of
// one message, which is the same on the wire: only so do we see, and count, a
// message that could not be received.
func (s *Servers) describe(cfg GRPCConfig, methods map[string]UnaryMethod, l *Listener) map[string]*grpc.ServiceDesc {
	services := map[string]*grpc.ServiceDesc{}
	for full, method := range methods {
		service, name, _ := strings.Cut(strings.TrimPrefix(full, "/"), "/")
		desc := services[service]
		if desc == nil {
			desc = &grpc.ServiceDesc{ServiceName: service}
			services[service] = desc
		}
		desc.Streams = append(desc.Streams, grpc.StreamDesc{
			StreamName: name,
			Handler:    func(_ any, stream grpc.ServerStream) error { return s.answer(cfg, method, l, stream) },
		})
	}
	return services
}

// answer receives one message and has method answer it.
func (s *Servers) answer(cfg GRPCConfig, method UnaryMethod, l *Listener, stream grpc.ServerStream) error {
	var message received
	if err := stream.RecvMsg(&message); err != nil {
		l.Refused(1)
		return err // a status already
	}
	held := claim{memory: s.memory}
	defer held.free()
	ctx := stream.Context()
	request, err := s.open(ctx, message.data, int64(cfg.MaxRecvMsgSizeMiB)<<20, &held)
	message.data.Free()
	if err != nil {
		l.Refused(1)
		return openStatus(err)
	}
	defer request.Body.Release()
	if p, ok := peer.FromContext(ctx); ok {
		request.Peer = p.Addr.String()
	}
	if cfg.IncludeMetadata {
		request.Metadata = grpcMetadata(ctx)
	}
	reply, err := method(ctx, request)
	if err != nil {
		return err
	}
	return stream.SendMsg(reply)
}

// received is a message as gRPC hands it over; whoever received it frees data.
type received struct{ data mem.BufferSlice }

// asItCame makes gRPC hand over messages with grpc-encoding gzip as they are, in
// a slice of their own, so that they are inflated under our bounds and can be sent on as they came.
type asItCame struct{}

func (asItCame) Type() string { return "gzip" }

func (asItCame) Do(r io.Reader) ([]byte, error) {
	if sized, ok := r.(interface{ Remaining() int }); ok {
		message := make([]byte, sized.Remaining())
		_, err := io.ReadFull(r, message)
		return message, err
	}
	return io.ReadAll(r)
}

var gzipMagic = []byte{0x1f, 0x8b}

// open makes a Request of a message. No message of protobuf begins with gzip's
// magic, whose first byte would be field 3 of wire type 7, which does not exist; so that
// tells what asItCame let through. Messages with another grpc-encoding were inflated by gRPC.
func (s *Servers) open(ctx context.Context, message mem.BufferSlice, max int64, held *claim) (*Request, error) {
	size := message.Len()
	if err := held.grow(size); err != nil {
		return nil, err
	}
	if len(message) == 1 {
		// Only such a slice is the garbage collector's.
		if data, ok := message[0].(mem.SliceBuffer); ok && bytes.HasPrefix(data, gzipMagic) {
			body, err := s.inflater.inflate(ctx, contentcoding.Lookup("gzip"), data, max, held)
			if err != nil {
				return nil, err
			}
			return &Request{Body: body, Encoding: "gzip", Encoded: data}, nil
		}
	}
	body := bytepool.Get(size)
	message.CopyTo(body.Bytes())
	return &Request{Body: body}, nil
}

// openStatus is the answer to a message that was not opened. Upstream too answers
// UNAVAILABLE when it is short of memory, which every client sends again; RESOURCE_EXHAUSTED
// would be final for those that do not read RetryInfo, and is what gRPC itself answers
// to a message that is too large.
func openStatus(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return status.Error(codes.ResourceExhausted, fmt.Sprintf(
			"the message is larger than %d bytes (after decompression); send less at once or raise max_recv_msg_size_mib", tooLarge.Limit))
	}
	if _, busy := errors.AsType[*BusyError](err); busy {
		plain := status.New(codes.Unavailable, err.Error())
		if with, err := plain.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(busyDelay)}); err == nil {
			return with.Err()
		}
		return plain.Err()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	return status.Error(codes.Internal, "decompress: "+err.Error()) // as gRPC does
}

// grpcMetadata are the headers, with host as upstream adds it.
func grpcMetadata(ctx context.Context) map[string][]string {
	headers, ok := metadata.FromIncomingContext(ctx)
	if ok && len(headers["host"]) == 0 && len(headers[":authority"]) > 0 {
		headers["host"] = headers[":authority"]
	}
	return headers
}
