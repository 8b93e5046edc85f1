package pipeline

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/config"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

func plan(t testing.TB, w *world, text string) (*Plan, config.Problems) {
	t.Helper()
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte(text)})
	if doc == nil {
		t.Fatal(problems)
	}
	p, found := NewPlan(doc, w.list())
	problems = append(problems, found...)
	problems.Sort()
	return p, problems
}

// TestPlan reads testdata: config.yaml in, want.problems out.
func TestPlan(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := plan(t, &world{}, string(archive.Files[0].Data))
			got := ""
			for _, p := range problems {
				got += p.Error() + "\n"
			}
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPlanAcceptsWhatUpstreamTakes(t *testing.T) {
	t.Parallel()
	if _, problems := plan(t, &world{}, wholeConfig); len(problems) > 0 {
		t.Error(problems)
	}
}

// wholeConfig has every kind of component and both ways to share one.
var wholeConfig = strings.ReplaceAll(`
receivers:
  in:
  zipkin:
processors:
  batch:
exporters:
  debug:
  out/a: {sending_queue: {queue_size: 2}}
connectors:
  count:
  forward:
extensions:
  pprof:
service:
  extensions: [pprof]
  pipelines:
    traces: {receivers: [in, zipkin], processors: [batch], exporters: [count, forward]}
    traces/2: {receivers: [forward], exporters: [out/a, debug]}
    metrics: {receivers: [count, in], processors: [batch], exporters: [debug]}
`, "\t", "  ")
