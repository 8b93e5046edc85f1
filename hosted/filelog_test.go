package hosted

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/wire/otlp"
)

// filelogText reads dir/app.log and what it was renamed to: a record begins with a date, the level becomes
// the severity, and the offsets are kept in dir/offsets.
const filelogText = `
receivers:
  filelog:
    include: ['DIR/app.log*']
    start_at: beginning
    poll_interval: 10ms
    include_file_name: true
    storage: file_storage
    multiline: {line_start_pattern: '^\d{4}-\d{2}-\d{2} '}
    operators:
      - type: regex_parser
        regex: '^(?P<time>\d{4}-\d{2}-\d{2} \S+) (?P<sev>[A-Z]+) (?s:(?P<message>.*))$'
        timestamp: {parse_from: attributes.time, layout: '%Y-%m-%d %H:%M:%S'}
        severity: {parse_from: attributes.sev}
      - {type: move, from: attributes.message, to: body}
      - {type: remove, field: attributes.time}
      - {type: remove, field: attributes.sev}
exporters: {out: }
extensions:
  file_storage: {directory: DIR/offsets, create_directory: true}
service:
  extensions: [file_storage]
  pipelines:
    logs: {receivers: [filelog], exporters: [out]}
`

// TestFilelog follows a file through rotation and a restart: every record once.
func TestFilelog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.ReplaceAll(filelogText, "DIR", dir)
	path := filepath.Join(dir, "app.log")
	number := 0
	write := func(to string, count int) {
		t.Helper()
		f, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for range count {
			number++
			// Long enough that the files are told apart by their first bytes.
			fmt.Fprintf(f, "2024-05-06 07:08:%02d WARN record %d\n  with a second line of %s\n", number%60, number, strings.Repeat("x", 20))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wanted := func() (want []string) {
		for i := range number {
			want = append(want, fmt.Sprintf("record %d\n  with a second line of %s", i+1, strings.Repeat("x", 20)))
		}
		return want
	}

	write(path, 20)
	c := run(t, text)
	got := c.records(t, nil, number)
	write(path, 20)
	if err := os.Rename(path, path+".1"); err != nil { // what was written before must still be read
		t.Fatal(err)
	}
	write(path, 20)
	got = c.records(t, got, number)
	c.stop(t)
	write(path, 20)

	c = run(t, text)
	got = c.records(t, got, number)
	write(path, 1)
	got = c.records(t, got, number)
	slices.SortFunc(got, func(a, b string) int {
		var i, j int
		fmt.Sscanf(a, "record %d", &i)
		fmt.Sscanf(b, "record %d", &j)
		return i - j
	})
	if diff := cmp.Diff(wanted(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := c.metrics.Sum("otelcol_receiver_accepted_log_records"); n != 21 {
		t.Errorf("%g records are counted after the restart, want 21", n)
	}
	if n := c.metrics.Sum("otelcol_fileconsumer_open_files"); n != 2 {
		t.Errorf("upstream's own count of open files is %g, want 2", n)
	}
}

// records adds what comes out to the list of bodies until there are count.
func (c *collector) records(t *testing.T, bodies []string, count int) []string {
	t.Helper()
	for len(bodies) < count {
		select {
		case batch := <-c.out:
			for g := range batch.Groups() {
				for s := range g.Scopes() {
					for r := range s.LogRecords() {
						f := r.Fields()
						bodies = append(bodies, string(f.Body.Text()))
						name, _ := r.Attrs().Get("log.file.name")
						if !strings.HasPrefix(string(name.Text()), "app.log") || f.Severity != 13 || f.Time == 0 {
							t.Errorf("file %q, severity %d, time %d", name.Text(), f.Severity, f.Time)
						}
					}
				}
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d records came\n%s", len(bodies), count, c.log.String())
		}
	}
	return bodies
}

// TestFilelogWithoutItsStorage names an extension that service.extensions does not.
func TestFilelogWithoutItsStorage(t *testing.T) {
	t.Parallel()
	c := &collector{out: make(chan *otlp.Batch, 10)}
	text := strings.ReplaceAll(strings.ReplaceAll(filelogText, "extensions: [file_storage]", "extensions: []"), "DIR", t.TempDir())
	if err := c.tryToStart(t, text); err == nil || !strings.Contains(err.Error(), "receivers.filelog: ") || !strings.Contains(err.Error(), "file_storage") {
		t.Errorf("got %v, want an error that names the receiver and the extension", err)
	}
}
