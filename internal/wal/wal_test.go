package wal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/oriel-io/oriel/internal/wal"
	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/internal/wal/disk/disktest"
)

// open opens a log and returns what it replayed.
func open(t testing.TB, fs disk.FS, opt wal.Options) (*wal.Log, []string, wal.Report) {
	t.Helper()
	var got []string
	opt.FS = fs
	l, report, err := wal.Open("/wal", opt, func(_ uint64, p []byte) error {
		got = append(got, string(p))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, got, report
}

// put appends a payload and waits for it.
func put(l *wal.Log, payload string) error {
	done := make(chan error, 1)
	if err := l.Append(context.Background(), func(_ uint64, err error) { done <- err }, []byte(payload)); err != nil {
		return err
	}
	return <-done
}

func TestReplay(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	l, _, _ := open(t, fs, wal.Options{SegmentBytes: 100})
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprint("payload ", i))
		if err := put(l, want[i]); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	if err := put(l, "late"); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	_, got, report := open(t, fs, wal.Options{})
	if !slices.Equal(got, want) || report.Frames != 50 || report.TornBytes+report.LostBytes != 0 {
		t.Errorf("replayed %q, report %+v", got, report)
	}
}

func TestGroupsShareOneSync(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	m, _, _ := open(t, fs, wal.Options{})
	fs.CutAfter(0)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if err := put(m, "x"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ops := fs.Ops(); ops > 3000 { // two writes each, and a sync
		t.Errorf("%d operations for 1,000 appends", ops)
	}
}

func TestDropBefore(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	l, _, _ := open(t, fs, wal.Options{})
	if err := put(l, "old"); err != nil {
		t.Fatal(err)
	}
	next := make(chan uint64, 1)
	if err := l.Rotate(func(segment uint64, err error) { next <- segment }); err != nil {
		t.Fatal(err)
	}
	segment := <-next
	if err := put(l, "new"); err != nil {
		t.Fatal(err)
	}
	if err := l.DropBefore(segment); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, got, _ := open(t, fs, wal.Options{}); !slices.Equal(got, []string{"new"}) {
		t.Errorf("replayed %q", got)
	}
}

// TestPowerLoss cuts the power at every operation of a run and checks that what
// was reported as done is there, in order, and nothing that was not written.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		for cut := 1; ; cut++ {
			fs := disktest.New()
			fs.CutAfter(cut)
			acked := writeUntilLost(fs)
			finished := !fs.Lost()
			r := rand.New(rand.NewPCG(seed, uint64(cut)))
			_, got, report := open(t, fs.Crash(r), wal.Options{})
			if len(got) < acked || report.LostBytes != 0 {
				t.Fatalf("cut %d, seed %d: %d acknowledged, %d found, report %+v", cut, seed, acked, len(got), report)
			}
			for i, p := range got {
				if p != payload(i) {
					t.Fatalf("cut %d, seed %d: payload %d is %q", cut, seed, i, p)
				}
			}
			if finished {
				break
			}
		}
	}
}

func payload(i int) string { return fmt.Sprintf("payload %d %s", i, bytes.Repeat([]byte("x"), i*7%50)) }

// writeUntilLost appends 20 payloads one by one and counts those that were acknowledged.
func writeUntilLost(fs *disktest.Sim) (acked int) {
	if fs.MkdirAll("/wal") != nil || fs.SyncDir("/") != nil {
		return 0
	}
	l, _, err := wal.Open("/wal", wal.Options{FS: fs, SegmentBytes: 200}, func(uint64, []byte) error { return nil })
	if err != nil {
		return 0
	}
	defer l.Close()
	for i := range 20 {
		if put(l, payload(i)) != nil {
			return acked
		}
		acked++
	}
	return acked
}

func TestFailedSyncIsFinal(t *testing.T) {
	t.Parallel()
	fs := disktest.New()
	l, _, _ := open(t, fs, wal.Options{})
	if err := put(l, "a"); err != nil {
		t.Fatal(err)
	}
	fs.FailSync(syscall.EIO)
	if err := put(l, "b"); !errors.Is(err, wal.ErrFailed) || !errors.Is(err, syscall.EIO) {
		t.Errorf("append: %v", err)
	}
	fs.FailSync(nil)
	if err := put(l, "c"); !errors.Is(err, wal.ErrFailed) {
		t.Errorf("append after the disk is well again: %v", err)
	}
	if !errors.Is(l.Err(), wal.ErrFailed) {
		t.Errorf("Err: %v", l.Err())
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, reserve := range []uint64{0, 100} {
		fs := disktest.New()
		l, _, _ := open(t, fs, wal.Options{ReserveBytes: reserve})
		fs.SetCapacity(500)
		var want []string
		for i := 0; ; i++ {
			err := put(l, payload(i))
			if errors.Is(err, wal.ErrNoSpace) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, payload(i))
		}
		fs.SetCapacity(10_000)
		if err := put(l, "again"); err != nil {
			t.Errorf("reserve %d: append with new room: %v", reserve, err)
		}
		l.Close()
		_, got, report := open(t, fs, wal.Options{})
		if !slices.Equal(got, append(want, "again")) || report.LostBytes != 0 {
			t.Errorf("reserve %d: replayed %q, want %q and again; %+v", reserve, got, want, report)
		}
	}
}

// TestBitFlip changes each bit of a log in turn: what is replayed is a part of
// what was written, and damage before the end is reported.
func TestBitFlip(t *testing.T) {
	t.Parallel()
	write := func() *disktest.Sim {
		fs := disktest.New()
		l, _, _ := open(t, fs, wal.Options{SegmentBytes: 60})
		for i := range 6 {
			if err := put(l, payload(i)); err != nil {
				t.Fatal(err)
			}
		}
		l.Close()
		return fs
	}
	for _, f := range write().Files() {
		for bit := range f.Size * 8 {
			fs := write()
			fs.FlipBit(f.Name, bit)
			_, got, report := open(t, fs, wal.Options{})
			for _, p := range got {
				if !slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5}, func(i int) bool { return p == payload(i) }) {
					t.Fatalf("%s bit %d: replayed %q", f.Name, bit, p)
				}
			}
			if len(got) < 6 && report.Damaged == 0 && report.TornBytes == 0 {
				t.Fatalf("%s bit %d: %d of 6 replayed, report %+v", f.Name, bit, len(got), report)
			}
			if _, again, second := open(t, fs, wal.Options{}); !slices.Equal(again, got) || second.Damaged+int(second.TornBytes) != 0 {
				t.Fatalf("%s bit %d: the second open replayed %q after %q, report %+v", f.Name, bit, again, got, second)
			}
		}
	}
}

// TestTornTail cuts the last segment at each length.
func TestTornTail(t *testing.T) {
	t.Parallel()
	for cut := int64(0); cut < 120; cut++ {
		fs := disktest.New()
		l, _, _ := open(t, fs, wal.Options{})
		for i := range 3 {
			if err := put(l, payload(i)); err != nil {
				t.Fatal(err)
			}
		}
		l.Close()
		name := fs.Files()[0].Name
		f, err := fs.Open(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(min(cut, fs.Files()[0].Size)); err != nil {
			t.Fatal(err)
		}
		m, got, report := open(t, fs, wal.Options{})
		for i, p := range got {
			if p != payload(i) {
				t.Fatalf("cut at %d: payload %d is %q", cut, i, p)
			}
		}
		if report.Damaged != 0 {
			t.Errorf("cut at %d: a torn tail counts as damage: %+v", cut, report)
		}
		if err := put(m, "next"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAppendWaitsForRoom(t *testing.T) {
	t.Parallel()
	l, _, _ := open(t, disktest.New(), wal.Options{PendingBytes: 10})
	block, entered := make(chan struct{}), make(chan struct{})
	if err := l.Append(t.Context(), func(uint64, error) { close(entered); <-block }, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	<-entered // the log is busy with the first append
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- l.Append(ctx, func(uint64, error) {}, []byte("x")) }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("append to a busy log: %v", err)
	}
	close(block)
}

// FuzzSegment opens a folder with an arbitrary segment.
func FuzzSegment(f *testing.F) {
	fs := disktest.New()
	l, _, _ := open(f, fs, wal.Options{})
	for i := range 3 {
		if err := put(l, payload(i)); err != nil {
			f.Fatal(err)
		}
	}
	l.Close()
	good, err := fs.ReadFile(fs.Files()[0].Name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := disktest.New()
		if err := fs.MkdirAll("/wal"); err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(fs, "/wal/0000000000000001.wal", data); err != nil {
			t.Fatal(err)
		}
		_, got, report := open(t, fs, wal.Options{})
		size := int64(8)
		for _, p := range got {
			size += 8 + int64(len(p))
		}
		if len(got) > 0 && size+report.TornBytes+report.LostBytes != int64(len(data)) {
			t.Errorf("%d bytes: %d replayed, %+v", len(data), size, report)
		}
		if _, again, _ := open(t, fs, wal.Options{}); !slices.Equal(got, again) {
			t.Errorf("the second open replayed %q after %q", again, got)
		}
	})
}
