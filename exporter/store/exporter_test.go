package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/wire/otlp"
)

type writer func(context.Context, *otlp.Batch) error

func (w writer) Write(ctx context.Context, b *otlp.Batch) error { return w(ctx, b) }

// The answer waits for the engine, and a full disk asks senders to come back.
func TestConsume(t *testing.T) {
	t.Parallel()
	batch, err := otlp.New(otlp.Logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer    error
		throttled bool
	}{
		"written":   {nil, false},
		"full":      {fmt.Errorf("write segment 3: %w", store.ErrFull), true},
		"read only": {store.ErrReadOnly, false},
	} {
		var opened Config
		f := Factory(func(cfg Config) (store.Writer, error) {
			opened = cfg
			return writer(func(_ context.Context, b *otlp.Batch) error {
				if b != batch {
					t.Error("the engine was handed a copy")
				}
				return c.answer
			}), nil
		})
		e, err := f.New(Config{Directory: "d"}, component.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if opened.Directory != "" {
			t.Error("the engine was opened before Start")
		}
		if err := e.Start(t.Context()); err != nil || opened.Directory != "d" {
			t.Errorf("start: %v, opened %+v", err, opened)
		}
		err = e.Consume(t.Context(), batch)
		if after, throttled := component.RetryAfter(err); !errors.Is(err, c.answer) || throttled != c.throttled || throttled && after < time.Second || component.IsPermanent(err) {
			t.Errorf("%s: got %v, throttled %t after %s", name, err, throttled, after)
		}
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("another process uses the folder")
	e, err := Factory(func(Config) (store.Writer, error) { return nil, broken }).New(Config{}, component.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	bad := Config{RetentionTime: time.Second, RetentionBytes: -1}
	err := bad.Validate()
	if err == nil || !strings.Contains(err.Error(), "retention_time") || !strings.Contains(err.Error(), "retention_bytes") {
		t.Errorf("got %v", err)
	}
	if err := (&Config{}).Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
}
