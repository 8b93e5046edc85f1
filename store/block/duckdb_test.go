package block

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

// duckDB finds a Python that has the duckdb package: the one of `make
// tools-python`, or $ORIEL_PYTHON, or python3. Without one the test is skipped,
// unless ORIEL_REQUIRE_TOOLS is 1.
func duckDB(t *testing.T) string {
	t.Helper()
	for _, python := range []string{os.Getenv("ORIEL_PYTHON"), "../../.cache/venv/bin/python", "python3"} {
		if python != "" && exec.Command(python, "-c", "import duckdb").Run() == nil {
			return python
		}
	}
	const message = "no Python with the duckdb package: run make tools-python, or set ORIEL_PYTHON"
	if os.Getenv("ORIEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// asDuckDB are the rows of a query in the form in which DuckDB prints them.
const asDuckDB = `
import duckdb, sys
for row in duckdb.sql(sys.argv[1]).fetchall():
    print("|".join("null" if v is None else v.hex() if isinstance(v, bytes) else str(v) for v in row))
`

func ask(t *testing.T, python, sql string) []string {
	t.Helper()
	out, err := exec.Command(python, "-c", asDuckDB, sql).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	return lines
}

// TestDuckDB reads the files of a store with DuckDB, as docs/decisions/0003-store-format.md
// says one can, and compares each row with the store's own answer.
func TestDuckDB(t *testing.T) {
	t.Parallel()
	python := duckDB(t)
	dir := t.TempDir()
	e := openTest(t, Options{Dir: dir, HeadRows: 3000})
	g := storetest.NewBookinfo(1)
	for range 20 {
		if err := e.Write(t.Context(), g.Batch(1000, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Write(t.Context(), numbered(t, 0, 50)); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(t.Context(), logs(t)); err != nil {
		t.Fatal(err)
	}
	e.Close()

	spans := filepath.Join(dir, "blocks/*/spans.parquet")
	from := fmt.Sprintf("read_parquet('%s', union_by_name=true, filename=true, file_row_number=true)", spans)
	got := ask(t, python, fmt.Sprintf(`select s.trace_id, s.span_id, coalesce(p.span_id, s.parent_id), s.name, s.kind, epoch_ns(s.time), s.duration, s.service,
		s."attr.http.status_code:int", s."attr.http.url:string", s."attr.guid:x-request-id:string", s."attr.k1:int", s.resource->>'$."host.name"'
		from %s s left join %s p on p.filename = s.filename and p.file_row_number = s.file_row_number + s.parent_offset`, from, from))

	e = openTest(t, Options{Dir: dir})
	fields := []plan.Field{plan.F(plan.TraceID), plan.F(plan.SpanID), plan.F(plan.ParentID), plan.F(plan.Name), plan.F(plan.Kind), plan.F(plan.Time),
		plan.F(plan.Duration), plan.F(plan.Service), plan.Attr("http.status_code"), plan.Attr("http.url"), plan.Attr("guid:x-request-id"), plan.Attr("k1"), plan.Attr("host.name")}
	compareLines(t, got, lines(t, e, plan.Query{Table: plan.Spans, Select: fields}))

	got = ask(t, python, fmt.Sprintf(`select epoch_ns(time), severity, body, "attr.code:int" from '%s'`, filepath.Join(dir, "blocks/*/logs.parquet")))
	fields = []plan.Field{plan.F(plan.Time), plan.F(plan.Severity), plan.F(plan.Body), plan.Attr("code")}
	compareLines(t, got, lines(t, e, plan.Query{Table: plan.Logs, Select: fields}))
}

func lines(t *testing.T, e *Engine, q plan.Query) (out []string) {
	t.Helper()
	result, err := e.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range result.Rows {
		var cells []string
		for _, v := range row {
			switch v.Kind {
			case plan.Null:
				cells = append(cells, "null")
			case plan.Bytes:
				cells = append(cells, hex.EncodeToString([]byte(v.Str)))
			default:
				cells = append(cells, v.Text())
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	slices.Sort(out)
	return out
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("DuckDB sees %d rows, the store %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("row %d: DuckDB\n%s\nstore\n%s", i, got[i], want[i])
		}
	}
}

func logs(t *testing.T) *otlp.Batch {
	t.Helper()
	batch, err := storetest.ParseLogs(`
1s 9 shop t0:s1 hello code=1
2s 17 shop t0:- "wide world" code=2
3s 0 shop - "" other=x
`)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}
