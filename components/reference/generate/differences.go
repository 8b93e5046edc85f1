package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/components/reference"
	"github.com/rogpeppe/go-internal/txtar"
)

const differencesHead = `
# Differences from the upstream collector

What an upstream collector of version 0.145.0 takes, Oriel takes, with the same meaning, and what it refuses is refused here,
but for the following. The list is that of the tests, which hold ` + "`oriel validate`" + ` to the verdicts of upstream's own code on upstream's
test configurations and some more, and the loader to upstream's confmap modules: a difference without a reason fails them.

What is wrong is told all at once, with line and column; upstream tells the first thing that it meets, or those of one stage.

## Reading a configuration

`

const differencesKeys = `
## Keys and values

Beside the keys that the pages of the components list as not supported yet:

`

// differences writes the page of what upstream does otherwise, out of the tests' data.
func differences(root string) (string, error) {
	var b strings.Builder
	b.WriteString(reference.Generated + differencesHead)
	err := eachArchive(root, "config/testdata/confmap", func(_ string, archive *txtar.Archive) {
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, "/differs") {
				fmt.Fprintf(&b, "- %s\n", strings.TrimSpace(string(f.Data)))
			}
		}
	})
	if err != nil {
		return "", err
	}
	b.WriteString(differencesKeys)
	var reasons []string
	where := map[string][]string{}
	err = eachArchive(root, "app/testdata/upstream", func(name string, archive *txtar.Archive) {
		for _, f := range archive.Files {
			if f.Name != "differs" {
				continue
			}
			for line := range strings.Lines(string(f.Data)) {
				_, reason, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if where[reason] == nil {
					reasons = append(reasons, reason)
				}
				if block := blockOf(name); !slices.Contains(where[reason], block) {
					where[reason] = append(where[reason], block)
				}
			}
		}
	})
	for _, reason := range reasons {
		slices.Sort(where[reason])
		fmt.Fprintf(&b, "- %s (`%s`)\n", reason, strings.Join(where[reason], "`, `"))
	}
	return b.String(), err
}

// blockOf is the block that an archive is of: own-receiver-otlp is receivers.otlp.
func blockOf(name string) string {
	name = strings.TrimPrefix(name, "own-")
	kind, typ, _ := strings.Cut(name, "-")
	if kind == "service" {
		return "service." + typ
	}
	if typ == "" {
		return kind
	}
	return kind + "s." + typ
}

func eachArchive(root, folder string, do func(name string, archive *txtar.Archive)) error {
	files, err := filepath.Glob(filepath.Join(root, folder, "*.txtar"))
	if err != nil {
		return err
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		do(strings.TrimSuffix(filepath.Base(path), ".txtar"), archive)
	}
	return nil
}
