// Package archtest holds the code to the import table of docs/architecture.md,
// section 2: each room may import only the rooms listed for it.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/oriel-io/oriel/"

// A rule says what a room may import of ours, itself aside. Rooms and entries
// are folders; the longest match decides, for the room and for the entry.
type rule struct {
	room string
	may  []string
	// siblings: packages of the room may import each other.
	siblings bool
}

var shared = []string{"component", "wire", "config", "transport", "aws", "selfmon", "internal"}

var rules = []rule{
	{room: "internal"},
	{room: "wire", may: []string{"internal", "wire/otlp", "wire/protoscan", "wire/thriftscan", "wire/semconv"}},
	{room: "config", may: []string{"internal"}},
	{room: "selfmon", may: []string{"internal"}},
	{room: "transport", may: []string{"config", "selfmon", "internal"}, siblings: true},
	{room: "aws", may: []string{"transport", "config", "selfmon", "internal"}, siblings: true},
	{room: "component", may: []string{"wire", "config", "transport", "selfmon", "internal"}},
	{room: "pipeline", may: []string{"component", "wire", "config", "transport", "selfmon", "internal"}, siblings: true},
	{room: "store", may: []string{"wire", "config", "selfmon", "internal", "store/plan", "store/servicegraph"}},
	{room: "store/plan", may: []string{"wire", "internal"}},
	{room: "store/servicegraph", may: []string{"wire", "internal"}},
	{room: "store/memory", may: []string{"store", "store/plan", "store/servicegraph", "wire", "config", "selfmon", "internal"}},
	{room: "store/block", may: []string{"store", "store/plan", "store/servicegraph", "wire", "config", "selfmon", "internal"}, siblings: true},
	{room: "store/storetest", may: []string{"store", "store/plan", "store/servicegraph", "store/memory", "wire", "internal"}},
	{room: "query", may: []string{"store", "store/plan", "wire", "internal"}},
	{room: "analysis", may: []string{"store", "store/plan", "store/servicegraph", "wire", "internal"}, siblings: true},
	{room: "alarm", may: []string{"query", "analysis", "store", "transport", "config", "selfmon", "internal"}},
	{room: "receiver", may: shared},
	{room: "processor", may: shared},
	{room: "connector", may: shared},
	{room: "exporter", may: shared},
	{room: "extension", may: shared},
	{room: "exporter/store", may: append(slices.Clone(shared), "store")},
	{room: "hosted", may: []string{"component", "wire", "config", "selfmon", "internal"}},
	{room: "api", may: []string{"query", "analysis", "alarm", "store", "store/plan", "store/servicegraph", "wire", "transport", "config", "selfmon", "web", "internal"}},
	{room: "web"},
	{room: "components", may: []string{"receiver", "processor", "connector", "exporter", "extension", "hosted", "component", "config"}},
	{room: "app", may: []string{
		"internal", "wire", "config", "selfmon", "transport", "aws", "component", "pipeline", "store", "query", "analysis", "alarm", "receiver",
		"processor", "connector", "exporter", "extension", "hosted", "api", "web", "components", "demo",
	}, siblings: true},
	{room: "cmd", may: []string{"app"}},
	{room: "demo", may: []string{"wire", "internal"}, siblings: true},
	{room: "e2e", may: []string{"wire", "internal"}, siblings: true},
	{room: "bench", may: []string{"wire", "internal"}, siblings: true},
}

// within says whether the package stands in the folder.
func within(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

func ruleFor(pkg string) (best rule, ok bool) {
	for _, r := range rules {
		if within(pkg, r.room) && len(r.room) >= len(best.room) {
			best, ok = r, true
		}
	}
	return best, ok
}

// allowed says whether pkg, under r, may import dep.
func allowed(r rule, pkg, dep string) bool {
	// Of its own room a package sees what stands below and above it, or all if the room says so.
	if own, _ := ruleFor(dep); own.room == r.room && (within(dep, pkg) || within(pkg, dep) || r.siblings) {
		return true
	}
	return slices.ContainsFunc(r.may, func(folder string) bool {
		if !within(dep, folder) {
			return false
		}
		// A room with rooms of its own inside (store) opens only its own package
		// unless the inner room is named too, but for app, which sees all.
		inner, _ := ruleFor(dep)
		return inner.room == folder || !within(inner.room, folder) || r.room == "app" || r.room == "components"
	})
}

func TestImportTable(t *testing.T) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		pkg := strings.TrimPrefix(p.ImportPath, module)
		r, ok := ruleFor(pkg)
		if !ok {
			t.Errorf("%s stands in no room of the table; add it to docs/architecture.md and here", pkg)
			continue
		}
		for _, imported := range p.Imports {
			if dep, ours := strings.CutPrefix(imported, module); ours && !allowed(r, pkg, dep) {
				t.Errorf("%s imports %s; room %s may import only %s", pkg, dep, r.room, strings.Join(r.may, " "))
			}
		}
	}
	if packages < 10 {
		t.Errorf("go list found %d packages only", packages)
	}
}

// TestTableIsStrict keeps the table from becoming one that allows everything.
func TestTableIsStrict(t *testing.T) {
	for _, c := range []struct {
		pkg, dep string
		want     bool
	}{
		{"receiver/otlp", "receiver/zipkin", false},
		{"receiver/otlp", "wire/otlp", true},
		{"receiver/otlp", "store", false},
		{"exporter/store", "store", true},
		{"exporter/store", "store/block", false},
		{"exporter/otlp", "store", false},
		{"wire/zipkin", "wire/otlp", true},
		{"wire/zipkin", "wire/xray", false},
		{"wire/otlp", "config", false},
		{"store", "store/plan", true},
		{"store", "store/block", false},
		{"store/block", "store/memory", false},
		{"store/block/parquet", "store/plan", true},
		{"analysis", "store/servicegraph", true},
		{"analysis", "store/block", false},
		{"api/ui", "store/plan", true},
		{"api/ui", "store/block", false},
		{"api/ui", "api/zipkin", false},
		{"api/ui", "receiver/zipkin", false},
		{"app", "store/block", true},
		{"cmd/oriel", "app", true},
		{"cmd/oriel", "pipeline", false},
		{"demo", "pipeline", false},
		{"config", "wire/otlp", false},
	} {
		r, ok := ruleFor(c.pkg)
		if !ok {
			t.Fatalf("no rule for %s", c.pkg)
		}
		if got := allowed(r, c.pkg, c.dep); got != c.want {
			t.Errorf("%s importing %s: allowed %v, want %v", c.pkg, c.dep, got, c.want)
		}
	}
}
