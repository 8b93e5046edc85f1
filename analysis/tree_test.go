package analysis_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// cases runs each txtar file of a folder: got makes the wanted part from spans in text.
func cases(t *testing.T, folder string, got func(batch *otlp.Batch) string) {
	files, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil || len(archive.Files) != 2 {
				t.Fatal("want the parts spans and want", err)
			}
			batch, err := storetest.ParseSpans(string(archive.Files[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			want, text := &archive.Files[1], got(batch)
			if *update {
				want.Data = []byte(text)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if text != string(want.Data) {
				t.Errorf("got\n%s\nwant\n%s", text, want.Data)
			}
			for seed := range uint64(20) {
				if other := got(shuffled(batch, rand.New(rand.NewPCG(seed, 2)))); other != text {
					t.Fatalf("another order of arrival gives\n%s\nwant\n%s", other, text)
				}
			}
		})
	}
}

// shuffled is the same spans in another order.
func shuffled(batch *otlp.Batch, r *rand.Rand) *otlp.Batch {
	type item struct{ resource, span []byte }
	var items []item
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				items = append(items, item{group.Resource().Msg, span})
			}
		}
	}
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	b := otlp.NewBuilder(otlp.Traces)
	for _, it := range items {
		b.Add(it.resource, nil, it.span, 1)
	}
	return b.Batch()
}

func TestTree(t *testing.T) {
	cases(t, "tree", func(batch *otlp.Batch) string { return treeText(analysis.BuildTree(batch)) })
}

func treeText(tree *analysis.Tree) string {
	var b strings.Builder
	since := func(at int64) time.Duration { return time.Duration(at - storetest.Epoch.UnixNano()) }
	service := func(at int32) string {
		s := tree.Services[at]
		return strings.TrimSuffix(cmp.Or(s.Name, "-")+"@"+s.Version, "@")
	}
	for _, s := range tree.Spans {
		fmt.Fprintf(&b, "%s%s %s %s %s+%s self %s", strings.Repeat("  ", int(s.Depth)), strings.Trim(string(s.SpanID[:]), "\x00"),
			service(s.Service), s.Name, since(s.Begin), time.Duration(s.Duration), time.Duration(s.Self))
		for word, set := range map[string]bool{" missing": s.Missing, " shared": s.Shared} {
			if set {
				b.WriteString(word)
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s+%s, %d missing\n", since(tree.Start), time.Duration(tree.End-tree.Start), tree.Missing)
	for _, s := range tree.Skews {
		fmt.Fprintf(&b, "clock of %s moved by %s\n", service(s.Service), time.Duration(s.Moved))
	}
	for _, s := range tree.Critical {
		fmt.Fprintf(&b, "critical %s %s to %s\n", strings.Trim(string(tree.Spans[s.Span].SpanID[:]), "\x00"), since(s.From), since(s.To))
	}
	for _, s := range tree.PathByService() {
		fmt.Fprintf(&b, "path %s %s\n", service(s.Service), time.Duration(s.Nanos))
	}
	return b.String()
}

// TestTreeLaws: whatever the spans, the tree has all of them once, in order,
// and the critical path is as long as its root.
func TestTreeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []string{"-", "a", "b", "c", "d", "e", "f", "g", "h"}
		kinds := []string{"internal", "server", "client", "producer", "consumer"}
		var lines strings.Builder
		n := rapid.IntRange(0, 25).Draw(t, "spans")
		for i := range n {
			fmt.Fprintf(&lines, "t %s %s %s %s name%d %dms+%dms\n", rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(ids).Draw(t, "parent"),
				rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.SampledFrom([]string{"s1", "s2@1", "s2@2", "-"}).Draw(t, "service"),
				i, rapid.IntRange(0, 50).Draw(t, "start"), rapid.IntRange(0, 50).Draw(t, "length"))
		}
		batch, err := storetest.ParseSpans(lines.String())
		if err != nil {
			t.Fatal(err)
		}
		tree := analysis.BuildTree(batch)
		if got := len(tree.Spans) - tree.Missing; got != n {
			t.Fatalf("%d spans, want %d", got, n)
		}
		checkTree(t, tree)
		seed := rapid.Uint64().Draw(t, "order")
		if got, want := treeText(analysis.BuildTree(shuffled(batch, rand.New(rand.NewPCG(seed, 3))))), treeText(tree); got != want {
			t.Fatalf("another order gives\n%s\nwant\n%s", got, want)
		}
	})
}

func checkTree(t *rapid.T, tree *analysis.Tree) {
	for i, s := range tree.Spans {
		at := int32(i)
		if s.Parent >= at || s.End <= at || s.Self < 0 || s.Self > s.Duration {
			t.Fatalf("span %d: parent %d, end %d, self %d of %d\n%s", i, s.Parent, s.End, s.Self, s.Duration, treeText(tree))
		}
		if s.Parent >= 0 {
			if p := tree.Spans[s.Parent]; p.End < s.End || p.Depth+1 != s.Depth {
				t.Fatalf("span %d: end %d and depth %d, parent's %d and %d", i, s.End, s.Depth, p.End, p.Depth)
			}
		}
	}
	if len(tree.Spans) == 0 {
		return
	}
	var total int64
	root := tree.Spans[tree.MainRoot()]
	at := root.Begin
	for _, s := range tree.Critical {
		if s.From < at || s.To <= s.From {
			t.Fatalf("stretch from %d to %d after %d", s.From, s.To, at)
		}
		at, total = s.To, total+s.To-s.From
	}
	if total != root.Duration {
		t.Fatalf("critical path of %d, root of %d\n%s", total, root.Duration, treeText(tree))
	}
}

// bigTrace is a tree of n spans in one of several shapes.
func bigTrace(n int, parent func(i int) int) *otlp.Batch {
	var lines strings.Builder
	for i := range n {
		from := "-"
		if i > 0 {
			from = fmt.Sprint(parent(i))
		}
		fmt.Fprintf(&lines, "t %d %s internal s%d n %dus+%dus\n", i, from, i%10, i, 2*n-2*i)
	}
	batch, err := storetest.ParseSpans(lines.String())
	if err != nil {
		panic(err)
	}
	return batch
}

func TestBigTraces(t *testing.T) {
	const n = 100_000
	for name, parent := range map[string]func(i int) int{
		"chain": func(i int) int { return i - 1 },
		"fan":   func(int) int { return 0 },
		"tree":  func(i int) int { return i / 3 },
	} {
		began := time.Now()
		tree := analysis.BuildTree(bigTrace(n, parent))
		if len(tree.Spans) != n || tree.Missing != 0 {
			t.Errorf("%s: %d spans, %d missing", name, len(tree.Spans), tree.Missing)
		}
		if took := time.Since(began); took > 20*time.Second { // quadratic would take minutes
			t.Errorf("%s: took %s", name, took)
		}
	}
}

func BenchmarkBuildTree(b *testing.B) {
	const n = 100_000
	batch := bigTrace(n, func(i int) int { return i / 3 })
	b.ReportAllocs()
	for b.Loop() {
		analysis.BuildTree(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/span")
}
