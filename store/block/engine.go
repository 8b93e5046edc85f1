// Package block is the embedded engine for traces and logs: a write-ahead log,
// a head of columns in memory that answers at once, and immutable blocks of Parquet files.
//
// Begin with Open. The way of a batch: Engine.Write puts it into the WAL (one
// fsync for all that wait), the applier appends it to the head in the order of the WAL
// and only then is it acknowledged; a full head is frozen at a segment boundary and
// written as a block by the cutter, after which its segments are dropped; the
// janitor merges blocks and removes old ones.
//
//	DIR/LOCK                 one process at a time
//	DIR/wal/*.wal            batches that are in no block yet
//	DIR/blocks/ID/           meta, index, spans.parquet, logs.parquet, graph, state
//	DIR/quarantine/          what was damaged
//
// docs/decisions/0003-store-format.md says what is in the files and why.
package block

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/internal/wal"
	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Options of an engine. Only Dir is needed; zero fields mean the defaults.
type Options struct {
	Dir string

	RetentionBytes int64         // of all files; the oldest blocks go first. Default: no limit
	RetentionAge   time.Duration // since rows arrived. Default: no limit

	HeadRows     int           // rows of a head, which become one row group. Default 131,072
	HeadBytes    int           // memory of a head at which it is written early. Default 128 MiB
	HeadAge      time.Duration // age at which a head is written. Default 15m
	CacheBytes   int64         // of indexes in memory. Default 64 MiB
	ReserveBytes uint64        // room on the disk that writes leave to compaction and deletion. Default 128 MiB
	GraphPending int           // most spans that wait for the others of their trace in the service graph. Default 131,072: the map looks at all of them, 0.4 µs each
	QueryBytes   int64         // default memory bound of a query. Default 256 MiB

	FS     disk.FS          // Default: the operating system's
	Now    func() time.Time // Default: time.Now
	Logger *slog.Logger     // Default: none
}

func (o *Options) setDefaults() {
	if o.HeadRows <= 0 {
		o.HeadRows = 131_072
	}
	if o.HeadBytes <= 0 {
		o.HeadBytes = 128 << 20
	}
	if o.HeadAge <= 0 {
		o.HeadAge = 15 * time.Minute
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = 64 << 20
	}
	if o.ReserveBytes == 0 {
		o.ReserveBytes = 128 << 20
	}
	if o.GraphPending <= 0 {
		o.GraphPending = 1 << 17
	}
	if o.QueryBytes <= 0 {
		o.QueryBytes = 256 << 20
	}
	if o.FS == nil {
		o.FS = disk.OS{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Engine implements store.Engine.
type Engine struct {
	opt    Options
	fs     disk.FS
	lock   *folderLock
	wal    *wal.Log
	report wal.Report
	cache  cache

	apply    chan applied  // from the WAL to the applier, in order
	rotating atomic.Bool   // a rotation is under way
	wakeCut  chan struct{} // the cutter looks for a frozen head
	wakeJan  chan struct{} // the janitor looks for work
	stop     chan struct{}
	full     atomic.Bool    // the last write was refused for want of space
	running  sync.WaitGroup // cutter and janitor
	applying sync.WaitGroup // applier

	// compacting is held by whoever replaces blocks, for the whole of it.
	compacting sync.Mutex

	graphMu sync.Mutex // guards ingest.graph; taken before mu
	ingest  ingester   // used by the applier

	mu          sync.RWMutex // guards what is below
	frozenGone  sync.Cond    // of mu: frozen became nil, or cutErr changed
	blocks      []*block     // by id
	active      *head
	activeSince time.Time
	frozen      *frozen
	nextID      uint64
	quarantined int
	cutErr      error // why the frozen head cannot be written
	lastWrite   int64
	closed      bool
}

// frozen is a head that waits for the cutter.
type frozen struct {
	head    *head
	wal     uint64 // last segment that it holds
	rows    []*servicegraph.Row
	state   []byte // of the graph builder
	arrival int64
	since   int64 // Unix nanoseconds when it was frozen
}

// applied is a batch that is durable, or with freeze the end of a segment.
type applied struct {
	batch   *otlp.Batch
	now     int64
	done    chan<- error
	freeze  bool
	segment uint64
}

// Open opens or creates the store in a folder.
func Open(opt Options) (*Engine, error) {
	opt.setDefaults()
	e := &Engine{opt: opt, fs: opt.FS, apply: make(chan applied, 64), wakeCut: make(chan struct{}, 1),
		wakeJan: make(chan struct{}, 1), stop: make(chan struct{}), active: newHead(), activeSince: opt.Now()}
	e.frozenGone.L = &e.mu
	e.cache.limit = opt.CacheBytes
	e.ingest.graph = servicegraph.NewBuilder(servicegraph.Options{MaxPending: opt.GraphPending})
	e.ingest.head = e.active
	if err := e.makeFolders(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	lock, err := lockFolder(opt.Dir)
	if err != nil {
		return nil, err
	}
	e.lock = lock
	if err := e.recover(); err != nil {
		lock.release()
		return nil, fmt.Errorf("open store %s: %w", opt.Dir, err)
	}
	e.applying.Add(1)
	go e.applyAll()
	e.running.Add(2)
	go e.cutAll()
	go e.keepTidy()
	return e, nil
}

// makeFolders makes them durable, too: a file in a folder that a loss of power
// takes away is lost.
func (e *Engine) makeFolders() error {
	if err := e.fs.MkdirAll(e.blocksDir()); err != nil {
		return err
	}
	if err := e.fs.SyncDir(e.opt.Dir); err != nil {
		return err
	}
	return e.fs.SyncDir(filepath.Dir(e.opt.Dir))
}

func (e *Engine) blocksDir() string     { return e.opt.Dir + "/blocks" }
func (e *Engine) quarantineDir() string { return e.opt.Dir + "/quarantine" }

// recover loads the blocks and replays the WAL.
func (e *Engine) recover() error {
	if err := e.loadBlocks(); err != nil {
		return err
	}
	last := uint64(0)
	var newest *block
	for _, b := range e.blocks {
		last = max(last, b.meta.WAL)
		e.ingest.arrival = max(e.ingest.arrival, b.meta.Arrival)
		if newest == nil || b.meta.WAL >= newest.meta.WAL {
			newest = b
		}
	}
	if newest != nil {
		if state, err := newest.checked("state"); err == nil && len(state) > 0 {
			if err := e.ingest.graph.Restore(state); err != nil {
				e.opt.Logger.Warn("service graph: pending spans not restored", "block", newest.dir, "error", err)
			}
		}
	}
	var err error
	segment := last
	e.wal, e.report, err = wal.Open(e.opt.Dir+"/wal", wal.Options{FS: e.fs, MinSegment: last + 1, ReserveBytes: e.opt.ReserveBytes},
		func(n uint64, payload []byte) error {
			if n != segment && e.headFull() {
				if err := e.cutNow(segment); err != nil {
					return err
				}
			}
			segment = n
			return e.replay(payload)
		})
	if err != nil {
		return err
	}
	if e.report.Damaged > 0 {
		e.opt.Logger.Error("damaged WAL segments: the rest of each was moved to wal/quarantine",
			"segments", e.report.Damaged, "bytes", e.report.LostBytes, "batches_lost_at_least", e.report.LostAtLeast)
	}
	return e.wal.DropBefore(last + 1)
}

// A WAL record is a signal, the time of arrival in Unix nanoseconds, little
// endian, and the OTLP request.
const recordHeader = 9

func (e *Engine) replay(payload []byte) error {
	if len(payload) < recordHeader {
		e.opt.Logger.Error("WAL record too short", "bytes", len(payload))
		return nil
	}
	batch, err := otlp.New(otlp.Signal(payload[0]), payload[recordHeader:])
	if err != nil {
		e.opt.Logger.Error("WAL record is not OTLP", "error", err)
		return nil
	}
	now := int64(binary.LittleEndian.Uint64(payload[1:]))
	e.ingest.add(batch, now)
	e.lastWrite = now
	return nil
}

// Write implements store.Writer.
func (e *Engine) Write(ctx context.Context, batch *otlp.Batch) error {
	err := e.write(ctx, batch)
	if err == nil {
		e.full.Store(false)
	} else if errors.Is(err, store.ErrFull) {
		e.full.Store(true)
	}
	return err
}

func (e *Engine) write(ctx context.Context, batch *otlp.Batch) error {
	if s := batch.Signal(); s != otlp.Traces && s != otlp.Logs {
		return fmt.Errorf("store keeps traces and logs, not %s", s)
	}
	if batch.Items() == 0 {
		return nil
	}
	e.mu.RLock()
	cutErr, closed := e.cutErr, e.closed
	e.mu.RUnlock()
	switch {
	case closed:
		return errClosed
	case disk.IsFull(cutErr):
		return store.ErrFull
	case cutErr != nil:
		return fmt.Errorf("%w: %w", store.ErrReadOnly, cutErr)
	}
	now := e.opt.Now().UnixNano()
	header := make([]byte, 1, recordHeader)
	header[0] = byte(batch.Signal())
	header = binary.LittleEndian.AppendUint64(header, uint64(now))
	done := make(chan error, 1)
	err := e.wal.Append(ctx, func(_ uint64, err error) {
		if err != nil {
			done <- err
			return
		}
		e.apply <- applied{batch: batch, now: now, done: done}
	}, header, batch.Bytes())
	if err != nil {
		return writeError(err)
	}
	select {
	case err := <-done:
		return writeError(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errClosed = errors.New("the store is closed")

func writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, wal.ErrNoSpace):
		return store.ErrFull
	case errors.Is(err, wal.ErrFailed):
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	case errors.Is(err, wal.ErrClosed):
		return errClosed
	}
	return err
}

// applyAll is the applier.
func (e *Engine) applyAll() {
	defer e.applying.Done()
	for a := range e.apply {
		if a.freeze {
			e.freeze(a.segment)
			e.rotating.Store(false)
			continue
		}
		e.graphMu.Lock()
		e.ingest.add(a.batch, a.now)
		e.graphMu.Unlock()
		e.mu.Lock()
		e.lastWrite = max(e.lastWrite, a.now)
		e.mu.Unlock()
		a.done <- nil
		if e.headFull() {
			e.rotate()
		}
	}
}

func (e *Engine) headFull() bool {
	rows := e.ingest.head.rows()
	return rows >= e.opt.HeadRows || rows > 0 && e.ingest.head.bytes() >= e.opt.HeadBytes
}

// rotate asks the WAL for a new segment; the head is frozen when all before it
// was applied. There is no point in that while the head before cannot be written.
func (e *Engine) rotate() {
	e.mu.RLock()
	stuck := e.cutErr != nil
	e.mu.RUnlock()
	if stuck || !e.rotating.CompareAndSwap(false, true) {
		return
	}
	err := e.wal.Rotate(func(segment uint64, err error) {
		if err != nil {
			e.opt.Logger.Warn("rotate WAL", "error", err)
			e.rotating.Store(false)
			return
		}
		e.apply <- applied{freeze: true, segment: segment - 1}
	})
	if err != nil {
		e.rotating.Store(false)
	}
}

// freeze hands the head to the cutter. It waits for the head before, which
// holds writers back, unless that one cannot be written.
func (e *Engine) freeze(segment uint64) {
	e.mu.Lock()
	for e.frozen != nil && e.cutErr == nil {
		e.frozenGone.Wait()
	}
	e.mu.Unlock()
	if e.setFrozen(segment) {
		wake(e.wakeCut)
	}
}

// maxStateSpans is the most waiting spans of the service graph that a cut
// writes down. Above it a crash leaves those spans out of the map.
const maxStateSpans = 1 << 15

func (e *Engine) setFrozen(segment uint64) bool {
	e.graphMu.Lock()
	defer e.graphMu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.frozen != nil || e.active.rows() == 0 {
		return false
	}
	f := &frozen{head: e.active, wal: segment, rows: e.ingest.graph.Cut(), arrival: e.ingest.arrival, since: e.opt.Now().UnixNano()}
	if e.ingest.graph.Pending() <= maxStateSpans || e.closed {
		f.state = e.ingest.graph.AppendState(nil)
	}
	e.frozen, e.active, e.activeSince = f, newHead(), e.opt.Now()
	e.ingest.head = e.active
	return true
}

// cutNow freezes and writes the head while nobody else is running.
func (e *Engine) cutNow(segment uint64) error {
	if !e.setFrozen(segment) {
		return nil
	}
	return e.cut()
}

// cutAll is the cutter: it writes frozen heads, again and again if it must.
func (e *Engine) cutAll() {
	defer e.running.Done()
	for {
		select {
		case <-e.stop:
			return
		case <-e.wakeCut:
		}
		for e.cut() != nil {
			select {
			case <-e.stop:
				return
			case <-time.After(cutRetry):
			}
		}
	}
}

const cutRetry = 500 * time.Millisecond

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close implements store.Engine.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	err := e.wal.Close()
	close(e.apply)
	e.applying.Wait()
	close(e.stop)
	e.running.Wait()
	// What is still in memory becomes a block, so that the next start is quick;
	// if that fails, the WAL has it.
	if e.frozen != nil {
		_ = e.cut()
	}
	if e.frozen == nil && e.wal.Err() == nil {
		_ = e.cutNow(e.wal.Last())
	}
	e.mu.Lock()
	for _, b := range e.blocks {
		b.release()
	}
	e.blocks = nil
	e.mu.Unlock()
	return errors.Join(err, e.lock.release())
}

// Recovery says what was found in the WAL when the store was opened.
func (e *Engine) Recovery() wal.Report { return e.report }

// Usage implements store.Reader.
func (e *Engine) Usage() store.Usage {
	e.mu.RLock()
	defer e.mu.RUnlock()
	u := store.Usage{Blocks: len(e.blocks), Quarantined: e.quarantined, LastWrite: e.lastWrite,
		RetentionBytes: e.opt.RetentionBytes, RetentionNanos: int64(e.opt.RetentionAge), Bytes: e.wal.Bytes()}
	first := true
	span := func(lo, hi int64) {
		if first {
			u.Oldest, u.Newest, first = lo, hi, false
		}
		u.Oldest, u.Newest = min(u.Oldest, lo), max(u.Newest, hi)
	}
	for _, b := range e.blocks {
		u.Spans += b.meta.Spans
		u.Logs += b.meta.Logs
		u.Bytes += b.size
		span(b.meta.Min, b.meta.Max)
	}
	heads := []*head{e.active}
	if e.frozen != nil {
		heads = append(heads, e.frozen.head)
	}
	for _, h := range heads {
		h.mu.RLock()
		u.Spans += int64(h.tables[0].rows)
		u.Logs += int64(h.tables[1].rows)
		for _, t := range h.tables {
			if t.rows > 0 {
				span(t.min, t.max)
			}
		}
		h.mu.RUnlock()
	}
	if err := e.wal.Err(); err != nil {
		u.Err = err.Error()
	} else if e.cutErr != nil {
		u.Err = e.cutErr.Error()
	} else if e.full.Load() {
		u.Err = store.ErrFull.Error()
	}
	return u
}
