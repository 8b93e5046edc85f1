package app

import (
	"net"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

func pcommonTime(unixNanos int64) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(time.Unix(0, unixNanos))
}

func listenFree(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRate(t *testing.T) {
	t.Parallel()
	var r rate
	now := time.Unix(1000, 0)
	if got := r.perSecond(now, 500); got != 0 {
		t.Errorf("the first question: %g, want 0", got)
	}
	for second := range 30 { // 100 a second, then nothing
		now = now.Add(time.Second)
		count := 500 + 100*int64(min(second+1, 20))
		got := r.perSecond(now, count)
		switch {
		case second < 20 && got != 100, second >= 29 && got != 0:
			t.Errorf("second %d: %g", second, got)
		}
	}
	if len(r.samples) > 12 {
		t.Errorf("%d samples are kept", len(r.samples))
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	current := pace{percent: gcFrugal}
	for _, step := range []struct {
		times int
		since time.Duration
		want  int
	}{
		{5, time.Second, gcFrugal},
		{gcRun - 1, time.Millisecond, gcFrugal}, // a burst
		{1, 200 * time.Millisecond, gcFrugal},
		{gcRun - 1, time.Millisecond, gcFrugal},
		{1, time.Millisecond, gcUsual},
		{3, 200 * time.Millisecond, gcUsual},
		{1, time.Second, gcFrugal},
	} {
		for range step.times {
			current = current.next(step.since)
		}
		if current.percent != step.want {
			t.Errorf("after %d times %s: %d, want %d", step.times, step.since, current.percent, step.want)
		}
	}
}
