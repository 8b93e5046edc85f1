package component

import "context"

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
	return c.Metadata[lower(key)]
}

// lower is strings.ToLower for header names, without an allocation where nothing changes.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for j, c := range b {
				if c >= 'A' && c <= 'Z' {
					b[j] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
