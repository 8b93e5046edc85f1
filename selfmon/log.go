package selfmon

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// LogOptions say how the log looks.
type LogOptions struct {
	Level  slog.Level
	JSON   bool           // one JSON object a line; otherwise text for people
	Fields []slog.Attr    // on every entry
	Also   []slog.Handler // get the entries too, without Fields

	// A message that comes more often than Burst times within Window is held
	// back; how often is said with the first one after that. Default 10 within 10s; a negative Burst holds nothing back.
	Burst  int
	Window time.Duration
	// Of what is held back, one in Thereafter is written all the same. 0: none.
	Thereafter int
}

// Log is the log of a process. It can change its looks while others hold it.
type Log struct {
	*slog.Logger
	root *atomic.Pointer[slog.Handler]
}

// NewLog makes the log of a process.
func NewLog(w io.Writer, o LogOptions) *Log {
	root := new(atomic.Pointer[slog.Handler])
	log := &Log{slog.New(&switching{root: root}), root}
	log.Become(w, o)
	return log
}

// Become changes the looks of the log, for all who hold it.
func (l *Log) Become(w io.Writer, o LogOptions) {
	handler := newHandler(w, o)
	l.root.Store(&handler)
}

func newHandler(w io.Writer, o LogOptions) slog.Handler {
	if o.Burst == 0 {
		o.Burst = 10
	}
	if o.Window == 0 {
		o.Window = 10 * time.Second
	}
	var inner slog.Handler = slog.NewTextHandler(w, &slog.HandlerOptions{Level: o.Level})
	if o.JSON {
		inner = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: o.Level, ReplaceAttr: durationText})
	}
	if len(o.Fields) > 0 {
		inner = inner.WithAttrs(o.Fields)
	}
	if len(o.Also) > 0 {
		inner = tee(append([]slog.Handler{inner}, o.Also...))
	}
	if o.Burst < 0 {
		return inner
	}
	return &limiter{inner: inner, state: &limiterState{burst: o.Burst, window: o.Window, thereafter: o.Thereafter, seen: map[limitKey]*limitCount{}}}
}

// durationText writes 1.5s as such; slog's JSON has nanoseconds.
func durationText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// limiter is a slog.Handler that holds repeats back: a peer that sends a
// thousand bad requests a second must not fill the disk.
type limiter struct {
	inner  slog.Handler
	source string // attributes and groups that were attached, so that two components do not share a budget
	state  *limiterState
}

type limiterState struct {
	burst      int
	window     time.Duration
	thereafter int
	mu         sync.Mutex // guards seen
	seen       map[limitKey]*limitCount
}

type limitKey struct{ source, message string }

type limitCount struct {
	since time.Time
	count int
}

// maxSeen bounds the memory of messages; a log with more different ones than
// this is not repeating itself.
const maxSeen = 1024

func (l *limiter) Enabled(ctx context.Context, level slog.Level) bool {
	return l.inner.Enabled(ctx, level)
}

func (l *limiter) Handle(ctx context.Context, r slog.Record) error {
	held, pass := l.state.admit(limitKey{l.source, r.Message}, r.Time)
	if !pass {
		return nil
	}
	if held > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("held_back", held))
	}
	return l.inner.Handle(ctx, r)
}

// admit says whether a message may be written now and how many like it were held back before.
func (s *limiterState) admit(key limitKey, now time.Time) (held int, pass bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.seen[key]
	if c == nil {
		if len(s.seen) >= maxSeen {
			clear(s.seen)
		}
		c = &limitCount{since: now}
		s.seen[key] = c
	}
	if now.Sub(c.since) >= s.window {
		held = max(0, c.count-s.burst)
		if s.thereafter > 0 {
			held %= s.thereafter
		}
		c.since, c.count = now, 0
	}
	c.count++
	if over := c.count - s.burst; over > 0 && s.thereafter > 0 && over%s.thereafter == 0 {
		return s.thereafter - 1, true
	}
	return held, c.count <= s.burst
}

func (l *limiter) WithAttrs(attrs []slog.Attr) slog.Handler {
	source := l.source
	for _, a := range attrs {
		source += "\x00" + a.String()
	}
	return &limiter{l.inner.WithAttrs(attrs), source, l.state}
}

func (l *limiter) WithGroup(name string) slog.Handler {
	return &limiter{l.inner.WithGroup(name), l.source + "\x01" + name, l.state}
}
