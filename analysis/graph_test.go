package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

func TestMap(t *testing.T) {
	cases(t, "map", func(batch *otlp.Batch) string { return mapText(analysis.BuildMap(analysis.Graph(batch))) })
}

func mapText(m *analysis.Map) string {
	var b strings.Builder
	stats := func(s servicegraph.Stats) string {
		return fmt.Sprintf("%d requests, %d error, %d throttle, %d fault, %s in all", s.Total(), s.Error, s.Throttle, s.Fault, time.Duration(s.SumNanos))
	}
	for _, n := range m.Nodes {
		fmt.Fprintf(&b, "%s: %s\n", n.ID, stats(n.Stats))
		for _, v := range n.Versions {
			fmt.Fprintf(&b, "  version %q: %s\n", v.Version, stats(v.Stats))
		}
	}
	for _, e := range m.Edges {
		from, to := e.From, e.To
		if e.FromVersion != "" {
			from += "@" + e.FromVersion
		}
		if e.ToVersion != "" {
			to += "@" + e.ToVersion
		}
		fmt.Fprintf(&b, "%s -> %s: %s\n", from, to, stats(e.Stats))
	}
	fmt.Fprintf(&b, "total: %s\n", stats(m.Total))
	return b.String()
}

// TestGraphIsTheStores: the graph of a set of spans is that of a store that holds them.
func TestGraphIsTheStores(t *testing.T) {
	g := storetest.NewBookinfo(7)
	clock := storetest.Epoch
	engine := memory.NewAt(func() time.Time { return clock })
	var batches []*otlp.Batch
	for range 3 {
		batch := shuffled(g.Batch(500, storetest.Epoch), rand.New(rand.NewPCG(1, 1)))
		batches = append(batches, batch)
		if err := engine.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	clock = clock.Add(time.Hour) // all traces are quiet
	want, err := engine.Graph(t.Context(), storetest.Epoch.Add(-time.Hour).UnixNano(), storetest.Epoch.Add(time.Hour).UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	if got := analysis.Graph(batches...); storetest.GraphText(got) != storetest.GraphText(want) {
		t.Errorf("got\n%s\nwant\n%s", storetest.GraphText(got), storetest.GraphText(want))
	}
	if got := analysis.Graph(); len(got.Nodes)+len(got.Edges) != 0 {
		t.Error("graph of nothing")
	}
}
