//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The upstream collector exports with each compression that it has, and Oriel takes them all.
func TestUpstreamCompressions(t *testing.T) {
	t.Parallel()
	upstream := upstreamPath(t)
	grpc, http, entry, dir := freePort(t), freePort(t), freePort(t), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours := write("oriel.yaml", fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: %s}, http: {endpoint: %s}}}}
exporters: {debug: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}, telemetry: {metrics: {level: none}}}
`, grpc, http))
	exporters, names := "", []string{}
	for protocol, compressions := range map[string]string{
		"otlp_http": "gzip zstd deflate zlib snappy x-snappy-framed lz4 none", "otlp_grpc": "gzip zstd snappy none",
	} {
		endpoint := map[string]string{"otlp_http": "http://" + http, "otlp_grpc": grpc}[protocol]
		for compression := range strings.FieldsSeq(compressions) {
			name := protocol + "/" + compression
			names = append(names, name)
			exporters += fmt.Sprintf("  %s: {endpoint: '%s', compression: '%s', tls: {insecure: true}, retry_on_failure: {enabled: false}}\n", name, endpoint, compression)
		}
	}
	theirs := write("upstream.yaml", fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: %s}}}}
exporters:
%sservice: {pipelines: {traces: {receivers: [otlp], exporters: [%s]}}, telemetry: {metrics: {level: none}}}
`, entry, exporters, strings.Join(names, ", ")))

	oriel := run(t, "oriel", orielBin, "--config", ours)
	oriel.awaitPort(grpc)
	collector := run(t, "upstream", upstream, "--config", theirs)
	collector.awaitPort(entry)
	body, err := os.ReadFile("testdata/upstream/traces.json")
	if err != nil {
		t.Fatal(err)
	}
	if answer, text := post(t, "http://"+entry+"/v1/traces", "application/json", body); answer.StatusCode != 200 {
		t.Fatalf("upstream answered %s: %s", answer.Status, text)
	}
	eventually(t, 20*time.Second, func() error {
		if got := strings.Count(oriel.log.String(), "Traces\t"); got != len(names) {
			return fmt.Errorf("%d of %d requests have come", got, len(names))
		}
		return nil
	})
}
