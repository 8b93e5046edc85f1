package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

// exporter writes each batch before Consume returns, so that nothing that was
// acknowledged is lost when the process is; what the operating system has not written
// yet is when the machine is.
type exporter struct {
	cfg    Config
	log    *slog.Logger
	drop   func(batch *otlp.Batch, reason string)
	format format
	single *output // without group_by
	groups *groups // with it
}

func newExporter(cfg Config, set component.Settings) (component.Stage, error) {
	f, err := newFormat(&cfg)
	if err != nil {
		return nil, err
	}
	if set.Process != nil && set.Process.Again {
		cfg.Append = true // the file is that of the configuration before, which has written what it acknowledged
	}
	e := &exporter{cfg: cfg, log: set.Log, drop: set.Drop, format: f}
	if cfg.GroupBy.Enabled {
		e.groups = newGroups(&e.cfg, func(path string) *output { return e.output(path, nil) })
	} else {
		e.single = e.output(cfg.Path, cfg.Rotation)
	}
	return e, nil
}

// output describes a file with upstream's permissions.
func (e *exporter) output(path string, rotation *Rotation) *output {
	perm := os.FileMode(0o644)
	if rotation != nil {
		perm = 0o600
	}
	return &output{path: path, lines: e.format.lines(), perm: perm, rotation: rotation, log: e.log, now: time.Now}
}

// Start opens the file, so that what is wrong with it is known before anything is accepted.
func (e *exporter) Start(context.Context) error {
	if e.single == nil {
		return nil // which files there are is known when resources come
	}
	if e.cfg.CreateDirectory || e.cfg.Rotation != nil {
		perm, err := e.cfg.permissions()
		if err != nil {
			return err
		}
		if err := makeFolder(e.cfg.Path, perm); err != nil {
			return err
		}
	}
	err := e.single.open(!e.cfg.Append && e.cfg.Rotation == nil)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w (create_directory: true makes the folder)", err)
	}
	if err == nil && e.cfg.Rotation != nil {
		e.single.prune()
	}
	return err
}

// Shutdown closes the files.
func (e *exporter) Shutdown(context.Context) error {
	if e.groups != nil {
		return e.groups.close()
	}
	return e.single.close()
}

// Consume writes one record, or one for each file of the batch.
func (e *exporter) Consume(_ context.Context, batch *otlp.Batch) error {
	if e.groups != nil {
		return e.consumeGroups(batch)
	}
	return e.write(batch, e.single.write)
}

// consumeGroups stops at the first file that cannot be written now: whoever sends
// the batch again sends the files before it twice, and loses nothing.
func (e *exporter) consumeGroups(batch *otlp.Batch) error {
	for _, p := range e.groups.split(batch) {
		switch {
		case p.batch == nil: // a resource without items
		case !p.ok:
			e.drop(p.batch, "its resource does not name a file (group_by.resource_attribute)")
		default:
			err := e.write(p.batch, func(record []byte) error { return e.groups.write(p.segment, record) })
			if isBadName(err) {
				e.log.Warn("a resource names a file that cannot be", "segment", p.segment, "error", err)
				e.drop(p.batch, "its resource names a file that cannot be")
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// isBadName says that a file of this name can never be opened, by what senders say.
func isBadName(err error) bool {
	return errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR)
}

// maxKept is how much room is kept for the next record.
const maxKept = 4 << 20

var rooms = sync.Pool{New: func() any { return new([]byte) }}

func (e *exporter) write(batch *otlp.Batch, write func(record []byte) error) error {
	room := rooms.Get().(*[]byte)
	record := e.format.appendRecord((*room)[:0], batch)
	err := write(record)
	if cap(record) <= maxKept {
		*room = record
	}
	rooms.Put(room)
	return err
}
