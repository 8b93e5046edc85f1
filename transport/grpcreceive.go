package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport/contentcoding"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/types/known/durationpb"
)

// answer receives one message and has the owner's method answer it. To gRPC it is a
// stream, which is the same on the wire: only so do we see, and count, a message that
// could not be received, and may owners come and go.
func (g *grpcServer) answer(_ any, stream grpc.ServerStream) error {
	ctx := stream.Context()
	name, _ := grpc.MethodFromServerStream(stream)
	owner, err := g.owned(ctx, name)
	if err != nil {
		return err
	}
	held := claim{memory: g.servers.memory}
	defer held.free()
	request, err := g.receive(stream, &held)
	if err != nil {
		owner.listener.Refused(1)
		grpcConn(ctx).waste()
		return err
	}
	defer request.Body.Release()
	for !owner.gate.enter() { // it has left meanwhile
		if owner, err = g.owned(ctx, name); err != nil {
			return err
		}
	}
	defer owner.gate.leave()
	reply, err := owner.methods[name](ctx, request)
	if err != nil {
		return err
	}
	return stream.SendMsg(reply)
}

// owned is who answers a method now. Errors are statuses.
func (g *grpcServer) owned(ctx context.Context, method string) (*grpcOwner, error) {
	owner, err := g.calls.get(ctx)
	switch {
	case err != nil:
		return nil, status.FromContextError(err).Err()
	case owner.next != nil:
		return owner.next.owned(ctx, method)
	case owner.listener == nil:
		return nil, retryStatus("shutting down")
	case owner.methods[method] == nil:
		return nil, status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	return owner, nil
}

// receive makes a Request of the message that a call sends. Errors are statuses.
func (g *grpcServer) receive(stream grpc.ServerStream, held *claim) (*Request, error) {
	var message received
	switch err := stream.RecvMsg(&message); err {
	case nil:
	case io.EOF:
		return nil, status.Error(codes.Internal, "the call ended without a message")
	default:
		return nil, err // a status already
	}
	ctx := stream.Context()
	if patience, ok := ctx.Value(patienceKey{}).(*time.Timer); ok {
		patience.Stop()
	}
	request, err := g.servers.open(ctx, message.data, int64(g.cfg.MaxRecvMsgSizeMiB)<<20, held)
	message.data.Free()
	if err != nil {
		return nil, openStatus(err)
	}
	if from := grpcConn(ctx); from != nil {
		request.Peer = from.peer.text
		from.prove()
	}
	if g.cfg.IncludeMetadata {
		request.Metadata = grpcMetadata(ctx)
	}
	return request, nil
}

// grpcConn is the connection that a call came on.
func grpcConn(ctx context.Context) *conn {
	if p, ok := peer.FromContext(ctx); ok {
		if addr, ok := p.Addr.(*peerAddr); ok {
			return addr.conn
		}
	}
	return nil
}

type patienceKey struct{}

// admit sees each call before its message comes. It refuses what there is no memory
// for, and bounds how long the message may take: gRPC itself would wait for ever.
func (g *grpcServer) admit(ctx context.Context, _ *tap.Info) (context.Context, error) {
	if memory := g.servers.memory; memory.Full(1) {
		memory.Refuse()
		if owner := g.calls.now.Load().value; owner != nil && owner.listener != nil {
			owner.listener.Refused(1)
		}
		return ctx, openStatus(&BusyError{memory.Limit()})
	}
	ctx, cancel := context.WithCancel(ctx)
	return context.WithValue(ctx, patienceKey{}, time.AfterFunc(receiveTimeout, cancel)), nil
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
		return retryStatus(err.Error())
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	return status.Error(codes.Internal, "decompress: "+err.Error()) // as gRPC does
}

// retryStatus asks the client to try again.
func retryStatus(text string) error {
	plain := status.New(codes.Unavailable, text)
	if with, err := plain.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(busyDelay)}); err == nil {
		return with.Err()
	}
	return plain.Err()
}

// grpcMetadata are the headers, with host as upstream adds it.
func grpcMetadata(ctx context.Context) map[string][]string {
	headers, ok := metadata.FromIncomingContext(ctx)
	if ok && len(headers["host"]) == 0 && len(headers[":authority"]) > 0 {
		headers["host"] = headers[":authority"]
	}
	return headers
}
