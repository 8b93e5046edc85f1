// Package disk is the part of a file system that durable code uses, behind an
// interface, so that tests can cut the power at any write, fill the disk or fail
// an fsync. OS is the real one.
package disk

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// FS is a file system. Names are absolute or relative to the process.
//
// What survives a loss of power: the bytes of a file up to its last Sync, and
// the creations, renames and removals in a folder up to its last SyncDir. What was
// not synced may survive, in part or in any order.
type FS interface {
	// Open opens for reading and writing; with create it makes or empties the file.
	Open(name string, create bool) (File, error)
	ReadFile(name string) ([]byte, error)
	Rename(from, to string) error
	Remove(name string) error // a file or an empty folder
	MkdirAll(name string) error
	ReadDir(name string) ([]Entry, error) // sorted by name
	SyncDir(name string) error
	Free(name string) (uint64, error) // bytes that can still be written
}

// File is one open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
	Close() error
}

// Entry is one name in a folder.
type Entry struct {
	Name string
	Dir  bool
	Size int64
}

// IsFull says that err means a full disk or an exhausted quota: retryable once somebody made room.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// RemoveAll removes a folder of files; it does not descend further than its tree of plain folders.
func RemoveAll(fs FS, name string) error {
	entries, err := fs.ReadDir(name)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, e := range entries {
		path := name + "/" + e.Name
		if e.Dir {
			err = RemoveAll(fs, path)
		} else {
			err = fs.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return fs.Remove(name)
}

// WriteFile makes a file with the given content and syncs it; the folder is not synced.
func WriteFile(fs FS, name string, data []byte) error {
	f, err := fs.Open(name, true)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// OS is the operating system's file system.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Sync is fdatasync: the size of the file is part of what it makes durable.
func (f osFile) Sync() error { return unix.Fdatasync(int(f.Fd())) }

// Open implements FS.
func (OS) Open(name string, create bool) (File, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// ReadFile implements FS.
func (OS) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// MkdirAll implements FS.
func (OS) MkdirAll(name string) error { return os.MkdirAll(name, 0o700) }

// ReadDir implements FS.
func (OS) ReadDir(name string) ([]Entry, error) {
	list, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			continue // removed meanwhile
		}
		out = append(out, Entry{Name: e.Name(), Dir: e.IsDir(), Size: info.Size()})
	}
	slices.SortFunc(out, func(a, b Entry) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out, nil
}

// SyncDir implements FS.
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Free implements FS.
func (OS) Free(name string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}
