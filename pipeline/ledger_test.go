package pipeline

import (
	"fmt"
	"testing"

	"github.com/oriel-io/oriel/wire/otlp"
)

func TestLedgerIsBounded(t *testing.T) {
	t.Parallel()
	l := NewLedger()
	for i := range 500 {
		l.Record("exporters.a", spans(t, uint64(i*1000), 100), 100, fmt.Sprintf("reason %d", i))
	}
	for i := range 500 {
		l.Record("exporters.b", spans(t, uint64(i), 1), 1, "always the same")
	}
	drops := l.Drops()
	if len(drops) != maxReasons+2 {
		t.Errorf("%d reasons, want %d, other reasons and one of b", len(drops), maxReasons)
	}
	if l.Items() != 500*100+500 {
		t.Errorf("%d items, want every one counted", l.Items())
	}
	if got := l.Find(traceID(499)); len(got) != 1 || got[0].Component != "exporters.b" || got[0].Items != 500 {
		t.Errorf("the newest trace of b: %+v", got)
	}
	if got := l.Find(traceID(1)); len(got) != 1 || got[0].Component != "exporters.a" {
		t.Errorf("a trace whose sample in b was overwritten: %+v", got)
	}
	for _, d := range drops {
		if len(d.Traces) > maxSamples || d.First.IsZero() || d.Last.Before(d.First) {
			t.Errorf("%+v", d)
		}
	}
	if last := drops[len(drops)-1]; last.Traces[len(last.Traces)-1] != traceID(499) {
		t.Errorf("the newest sample is not last: %x", last.Traces)
	}
}

func TestLedgerWithoutTraces(t *testing.T) {
	t.Parallel()
	l := NewLedger()
	l.Record("receivers.a", mustBatch(t, otlp.Metrics), 4, "too old")
	if d := l.Drops(); len(d) != 1 || d[0].Items != 4 || len(d[0].Traces) != 0 {
		t.Errorf("%+v", d)
	}
}
