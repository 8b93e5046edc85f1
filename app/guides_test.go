package app

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Every configuration that a guide prints is valid as it stands.
func TestGuides(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/guides/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	checked := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range yamlBlock.FindAllSubmatch(text, -1) {
			path := filepath.Join(t.TempDir(), "guide.yaml")
			if err := os.WriteFile(path, block[1], 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if code := Main([]string{"validate", "--config", path}, &out, &out); code != exitOK {
				t.Errorf("%s, block %d: exit code %d\n%s", page, i+1, code, out.String())
			}
			checked++
		}
	}
	if checked < 3 {
		t.Errorf("found %d configurations in the guides", checked)
	}
}
