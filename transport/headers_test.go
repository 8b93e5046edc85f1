package transport

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/config"
)

// Both of upstream's forms mean the same, and what no server could read is refused where it stands.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{x-tenant: blue, n: 5, empty: }`:                "empty= n=5 x-tenant=blue",
		`[{name: x-tenant, value: blue}, {name: empty}]`: "empty= x-tenant=blue",
		`{}`: "",
		`[{name: a, value: x}, {name: a, value: y}]`: `4:36 exporters.x.headers[1]: "a" is given twice`,
		`[{value: x}]`: "4:15 exporters.x.headers[0]: has no name",
		`{"a b": x}`:   `4:15 exporters.x.headers.a b: "a b" is not the name of a header`,
		`{a: "x\n"}`:   "4:15 exporters.x.headers.a: the value has a byte that no header can have: a line break, perhaps at its end",
		`{a: [x]}`:     "4:15 exporters.x.headers.a: is a list, want a value",
		`x-tenant`:     "4:14 exporters.x.headers: is a value, want a map of names to values",
	} {
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("\nexporters:\n  x:\n    headers: " + text + "\n")})
		if doc == nil || len(doc.Blocks) != 1 {
			t.Fatalf("%s: %v", text, problems)
		}
		var into struct {
			Headers Headers `yaml:"headers"`
		}
		got := ""
		if problems := config.Decode(doc.Blocks[0].Body, "exporters.x", &into); len(problems) > 0 {
			got = strings.TrimPrefix(strings.SplitN(problems[0].Error(), "\n", 2)[0], "c.yaml:")
		} else {
			got = plainHeaders(into.Headers)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if strings.Contains(fmt.Sprint(into.Headers), "blue") {
			t.Errorf("a secret is shown: %v", into.Headers)
		}
	}
}

func plainHeaders(h Headers) string {
	var list []string
	for name, value := range h {
		list = append(list, name+"="+string(value))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}
