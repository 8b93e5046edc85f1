package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/components/reference"
)

const testRoot = "../../.."

// TestUpToDate fails when a Config struct was changed and its pages were not.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	wanted, err := files(testRoot)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range wanted {
		if have, err := os.ReadFile(filepath.Join(testRoot, name)); err != nil || !bytes.Equal(have, text) {
			t.Errorf("%s lags behind the Config structs; run: go generate ./components/reference", name)
		}
	}
	stale, err := stalePages(testRoot, wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stale {
		t.Errorf("%s is of a component that is gone; run: go generate ./components/reference", name)
	}
}

// TestEveryKeyIsExplained asks for a comment on every field that a configuration can set.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	r := reference.New(components.List(nil), nil)
	var err error
	if r.Comments, err = newSources(testRoot).comments(r); err != nil {
		t.Fatal(err)
	}
	for _, field := range r.Undescribed() {
		t.Errorf("%s has no comment above its field", field)
	}
}
