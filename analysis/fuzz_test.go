package analysis_test

import (
	"testing"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

// FuzzBuildTree: any valid batch makes a tree whose parents come first and
// whose critical path is as long as its root, and a map.
func FuzzBuildTree(f *testing.F) {
	for _, text := range []string{
		"t a - server s one 0s+1s\nt b a client s two 0s+1s\nt b b server r two -1s+5s",
		"t a b internal s one 0s+1s\nt b a consumer r two 2000000h+1s\nt c x producer r two 0s+1s messaging.system=q",
	} {
		batch, err := storetest.ParseSpans(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(batch.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		batch, err := otlp.New(otlp.Traces, data)
		if err != nil {
			return
		}
		tree := analysis.BuildTree(batch)
		for i, s := range tree.Spans {
			if s.Parent >= int32(i) || s.End <= int32(i) || s.Duration < 0 || s.Self < 0 || s.Self > s.Duration {
				t.Fatalf("span %d: parent %d, end %d, self %d of %d", i, s.Parent, s.End, s.Self, s.Duration)
			}
		}
		if len(tree.Spans) > 0 {
			total := int64(0)
			for _, s := range tree.Critical {
				total += s.To - s.From
			}
			if want := tree.Spans[tree.MainRoot()].Duration; total != want {
				t.Fatalf("critical path of %d, root of %d", total, want)
			}
		}
		m := analysis.BuildMap(analysis.Graph(batch))
		requests := uint64(0)
		for _, e := range m.Edges {
			if e.From == "client" {
				requests += e.Stats.Total()
			}
		}
		if requests != m.Total.Total() {
			t.Fatalf("%d requests from the client, %d in total", requests, m.Total.Total())
		}
	})
}
