package selfotlp

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/oriel-io/oriel/selfmon"
)

// ownComponent begins the component of our own entries. They are not sent: an
// entry that says that entries could not be sent would only come again.
const ownComponent = "service.telemetry."

// entry is one entry of the log.
type entry struct {
	at         time.Time
	level      slog.Level
	message    string
	attributes []slog.Attr // groups are flattened: "group.key"
	place      selfmon.SpanContext
}

// handler puts the log's entries into an outbox.
type handler struct {
	box    *outbox[entry]
	attrs  []slog.Attr
	prefix string // of open groups, with a dot
	own    bool
}

// Enabled is not asked: the log's own handler decides.
func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if h.own {
		return nil
	}
	e := entry{at: r.Time, level: r.Level, message: r.Message, attributes: append([]slog.Attr(nil), h.attrs...)}
	e.place, _ = selfmon.SpanContextFrom(ctx)
	r.Attrs(func(a slog.Attr) bool {
		e.attributes = flatten(e.attributes, h.prefix, a)
		return true
	})
	h.box.add(e)
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		next.attrs = flatten(next.attrs, h.prefix, a)
		next.own = next.own || a.Key == "component" && strings.HasPrefix(a.Value.String(), ownComponent)
	}
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	next := *h
	next.prefix += name + "."
	return &next
}

// flatten adds an attribute, and those of a group one by one.
func flatten(to []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	value := a.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		return append(to, slog.Attr{Key: prefix + a.Key, Value: value})
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, inner := range value.Group() {
		to = flatten(to, prefix, inner)
	}
	return to
}
