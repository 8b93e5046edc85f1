package hosted

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/config"
	"go.opentelemetry.io/collector/confmap"
)

// confOf turns a block of the text into upstream's form of it.
//
// A value that came out of a ${...} is both text and what the text says in
// YAML, and the field that takes it decides. Only upstream's resolver can make such
// values, so the block goes through one: it gets each of them as ${block:N}, and
// asks here for it.
func confOf(n *config.Node) (*confmap.Conf, error) {
	if n.Kind != config.Map && n.Kind != config.Null {
		return nil, config.Problemf("", "is %s, want a map", n.Kind)
	}
	b := &block{}
	b.root, _ = b.raw(n).(map[string]any)
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{"block:root"},
		ProviderFactories: []confmap.ProviderFactory{confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return b })},
	})
	if err != nil {
		return nil, err
	}
	return resolver.Resolve(context.Background())
}

// block is a confmap.Provider of one block: of the whole, and of each value
// in it that came out of a ${...}.
type block struct {
	root     map[string]any
	expanded []string
}

// raw is the value of a node in the types that YAML has for it, with $ written
// as $$: the resolver halves them again.
func (b *block) raw(n *config.Node) any {
	switch {
	case n.Verbatim != nil:
		b.expanded = append(b.expanded, *n.Verbatim)
		return fmt.Sprintf("${block:%d}", len(b.expanded)-1)
	case n.Kind == config.Map:
		out := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			out[e.Key] = b.raw(e.Value)
		}
		return out
	case n.Kind == config.List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = b.raw(item)
		}
		return out
	}
	if text, ok := n.Any().(string); ok {
		return strings.ReplaceAll(text, "$", "$$")
	}
	return n.Any()
}

// Retrieve is part of confmap.Provider.
func (b *block) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	i, err := strconv.Atoi(strings.TrimPrefix(uri, "block:"))
	if err != nil || i < 0 || i >= len(b.expanded) {
		return confmap.NewRetrieved(b.root)
	}
	return confmap.NewRetrievedFromYAML([]byte(strings.ReplaceAll(b.expanded[i], "$", "$$")))
}

// Scheme is part of confmap.Provider.
func (b *block) Scheme() string { return "block" }

// Shutdown is part of confmap.Provider.
func (b *block) Shutdown(context.Context) error { return nil }
