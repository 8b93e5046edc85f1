//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// missing skips the test for want of a client, or fails it when all clients have to be there.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("ORIEL_E2E_STRICT") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// cached is the path of something that tools.mk installs, by the target that does.
func cached(t *testing.T, target, path string) string {
	t.Helper()
	cache := os.Getenv("ORIEL_CACHE")
	if cache == "" {
		cache = "../.cache"
	}
	found, err := filepath.Glob(filepath.Join(cache, path))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		missing(t, "no %s in %s: run `make %s`", path, cache, target)
	}
	full, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return full
}

func envoyPath(t *testing.T) string {
	return cached(t, "tools-python", "venv/lib/python3*/site-packages/envoy/_bin/envoy")
}

func pythonPath(t *testing.T) string {
	return cached(t, "tools-python", "venv/bin/python")
}

func zipkinServerPath(t *testing.T) string {
	return cached(t, "tools-java", "java/zipkin-server-*-exec.jar")
}

// onPath is the path of a program that the machine brings.
func onPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "no %s on PATH", name)
	}
	return path
}
