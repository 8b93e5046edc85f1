package block

import (
	"testing"
	"time"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/storetest"
)

func openTest(t testing.TB, opt Options) *Engine {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = t.TempDir()
	}
	e, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestSuite runs the suite where all rows are in the head, where most are in
// blocks of a few rows, and where those are merged all the time.
func TestSuite(t *testing.T) {
	for name, opt := range map[string]Options{
		"head":   {},
		"blocks": {HeadRows: 40},
		"old":    {HeadAge: time.Nanosecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := func(t *testing.T, dir string) store.Engine {
				opt.Dir = dir
				return openTest(t, opt)
			}
			storetest.Run(t, func(t *testing.T) store.Engine { return open(t, t.TempDir()) })
			storetest.RunDurable(t, open)
		})
	}
}
