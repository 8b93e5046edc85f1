package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/pipeline"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestPrintedConfigurationIsTheSame prints whatever validate takes of upstream's test data and reads it again: it is
// valid, and what is in force has not changed.
func TestPrintedConfigurationIsTheSame(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/upstream/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	tried := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		frame := ""
		for _, f := range archive.Files {
			switch f.Name {
			case "frame":
				frame = string(f.Data)
				continue
			case "upstream", "differs":
				continue
			}
			text, ok := effective(t, fill(frame, string(f.Data)))
			if !ok {
				continue
			}
			tried++
			again, ok := effective(t, text)
			if diff := cmp.Diff(text, again); !ok || diff != "" {
				t.Errorf("%s, %s: read again %v, -first +second:\n%s\nprinted:\n%s", filepath.Base(file), f.Name, ok, diff, text)
			}
		}
	}
	if tried < 150 {
		t.Errorf("%d configurations were printed", tried)
	}
}

func effective(t *testing.T, text string) (string, bool) {
	t.Helper()
	doc, problems := config.Load(config.OSLookup(), config.Source{Name: "case.yaml", Text: []byte(text)})
	if doc == nil {
		return "", false
	}
	plan, found := pipeline.NewPlan(doc, components.List(nil))
	if problems = append(problems, found...); len(problems.Fatal()) > 0 {
		return problems.Error(), false
	}
	out, err := doc.Effective(plan.Decoded, true).YAML(false)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), "$", "$$"), true // as text to load it would be expanded
}
