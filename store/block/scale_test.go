package block

import (
	"flag"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
)

var (
	scale    = flag.Int("scale", 0, "spans that TestScale writes; 0 skips it")
	scaleDir = flag.String("scale.dir", "", "folder of TestScale's store, kept and read again if it exists")
)

// TestScale measures the store: `go test -run TestScale -scale 10000000 -v`.
// It prints; what is too slow is for people to judge.
func TestScale(t *testing.T) {
	if *scale == 0 {
		t.Skip("give -scale 10000000 to measure")
	}
	dir := *scaleDir
	if dir == "" {
		dir = t.TempDir()
	}
	e := openTest(t, Options{Dir: dir})
	if e.Usage().Spans == 0 {
		fill(t, e, *scale)
	}
	for e.compactOnce() {
	}
	u := e.Usage()
	rows, bytes := int64(0), int64(0)
	for _, b := range e.blocks {
		rows, bytes = rows+b.meta.Spans, bytes+b.size
	}
	t.Logf("%d spans; %d blocks with %d of them, %.1f bytes a span", u.Spans, u.Blocks, rows, float64(bytes)/float64(rows))

	ctx := t.Context()
	sample, err := e.Query(ctx, plan.Query{Table: plan.Spans, Limit: 400, Select: []plan.Field{plan.F(plan.TraceID), plan.Attr("guid:x-request-id"), plan.Attr("http.url")}, OrderBy: []plan.Order{{Field: plan.F(plan.TraceID)}}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	next := func() []plan.Value { n++; return sample.Rows[n*37%len(sample.Rows)] }
	var hour = time.Now().UnixNano()
	measure(t, "trace by id", 200, func() error {
		_, err := e.Trace(ctx, otlp.TraceID([]byte(next()[0].Str)))
		return err
	})
	search := func(name string, times int, where func() plan.Expr) {
		measure(t, name, times, func() error {
			_, err := e.Query(ctx, plan.Query{Table: plan.Spans, Where: where(), Limit: 20, Distinct: &plan.Field{Name: plan.TraceID},
				Select:  []plan.Field{plan.F(plan.TraceID), plan.F(plan.Name), plan.F(plan.Time), plan.F(plan.Duration)},
				OrderBy: []plan.Order{{Field: plan.F(plan.Time), Desc: true}}})
			return err
		})
	}
	and := func(x ...plan.Expr) plan.Expr { return plan.And(x) }
	eq := func(f plan.Field, v plan.Value) plan.Expr { return plan.Compare{Field: f, Value: v} }
	search("newest traces", 30, func() plan.Expr { return nil })
	search("service + duration", 30, func() plan.Expr {
		return and(eq(plan.F(plan.Service), plan.Str("reviews")), plan.Compare{Field: plan.F(plan.Duration), Op: plan.Gt, Value: plan.I(300e6)})
	})
	search("service + duration, rare", 30, func() plan.Expr {
		return and(eq(plan.F(plan.Service), plan.Str("reviews")), plan.Compare{Field: plan.F(plan.Duration), Op: plan.Gt, Value: plan.I(3e9)})
	})
	search("request id =", 50, func() plan.Expr { return eq(plan.Attr("guid:x-request-id"), next()[1]) })
	search("http.url =", 50, func() plan.Expr { return eq(plan.Attr("http.url"), next()[2]) })
	search("status code = 503", 30, func() plan.Expr { return eq(plan.Attr("http.status_code"), plan.I(503)) })
	search("response size =", 30, func() plan.Expr { return eq(plan.Attr("response_size"), plan.I(4711)) })
	search("http.url contains", 5, func() plan.Expr {
		return plan.Match{Field: plan.Attr("http.url"), Pattern: "/ratings/4711"}
	})
	measure(t, "p95 by service", 5, func() error {
		_, err := e.Query(ctx, plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: plan.F(plan.Service)}},
			Aggregates: []plan.Aggregate{{Kind: plan.Count}, {Kind: plan.Quantiles, Field: plan.F(plan.Duration), Args: []float64{0.95}}}})
		return err
	})
	measure(t, "map of 1 h", 30, func() error { _, err := e.Graph(ctx, hour-3600e9, hour); return err })
	t.Logf("peak RSS %s", status("VmHWM"))
}

// fill writes n spans from two goroutines, as two connections would.
func fill(t *testing.T, e *Engine, n int) {
	const writers, size = 4, 1000
	var written, done atomic.Int64
	var wg sync.WaitGroup
	begin, cpu := time.Now(), cpuTime()
	var making atomic.Int64
	for w := range writers {
		g := storetest.NewBookinfo(uint64(w + 1))
		wg.Go(func() {
			for written.Add(size) <= int64(n) {
				at := time.Now()
				batch := g.Batch(size, at)
				making.Add(int64(time.Since(at)))
				if err := e.Write(t.Context(), batch); err != nil {
					t.Error(err)
					return
				}
				if d := done.Add(size); d%1_000_000 == 0 {
					t.Logf("%d M spans after %.1f s, %s resident", d/1e6, time.Since(begin).Seconds(), status("VmRSS"))
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	t.Logf("wrote %d spans in %.1f s: %.0f a second acknowledged, %.2f µs CPU a span (of which up to %.2f µs make them), peak RSS %s",
		done.Load(), took.Seconds(), float64(done.Load())/took.Seconds(), float64((cpuTime()-cpu).Microseconds())/float64(done.Load()),
		float64(making.Load())/1e3/float64(done.Load()), status("VmHWM"))
}

func measure(t *testing.T, name string, times int, f func() error) {
	runtime.GC()
	var took []time.Duration
	cpu := cpuTime()
	for range times {
		begin := time.Now()
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	each := (cpuTime() - cpu) / time.Duration(times)
	t.Logf("%-28s p50 %8.2f ms   p99 %8.2f ms   CPU %8.2f ms", name, ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(each))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// status reads a line of /proc/self/status.
func status(key string) string {
	data, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}

func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
