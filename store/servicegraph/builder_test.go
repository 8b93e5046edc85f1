package servicegraph_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

// drawSpans makes spans of few services, ids and times, so that all rules meet.
func drawSpans(t *rapid.T) []*otlp.Batch {
	kinds := []string{"unspecified", "internal", "server", "client", "producer", "consumer"}
	ids := []string{"-", "a", "b", "c", "d", "e", "f", "g"}
	attrs := []string{"", "", "", "peer.service=s1", "server.address=s2", "server.address=x", "db.system=mysql db.name=n",
		"messaging.system=kafka messaging.destination.name=q", "component=proxy", "http.status_code=429",
		"component=proxy upstream_cluster=outbound|80||s1.default.svc.cluster.local istio.canonical_revision=v9"}
	var lines strings.Builder
	for range rapid.IntRange(0, 30).Draw(t, "spans") {
		fmt.Fprintf(&lines, "%s %s %s %s %s n %ds+%dms %s\n",
			rapid.SampledFrom([]string{"t1", "t2"}).Draw(t, "trace"),
			rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(ids).Draw(t, "parent"),
			rapid.SampledFrom(kinds).Draw(t, "kind"),
			rapid.SampledFrom([]string{"s1", "s1@1", "s1@2", "s2", "s2/ns", "s3", "-"}).Draw(t, "service"),
			rapid.IntRange(0, 120).Draw(t, "start"), rapid.IntRange(0, 3).Draw(t, "length"),
			rapid.SampledFrom(attrs).Draw(t, "attrs"))
	}
	batch, err := storetest.ParseSpans(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	return splitSpans(batch)
}

// TestOrderDoesNotMatter: any order of arrival, a restart in between and
// looking (Peek) in between give the same rows.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := drawSpans(t)
		want := text(graph(spans...))

		b := servicegraph.NewBuilder(servicegraph.Options{})
		restart := rapid.IntRange(0, len(spans)).Draw(t, "restart")
		for i, span := range rapid.Permutation(spans).Draw(t, "order") {
			if i == restart {
				b.Peek(0)
				if rows := b.Cut(); len(rows) > 0 {
					t.Fatalf("%d rows before any trace was quiet", len(rows))
				}
				after := servicegraph.NewBuilder(servicegraph.Options{})
				if err := after.Restore(b.AppendState(nil)); err != nil {
					t.Fatal(err)
				}
				b = after
			}
			b.AddBatch(span, storetest.Epoch.UnixNano()+int64(i))
		}
		if got := text(sum(b.Peek(storetest.Epoch.Add(time.Hour).UnixNano()))); got != want {
			t.Fatalf("peek:\n%swant\n%s", got, want)
		}
		b.Settle(storetest.Epoch.Add(time.Hour).UnixNano())
		if b.Pending() > 0 {
			t.Fatalf("%d spans wait after an hour", b.Pending())
		}
		rows := b.Cut()
		if got := text(sum(rows)); got != want {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
		parsed, err := servicegraph.ParseRows(servicegraph.AppendRows(nil, rows))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(sum(parsed)); got != want {
			t.Fatalf("after encoding\n%swant\n%s", got, want)
		}
	})
}

// TestSnapshotStands: what is added, settled and cut after a snapshot does not show in it.
func TestSnapshotStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := drawSpans(t)
		at := rapid.IntRange(0, len(spans)).Draw(t, "snapshot")
		b := servicegraph.NewBuilder(servicegraph.Options{})
		for _, span := range spans[:at] {
			b.AddBatch(span, storetest.Epoch.UnixNano())
		}
		snapshot := b.Snapshot()
		for _, span := range spans[at:] {
			b.AddBatch(span, storetest.Epoch.UnixNano())
		}
		b.Flush()
		if got, want := text(sum(b.Cut())), text(graph(spans...)); got != want {
			t.Fatalf("the builder: got\n%swant\n%s", got, want)
		}
		if got, want := text(sum(snapshot.Rows(storetest.Epoch.Add(time.Hour).UnixNano()))), text(graph(spans[:at]...)); got != want {
			t.Fatalf("the snapshot: got\n%swant\n%s", got, want)
		}
	})
}

// TestPeekIsCertain: while a trace is not quiet, neither an unanswered call
// nor a parent that has not come counts; all else does.
func TestPeekIsCertain(t *testing.T) {
	b := servicegraph.NewBuilder(servicegraph.Options{Quiet: 10 * time.Second})
	now := storetest.Epoch.UnixNano()
	b.AddBatch(spans(t, `
t1 a - server front get 0s+1s
t1 b a client front call 0s+1s server.address=back
t1 c a client front SELECT 0s+1s db.system=mysql db.name=n
t1 d x server other get 0s+1s`), now)
	const certain = `
client -> service front: ok 1 in 1s slowest 1s t1
database n (mysql): ok 1 in 1s slowest 1s t1
service front -> database n (mysql): ok 1 in 1s slowest 1s t1
service front: ok 1 in 1s slowest 1s t1
service other: ok 1 in 1s slowest 1s t1
`
	if got := "\n" + text(sum(b.Peek(now+int64(10*time.Second)-1))); got != certain {
		t.Errorf("before it is quiet: got%swant%s", got, certain)
	}
	const all = `
client -> service front: ok 1 in 1s slowest 1s t1
client -> service other: ok 1 in 1s slowest 1s t1
database n (mysql): ok 1 in 1s slowest 1s t1
external back (http): ok 1 in 1s slowest 1s t1
service front -> database n (mysql): ok 1 in 1s slowest 1s t1
service front -> external back (http): ok 1 in 1s slowest 1s t1
service front: ok 1 in 1s slowest 1s t1
service other: ok 1 in 1s slowest 1s t1
`
	if got := "\n" + text(sum(b.Peek(now+int64(10*time.Second)))); got != all {
		t.Errorf("when it is quiet: got%swant%s", got, all)
	}
}

// TestRowsAddUp: rows of any cut of the input sum to the same window.
func TestRowsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := drawSpans(t)
		at := rapid.IntRange(0, len(spans)).Draw(t, "cut")
		feed := func(cut int) []*servicegraph.Row {
			b := servicegraph.NewBuilder(servicegraph.Options{})
			var rows []*servicegraph.Row
			for i, span := range spans {
				if i == cut {
					b.Flush()
					rows = append(rows, b.Cut()...)
				}
				b.AddBatch(span, storetest.Epoch.UnixNano())
				b.Flush() // each span is a trace of its own
			}
			return append(rows, b.Cut()...)
		}
		if got, want := text(sum(feed(at))), text(sum(feed(-1))); got != want {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
	})
}

func spans(t testing.TB, text string) *otlp.Batch {
	t.Helper()
	batch, err := storetest.ParseSpans(text)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func TestLateHalfIsItsOwnTrace(t *testing.T) {
	const call, serve = "t1 a - client front get 0s+1s server.address=x", "t1 b a server back get 0s+1s"
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{10*time.Second - 1, `
service back: ok 1 in 1s slowest 1s t1
service front -> service back: ok 1 in 1s slowest 1s t1
service front: ok 0 in 0s
`},
		{10 * time.Second, `
client -> service back: ok 1 in 1s slowest 1s t1
external x (http): ok 1 in 1s slowest 1s t1
service back: ok 1 in 1s slowest 1s t1
service front -> external x (http): ok 1 in 1s slowest 1s t1
service front: ok 0 in 0s
`},
	} {
		b := servicegraph.NewBuilder(servicegraph.Options{Quiet: 10 * time.Second})
		now := storetest.Epoch.UnixNano()
		b.AddBatch(spans(t, call), now)
		b.Settle(now + int64(c.after))
		b.AddBatch(spans(t, serve), now+int64(c.after))
		b.Flush()
		if got := text(sum(b.Cut())); got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("server span after %s: got\n%swant%s", c.after, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	b := servicegraph.NewBuilder(servicegraph.Options{MaxPending: 100, MaxNodes: 20, MaxEdges: 10, MaxRows: 3})
	now := storetest.Epoch.UnixNano()
	for i := range 1000 {
		b.AddBatch(spans(t, fmt.Sprintf("t%d a - server s%d get %dm+1s\nt%d b a client s%d get %dm+1s server.address=h%d", i, i, i%9-4, i, i, i%9-4, i)), now)
		if b.Pending() > 100 {
			t.Fatalf("%d spans wait, want at most 100", b.Pending())
		}
	}
	b.Flush()
	rows := b.Cut()
	if len(rows) > 4 { // three, and that of the arrival
		t.Errorf("%d rows", len(rows))
	}
	nodes, total := map[servicegraph.Node]bool{}, uint64(0)
	for _, row := range rows {
		if len(row.Edges) > 10+3 {
			t.Errorf("%d edges in one row", len(row.Edges))
		}
		for node, stats := range row.Nodes {
			nodes[node] = true
			total += stats.Total()
		}
	}
	if len(nodes) > 20+3 {
		t.Errorf("%d nodes", len(nodes))
	}
	if total != 1000 {
		t.Errorf("%d requests counted, want 1000", total)
	}
	c := b.Counters()
	if c.Spans != 2000 || c.Early == 0 || c.Overflowed == 0 || c.Clamped == 0 {
		t.Errorf("counters %+v", c)
	}
	b.AddBatch(spans(t, "x a - server after get 0s+1s"), now)
	b.Flush()
	if got := text(sum(b.Cut())); !strings.Contains(got, "service after: ok 1") {
		t.Errorf("after Cut there is room for new names: got\n%s", got)
	}
}

func TestTraceThatNeverFallsQuiet(t *testing.T) {
	b := servicegraph.NewBuilder(servicegraph.Options{MaxAge: time.Minute, Quiet: 10 * time.Second})
	for i := range 100 {
		b.AddBatch(spans(t, fmt.Sprintf("t1 s%d - server s get 0s+1s", i)), storetest.Epoch.Add(time.Duration(i)*time.Second).UnixNano())
		if b.Pending() > 62 {
			t.Fatalf("%d spans wait for over a minute", b.Pending())
		}
	}
}

func TestClocksThatMakeNoSense(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 30, 0, time.UTC)
	for _, c := range []struct {
		start time.Duration // after storetest.Epoch
		want  time.Time
	}{
		{-300_000 * time.Hour, now},
		{250_000 * time.Hour, now},
		{0, storetest.Epoch},
		{now.Sub(storetest.Epoch) + 50*time.Minute, now.Add(50 * time.Minute)},
		{now.Sub(storetest.Epoch) + 70*time.Minute, now},
	} {
		b := servicegraph.NewBuilder(servicegraph.Options{})
		b.AddBatch(spans(t, fmt.Sprintf("t1 a - server s get %s+1s", c.start)), now.UnixNano())
		b.Flush()
		rows := b.Cut()
		if len(rows) != 1 || rows[0].Minute != c.want.Truncate(time.Minute).UnixNano() {
			t.Errorf("start %s: row at %d, want %s", c.start, rows[0].Minute, c.want)
		}
		if clamped := b.Counters().Clamped == 1; clamped != (c.want == now) {
			t.Errorf("start %s: counted as clamped: %v", c.start, clamped)
		}
	}
}

func TestMinutes(t *testing.T) {
	b := servicegraph.NewBuilder(servicegraph.Options{})
	b.AddBatch(spans(t, `
t1 a - server s get 0s+1s
t2 a - server s get 59s+1s status=error
t2 b a client s get 59s+1s server.address=x
t3 a - server s get 60s+1s
t4 a - server s get 180s+1s`), storetest.Epoch.UnixNano())
	b.Flush()
	rows := b.Cut()
	at := func(minute int) int64 { return storetest.Epoch.Add(time.Duration(minute) * time.Minute).UnixNano() }
	got := fmt.Sprint(servicegraph.Minutes(at(0)+5, at(1)+1, append(rows, rows...)))
	want := fmt.Sprint([]servicegraph.Minute{{Time: at(0), Requests: 4, Faults: 2}, {Time: at(1), Requests: 2}})
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if w := servicegraph.Sum(at(1), at(2), rows); w.From != at(1) || w.To != at(2) || w.Nodes[servicegraph.Node{Name: "s"}].Total() != 1 {
		t.Errorf("window %d to %d: %s", w.From, w.To, text(w))
	}
}

func FuzzParseRows(f *testing.F) {
	b := servicegraph.NewBuilder(servicegraph.Options{})
	batch, err := storetest.ParseSpans("t1 a - server s@1/n get 0s+1s\nt1 b a client s get 59s+1s db.system=x status=error")
	if err != nil {
		f.Fatal(err)
	}
	b.AddBatch(batch, storetest.Epoch.UnixNano())
	b.Flush()
	f.Add(servicegraph.AppendRows(nil, b.Cut()), false)
	f.Add([]byte{'R', 1}, true)
	f.Fuzz(func(t *testing.T, data []byte, sign bool) {
		if sign { // let the mutations through the checksum
			data = servicegraph.Sign(data)
		}
		rows, err := servicegraph.ParseRows(data)
		if err != nil {
			if !errors.Is(err, servicegraph.ErrDamaged) {
				t.Fatalf("error is not ErrDamaged: %v", err)
			}
			return
		}
		again := servicegraph.AppendRows(nil, rows)
		second, err := servicegraph.ParseRows(again)
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if !bytes.Equal(servicegraph.AppendRows(nil, second), again) {
			t.Fatal("encoding is not stable")
		}
	})
}

func FuzzRestore(f *testing.F) {
	b := servicegraph.NewBuilder(servicegraph.Options{})
	batch, err := storetest.ParseSpans("t1 a - server s@1/n get 0s+1s\nt1 b a client s get 59s+1s db.system=x status=error\nt2 a - consumer s get 0s+1s messaging.system=q")
	if err != nil {
		f.Fatal(err)
	}
	b.AddBatch(batch, storetest.Epoch.UnixNano())
	f.Add(b.AppendState(nil), false)
	f.Add([]byte{'S', 1}, true)
	f.Fuzz(func(t *testing.T, data []byte, sign bool) {
		if sign {
			data = servicegraph.Sign(data)
		}
		b := servicegraph.NewBuilder(servicegraph.Options{MaxPending: 1000})
		if err := b.Restore(data); err != nil {
			if !errors.Is(err, servicegraph.ErrDamaged) {
				t.Fatalf("error is not ErrDamaged: %v", err)
			}
			if b.Pending() > 0 {
				t.Fatal("a damaged state was restored in part")
			}
			return
		}
		second := servicegraph.NewBuilder(servicegraph.Options{MaxPending: 1000})
		if err := second.Restore(b.AppendState(nil)); err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		b.Flush()
		second.Flush()
		if got, want := servicegraph.AppendRows(nil, second.Cut()), servicegraph.AppendRows(nil, b.Cut()); !bytes.Equal(got, want) {
			t.Fatal("a restored builder counts differently")
		}
	})
}
