package hosted

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestLogKeepsFieldsAndLevels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	handler := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "time" {
			return slog.Attr{}
		}
		return a
	}})
	log := zap.New(zapCore{handler}).Named("scraper")
	log.Debug("hidden")
	log.With(zap.String("path", "/var/log"), zap.Namespace("of"), zap.Int("n", 3)).Warn("read",
		zap.Error(errors.New("no such file")), zap.Duration("after", time.Second), zap.Strings("names", []string{"a", "b"}))
	log.Info("inner", zap.Bool("ok", true), zap.Namespace("g"), zap.Object("o", zapcore.ObjectMarshalerFunc(func(e zapcore.ObjectEncoder) error {
		e.AddString("k", "v")
		return nil
	})))
	log.Error("bad")
	const want = `level=WARN msg=read path=/var/log of.n=3 of.logger=scraper of.error="no such file" of.after=1s of.names="[a b]"
level=INFO msg=inner logger=scraper ok=true g.o=map[k:v]
level=ERROR msg=bad logger=scraper
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(out.String(), "hidden") {
		t.Error("a debug line was written")
	}
}
