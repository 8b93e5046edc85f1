package hosted

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
)

const transformOnly = `
receivers: {in: }
exporters: {out: }
processors:
  transform:
    error_mode: %MODE%
    trace_statements: ['set(span.attributes["a"], ParseJSON(span.name))']
service:
  pipelines:
    traces: {receivers: [in], processors: [transform], exporters: [out]}
`

// TestErrorsKeepTheirKind sends a batch through a hosted processor to exporters that refuse it.
func TestErrorsKeepTheirKind(t *testing.T) {
	t.Parallel()
	c := run(t, strings.Replace(transformOnly, "%MODE%", "silent", 1))
	batch := batchOf(t, otlp.Traces, someTraces(rand.New(rand.NewPCG(1, 1)), 2))
	busy := errors.New("busy")
	c.refuse = component.Throttled(busy, 3*time.Second)
	err := c.in.Consume(t.Context(), batch)
	if after, ok := component.RetryAfter(err); !ok || after != 3*time.Second || component.IsPermanent(err) || !errors.Is(err, busy) {
		t.Errorf("throttled came back as %v (%T)", err, err)
	}
	c.refuse = component.Permanent(errors.New("broken"))
	if err := c.in.Consume(t.Context(), batch); !component.IsPermanent(err) {
		t.Errorf("permanent came back as %v (%T)", err, err)
	}
	c.refuse = errors.New("later")
	if err := c.in.Consume(t.Context(), batch); err == nil || component.IsPermanent(err) {
		t.Errorf("retryable came back as %v (%T)", err, err)
	}
}

// TestItsOwnErrors lets the processor itself fail.
func TestItsOwnErrors(t *testing.T) {
	t.Parallel()
	batch := batchOf(t, otlp.Traces, someTraces(rand.New(rand.NewPCG(1, 1)), 2))
	c := run(t, strings.Replace(transformOnly, "%MODE%", "propagate", 1))
	if err := c.in.Consume(t.Context(), batch); err == nil || !strings.Contains(err.Error(), "ParseJSON") {
		t.Errorf("got %v, want the statement that failed", err)
	}
	c = run(t, strings.Replace(transformOnly, "%MODE%", "ignore", 1))
	if err := c.in.Consume(t.Context(), batch); err != nil {
		t.Error(err)
	}
	if log := c.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "component=processors.transform") || !strings.Contains(log, "ParseJSON") {
		t.Errorf("the log does not say what failed:\n%s", log)
	}
}

func TestShutdownTwiceAndWithoutStart(t *testing.T) {
	t.Parallel()
	c := run(t, strings.Replace(transformOnly, "%MODE%", "ignore", 1))
	c.stop(t)
	if err := c.graph.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	var l lifecycle
	if err := l.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
