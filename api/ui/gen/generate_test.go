package main

import (
	"os"
	"strings"
	"testing"
)

// TestTypesAreCurrent fails when types.go was changed without "go generate ./api/ui".
func TestTypesAreCurrent(t *testing.T) {
	src, err := os.ReadFile("../types.go")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Generate("types.go", src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../web/src/api/types.gen.ts")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("web/src/api/types.gen.ts lags behind api/ui/types.go; run: go generate ./api/ui")
	}
}

func TestGenerate(t *testing.T) {
	const src = `package p

// Kind of a thing.
type Kind string

const (
	Big   Kind = "big"
	Small Kind = "small"
)

// Thing is a thing.
// It has two lines.
type Thing struct {
	Kind    Kind       ` + "`json:\"kind\"`" + ` // how big
	StartNs string     ` + "`json:\"startNs\"`" + `
	SelfNs  int64      ` + "`json:\"selfNs\"`" + `
	Cells   [][2]int64 ` + "`json:\"cells\"`" + `
	Next    *Thing     ` + "`json:\"next,omitempty\"`" + `
}
`
	const want = `
/** Kind of a thing. */
export type Kind = "big" | "small";

/**
 * Thing is a thing.
 * It has two lines.
 */
export interface Thing {
  /** how big */
  kind: Kind;
  startNs: InstantNs;
  selfNs: Nanos;
  cells: [number, number][];
  next?: Thing;
}
`
	got, err := Generate("p.go", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if rest := strings.TrimPrefix(string(got), header); rest != want {
		t.Errorf("got\n%s\nwant\n%s", rest, want)
	}
	for _, bad := range []string{
		"type T map[string]int",
		"type T string",
		"type T struct { A int }",
		"type T struct { A func() `json:\"a\"` }",
	} {
		if _, err := Generate("p.go", []byte("package p\n"+bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
