package filter

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what comes into the wanted part of testdata/*.txtar")

// TestProblems holds what is said about a configuration to what is wanted: with
// upstream's engine in the program, and without.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			for i, f := range c.archive.Files {
				if !strings.HasPrefix(f.Name, "want") {
					continue
				}
				_, problems := decode(t, c.config, f.Name == "want")
				got := ""
				if len(problems) > 0 {
					got = problems.Error() + "\n"
				}
				if *update {
					c.archive.Files[i].Data = []byte(got)
				} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
					t.Errorf("%s: want -, got +:\n%s", f.Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile("testdata/"+c.name, txtar.Format(c.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
