package block

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/internal/wal/disk/disktest"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

// numbered makes a batch of n spans named first, first+1, … in one trace.
func numbered(t testing.TB, first, n int) *otlp.Batch {
	t.Helper()
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "t%d s%d - server shop n%d %ds+5ms k%d=%d\n", first, i, i, i, i%3, i)
	}
	batch, err := storetest.ParseSpans(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// names counts the spans of a store by name.
func names(t testing.TB, e *Engine) map[string]int64 {
	t.Helper()
	result, err := e.Query(t.Context(), plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: plan.F(plan.Name)}},
		Aggregates: []plan.Aggregate{{Kind: plan.Count}}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, row := range result.Rows {
		out[row[0].Str] = row[1].Int
	}
	return out
}

// checkNames wants spans 0 to n-1 once each, and at most more behind them.
func checkNames(t testing.TB, e *Engine, n, more int) {
	t.Helper()
	got := names(t, e)
	for i := range n + more {
		if c := got[fmt.Sprint("n", i)]; c > 1 || c == 0 && i < n {
			t.Errorf("span n%d is there %d times; %d are acknowledged", i, c, n)
		}
	}
	if len(got) > n+more {
		t.Errorf("%d spans, %d were written", len(got), n+more)
	}
}

const batchSpans = 7

// TestPowerLoss cuts the power at many operations of a run that writes, cuts
// and merges blocks: what was acknowledged is there, once.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	points := 250
	if testing.Short() {
		points = 40
	}
	whole := disktest.New()
	writeAll(t, whole, 40)
	total := whole.Ops()
	r := rand.New(rand.NewPCG(1, 2))
	for k := range points {
		cut := 1 + (k*total)/points + r.IntN(max(total/points, 1))
		fs := disktest.New()
		fs.CutAfter(cut)
		acked := writeAll(t, fs, 40)
		after := fs.Crash(r)
		e, err := Open(Options{Dir: t.TempDir() + "/data", FS: rooted{after}, HeadRows: 30})
		if err != nil {
			t.Fatalf("cut %d of %d: %v", cut, total, err)
		}
		checkNames(t, e, acked*batchSpans, batchSpans)
		if u := e.Usage(); u.Quarantined != 0 {
			t.Errorf("cut %d of %d: %d blocks in quarantine", cut, total, u.Quarantined)
		}
		e.Close()
		if t.Failed() {
			t.Fatalf("cut %d of %d", cut, total)
		}
	}
}

// rooted maps all folders to one, so that a disk can be opened again under
// another name: the lock of an engine is a real file.
type rooted struct{ *disktest.Sim }

func (r rooted) name(name string) string {
	if _, rest, ok := strings.Cut(name, "/data"); ok {
		return "/data" + rest
	}
	return "/"
}

func (r rooted) Open(name string, create bool) (disk.File, error) {
	return r.Sim.Open(r.name(name), create)
}
func (r rooted) ReadFile(name string) ([]byte, error)      { return r.Sim.ReadFile(r.name(name)) }
func (r rooted) Rename(from, to string) error              { return r.Sim.Rename(r.name(from), r.name(to)) }
func (r rooted) Remove(name string) error                  { return r.Sim.Remove(r.name(name)) }
func (r rooted) MkdirAll(name string) error                { return r.Sim.MkdirAll(r.name(name)) }
func (r rooted) ReadDir(name string) ([]disk.Entry, error) { return r.Sim.ReadDir(r.name(name)) }
func (r rooted) SyncDir(name string) error                 { return r.Sim.SyncDir(r.name(name)) }

// writeAll writes batches until the power fails and counts the acknowledged ones.
func writeAll(t testing.TB, fs *disktest.Sim, batches int) (acked int) {
	e, err := Open(Options{Dir: t.TempDir() + "/data", FS: rooted{fs}, HeadRows: 20})
	if err != nil {
		return 0
	}
	defer e.Close()
	for i := range batches {
		if e.Write(t.Context(), numbered(t, i*batchSpans, batchSpans)) != nil {
			return acked
		}
		acked++
	}
	return acked
}

// filled makes a disk with a closed store of some blocks.
func filled(t testing.TB) map[string][]byte {
	fs := disktest.New()
	if n := writeAll(t, fs, 30); n != 30 {
		t.Fatalf("%d of 30 batches written", n)
	}
	files := map[string][]byte{}
	for _, f := range fs.Files() {
		data, err := fs.ReadFile(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = data
	}
	return files
}

func diskOf(t testing.TB, files map[string][]byte) *disktest.Sim {
	fs := disktest.New()
	for name, data := range files {
		if err := fs.MkdirAll(name[:strings.LastIndexByte(name, '/')]); err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(fs, name, data); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

// wholeRows reads everything that a store has, as text.
func wholeRows(t testing.TB, e *Engine) (map[string]bool, plan.Stats) {
	t.Helper()
	result, err := e.Query(t.Context(), plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.Name), plan.F(plan.TraceID),
		plan.F(plan.Time), plan.F(plan.Service), plan.Attr("k0"), plan.Attr("k1"), plan.F(plan.Spec), plan.F(plan.Resource)}})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, row := range result.Rows {
		rows[fmt.Sprint(row)] = true
	}
	return rows, result.Stats
}

// TestDamage flips a bit, or cuts the end off, somewhere in a store: it starts,
// answers, and never with a value that was not written; what is missing is counted.
func TestDamage(t *testing.T) {
	t.Parallel()
	files := filled(t)
	open := func(fs *disktest.Sim) *Engine {
		return openTest(t, Options{Dir: t.TempDir() + "/data", FS: rooted{fs}})
	}
	want, _ := wholeRows(t, open(diskOf(t, files)))
	var all []string
	for name, data := range files {
		if len(data) > 0 {
			all = append(all, name)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	rounds, missed := 1000, 0
	if testing.Short() {
		rounds = 100
	}
	for range rounds {
		name := all[r.IntN(len(all))]
		fs := diskOf(t, files)
		at := r.Int64N(int64(len(files[name])) * 8)
		what := fmt.Sprintf("%s, bit %d", name, at)
		if r.IntN(4) == 0 {
			what = fmt.Sprintf("%s cut to %d bytes", name, at/8)
			f, err := fs.Open(name, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Truncate(at / 8); err != nil {
				t.Fatal(err)
			}
		} else {
			fs.FlipBit(name, at)
		}
		e := open(fs)
		got, stats := wholeRows(t, e)
		for row := range got {
			if !want[row] {
				t.Fatalf("%s: a row that was not written: %s", what, row)
			}
		}
		for i := range 30 {
			batch, err := e.Trace(t.Context(), storetest.TraceID(fmt.Sprint("t", i*batchSpans)))
			if err != nil || batch != nil && batch.Items() != batchSpans {
				t.Fatalf("%s: trace %d: %v, %v", what, i, batch, err)
			}
		}
		if len(got) < len(want) {
			missed++
			settled(t, func() bool { return e.Usage().Quarantined > 0 || stats.Quarantined > 0 })
		}
		e.Close()
	}
	if missed == 0 {
		t.Error("no damage was found at all")
	}
}

// settled waits for something that happens in the background.
func settled(t testing.TB, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("did not happen within 5 s")
}

func TestFailedSync(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	e := openTest(t, Options{Dir: t.TempDir() + "/data", FS: rooted{fs}})
	if err := e.Write(t.Context(), numbered(t, 0, 3)); err != nil {
		t.Fatal(err)
	}
	fs.FailSync(syscall.EIO)
	if err := e.Write(t.Context(), numbered(t, 3, 3)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("write with a failing fsync: %v", err)
	}
	fs.FailSync(nil)
	if err := e.Write(t.Context(), numbered(t, 6, 3)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("write after a failed fsync: %v", err)
	}
	if u := e.Usage(); !strings.Contains(u.Err, "input/output error") {
		t.Errorf("usage says %q", u.Err)
	}
	checkNames(t, e, 3, 0)
}

// TestFullDisk fills the disk while heads are written: writes are refused,
// queries and retention go on, and with room again writes are taken.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	e := openTest(t, Options{Dir: t.TempDir() + "/data", FS: rooted{fs}, HeadRows: 20, ReserveBytes: 1})
	fs.SetCapacity(40_000)
	n := 0
	for ; ; n++ {
		err := e.Write(t.Context(), numbered(t, n*batchSpans, batchSpans))
		if errors.Is(err, store.ErrFull) {
			break
		}
		if err != nil || n > 10_000 {
			t.Fatalf("batch %d: %v", n, err)
		}
	}
	checkNames(t, e, n*batchSpans, 0)
	fs.SetCapacity(1 << 30)
	settled(t, func() bool { return e.Write(t.Context(), numbered(t, n*batchSpans, batchSpans)) == nil })
	checkNames(t, e, (n+1)*batchSpans, 0)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, Options{Dir: t.TempDir() + "/data", FS: rooted{fs}})
	checkNames(t, e, (n+1)*batchSpans, 0)
}

// TestFullTmpfs is TestFullDisk on a real file system of 4 MiB.
func TestFullTmpfs(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("mounting a tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	data := dir + "/data"
	e := openTest(t, Options{Dir: data, HeadRows: 500, ReserveBytes: 256 << 10})
	ballast := make([]byte, 2<<20)
	if err := os.WriteFile(dir+"/ballast", ballast, 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		err := e.Write(t.Context(), numbered(t, n*batchSpans, batchSpans))
		if errors.Is(err, store.ErrFull) {
			break
		}
		if err != nil || n > 100_000 {
			t.Fatalf("batch %d: %v", n, err)
		}
	}
	checkNames(t, e, n*batchSpans, 0)
	if err := os.Remove(dir + "/ballast"); err != nil {
		t.Fatal(err)
	}
	settled(t, func() bool { return e.Write(t.Context(), numbered(t, n*batchSpans, batchSpans)) == nil })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, Options{Dir: data, ReserveBytes: 1})
	checkNames(t, e, (n+1)*batchSpans, 0)
	e.Close()
}

// TestForeignToken pages with the token of another query.
func TestForeignToken(t *testing.T) {
	t.Parallel()
	e := openTest(t, Options{})
	if err := e.Write(t.Context(), numbered(t, 0, 5)); err != nil {
		t.Fatal(err)
	}
	q := plan.Query{Table: plan.Spans, Select: []plan.Field{plan.F(plan.Time)}, Limit: 1}
	page, err := e.Query(t.Context(), q)
	if err != nil || page.Next == nil {
		t.Fatalf("%+v, %v", page, err)
	}
	q.After, q.OrderBy = page.Next, []plan.Order{{Field: plan.F(plan.Time)}}
	if _, err := e.Query(t.Context(), q); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("a token of another query: %v", err)
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	e := openTest(t, Options{Dir: t.TempDir() + "/data", FS: rooted{fs}, HeadRows: 20, RetentionBytes: 200_000})
	for i := range 400 {
		if err := e.Write(t.Context(), numbered(t, i*batchSpans, batchSpans)); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, func() bool { return e.Usage().Bytes <= 200_000 })
	got := names(t, e)
	if len(got) == 0 || got["n0"] != 0 || got[fmt.Sprint("n", 400*batchSpans-1)] != 1 {
		t.Errorf("%d spans are left; the oldest %d times, the newest %d times", len(got), got["n0"], got[fmt.Sprint("n", 400*batchSpans-1)])
	}
}

func TestRetentionByAge(t *testing.T) {
	t.Parallel()
	now := time.Now()
	dir := t.TempDir()
	e := openTest(t, Options{Dir: dir, Now: func() time.Time { return now }})
	if err := e.Write(t.Context(), numbered(t, 0, 3)); err != nil {
		t.Fatal(err)
	}
	e.Close()
	later := func() time.Time { return now.Add(2 * time.Hour) }
	e = openTest(t, Options{Dir: dir, Now: later, RetentionAge: time.Hour})
	settled(t, func() bool { return e.Usage().Spans == 0 })
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, Options{Dir: dir})
	_, err := Open(Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "in use by process ") {
		t.Errorf("second open: %v", err)
	}
	e.Close()
	openTest(t, Options{Dir: dir})
}

// TestReplays delivers each batch three times, in another order, with a restart
// in between: each span is there once, and the graph counts it once.
func TestReplays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(5, 6))
	for range 3 {
		e := openTest(t, Options{Dir: dir, HeadRows: 1000})
		for _, i := range r.Perm(20) {
			if err := e.Write(t.Context(), numbered(t, i*batchSpans, batchSpans)); err != nil {
				t.Fatal(err)
			}
			if err := e.Write(t.Context(), numbered(t, i*batchSpans, batchSpans)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			batch, err := e.Trace(t.Context(), storetest.TraceID(fmt.Sprint("t", i*batchSpans)))
			if err != nil || batch.Items() != batchSpans {
				t.Fatalf("trace %d: %v, %v", i, batch, err)
			}
		}
		e.Close()
	}
}
