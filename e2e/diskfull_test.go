//go:build e2e && linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// With the disk full, Oriel refuses so that clients try again, still answers
// questions, and goes on by itself when there is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	o := startOn(t, smallDisk(t, "256m"))
	s := newSender(t, o.grpc)
	kept, err := s.send(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(o.data, "filler")
	fill(t, filler)

	var refused error
	for range 200_000 {
		ids, err := s.send(t.Context(), 20)
		if err != nil {
			refused = err
			break
		}
		kept = append(kept, ids...)
	}
	if code := status.Code(refused); code != codes.Unavailable && code != codes.ResourceExhausted {
		t.Fatalf("on a full disk: %v, want UNAVAILABLE or RESOURCE_EXHAUSTED", refused)
	}
	answer, text := post(t, "http://"+o.zipkin+"/api/v2/spans", "application/json", []byte(zipkinBody))
	if answer.StatusCode != 503 && answer.StatusCode != 429 {
		t.Errorf("Zipkin on a full disk: %s %s, want 503 or 429", answer.Status, text)
	}
	checkKept(t, o, kept)
	if _, err := o.serviceMap(); err != nil {
		t.Errorf("map on a full disk: %v", err)
	}
	if e := o.status().Store.Error; e == "" {
		t.Error("the status does not say that the store refuses")
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, 60*time.Second, func() error {
		ids, err := s.send(t.Context(), 20)
		if err == nil {
			kept = append(kept, ids...)
		}
		return err
	})
	checkKept(t, o, kept)
	eventually(t, 30*time.Second, func() error {
		if e := o.status().Store.Error; e != "" {
			return fmt.Errorf("the status still says: %s", e)
		}
		return nil
	})
	if code := o.terminate(20 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	checkKept(t, startOn(t, o.data), kept)
}

// smallDisk mounts a file system in memory, which only root can.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mount a small tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes zeros until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			block = block[:len(block)/2]
		}
	}
}
