// Command generate writes what the Config structs say: docs/reference/*.md, docs/reference/schema.json, and the
// comments that the program carries for oriel explain. Run it with go generate ./components/reference.
//
// Begin with files. sources.go reads comments.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/components/reference"
	"github.com/oriel-io/oriel/config"
)

// root is the folder of go.mod, seen from components/reference, where go generate runs this.
const root = "../.."

const (
	pages        = "docs/reference"
	commentsFile = "components/reference/comments.json"
	// differencesPage is made of the tests' data; see differences.go.
	differencesPage = "differences.md"
)

func main() {
	if err := run(root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	wanted, err := files(root)
	if err != nil {
		return err
	}
	stale, err := stalePages(root, wanted)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for name, text := range wanted {
		path := filepath.Join(root, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
			continue
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files makes all that is generated, by path.
func files(root string) (map[string][]byte, error) {
	r := reference.New(components.List(nil), nil)
	sources := newSources(root)
	comments, err := sources.comments(r)
	if err != nil {
		return nil, err
	}
	r.Comments = comments
	about := map[string]string{}
	for _, c := range r.Components {
		if c.Package == "" {
			continue
		}
		if about[c.Package], err = sources.about(c.Package); err != nil {
			return nil, err
		}
	}
	others, err := handwritten(root)
	if err != nil {
		return nil, err
	}
	others[differencesPage] = "Differences from the upstream collector"
	out := map[string][]byte{}
	for name, text := range r.Pages(about, others) {
		out[pages+"/"+name] = []byte(text)
	}
	text, err := differences(root)
	if err != nil {
		return nil, err
	}
	out[pages+"/"+differencesPage] = []byte(text)
	if out[pages+"/schema.json"], err = pretty(r.Schema()); err != nil {
		return nil, err
	}
	out[commentsFile], err = pretty(comments)
	return out, err
}

func pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// handwritten are the reference pages that people wrote, by name with their title.
func handwritten(root string) (map[string]string, error) {
	out := map[string]string{}
	err := eachPage(root, func(name, text string, generated bool) {
		if title, _, ok := strings.Cut(strings.TrimPrefix(text, "# "), "\n"); ok && !generated {
			out[name] = title
		}
	})
	return out, err
}

// stalePages were generated for components that are gone.
func stalePages(root string, wanted map[string][]byte) (out []string, err error) {
	err = eachPage(root, func(name, _ string, generated bool) {
		if path := pages + "/" + name; generated && wanted[path] == nil {
			out = append(out, path)
		}
	})
	return out, err
}

func eachPage(root string, do func(name, text string, generated bool)) error {
	found, err := filepath.Glob(filepath.Join(root, pages, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		do(filepath.Base(path), string(text), strings.HasPrefix(string(text), reference.Generated))
	}
	return nil
}

// shapes calls do for each field that the reference has.
func shapes(r *reference.Reference, do func(config.Field)) {
	all := []config.Shape{r.Service}
	for _, c := range r.Components {
		all = append(all, c.Shape)
	}
	for _, shape := range all {
		for _, row := range reference.Rows(shape) {
			do(row.Field)
		}
	}
}
