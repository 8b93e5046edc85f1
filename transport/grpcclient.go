package transport

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/oriel-io/oriel/internal/bytepool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// GRPCClient calls methods with message bytes.
type GRPCClient struct {
	conn       *grpc.ClientConn
	headers    metadata.MD
	compressor string
	options    []grpc.CallOption

	closeOnce sync.Once
}

// NewClient makes a client; it connects with Connect or the first call.
// log, which may be nil, is told of new certificates that cannot be used. userAgent is
// what the server is told unless the configuration says otherwise.
//
// Errors: files of certificates that cannot be read, and targets that make no sense.
func (c *GRPCClientConfig) NewClient(log *slog.Logger, userAgent string) (*GRPCClient, error) {
	target, secure := c.target()
	creds := insecure.NewCredentials()
	if secure {
		source, err := c.TLS.source(log)
		if err != nil {
			return nil, err
		}
		creds = source.credentials()
	}
	if c.UserAgent != "" {
		userAgent = c.UserAgent
	}
	conn, err := grpc.NewClient(target, append(c.dialOptions(creds), grpc.WithUserAgent(userAgent))...)
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", c.Endpoint, err)
	}
	client := &GRPCClient{conn: conn, compressor: c.compressor(), options: []grpc.CallOption{grpc.ForceCodecV2(bytesCodec{})}}
	if client.compressor != "" {
		client.options = append(client.options, grpc.UseCompressor(client.compressor))
	}
	if c.WaitForReady {
		client.options = append(client.options, grpc.WaitForReady(true))
	}
	for k, v := range c.Headers {
		if client.headers == nil {
			client.headers = metadata.MD{}
		}
		client.headers.Set(k, string(v))
	}
	return client, nil
}

func (c *GRPCClientConfig) dialOptions(creds credentials.TransportCredentials) []grpc.DialOption {
	or := func(v, def int) int {
		if v == 0 {
			return def
		}
		return v
	}
	balancer := c.BalancerName
	if balancer == "" {
		balancer = "round_robin"
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithReadBufferSize(or(c.ReadBufferSize, defaultGRPCBuffers)),
		grpc.WithWriteBufferSize(or(c.WriteBufferSize, defaultClientWriteBuffer)),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"` + balancer + `":{}}]}`),
		grpc.WithDisableRetry(), // the queue retries, and counts it
	}
	if c.Authority != "" {
		options = append(options, grpc.WithAuthority(c.Authority))
	}
	if k := c.Keepalive; k != nil {
		options = append(options, grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: k.Time, Timeout: k.Timeout, PermitWithoutStream: k.PermitWithoutStream}))
	}
	return options
}

// Connect begins to connect, without waiting.
func (c *GRPCClient) Connect() { c.conn.Connect() }

// Takes says whether Call may be given a message that is already compressed in this way.
func (c *GRPCClient) Takes(encoding string) bool { return encoding == "gzip" && c.compressor == "gzip" }

// Call sends request to the method ("/package.Service/Method") and returns the
// reply's bytes. request is a protobuf message, or one in a compressed form that Takes allows.
// lender is where request's bytes are, if they are lent; gRPC may read them for some time after a
// call that was cut short, and Call retains them as long. Errors are those of package status.
func (c *GRPCClient) Call(ctx context.Context, method string, request []byte, lender *bytepool.Buffer) (reply []byte, err error) {
	return c.CallPieces(ctx, method, [][]byte{request}, lender)
}

// CallPieces is Call for a message in several slices.
func (c *GRPCClient) CallPieces(ctx context.Context, method string, request [][]byte, lender *bytepool.Buffer) (reply []byte, err error) {
	if c.headers != nil {
		ctx = metadata.NewOutgoingContext(ctx, c.headers)
	}
	err = c.conn.Invoke(ctx, method, lent{request, lender}, &reply, c.options...)
	return reply, err
}

// Close cuts the connection; calls that run, or come later, end with an error.
func (c *GRPCClient) Close() (err error) {
	c.closeOnce.Do(func() { err = c.conn.Close() })
	return err
}
