// Package disktest is a file system in memory that can lose its power, fill up
// and fail to sync. It knows what a disk promises (see disk.FS): after Crash each
// file has its synced content with any part of the writes since, and each folder its
// synced entries with a prefix of the changes since.
package disktest

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/oriel-io/oriel/internal/wal/disk"
)

// ErrPowerLost is what every operation returns after the cut.
var ErrPowerLost = errors.New("power lost")

// Sim implements disk.FS. Safe for concurrent use.
type Sim struct {
	mu       sync.Mutex // guards what is below
	entries  map[string]*node
	durable  map[string]*node
	pending  []change // of folders, not yet synced
	ops      int
	cut      int // the number of operations after which the power is gone, 0: never
	lost     bool
	capacity int64 // 0: no limit
	syncErr  error
}

type node struct {
	dir    bool
	data   []byte
	synced []byte
	writes []write // since the last sync
}

type write struct {
	off  int64
	data []byte // nil: truncated to off
}

// change is one atomic step in one or two folders.
type change struct{ steps []step }

type step struct {
	name string
	node *node // nil: removed
}

// New makes an empty disk.
func New() *Sim {
	root := &node{dir: true}
	return &Sim{entries: map[string]*node{"/": root}, durable: map[string]*node{"/": root}}
}

// CutAfter makes the power fail at the n-th operation from now that changes something.
func (s *Sim) CutAfter(n int) { s.set(func() { s.ops, s.cut = 0, n }) }

// Ops counts the operations since CutAfter that change something.
func (s *Sim) Ops() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ops
}

// Lost says that the power has failed.
func (s *Sim) Lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// SetCapacity limits the bytes of all files; 0 is no limit.
func (s *Sim) SetCapacity(n int64) { s.set(func() { s.capacity = n }) }

// FailSync makes every Sync fail with err until it is set to nil.
func (s *Sim) FailSync(err error) { s.set(func() { s.syncErr = err }) }

func (s *Sim) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Crash makes the disk that is found after the power came back. What was not
// synced is there, or not, or in part, as r decides.
func (s *Sim) Crash(r *rand.Rand) *Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	after := New()
	names := map[string]*node{}
	for name, n := range s.durable {
		names[name] = n
	}
	for _, c := range s.pending[:r.IntN(len(s.pending)+1)] {
		apply(names, c)
	}
	for name, n := range names {
		copied := &node{dir: n.dir, data: n.afterCrash(r)}
		copied.synced = slices.Clone(copied.data)
		after.entries[name], after.durable[name] = copied, copied
	}
	// What stands in a folder that is not there is not there.
	for name := range names {
		if p := path.Dir(name); after.entries[p] == nil {
			delete(after.entries, name)
			delete(after.durable, name)
		}
	}
	return after
}

func (n *node) afterCrash(r *rand.Rand) []byte {
	data := slices.Clone(n.synced)
	for _, w := range n.writes {
		switch r.IntN(3) {
		case 0: // never reached the disk
		case 1:
			data = w.apply(data)
		case 2: // in part
			if w.data != nil {
				w.data = w.data[:r.IntN(len(w.data)+1)]
				data = w.apply(data)
			}
		}
	}
	return data
}

func (w write) apply(data []byte) []byte {
	if w.data == nil {
		if int64(len(data)) > w.off {
			return data[:w.off]
		}
		return data
	}
	if grow := int(w.off) + len(w.data) - len(data); grow > 0 {
		data = append(data, make([]byte, grow)...)
	}
	copy(data[w.off:], w.data)
	return data
}

// FlipBit changes one bit of a file, as a bad disk does.
func (s *Sim) FlipBit(name string, bit int64) {
	s.set(func() { s.entries[clean(name)].data[bit/8] ^= 1 << (bit % 8) })
}

// Files lists all files with their sizes, by name.
func (s *Sim) Files() (list []disk.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, n := range s.entries {
		if !n.dir {
			list = append(list, disk.Entry{Name: name, Size: int64(len(n.data))})
		}
	}
	slices.SortFunc(list, func(a, b disk.Entry) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func clean(name string) string { return path.Clean("/" + name) }

// step counts an operation that changes something. The lock is held.
func (s *Sim) step() error {
	if s.lost {
		return ErrPowerLost
	}
	s.ops++
	if s.cut > 0 && s.ops >= s.cut {
		s.lost = true
		return ErrPowerLost
	}
	return nil
}

// change applies a change to the folders. The lock is held.
func (s *Sim) change(steps ...step) {
	c := change{steps}
	apply(s.entries, c)
	s.pending = append(s.pending, c)
}

func apply(names map[string]*node, c change) {
	for _, st := range c.steps {
		if st.node == nil {
			delete(names, st.name)
		} else {
			names[st.name] = st.node
		}
	}
}

func (s *Sim) used() (n int64) {
	for _, e := range s.entries {
		n += int64(len(e.data))
	}
	return n
}

func notExist(op, name string) error { return &os.PathError{Op: op, Path: name, Err: os.ErrNotExist} }

// Open implements disk.FS.
func (s *Sim) Open(name string, create bool) (disk.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return nil, ErrPowerLost
	}
	name = clean(name)
	n := s.entries[name]
	switch {
	case !create && (n == nil || n.dir), create && s.entries[path.Dir(name)] == nil:
		return nil, notExist("open", name)
	case create:
		if err := s.step(); err != nil {
			return nil, err
		}
		n = &node{}
		s.change(step{name, n})
	}
	return &file{s, n, name}, nil
}

// ReadFile implements disk.FS.
func (s *Sim) ReadFile(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.entries[clean(name)]
	if n == nil || n.dir {
		return nil, notExist("open", name)
	}
	return slices.Clone(n.data), nil
}

// Rename implements disk.FS; a folder takes along what stands in it.
func (s *Sim) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to = clean(from), clean(to)
	if s.entries[from] == nil || s.entries[path.Dir(to)] == nil {
		return notExist("rename", from)
	}
	if err := s.step(); err != nil {
		return err
	}
	steps := []step{{from, nil}, {to, s.entries[from]}}
	for name, n := range s.entries {
		if rest, ok := strings.CutPrefix(name, from+"/"); ok {
			steps = append(steps, step{name, nil}, step{to + "/" + rest, n})
		}
	}
	s.moveDurable(from, to)
	s.change(steps...)
	return nil
}

// moveDurable keeps what is durable inside a folder that moves: after a crash
// its entries are where the folder is. The lock is held.
func (s *Sim) moveDurable(from, to string) {
	for name, n := range s.durable {
		if rest, ok := strings.CutPrefix(name, from+"/"); ok {
			s.durable[to+"/"+rest] = n
		}
	}
	for i, c := range s.pending {
		var moved []step
		for _, st := range c.steps {
			if rest, ok := strings.CutPrefix(st.name, from+"/"); ok {
				moved = append(moved, step{to + "/" + rest, st.node})
			}
		}
		s.pending[i].steps = append(slices.Clip(c.steps), moved...)
	}
}

// Remove implements disk.FS.
func (s *Sim) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = clean(name)
	if s.entries[name] == nil {
		return notExist("remove", name)
	}
	for other := range s.entries {
		if strings.HasPrefix(other, name+"/") {
			return &os.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
		}
	}
	if err := s.step(); err != nil {
		return err
	}
	s.change(step{name, nil})
	return nil
}

// MkdirAll implements disk.FS.
func (s *Sim) MkdirAll(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := clean(name); s.entries[at] == nil; at = path.Dir(at) {
		if err := s.step(); err != nil {
			return err
		}
		defer s.change(step{at, &node{dir: true}}) // parents first: deferred calls run backwards
	}
	return nil
}

// ReadDir implements disk.FS.
func (s *Sim) ReadDir(name string) (list []disk.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = clean(name)
	if n := s.entries[name]; n == nil || !n.dir {
		return nil, notExist("readdir", name)
	}
	for other, n := range s.entries {
		if path.Dir(other) == name && other != name {
			list = append(list, disk.Entry{Name: path.Base(other), Dir: n.dir, Size: int64(len(n.data))})
		}
	}
	slices.SortFunc(list, func(a, b disk.Entry) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// SyncDir implements disk.FS.
func (s *Sim) SyncDir(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.step(); err != nil {
		return err
	}
	name = clean(name)
	kept := s.pending[:0:0]
	for _, c := range s.pending {
		if slices.ContainsFunc(c.steps, func(st step) bool { return path.Dir(st.name) == name }) {
			apply(s.durable, c)
		} else {
			kept = append(kept, c)
		}
	}
	s.pending = kept
	return nil
}

// Free implements disk.FS.
func (s *Sim) Free(string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.capacity == 0 {
		return 1 << 50, nil
	}
	return uint64(max(s.capacity-s.used(), 0)), nil
}

// file is an open file of a Sim.
type file struct {
	s    *Sim
	n    *node
	name string
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if f.s.lost {
		return 0, ErrPowerLost
	}
	err := f.s.step() // the write under way when the power fails may reach the disk
	if room := f.s.capacity - f.s.used(); f.s.capacity > 0 && off+int64(len(b))-int64(len(f.n.data)) > room {
		b, err = b[:min(max(room, 0), int64(len(b)))], &os.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	if len(b) > 0 {
		w := write{off, append([]byte{}, b...)}
		f.n.data = w.apply(f.n.data)
		f.n.writes = append(f.n.writes, w)
	}
	return len(b), err
}

func (f *file) Truncate(size int64) error {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if err := f.s.step(); err != nil {
		return err
	}
	w := write{size, nil}
	f.n.data = w.apply(f.n.data)
	f.n.writes = append(f.n.writes, w)
	return nil
}

func (f *file) Sync() error {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if err := f.s.step(); err != nil {
		return err
	}
	if f.s.syncErr != nil {
		return f.s.syncErr
	}
	f.n.synced, f.n.writes = slices.Clone(f.n.data), nil
	return nil
}

func (f *file) Size() (int64, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return int64(len(f.n.data)), nil
}

func (f *file) Close() error { return nil }
