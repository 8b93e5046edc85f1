package component

import (
	"context"
	"net"
	"strings"
)

// FromContext finds what upstream's from_context names of a request: metadata.NAME, or NAME
// alone, is a header, several values joined with ";"; client.address is the host that sent
// it. auth.NAME is found with no authenticator.
func FromContext(ctx context.Context, name string) (string, bool) {
	client := ClientFrom(ctx)
	if name == "client.address" {
		if client == nil {
			return "", true // upstream sets an empty address too
		}
		if host, _, err := net.SplitHostPort(client.Address); err == nil {
			return host, true
		}
		return client.Address, true
	}
	if strings.HasPrefix(name, "auth.") {
		return "", false
	}
	values := client.Get(strings.TrimPrefix(name, "metadata."))
	return strings.Join(values, ";"), len(values) > 0
}
