package component

import (
	"context"
	"strings"
)

// Client is who sent a batch, as far as processors may ask: `include_metadata`
// of a server decides whether Metadata is filled in. A queue in memory keeps it.
type Client struct {
	// Address is the sender's, host:port; "" if it is not known.
	Address string
	// Metadata are the headers of the request, keys in lower case. Shared: not to be changed.
	Metadata map[string][]string
}

type clientKey struct{}

// WithClient attaches the sender to a context.
func WithClient(ctx context.Context, c *Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFrom is the sender, nil if none is known.
func ClientFrom(ctx context.Context) *Client {
	c, _ := ctx.Value(clientKey{}).(*Client)
	return c
}

// Get lists the values of a header, whatever its case. It works on nil.
func (c *Client) Get(key string) []string {
	if c == nil {
		return nil
	}
	return c.Metadata[MetadataKey(key)]
}

// MetadataKey is how Client.Metadata spells a header's name.
func MetadataKey(name string) string { return strings.ToLower(name) }
