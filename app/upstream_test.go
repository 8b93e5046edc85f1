package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/pipeline"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestUpstreamConfigurations holds validate to the verdicts of an upstream collector of version 0.145.0.
//
// The archives of testdata/upstream have one configuration a file, or one block that is put into the frame. upstream has
// the verdicts, which testdata/upstream/record asks for; differs has why Oriel's is another one, and from there
// it gets into docs/reference/differences.md. Archives of components that Oriel does not have are passed over.
func TestUpstreamConfigurations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/upstream/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { holdToUpstream(t, archive) })
	}
}

func holdToUpstream(t *testing.T, archive *txtar.Archive) {
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	verdicts, reasons := lines(parts["upstream"]), lines(parts["differs"])
	for _, f := range archive.Files {
		verdict, ok := verdicts[f.Name]
		if !ok {
			if f.Name != "frame" && f.Name != "upstream" && f.Name != "differs" {
				t.Errorf("%s has no verdict; run testdata/upstream/record", f.Name)
			}
			continue
		}
		problems := check(fill(parts["frame"], string(f.Data)))
		if missing(problems) {
			t.Skip("Oriel does not have this component")
		}
		accepts, upstreamAccepts := len(problems) == 0, verdict == "accept"
		reason, known := reasons[f.Name]
		switch {
		case accepts == upstreamAccepts && known:
			t.Errorf("%s: both say the same, so take it out of differs (%s)", f.Name, reason)
		case accepts && !upstreamAccepts && !known:
			t.Errorf("%s is taken, upstream says %s\nif that is right, say why in differs:\n%s", f.Name, verdict, f.Data)
		case !accepts && upstreamAccepts && !known:
			t.Errorf("%s is refused, and upstream takes it; if that is right, say why in differs:\n%s\n%v", f.Name, f.Data, problems)
		}
	}
	for name := range reasons {
		if _, ok := verdicts[name]; !ok {
			t.Errorf("differs has %s, and there is no such case", name)
		}
	}
}

// lines are those of a text, by what stands before the colon.
func lines(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, rest, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			out[name] = rest
		}
	}
	return out
}

// fill puts a block into the frame of its archive.
func fill(frame, block string) string {
	if frame == "" {
		return block
	}
	return strings.Replace(frame, "BLOCK", strings.ReplaceAll(strings.TrimRight(block, "\n"), "\n", "\n    "), 1)
}

// check is what validate says of a configuration.
func check(text string) config.Problems {
	doc, problems := config.Load(config.OSLookup(), config.Source{Name: "case.yaml", Text: []byte(text)})
	if doc != nil {
		plan, found := pipeline.NewPlan(doc, components.List(nil))
		problems = append(problems, found...)
		if len(problems.Fatal()) == 0 {
			problems = append(problems, plan.Try()...)
		}
	}
	return problems.Fatal()
}

func missing(problems config.Problems) bool {
	for _, p := range problems {
		if strings.Contains(p.What, "that this program has") && !strings.Contains(p.Where, "nope") && !strings.Contains(p.Where, "nosuch") && !strings.Contains(p.Where, "NOP") {
			return true
		}
	}
	return false
}
