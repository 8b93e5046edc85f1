package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// knownToDiffer are texts on which testdata/confmap says why upstream is not followed.
var knownToDiffer = regexp.MustCompile(`\$\$\{(?s:.)*\$\{|\$\{(?s:.)*\$\$\{|\$\{[A-Za-z0-9_]+:-`)

// agree fails if upstream takes the texts, one merged over the other, and the loader does not, or makes something else of them.
func agree(t interface{ Fatalf(string, ...any) }, texts ...string) {
	uris := make([]string, len(texts))
	for i, text := range texts {
		uris[i] = "yaml:" + text
		if knownToDiffer.MatchString(text) {
			return
		}
	}
	want, err := upstream(uris)
	if err != nil {
		return // upstream refuses some things for reasons of its own; TestConfmap has those that both do
	}
	got, err := ours(uris, nil)
	if err != nil {
		if strings.Contains(err.Error(), "is empty") {
			return
		}
		t.Fatalf("upstream makes this of %q: %v\nours says %v", texts, want, err)
	}
	// What upstream makes of "a: {b: 1}" beside "a::c: 2" changes from run to run.
	for range 20 {
		if cmp.Equal(want, got) || !strings.Contains(fmt.Sprint(texts), "::") {
			break
		}
		if again, err := upstream(uris); err == nil {
			want = again
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: -upstream +ours:\n%s", texts, diff)
	}
}

// isAccident says of texts that chance made whether they have keys that no
// configuration has. Upstream flattens keys with "::" between them and makes texts of
// all, so what comes of those is an accident; and we refuse "d::b: 1" beside "d:" on purpose.
func isAccident(texts ...string) bool {
	uris := make([]string, len(texts))
	for i, text := range texts {
		uris[i] = "yaml:" + text
	}
	want, theirs := upstream(uris)
	got, err := ours(uris, nil)
	return theirs == nil && hasOddKey(want) || err == nil && hasOddKey(got) || err != nil && strings.Contains(err.Error(), "stands here twice")
}

// plainKey are the keys that configurations have: no colons at their ends, no numbers, no nulls.
var plainKey = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_./ -]*$`)

// hasOddKey says whether a key is none of those.
func hasOddKey(tree any) bool {
	switch node := tree.(type) {
	case map[string]any:
		for key, value := range node {
			switch strings.ToLower(key) {
			case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
				return true
			}
			if !plainKey.MatchString(key) || hasOddKey(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(node, hasOddKey)
	}
	return false
}

// TestResolveLikeUpstream merges and expands trees that are made up.
func TestResolveLikeUpstream(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return flowMap(t, 0) }), 1, 3).Draw(t, "texts")
		agree(t, texts...)
	})
}

var (
	flowKeys   = rapid.SampledFrom([]string{"a", "b", "c", "d.e", "f::g", "a::b", "h/i", "1", "true"})
	flowPieces = rapid.SampledFrom([]string{"x", " ", ":", "5", "${env:HOST}", "${env:PORT}", "${env:LIST}", "${env:MAP}", "${env:EMPTY}",
		"${env:NOT_SET:-y}", "${env:DOLLARS}", "${NESTED}", "${yaml:5}", "$$", "$", "{", "}", "${"})
	flowPlain = rapid.SampledFrom([]string{"1", "true", "null", "~", "1.5", "0x1F", "text", "2s", "2024-01-31", "'5'", ""})
)

func flowMap(t *rapid.T, depth int) string {
	keys := rapid.SliceOfNDistinct(flowKeys, 0, 3, func(k string) string { return strings.Split(k, "::")[0] }).Draw(t, "keys")
	var parts []string
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%q: %s", k, flowValue(t, depth+1)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func flowValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	switch {
	case kind == 0 && depth < 4:
		return flowMap(t, depth)
	case kind == 1 && depth < 4:
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return flowValue(t, depth+1) }), 0, 3).Draw(t, "items")
		return "[" + strings.Join(items, ", ") + "]"
	case kind == 2:
		return flowPlain.Draw(t, "plain")
	}
	return fmt.Sprintf("%q", strings.Join(rapid.SliceOfN(flowPieces, 0, 5).Draw(t, "pieces"), ""))
}

// FuzzResolve holds the loader to upstream's on any two texts.
func FuzzResolve(f *testing.F) {
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			f.Fatal(err)
		}
	}
	files, _ := filepath.Glob("testdata/confmap/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range confmapCases(archive) {
			f.Add(string(c.files["1.yaml"]), string(c.files["2.yaml"]))
		}
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		if strings.Contains(one+two, "file:") || strings.Contains(one+two, "http") || strings.Contains(one+two, "LOOP") {
			return
		}
		if !isAccident(one, two) {
			agree(t, one, two)
		}
	})
}
