package servicegraph_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// TestCases runs testdata/*.txtar: spans in, the window out. Each case is also
// fed span by span in many orders, which must not change the answer.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			spans, want := section(t, archive, "spans"), section(t, archive, "want")
			batch, err := storetest.ParseSpans(string(spans.Data))
			if err != nil {
				t.Fatal(err)
			}
			got := text(graph(batch))
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want.Data) {
				t.Errorf("got\n%swant\n%s", got, want.Data)
			}
			singles := splitSpans(batch)
			for seed := range uint64(50) {
				r := rand.New(rand.NewPCG(seed, 1))
				r.Shuffle(len(singles), func(i, j int) { singles[i], singles[j] = singles[j], singles[i] })
				if other := text(graph(singles...)); other != got {
					t.Fatalf("another order of arrival gives\n%swant\n%s", other, got)
				}
			}
		})
	}
}

func section(t *testing.T, archive *txtar.Archive, name string) *txtar.File {
	t.Helper()
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			return &archive.Files[i]
		}
	}
	t.Fatalf("no section %s", name)
	return nil
}

// graph feeds batches a second apart and sums everything.
func graph(batches ...*otlp.Batch) *servicegraph.Window {
	b := servicegraph.NewBuilder(servicegraph.Options{Quiet: time.Hour})
	for i, batch := range batches {
		b.AddBatch(batch, storetest.Epoch.Add(time.Duration(i)*time.Second).UnixNano())
	}
	b.Flush()
	return sum(b.Cut())
}

func sum(rows []*servicegraph.Row) *servicegraph.Window {
	return servicegraph.Sum(0, storetest.Epoch.Add(1000*time.Hour).UnixNano(), rows)
}

// splitSpans makes a batch of each span.
func splitSpans(batch *otlp.Batch) (singles []*otlp.Batch) {
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				b := otlp.NewBuilder(otlp.Traces)
				b.Add(group.Resource().Msg, nil, span, 1)
				singles = append(singles, b.Batch())
			}
		}
	}
	return singles
}

func text(w *servicegraph.Window) string { return storetest.GraphText(w) }
