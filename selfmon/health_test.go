package selfmon

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := NewHealth()
		part := h.Part("exporters.otlp")
		if s := h.State(); s.Ready || s.Why != "starting" || s.Parts[0].Condition != Starting {
			t.Errorf("at first: %+v", s)
		}
		time.Sleep(time.Second)
		h.SetReady()
		began := time.Now()
		part.Report(Degraded, "away")
		time.Sleep(time.Second)
		part.Report(Degraded, "still away")
		if s := h.State(); !s.Ready || !s.Since.Equal(began) || s.Parts[0] != (PartState{"exporters.otlp", Degraded, "still away", began}) {
			t.Errorf("degraded: %+v", s)
		}
		part.Report(Failed, "gone")
		if s := h.State(); s.Ready || s.Why != "exporters.otlp has failed: gone" {
			t.Errorf("failed: %+v", s)
		}
		next := h.Successor()
		if s := next.State(); !s.Ready || !s.Since.Equal(began) || len(s.Parts) != 0 {
			t.Errorf("the next configuration: %+v", s)
		}
		(*Part)(nil).Report(Failed, "") // nobody asks
	})
}
