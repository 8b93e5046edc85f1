// Package wal is a segmented append-only log with group commit: what Append
// reports as done survives kill -9 and loss of power.
//
// Begin with Open, which replays what is there, and Log.Append. A segment is a
// file of frames:
//
//	"ORIELWAL"                                  8 bytes
//	length of payload   uint32 little endian    frame, repeated
//	CRC-32C of length and payload   uint32
//	payload
//
// A frame is good if its checksum holds. Reading stops at the first bad one of
// a segment: at the end of the last segment that is a torn write, which nobody was
// told had happened; anywhere else it is damage, which is reported.
package wal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/oriel-io/oriel/internal/wal/disk"
)

// ErrNoSpace says that the disk is full; nothing of the append was kept. The
// log goes on by itself when there is room.
var ErrNoSpace = errors.New("wal: no space left on disk")

// ErrFailed says that an fsync or a write failed. What the disk holds is
// unknown then, and a second fsync that succeeds proves nothing, so the log takes
// no more appends until it is opened again.
var ErrFailed = errors.New("wal: disk failed, no more appends")

// ErrClosed says that the log was closed.
var ErrClosed = errors.New("wal: closed")

const (
	magic      = "ORIELWAL"
	frameBytes = 8
	// MaxPayload is the largest payload of a frame.
	MaxPayload = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Options of a log. The zero value is ready to use.
type Options struct {
	FS           disk.FS // nil: the operating system's
	SegmentBytes int64   // a segment that is longer ends; 0: 64 MiB
	PendingBytes int64   // appends that wait for the disk; more of them block; 0: 32 MiB
	MinSegment   uint64  // numbers of new segments are not below this
	ReserveBytes uint64  // room on the disk that appends leave free; 0: none
}

// Log is open for appends. One goroutine writes; all methods may be called at once.
type Log struct {
	dir string
	opt Options

	mu      sync.Mutex // guards the fields below
	wake    sync.Cond  // run waits on it for work, Append for room
	queue   []request
	pending int64
	closed  bool
	failed  error
	done    chan struct{}

	// Touched by run only.
	file    disk.File
	segment uint64
	offset  int64
}

// request is an append, or with rotate set the wish for a new segment.
type request struct {
	parts  [][]byte
	size   int64
	rotate bool
	done   func(segment uint64, err error)
}

// Append queues one payload, the concatenation of parts, and returns. done is
// called when it is durable or has failed, in the order of the log, from the
// log's goroutine: it must be quick and must not call Append. Append blocks while
// too much waits for the disk. The parts must not change until done.
//
// Errors, of Append or in done: ErrNoSpace, ErrFailed, ErrClosed, ctx's.
func (l *Log) Append(ctx context.Context, done func(segment uint64, err error), parts ...[]byte) error {
	size := int64(frameBytes)
	for _, p := range parts {
		size += int64(len(p))
	}
	if size > MaxPayload {
		return fmt.Errorf("wal: payload of %d bytes is over the limit of %d", size, MaxPayload)
	}
	return l.enqueue(ctx, request{parts: parts, size: size, done: done})
}

// Rotate ends the segment, unless it is empty, and calls done with the number
// of the one that begins, in the order of the log. It never blocks.
func (l *Log) Rotate(done func(segment uint64, err error)) error {
	return l.enqueue(context.Background(), request{rotate: true, done: done})
}

func (l *Log) enqueue(ctx context.Context, r request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending > l.opt.PendingBytes && ctx.Done() != nil && !r.rotate {
		stop := context.AfterFunc(ctx, func() {
			l.mu.Lock()
			l.wake.Broadcast()
			l.mu.Unlock()
		})
		defer stop()
	}
	for l.pending > l.opt.PendingBytes && !r.rotate && !l.closed && l.failed == nil && ctx.Err() == nil {
		l.wake.Wait()
	}
	switch {
	case l.closed:
		return ErrClosed
	case l.failed != nil:
		return l.failed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	l.queue = append(l.queue, r)
	l.pending += r.size
	l.wake.Broadcast()
	return nil
}

// Err is why the log takes no more appends, nil while it does.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// Close writes what is queued and ends. It may be called twice.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.wake.Broadcast()
	l.mu.Unlock()
	<-l.done
	return nil
}

// run is the one writer: it takes all that is queued, writes it, syncs once
// and reports to everybody.
func (l *Log) run() {
	defer close(l.done)
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.wake.Wait()
		}
		group := l.queue
		l.queue = nil
		l.mu.Unlock()
		if len(group) == 0 {
			l.file.Close()
			return
		}
		l.commit(group)
		var size int64
		for _, r := range group {
			size += r.size
		}
		l.mu.Lock()
		l.pending -= size
		l.wake.Broadcast()
		l.mu.Unlock()
	}
}

// commit handles a group, which rotations cut into runs of appends.
func (l *Log) commit(group []request) {
	for len(group) > 0 {
		n := 0
		for n < len(group) && !group[n].rotate {
			n++
		}
		if n > 0 {
			err := l.write(group[:n])
			for _, r := range group[:n] {
				r.done(l.segment, err)
			}
			if err == nil && l.offset >= l.opt.SegmentBytes {
				_ = l.next() // a full disk: the old segment goes on
			}
			group = group[n:]
			continue
		}
		var err error
		if l.offset > int64(len(magic)) {
			err = l.next()
		}
		group[0].done(l.segment, err)
		group = group[1:]
	}
}

// write makes a run of appends durable, all or none.
func (l *Log) write(run []request) error {
	if err := l.Err(); err != nil {
		return err
	}
	end := l.offset
	if l.opt.ReserveBytes > 0 {
		need := l.opt.ReserveBytes
		for _, r := range run {
			need += uint64(r.size)
		}
		if free, err := l.opt.FS.Free(l.dir); err == nil && free < need {
			return ErrNoSpace
		}
	}
	for _, r := range run {
		var header [frameBytes]byte
		frameHeader(&header, r.parts)
		n, err := l.writeFrame(header[:], r.parts, end)
		if err != nil {
			return l.undo(err)
		}
		end += n
	}
	if err := l.file.Sync(); err != nil {
		return l.fail(err)
	}
	l.offset = end
	return nil
}

func (l *Log) writeFrame(header []byte, parts [][]byte, at int64) (n int64, err error) {
	if _, err := l.file.WriteAt(header, at); err != nil {
		return 0, err
	}
	n = int64(len(header))
	for _, p := range parts {
		if _, err := l.file.WriteAt(p, at+n); err != nil {
			return 0, err
		}
		n += int64(len(p))
	}
	return n, nil
}

// undo cuts a run off that was written in part. If that works and the reason
// was a full disk, the log goes on.
func (l *Log) undo(cause error) error {
	if !disk.IsFull(cause) {
		return l.fail(cause)
	}
	if err := l.file.Truncate(l.offset); err != nil {
		return l.fail(err)
	}
	return ErrNoSpace
}

func (l *Log) fail(cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = fmt.Errorf("%w: segment %s: %w", ErrFailed, segmentName(l.segment), cause)
	return l.failed
}

// next begins a new segment; on an error the old one stays in use.
func (l *Log) next() error {
	name := l.dir + "/" + segmentName(l.segment+1)
	f, err := createSegment(l.opt.FS, l.dir, name)
	if err != nil {
		return err
	}
	l.file.Close()
	l.file, l.segment, l.offset = f, l.segment+1, int64(len(magic))
	return nil
}

func createSegment(fs disk.FS, dir, name string) (disk.File, error) {
	f, err := fs.Open(name, true)
	if err != nil {
		return nil, err
	}
	if _, err = f.WriteAt([]byte(magic), 0); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = fs.SyncDir(dir)
	}
	if err != nil {
		f.Close()
		_ = fs.Remove(name)
		return nil, fmt.Errorf("create wal segment %s: %w", name, err)
	}
	return f, nil
}

// DropBefore removes the segments below the given one. Call it when what they
// hold is durable elsewhere.
func (l *Log) DropBefore(segment uint64) error {
	list, err := segments(l.opt.FS, l.dir)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.number < segment {
			if err := l.opt.FS.Remove(l.dir + "/" + segmentName(s.number)); err != nil {
				return err
			}
		}
	}
	return l.opt.FS.SyncDir(l.dir)
}

// Last is the number of the segment in use. Call it after Close.
func (l *Log) Last() uint64 { return l.segment }

// Bytes is the size of all segments on disk.
func (l *Log) Bytes() int64 {
	list, err := segments(l.opt.FS, l.dir)
	if err != nil {
		return 0
	}
	var n int64
	for _, s := range list {
		n += s.size
	}
	return n
}

// frameHeader fills in length and checksum of a payload.
func frameHeader(header *[frameBytes]byte, parts [][]byte) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	binary.LittleEndian.PutUint32(header[:4], uint32(size))
	sum := crc32.Update(0, castagnoli, header[:4])
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	binary.LittleEndian.PutUint32(header[4:], sum)
}
