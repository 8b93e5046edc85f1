package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPackageOf(t *testing.T) {
	t.Parallel()
	for symbol, want := range map[string]string{
		"runtime.mallocgc":         "runtime",
		"net/http.(*Server).Serve": "net/http",
		"main.main":                "main",
		"gopkg.in/yaml%2ev2.init":  "gopkg.in/yaml.v2",
		"github.com/a/b.Map[go.shape.string,github.com/c/d.T].Get": "github.com/a/b",
		"github.com/a/b..inittask":                                 "github.com/a/b",
		"type:.eq.[2]string":                                       shared,
		"go:itab.*os.File,io.Reader":                               shared,
		"_rt0_amd64_linux":                                         shared,
	} {
		if got := packageOf(symbol); got != want {
			t.Errorf("%s: %q, want %q", symbol, got, want)
		}
	}
	paths := []string{"github.com/oriel-io/oriel", "github.com/a", "github.com/a/b"}
	for pkg, want := range map[string]string{
		"github.com/a/b/c": "github.com/a/b", "github.com/ab": "the standard library", "main": "github.com/oriel-io/oriel", "net/http": "the standard library", shared: shared,
	} {
		if got := moduleOf(pkg, paths); got != want {
			t.Errorf("%s: %q, want %q", pkg, got, want)
		}
	}
}

// TestMeasure holds the size to that of the same program built without symbols.
func TestMeasure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full, stripped := filepath.Join(dir, "full"), filepath.Join(dir, "stripped")
	for path, flags := range map[string]string{full: "", stripped: "-s -w"} {
		cmd := exec.Command("go", "build", "-ldflags", flags, "-o", path, ".")
		cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	r, err := measure(full)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(stripped)
	if err != nil {
		t.Fatal(err)
	}
	if size := float64(info.Size()); float64(r.stripped) < size*0.97 || float64(r.stripped) > size*1.03 {
		t.Errorf("%d bytes without symbols are told, %d there are", r.stripped, info.Size())
	}
	var out bytes.Buffer
	r.print(&out, 5, 1)
	if text := out.String(); !strings.Contains(text, "the standard library") || !strings.Contains(text, ".text") {
		t.Errorf("got\n%s", text)
	}
	if _, err := measure(stripped); err == nil || !strings.Contains(err.Error(), "-s") {
		t.Errorf("a program without symbols: %v", err)
	}
}
