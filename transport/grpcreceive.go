package transport

import (
	"context"
	"encoding/binary"
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
// stream, which is the same on the wire.
func (g *grpcServer) answer(_ any, stream grpc.ServerStream) error {
	ctx := stream.Context()
	name, _ := grpc.MethodFromServerStream(stream)
	owner, err := g.owned(ctx, name)
	if err != nil {
		return err
	}
	held := claim{memory: g.servers.memory}
	defer held.free()
	tooLong := time.AfterFunc(g.servers.patience.message, func() {
		if cancel, ok := ctx.Value(cancelKey{}).(context.CancelCauseFunc); ok {
			cancel(errSlow)
		}
	})
	request, err := g.receive(ctx, &held)
	tooLong.Stop()
	if err != nil {
		owner.listener.Refused(1)
		grpcConn(ctx).answered(ctx.Err() == nil)
		if context.Cause(ctx) == errSlow {
			return errSlow
		}
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

// wire is what a gRPC stream can do that the interface of package grpc hides. grpc.ServerStream would
// receive a message as a whole and inflate it before anybody could ask what it costs.
// That its streams have these methods is not promised; a test notices when they have not.
type wire interface {
	ReadMessageHeader(header []byte) error
	Read(n int) (mem.BufferSlice, error)
	RecvCompress() string
}

// receive makes a Request of the message that a call sends. Errors are statuses.
//
// Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests, Length-Prefixed-Message
func (g *grpcServer) receive(ctx context.Context, held *claim) (*Request, error) {
	stream, ok := grpc.ServerTransportStreamFromContext(ctx).(wire)
	if !ok {
		return nil, status.Error(codes.Internal, "the streams of this version of gRPC cannot be read")
	}
	var header [5]byte // compressed or not, length
	if err := stream.ReadMessageHeader(header[:]); err != nil {
		return nil, readStatus(err)
	}
	max := int64(g.cfg.MaxRecvMsgSizeMiB) << 20
	encoding, coding, err := messageCoding(header[0], stream.RecvCompress())
	if err != nil {
		return nil, err
	}
	message, err := g.message(stream, int64(binary.BigEndian.Uint32(header[1:])), max, coding, held)
	defer message.Free()
	if err != nil {
		return nil, readStatus(err)
	}
	request := &Request{held: held}
	if coding == nil {
		request.Body = bytepool.Get(message.Len())
		message.CopyTo(request.Body.Bytes())
	} else {
		sent := bytepool.Get(message.Len())
		message.CopyTo(sent.Bytes())
		if request.Body, err = g.servers.inflater.inflate(ctx, coding, sent.Bytes(), max, held); err != nil {
			sent.Release()
			return nil, readStatus(inflateError(err))
		}
		request.keep(encoding, sent)
		sent.Release()
	}
	if from := grpcConn(ctx); from != nil {
		request.Peer = from.peer.text
		from.prove()
		from.answered(true)
	}
	if g.cfg.IncludeMetadata {
		request.Metadata = grpcMetadata(ctx)
	}
	return request, nil
}

// messageCoding is the coding of a message, by its flag and the call's grpc-encoding; nil if it is not compressed.
func messageCoding(flag byte, encoding string) (string, *contentcoding.Coding, error) {
	switch {
	case flag == 0:
		return "", nil, nil
	case flag > 1:
		return "", nil, status.Errorf(codes.Internal, "a message with the unknown flag %d", flag)
	}
	if coding := contentcoding.Lookup(encoding); coding != nil {
		return encoding, coding, nil
	}
	return "", nil, status.Errorf(codes.Unimplemented, "grpc-encoding %q is not taken here; send one of gzip, zstd, snappy", encoding)
}

// How much of a message is read at once, and by how much that grows: what comes is held in the frames that it comes
// in, so that only what has come costs anything. In between, compressed messages are looked at.
const (
	firstPart  = 64 << 10
	partGrowth = 4
)

// message reads a message of so many bytes, and claims each part before. Whatever is
// returned has to be freed.
func (g *grpcServer) message(stream wire, length, max int64, coding *contentcoding.Coding, held *claim) (message mem.BufferSlice, err error) {
	if length > max {
		return nil, &http.MaxBytesError{Limit: max}
	}
	for have, upTo := int64(0), int64(firstPart); have < length; upTo *= partGrowth {
		part := min(upTo, length) - have
		if err := held.grow(int(part)); err != nil {
			return message, err
		}
		data, err := stream.Read(int(part))
		message = append(message, data...)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return message, err
		}
		if have += part; have < length && coding != nil && suspicious(coding, message[0].ReadOnlyData(), max) && isBomb(coding, message.Materialize(), max) {
			return message, &http.MaxBytesError{Limit: max}
		}
	}
	return message, nil
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

type cancelKey struct{}

var errSlow = status.Error(codes.DeadlineExceeded, "the message took too long to come")

// admit sees each call before its message comes. It refuses what there is no memory
// for, and makes a call one that answer can end: gRPC itself would wait for ever.
func (g *grpcServer) admit(ctx context.Context, _ *tap.Info) (context.Context, error) {
	if memory := g.servers.memory; memory.Full(1) {
		memory.Refuse()
		if owner := g.calls.now.Load().value; owner != nil && owner.listener != nil {
			owner.listener.Refused(1)
		}
		return ctx, readStatus(&BusyError{memory.Limit()})
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return context.WithValue(ctx, cancelKey{}, cancel), nil
}

// readStatus is the answer to a message that was not received. Upstream too answers
// UNAVAILABLE when it is short of memory, which every client sends again; RESOURCE_EXHAUSTED
// would be final for those that do not read RetryInfo, and is what gRPC itself answers
// to a message that is too large.
func readStatus(err error) error {
	tooLarge, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	_, isBusy := errors.AsType[*BusyError](err)
	known, isStatus := status.FromError(err)
	switch {
	case isTooLarge:
		return status.Error(codes.ResourceExhausted, fmt.Sprintf(
			"the message is larger than %d bytes (after decompression); send less at once or raise max_recv_msg_size_mib", tooLarge.Limit))
	case isBusy:
		return retryStatus(err.Error())
	case isStatus: // a call that ended
		return known.Err()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	case err == io.EOF:
		return status.Error(codes.Internal, "the call ended without a message")
	}
	return status.Error(codes.Internal, "read message: "+err.Error()) // as gRPC does
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
