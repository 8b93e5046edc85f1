package selfmon

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
)

// switching hands on to the handler that root holds at the time. Attributes
// and groups that were attached are attached to each new one.
type switching struct {
	root   *atomic.Pointer[slog.Handler]
	attach []func(slog.Handler) slog.Handler
	made   atomic.Pointer[derived]
}

// derived is root's handler of some time with everything attached.
type derived struct {
	from    *slog.Handler
	handler slog.Handler
}

func (s *switching) current() slog.Handler {
	from := s.root.Load()
	if d := s.made.Load(); d != nil && d.from == from {
		return d.handler
	}
	d := &derived{from, *from}
	for _, attach := range s.attach {
		d.handler = attach(d.handler)
	}
	s.made.Store(d)
	return d.handler
}

func (s *switching) Enabled(ctx context.Context, level slog.Level) bool {
	return s.current().Enabled(ctx, level)
}

func (s *switching) Handle(ctx context.Context, r slog.Record) error {
	return s.current().Handle(ctx, r)
}

func (s *switching) with(attach func(slog.Handler) slog.Handler) slog.Handler {
	return &switching{root: s.root, attach: append(s.attach[:len(s.attach):len(s.attach)], attach)}
}

func (s *switching) WithAttrs(attrs []slog.Attr) slog.Handler {
	return s.with(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

func (s *switching) WithGroup(name string) slog.Handler {
	return s.with(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

// tee hands to all; the first decides on the level.
type tee []slog.Handler

func (t tee) Enabled(ctx context.Context, level slog.Level) bool { return t[0].Enabled(ctx, level) }

func (t tee) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range t {
		errs = append(errs, h.Handle(ctx, r.Clone()))
	}
	return errors.Join(errs...)
}

func (t tee) each(with func(slog.Handler) slog.Handler) slog.Handler {
	out := make(tee, len(t))
	for i, h := range t {
		out[i] = with(h)
	}
	return out
}

func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	return t.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

func (t tee) WithGroup(name string) slog.Handler {
	return t.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}
