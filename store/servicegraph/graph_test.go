package servicegraph_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

// text prints a window, one node or edge a line, sorted.
func text(w *servicegraph.Window) string {
	var lines []string
	for node, stats := range w.Nodes {
		lines = append(lines, fmt.Sprintf("%s: %s\n", nodeText(node), statsText(stats)))
	}
	for edge, stats := range w.Edges {
		lines = append(lines, fmt.Sprintf("%s -> %s: %s\n", nodeText(edge.From), nodeText(edge.To), statsText(stats)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func nodeText(n servicegraph.Node) string {
	if n.Kind == servicegraph.Client {
		return "client"
	}
	s := [...]string{"service", "client", "database", "queue", "external"}[n.Kind] + " " + n.Name
	if n.Namespace != "" {
		s += "/" + n.Namespace
	}
	if n.Version != "" {
		s += "@" + n.Version
	}
	if n.System != "" {
		s += " (" + n.System + ")"
	}
	return s
}

func statsText(s *servicegraph.Stats) string {
	out := fmt.Sprintf("ok %d", s.OK)
	for _, c := range []struct {
		name  string
		count uint64
	}{{"error", s.Error}, {"throttle", s.Throttle}, {"fault", s.Fault}} {
		if c.count > 0 {
			out += fmt.Sprintf(" %s %d", c.name, c.count)
		}
	}
	if n := s.Latency.Count(); n != s.Total() {
		out += fmt.Sprintf(" (histogram of %d!)", n)
	}
	out += " in " + time.Duration(s.SumNanos).String()
	if s.SlowNanos > 0 {
		out += " slowest " + time.Duration(s.SlowNanos).String() + " " + strings.Trim(string(s.SlowTrace[:]), "\x00")
	}
	return out
}
