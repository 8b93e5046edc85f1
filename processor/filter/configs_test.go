package filter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestUpstreamConfigs gives the configurations that upstream's processor is
// tested with to both: what one takes the other takes.
func TestUpstreamConfigs(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "testdata", "*.yaml"))
	if err != nil || len(names) < 10 {
		t.Fatalf("found %d configurations: %v", len(names), err)
	}
	taken := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var blocks map[string]map[string]any
		if err := yaml.Unmarshal(text, &blocks); err != nil {
			t.Fatal(name, err)
		}
		for id, block := range blocks {
			text := string(must(yaml.Marshal(block)))
			_, theirErr := newTheirs(t, text)
			_, problems := newOurs(t, text, true)
			if fatal := problems.Fatal(); (theirErr != nil) != (len(fatal) > 0) && block["profiles"] == nil {
				t.Errorf("%s, %s: upstream says %v, ours %v", filepath.Base(name), id, theirErr, fatal)
			}
			if theirErr == nil {
				taken++
			}
		}
	}
	if taken < 20 {
		t.Errorf("%d configurations are taken", taken)
	}
}
