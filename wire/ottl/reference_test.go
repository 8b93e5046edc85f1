package ottl_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oriel-io/oriel/wire/ottl"
)

var update = flag.Bool("update", false, "write what is known into the reference page")

const page = "../../docs/reference/ottl.md"

var contexts = []ottl.Context{ottl.Resource, ottl.Span, ottl.SpanEvent, ottl.Log, ottl.Metric, ottl.DataPoint}

// TestReference holds the page to the functions, paths and enums that there are.
func TestReference(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{"functions": functionTable(), "paths": contextTable(ottl.Paths), "enums": contextTable(ottl.Enums)} {
		part := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*?(<!-- end -->)`)
		if !part.MatchString(want) {
			t.Fatalf("the page has no place for %s", name)
		}
		want = part.ReplaceAllString(want, "${1}"+table+"${2}")
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("the page lags behind; go test ./wire/ottl -run TestReference -update\n%s", diff)
	}
}

func functionTable() string {
	var b strings.Builder
	b.WriteString("| function | |\n|---|---|\n")
	for _, f := range ottl.Functions() {
		about := f.About
		for _, ctx := range f.Contexts {
			about += fmt.Sprintf(" Context %s only.", ctx)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Signature, about)
	}
	return b.String()
}

func contextTable(list func(ottl.Context) []string) string {
	var b strings.Builder
	b.WriteString("| context | |\n|---|---|\n")
	for _, ctx := range contexts {
		if items := list(ctx); len(items) > 0 {
			fmt.Fprintf(&b, "| %s | `%s` |\n", ctx, strings.Join(items, "` `"))
		}
	}
	return b.String()
}

// TestExamples compiles each condition that the page shows.
func TestExamples(t *testing.T) {
	f, err := os.Open(page)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside, checked := false, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "```") {
			inside = line == "```ottl"
			continue
		}
		if !inside {
			continue
		}
		name, condition, _ := strings.Cut(line, " ")
		for _, ctx := range contexts {
			if ctx.String() != name {
				continue
			}
			checked++
			if _, err := new(ottl.Compiler).Compile(ctx, strings.TrimSpace(condition)); err != nil {
				t.Error(err)
			}
		}
	}
	if checked < 10 {
		t.Errorf("%d examples were found", checked)
	}
}
