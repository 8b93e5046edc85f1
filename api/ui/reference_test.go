package ui_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

const reference = "../../docs/reference/api-ui.md"

var example = regexp.MustCompile("(?s)```http\nGET (\\S+)\n```\n\n```json\n(.*?)```")

// TestReference asks the examples of the reference page, and that the page
// names every address that types.go lists.
func TestReference(t *testing.T) {
	page, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	h := handler(t)
	count := 0
	page = example.ReplaceAllFunc(page, func(block []byte) []byte {
		count++
		parts := example.FindSubmatch(block)
		got := pretty(t, body(t, get(h, string(parts[1]))))
		if !*update && !bytes.Equal(got, parts[2]) {
			t.Errorf("%s: got\n%s\nwant\n%s", parts[1], got, parts[2])
		}
		return bytes.Replace(block, parts[2], got, 1)
	})
	if count < 10 {
		t.Errorf("%d examples found", count)
	}
	if *update {
		if err := os.WriteFile(reference, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	types, err := os.ReadFile("types.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^//\tGET (/api/v1/[a-z{}/]+)`).FindAllSubmatch(types, -1) {
		if !strings.Contains(string(page), "GET "+string(m[1])) {
			t.Errorf("the page does not tell of %s", m[1])
		}
	}
}
