package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// output is one file that records are written to. All that it holds can be
// read, but for a record that is being written: one that could not be written whole is
// taken back, and what a crash left half written is closed off before anything follows it.
type output struct {
	path     string
	lines    bool // records are lines
	perm     os.FileMode
	rotation *Rotation // nil: one file for ever
	log      *slog.Logger
	now      func() time.Time
	wrap     func(osFile) osFile // tests make the disk fail with it

	mu      sync.Mutex // guards what is below; one record is written at a time
	file    osFile     // nil if it has to be opened again
	size    int64
	regular bool      // and not a pipe or a device
	midLine bool      // the file ends inside a line
	aside   time.Time // in the name of the last file that was set aside
}

// osFile is what is used of *os.File.
type osFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Truncate(size int64) error
	Stat() (os.FileInfo, error)
}

// open opens the file and makes it ready for the next record. The caller holds mu, or is alone.
func (o *output) open(empty bool) error {
	flag := os.O_RDWR | os.O_CREATE | os.O_APPEND
	if empty {
		flag |= os.O_TRUNC
	}
	opened, err := os.OpenFile(o.path, flag, o.perm)
	if err != nil {
		return err
	}
	o.file = opened
	if o.wrap != nil {
		o.file = o.wrap(opened)
	}
	info, err := o.file.Stat()
	if err == nil {
		o.size, o.regular, o.midLine = info.Size(), info.Mode().IsRegular(), false
		if o.regular && o.size > 0 {
			err = o.mend()
		}
	}
	if err != nil {
		o.closeFile()
	}
	return err
}

func (o *output) closeFile() error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	o.file = nil
	return err
}

// mend looks for a record that a crash left unfinished at the end. A line is
// ended with the next record, so that it alone is lost to readers. Behind half a record
// of the other form nothing could be read, so that such a file is set aside.
func (o *output) mend() error {
	if o.lines {
		var last [1]byte
		if _, err := o.file.ReadAt(last[:], o.size-1); err != nil {
			return err
		}
		if last[0] == '\n' {
			return nil
		}
		o.log.Warn("the file ends inside a line, and the next one begins behind it", "path", o.path, "at", o.size)
		o.midLine = true
		return nil
	}
	end, err := wholeRecords(o.file, o.size)
	if err != nil || end == o.size {
		return err
	}
	aside, err := o.setAside()
	if err != nil {
		return err
	}
	o.log.Warn("the file ends inside a record, and a new one is begun", "path", o.path, "at", end, "kept as", aside)
	return o.open(false)
}

// wholeRecords is where the last record ends that is there to its end.
func wholeRecords(r io.ReaderAt, size int64) (end int64, err error) {
	var length [lengthBytes]byte
	for size-end >= lengthBytes {
		if _, err := r.ReadAt(length[:], end); err != nil {
			return end, err
		}
		next := end + lengthBytes + int64(binary.BigEndian.Uint32(length[:]))
		if next > size {
			break
		}
		end = next
	}
	return end, nil
}

// write appends one record.
func (o *output) write(record []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil && o.rotation != nil && o.size > 0 && o.size+int64(len(record)) > o.rotation.maxBytes() {
		if _, err := o.setAside(); err != nil {
			return fmt.Errorf("rotate: %w", err)
		}
		o.prune()
	}
	if o.file == nil {
		if err := o.open(false); err != nil {
			return err
		}
	}
	if o.midLine {
		record = append([]byte{'\n'}, record...)
	}
	if err := o.writeWhole(record); err != nil {
		return err
	}
	o.midLine = false
	return nil
}

// writeWhole writes all of data or takes back what it could write, for example to
// a full disk. If that fails too, the file is opened, and mended, again before the next record.
func (o *output) writeWhole(data []byte) error {
	n, err := o.file.Write(data)
	o.size += int64(n)
	if err == nil || n == 0 || !o.regular {
		return err
	}
	info, undo := o.file.Stat() // somebody else may have made it shorter
	if undo == nil {
		o.size = info.Size() - int64(n)
		undo = o.file.Truncate(o.size)
	}
	if undo != nil {
		o.closeFile()
	}
	return errors.Join(err, undo)
}

// setAside closes the file and renames it; the next record opens a new one.
func (o *output) setAside() (name string, err error) {
	if err := o.closeFile(); err != nil {
		return "", err
	}
	name = o.freeName()
	if err := os.Rename(o.path, name); err != nil && !errors.Is(err, os.ErrNotExist) { // somebody removed it
		return "", err
	}
	return name, nil
}

// close ends the output. It may be called twice.
func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closeFile()
}

// makeFolder makes the folder of a file.
func makeFolder(path string, perm os.FileMode) error { return os.MkdirAll(filepath.Dir(path), perm) }
