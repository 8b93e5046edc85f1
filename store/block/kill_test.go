package block

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// childEnv makes the test binary write into the store that it names, until it is killed.
const childEnv = "ORIEL_BLOCK_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// child writes from four goroutines and prints the first span of each batch
// that was acknowledged.
func child(dir string) {
	e, err := Open(Options{Dir: dir, HeadRows: 300})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(w)))
			for {
				first := int(r.Int32()) / batchSpans * batchSpans
				if err := e.Write(context.Background(), numbered(&testing.T{}, first, batchSpans)); err != nil {
					fmt.Println("error:", err)
					os.Exit(1)
				}
				fmt.Printf("%d\n", first) // one write(2), so lines do not mix
			}
		})
	}
	wg.Wait()
}

// TestKill kills a writing process at random moments: what it was told to be
// kept is there, once.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(7, 8))
	acked := map[int]bool{}
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() }) // should it say nothing
		for lines.Scan() {
			var first int
			if _, err := fmt.Sscan(lines.Text(), &first); err != nil {
				t.Fatalf("round %d: %s", round, lines.Text())
			}
			if acked[first] = true; kill.Stop() {
				kill = time.AfterFunc(time.Duration(r.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // killed
		e, err := Open(Options{Dir: dir, HeadRows: 300})
		if err != nil {
			t.Fatal(err)
		}
		got := names(t, e)
		for first := range acked {
			for i := first; i < first+batchSpans; i++ {
				if got[fmt.Sprint("n", i)] != 1 {
					t.Errorf("round %d: span n%d is there %d times", round, i, got[fmt.Sprint("n", i)])
				}
			}
		}
		if u := e.Usage(); u.Quarantined > 0 {
			t.Errorf("round %d: %d blocks in quarantine", round, u.Quarantined)
		}
		if round%3 > 0 { // sometimes the next child finds an orderly store
			e.Close()
		} else {
			e.abandon()
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d batches acknowledged in %d rounds", len(acked), rounds)
}

// abandon stops an engine without writing what is in memory.
func (e *Engine) abandon() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.wal.Close()
	close(e.apply)
	e.applying.Wait()
	close(e.stop)
	e.running.Wait()
	e.lock.release()
}
