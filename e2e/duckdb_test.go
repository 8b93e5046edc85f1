//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// The files of the store are Parquet that another reader understands: DuckDB
// finds every span that was acknowledged, with its values.
func TestDuckDB(t *testing.T) {
	t.Parallel()
	python := pythonPath(t)
	o := start(t)
	l := startLoad(t, o.grpc)
	eventually(t, 60*time.Second, func() error {
		if n := l.count(); n < 2000 {
			return fmt.Errorf("%d traces acknowledged", n)
		}
		return nil
	})
	acked := l.end()
	if code := o.terminate(20 * time.Second); code != 0 { // writes what is in memory into a block
		t.Errorf("exit code %d", code)
	}

	var stderr logBuffer
	cmd := exec.CommandContext(t.Context(), python, "python/readblocks.py", o.data)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var read struct {
		Files  int
		Traces map[string]struct {
			Spans, IDs, Requests int
			Services, Names      []string
			Shortest, Longest    int64
		}
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Traces) < len(acked) || read.Files == 0 {
		t.Errorf("DuckDB reads %d traces in %d files, want at least the %d that were acknowledged", len(read.Traces), read.Files, len(acked))
	}
	wrong := 0
	for _, id := range acked {
		tr := read.Traces[id]
		if tr.Spans != spansPerTrace || tr.IDs != spansPerTrace || tr.Requests != spansPerTrace ||
			!slices.Equal(tr.Services, []string{"loaded"}) || !slices.Equal(tr.Names, []string{"GET /load", "work"}) ||
			tr.Shortest != 1_000_000-4000 || tr.Longest != 1_000_000 {
			if wrong++; wrong <= 5 {
				t.Errorf("trace %s in DuckDB: %+v", id, tr)
			}
		}
	}
	if wrong > 5 {
		t.Errorf("%d of %d traces are wrong", wrong, len(acked))
	}

	out, err = exec.CommandContext(t.Context(), python, "python/runsql.py", "../docs/guides/files.md", o.data).Output()
	var rows []int
	if err != nil || json.Unmarshal(out, &rows) != nil || len(rows) == 0 || rows[0] == 0 {
		t.Errorf("the SQL of docs/guides/files.md: %v, rows %s", err, out)
	}
}
