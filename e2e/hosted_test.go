//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// agentConfig is an agent on an instance of EC2, made of upstream's components and ours.
const agentConfig = `
receivers:
  hostmetrics: {collection_interval: 200ms, initial_delay: 0s, scrapers: {load: , memory: }}
  filelog:
    include: [DIR/app.log]
    start_at: beginning
    poll_interval: 50ms
    storage: file_storage
    operators: [{type: json_parser}]
processors:
  resourcedetection: {detectors: [env, ec2], ec2: {tags: [Name]}}
  transform:
    log_statements: ['set(log.attributes["checked"], log.attributes["n"] + 1)']
exporters:
  file/metrics: {path: DIR/metrics.json, append: true}
  file/logs: {path: DIR/logs.json, append: true}
extensions:
  file_storage: {directory: DIR/offsets, create_directory: true}
service:
  extensions: [file_storage]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]}}
  pipelines:
    metrics: {receivers: [hostmetrics], processors: [resourcedetection], exporters: [file/metrics]}
    logs: {receivers: [filelog], processors: [resourcedetection, transform], exporters: [file/logs]}
`

// An agent says which instance it runs on, as AWS's own stand-in for the metadata service tells it, and reads
// each line of a log once, over a restart too.
func TestAgentOnEC2(t *testing.T) {
	t.Parallel()
	mock := cached(t, "tools-go", "bin/ec2-metadata-mock")
	metadata, own := freePort(t), freePort(t)
	_, mockPort, _ := net.SplitHostPort(metadata)
	_, ownPort, _ := net.SplitHostPort(own)
	m := run(t, "ec2-metadata-mock", mock, "--hostname", "127.0.0.1", "--port", mockPort, "--imdsv2")
	m.awaitPort(metadata)

	dir := t.TempDir()
	path := filepath.Join(dir, "agent.yaml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer("DIR", dir, "PORT", ownPort).Replace(agentConfig)), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://" + metadata, "OTEL_RESOURCE_ATTRIBUTES=service.name=agent"}
	lines := 0
	write := func(count int) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, "app.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for range count {
			lines++
			fmt.Fprintf(f, "{\"n\":%d,\"text\":\"line %d of the log\"}\n", lines, lines)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		write(50)
		agent := runIn(t, dir, env, "agent", orielBin, "--config", path)
		eventually(t, 30*time.Second, func() error { return hasLines(filepath.Join(dir, "logs.json"), lines) })
		write(50)
		eventually(t, 30*time.Second, func() error { return hasLines(filepath.Join(dir, "logs.json"), lines) })
		page, err := scrape(t, own)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"otelcol_fileconsumer_open_files", "otelcol_scraper_scraped_metric_points", "otelcol_receiver_accepted_log_records"} {
			if !strings.Contains(page, "\n"+name) {
				t.Errorf("own metrics have no %s:\n%s", name, page)
			}
		}
		if code := agent.terminate(20 * time.Second); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	if err := hasLines(filepath.Join(dir, "logs.json"), lines); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"logs.json", "metrics.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		// What upstream's end-to-end test of its ec2 detector expects of the same stand-in.
		for key, value := range map[string]string{
			"cloud.account.id": "0123456789", "cloud.availability_zone": "us-east-1f", "cloud.platform": "aws_ec2", "cloud.provider": "aws", "cloud.region": "us-east-1",
			"host.id": "i-1234567890abcdef0", "host.image.id": "ami-0b69ea66ff7391e80", "host.name": "ip-172-16-34-43.ec2.internal", "host.type": "m4.xlarge",
			"ec2.tag.Name": "test-instance", "service.name": "agent",
		} {
			if want := fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value); !strings.Contains(string(text), want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
	}
}

// hasLines wants each line of the log once.
func hasLines(path string, count int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for n := 1; n <= count; n++ {
		if got := strings.Count(string(text), fmt.Sprintf(`"line %d of the log"`, n)); got != 1 {
			return fmt.Errorf("line %d of %d is there %d times", n, count, got)
		}
		if !strings.Contains(string(text), fmt.Sprintf(`{"key":"checked","value":{"doubleValue":%d}}`, n+1)) && !strings.Contains(string(text), fmt.Sprintf(`{"key":"checked","value":{"intValue":"%d"}}`, n+1)) {
			return fmt.Errorf("line %d was not transformed", n)
		}
	}
	return nil
}
