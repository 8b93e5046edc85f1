package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/internal/wal/disk"
)

// Report says what Open found.
type Report struct {
	Frames      int64 // replayed
	TornBytes   int64 // cut off the end of the last segment: never reported as done
	Damaged     int   // segments with a bad frame before their end
	LostBytes   int64 // moved to quarantine from damaged segments
	LostAtLeast int64 // good frames among LostBytes, which come after a bad one
}

// Open reads the segments in dir in order, calls replay for each good frame,
// and begins a new segment. payload is valid during the call. An error of replay
// ends Open with it. Rests of damaged segments are kept in dir/quarantine.
//
// The caller makes sure that no other process has the folder open.
func Open(dir string, opt Options, replay func(segment uint64, payload []byte) error) (*Log, Report, error) {
	if opt.FS == nil {
		opt.FS = disk.OS{}
	}
	if opt.SegmentBytes == 0 {
		opt.SegmentBytes = 64 << 20
	}
	if opt.PendingBytes == 0 {
		opt.PendingBytes = 32 << 20
	}
	var report Report
	if err := opt.FS.MkdirAll(dir); err != nil {
		return nil, report, err
	}
	if err := opt.FS.SyncDir(filepath.Dir(dir)); err != nil {
		return nil, report, err
	}
	list, err := segments(opt.FS, dir)
	if err != nil {
		return nil, report, err
	}
	next := max(opt.MinSegment, 1)
	last := len(list) - 1 // with a frame; a segment that was just begun may follow it
	for last > 0 && list[last].size <= int64(len(magic)) {
		last--
	}
	for i, s := range list {
		if s.number >= opt.MinSegment {
			if err := readSegment(opt.FS, dir, s.number, i >= last, replay, &report); err != nil {
				return nil, report, err
			}
		}
		next = max(next, s.number+1)
	}
	name := dir + "/" + segmentName(next)
	f, err := createSegment(opt.FS, dir, name)
	if err != nil {
		return nil, report, err
	}
	l := &Log{dir: dir, opt: opt, file: f, segment: next, offset: int64(len(magic)), done: make(chan struct{})}
	l.wake.L = &l.mu
	go l.run()
	return l, report, nil
}

// readSegment replays one segment and cuts off what follows its last good frame.
func readSegment(fs disk.FS, dir string, number uint64, last bool, replay func(uint64, []byte) error, report *Report) error {
	name := dir + "/" + segmentName(number)
	data, err := fs.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read wal segment: %w", err)
	}
	good := 0
	if len(data) >= len(magic) && string(data[:len(magic)]) == magic {
		good = len(magic)
		for {
			payload, size := frame(data[good:])
			if size == 0 {
				break
			}
			if err := replay(number, payload); err != nil {
				return err
			}
			report.Frames++
			good += size
		}
	}
	rest := data[good:]
	if len(rest) == 0 {
		return nil
	}
	after := framesAfter(rest)
	if last && after == 0 {
		report.TornBytes += int64(len(rest))
	} else {
		report.Damaged++
		report.LostBytes += int64(len(rest))
		report.LostAtLeast += after
		if err := quarantine(fs, dir, fmt.Sprintf("%016x-at-%d.wal", number, good), rest); err != nil {
			return err
		}
	}
	f, err := fs.Open(name, false)
	if err != nil {
		return err
	}
	err = f.Truncate(int64(good))
	if err == nil && good == 0 {
		_, err = f.WriteAt([]byte(magic), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// frame reads the frame at the begin of data; size 0 means that it is bad.
func frame(data []byte) (payload []byte, size int) {
	if len(data) < frameBytes {
		return nil, 0
	}
	n := uint64(binary.LittleEndian.Uint32(data))
	if n > uint64(len(data)-frameBytes) {
		return nil, 0
	}
	payload = data[frameBytes : frameBytes+int(n)]
	sum := crc32.Update(crc32.Update(0, castagnoli, data[:4]), castagnoli, payload)
	if sum != binary.LittleEndian.Uint32(data[4:]) {
		return nil, 0
	}
	return payload, frameBytes + int(n)
}

// framesAfter counts the good frames behind a bad one whose length still
// holds: its payload was damaged, not torn. Zero proves nothing.
func framesAfter(rest []byte) (count int64) {
	if len(rest) < frameBytes {
		return 0
	}
	n := uint64(binary.LittleEndian.Uint32(rest))
	if n > uint64(len(rest)-frameBytes) {
		return 0
	}
	for rest = rest[frameBytes+int(n):]; ; count++ {
		payload, size := frame(rest)
		if size == 0 || len(payload) == 0 { // a run of zeros is a bad frame, but be sure
			return count
		}
		rest = rest[size:]
	}
}

func quarantine(fs disk.FS, dir, name string, data []byte) error {
	where := dir + "/quarantine"
	if err := fs.MkdirAll(where); err != nil {
		return err
	}
	err := disk.WriteFile(fs, where+"/"+name, data)
	if disk.IsFull(err) {
		return nil // starting matters more than keeping what cannot be read
	}
	return err
}

type segmentFile struct {
	number uint64
	size   int64
}

// segments lists the segments of a folder in order.
func segments(fs disk.FS, dir string) ([]segmentFile, error) {
	entries, err := fs.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []segmentFile
	for _, e := range entries {
		hex, ok := strings.CutSuffix(e.Name, ".wal")
		if !ok || e.Dir || len(hex) != 16 {
			continue
		}
		n, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			continue
		}
		out = append(out, segmentFile{n, e.Size})
	}
	return out, nil
}

func segmentName(number uint64) string { return fmt.Sprintf("%016x.wal", number) }
