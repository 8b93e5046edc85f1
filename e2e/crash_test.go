//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What was acknowledged is there after kill -9 in the middle of load, twice.
func TestKill(t *testing.T) {
	t.Parallel()
	o := start(t)
	var acked []string
	for range 2 {
		l := startLoad(t, o.grpc)
		before := o.status().Store.Spans
		eventually(t, 30*time.Second, func() error {
			if n := l.count(); n < 1000 {
				return fmt.Errorf("%d traces acknowledged, store had %d spans", n, before)
			}
			return nil
		})
		o.kill()
		acked = append(acked, l.end()...)
		o = startOn(t, o.data)
		checkKept(t, o, acked)
	}
	t.Logf("%d traces acknowledged", len(acked))
}

// SIGTERM under load ends with 0 within the deadline and loses nothing that was acknowledged.
func TestTerminate(t *testing.T) {
	t.Parallel()
	o := start(t)
	l := startLoad(t, o.grpc)
	eventually(t, 30*time.Second, func() error {
		if n := l.count(); n < 500 {
			return fmt.Errorf("%d traces acknowledged", n)
		}
		return nil
	})
	if code := o.terminate(20 * time.Second); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
	acked := l.end()
	checkKept(t, startOn(t, o.data), acked)
}

// A second process on the same folder ends with an error that names it, and the first goes on.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	o := start(t)
	s := newSender(t, o.grpc)
	ids, err := s.send(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	p := ports{freePort(t), freePort(t), freePort(t), freePort(t)}
	second := run(t, "second oriel", orielBin, startArgs(t, p, o.data)...)
	select {
	case <-second.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the second process runs on the same folder")
	}
	if code := second.cmd.ProcessState.ExitCode(); code == 0 {
		t.Error("the second process ended with 0")
	}
	if text := second.log.String(); !strings.Contains(text, o.data) || strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") {
		t.Errorf("the error does not name the folder %s:\n%s", o.data, text)
	}
	checkKept(t, o, ids)
}

// A port that is taken is named, with what to do.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	o := start(t)
	p := ports{freePort(t), o.grpc, freePort(t), freePort(t)}
	second := run(t, "second oriel", orielBin, startArgs(t, p, t.TempDir())...)
	select {
	case <-second.done:
		if text := second.log.String(); !strings.Contains(text, o.grpc) {
			t.Errorf("the error does not name %s:\n%s", o.grpc, text)
		}
	case <-time.After(20 * time.Second):
		// It may also go on without that port and say so.
		eventually(t, 10*time.Second, func() error {
			if text := second.log.String(); !strings.Contains(text, o.grpc) {
				return fmt.Errorf("no word about %s:\n%s", o.grpc, text)
			}
			return nil
		})
	}
}
