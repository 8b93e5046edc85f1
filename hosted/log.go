package hosted

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"go.uber.org/zap/zapcore"
)

// zapCore writes what hosted components log with zap to our log, with our
// levels, form and limit of repeats.
type zapCore struct{ handler slog.Handler }

// Enabled is part of zapcore.Core.
func (c zapCore) Enabled(level zapcore.Level) bool {
	return c.handler.Enabled(context.Background(), slogLevel(level))
}

// With is part of zapcore.Core.
func (c zapCore) With(fields []zapcore.Field) zapcore.Core {
	handler := c.handler
	for len(fields) > 0 {
		n := 0
		for n < len(fields) && fields[n].Type != zapcore.NamespaceType {
			n++
		}
		if n > 0 {
			handler = handler.WithAttrs(attrs(fields[:n]))
		}
		if n < len(fields) {
			handler = handler.WithGroup(fields[n].Key)
			n++
		}
		fields = fields[n:]
	}
	return zapCore{handler}
}

// Check is part of zapcore.Core.
func (c zapCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

// Write is part of zapcore.Core.
func (c zapCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	r := slog.NewRecord(e.Time, slogLevel(e.Level), e.Message, 0)
	if e.LoggerName != "" {
		r.AddAttrs(slog.String("logger", e.LoggerName))
	}
	r.AddAttrs(attrs(fields)...)
	return c.handler.Handle(context.Background(), r)
}

// Sync is part of zapcore.Core.
func (zapCore) Sync() error { return nil }

// slogLevel maps what is above error in zap to error: nothing of ours panics or ends because of a log line.
func slogLevel(level zapcore.Level) slog.Level {
	switch {
	case level < zapcore.InfoLevel:
		return slog.LevelDebug
	case level == zapcore.InfoLevel:
		return slog.LevelInfo
	case level == zapcore.WarnLevel:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// attrs turns zap's fields into slog's. What follows a namespace is a group.
func attrs(fields []zapcore.Field) (out []slog.Attr) {
	for i, f := range fields {
		if f.Key == "component" { // ours is the component as the configuration names it
			f.Key = "part"
		}
		switch f.Type {
		case zapcore.NamespaceType:
			return append(out, slog.Attr{Key: f.Key, Value: slog.GroupValue(attrs(fields[i+1:])...)})
		case zapcore.SkipType:
		case zapcore.ErrorType:
			out = append(out, slog.Any(f.Key, f.Interface))
		default:
			plain := zapcore.NewMapObjectEncoder()
			f.AddTo(plain)
			for _, key := range slices.Sorted(maps.Keys(plain.Fields)) {
				out = append(out, slog.Any(key, plain.Fields[key]))
			}
		}
	}
	return out
}
