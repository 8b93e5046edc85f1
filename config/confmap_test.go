package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
)

// upstream resolves sources as an upstream collector does, with its own modules.
func upstream(uris []string) (map[string]any, error) {
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: uris,
		ProviderFactories: []confmap.ProviderFactory{
			envprovider.NewFactory(), fileprovider.NewFactory(), yamlprovider.NewFactory(), httpprovider.NewFactory(),
		},
		DefaultScheme: "env",
	})
	if err != nil {
		return nil, err
	}
	conf, err := resolver.Resolve(context.Background())
	if err != nil {
		return nil, err
	}
	return conf.ToStringMap(), nil
}

// upstreamSet is the URI that upstream makes of a --set flag.
func upstreamSet(flag string) string {
	path, value, _ := strings.Cut(flag, "=")
	return "yaml:" + strings.TrimSpace(strings.ReplaceAll(path, ".", "::")) + ": " + strings.TrimSpace(value)
}

// ours resolves sources with the loader of this package.
func ours(uris, sets []string) (map[string]any, error) {
	var sources []Source
	for _, uri := range uris {
		s, err := OSLookup().ReadSource(uri)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	for _, set := range sets {
		s, err := SetSource(set)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	root, problems := resolve(OSLookup(), sources)
	if err := problems.Fatal().Err(); err != nil {
		return nil, err
	}
	return root.Any().(map[string]any), nil
}

// environment is what ${env:...} finds in the cases.
var environment = map[string]string{
	"HOST": "gateway", "PORT": "4317", "LIST": "[a, ${env:HOST}]", "MAP": "{a: 1, b: ${env:PORT}}", "EMPTY": "", "TEXT": "a: b: c", "QUOTED": `"5"`,
	"NESTED": "${env:HOST}:${env:PORT}", "DOLLARS": "a$$b$c", "ESCAPED": "$${env:HOST}", "LOOP": "${env:LOOP}", "LINES": "one\ntwo\n", "TRUE": "true",
	"NULL": "null", "FLOAT": "1.50", "DATE": "2024-01-31", "SPACED": " 7 ", "COMMENT": "5 # five", "NAME": "HOST", "HEX": "0x10", "COLONS": "a::b: 1",
}

// TestConfmap holds the loader to upstream's. Each case of testdata/confmap is a folder NAME of an
// archive: 1.yaml, 2.yaml ... merge in this order, then the lines of set; other files are there to be read.
// A case with a file "differs" is one where the two do not agree, and the file says why that is so.
func TestConfmap(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	files, err := filepath.Glob("testdata/confmap/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range confmapCases(archive) {
			t.Run(filepath.Base(file)+"/"+c.name, func(t *testing.T) { c.run(t) })
		}
	}
}

type confmapCase struct {
	name    string
	files   map[string][]byte
	uris    []string
	sets    []string
	differs string
}

func confmapCases(archive *txtar.Archive) (cases []*confmapCase) {
	byName := map[string]*confmapCase{}
	for _, f := range archive.Files {
		name, rest, _ := strings.Cut(f.Name, "/")
		c := byName[name]
		if c == nil {
			c = &confmapCase{name: name, files: map[string][]byte{}}
			byName[name] = c
			cases = append(cases, c)
		}
		switch {
		case rest == "differs":
			c.differs = string(f.Data)
		case rest == "set":
			c.sets = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		default:
			c.files[rest] = f.Data
			if rest == fmt.Sprintf("%d.yaml", len(c.uris)+1) {
				c.uris = append(c.uris, rest)
			}
		}
	}
	return cases
}

func (c *confmapCase) run(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range c.files {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	uris := append([]string(nil), c.uris...)
	for _, set := range c.sets {
		uris = append(uris, upstreamSet(set))
	}
	want, wantErr := upstream(uris)
	got, gotErr := ours(c.uris, c.sets)
	diff := cmp.Diff(want, got)
	if (wantErr == nil) != (gotErr == nil) {
		diff = fmt.Sprintf("upstream: %v %v\nours: %v %v", want, wantErr, got, gotErr)
	}
	switch {
	case diff != "" && c.differs == "":
		t.Errorf("-upstream +ours:\n%s", diff)
	case diff == "" && c.differs != "":
		t.Errorf("they agree (%v %v), so remove the file that says they differ", got, gotErr)
	case diff != "":
		t.Logf("they differ: %s\n%s", c.differs, diff)
	}
}
