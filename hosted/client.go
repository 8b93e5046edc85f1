package hosted

import (
	"context"
	"net"
	"net/netip"

	"github.com/oriel-io/oriel/component"
	"go.opentelemetry.io/collector/client"
)

// toUpstreamClient shows who sent a batch to a hosted component.
func toUpstreamClient(ctx context.Context) context.Context {
	from := component.ClientFrom(ctx)
	if from == nil {
		return ctx
	}
	info := client.Info{Metadata: client.NewMetadata(from.Metadata)}
	if at, err := netip.ParseAddrPort(from.Address); err == nil {
		info.Addr = net.TCPAddrFromAddrPort(at)
	}
	return client.NewContext(ctx, info)
}

// fromUpstreamClient shows who sent the data to our components, as a hosted
// receiver says it. What was ours on the way in is found in the context as it was.
func fromUpstreamClient(ctx context.Context) context.Context {
	if component.ClientFrom(ctx) != nil {
		return ctx
	}
	info := client.FromContext(ctx)
	out := component.Client{Metadata: map[string][]string{}}
	if info.Addr != nil {
		out.Address = info.Addr.String()
	}
	for key := range info.Metadata.Keys() {
		out.Metadata[key] = info.Metadata.Get(key)
	}
	if out.Address == "" && len(out.Metadata) == 0 {
		return ctx
	}
	return component.WithClient(ctx, &out)
}
