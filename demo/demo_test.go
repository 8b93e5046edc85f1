package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"
)

// wantEdges are all calls of the mesh, as a reader of its spans must find them.
var wantEdges = []string{
	"gateway -> auth", "gateway -> productpage", "gateway -> search", "gateway -> checkout",
	"auth -> sessions", "productpage -> details", "productpage -> reviews v2", "productpage -> reviews v3",
	"productpage -> recommend", "productpage -> cart", "details -> catalog-db",
	"reviews v2 -> ratings", "reviews v3 -> ratings", "ratings -> ratings-db", "recommend -> catalog-db",
	"search -> catalog-db", "cart -> sessions", "checkout -> cart", "checkout -> inventory", "checkout -> payments",
	"checkout -> orders-db", "inventory -> orders-db", "payments -> api.cardpay.example",
	"checkout -> mailer", "mailer -> api.mailout.example",
}

// edges reads the calls from the spans: a parent in another service, or a client span without a child there.
func (s *sink) edges() map[string]int {
	called := map[string]bool{} // client spans with a server span below
	out := map[string]int{}
	for _, sp := range s.spans {
		parent := s.spans[string(sp.ParentSpanId)]
		if parent != nil && parent.service != sp.service {
			called[string(sp.ParentSpanId)] = true
			out[parent.label()+" -> "+sp.label()]++
		}
	}
	for id, sp := range s.spans {
		if sp.Kind == traces.Span_SPAN_KIND_CLIENT && !called[id] {
			out[sp.label()+" -> "+text(sp.Attributes, "server.address")]++
		}
	}
	return out
}

func (s *span) label() string {
	if s.service == "reviews" {
		return s.service + " " + s.version
	}
	return s.service
}

func (s *span) status() int64 { return number(s.Attributes, "http.response.status_code") }

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// The live mesh shows all its edges, and v3 fails for want of a connection, with a log line in the same trace.
func TestRun(t *testing.T) {
	t.Parallel()
	s := startSink(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Run(ctx, Options{Endpoint: s.address, Rate: 100, Seed: 1, Log: quietLog()}) }()
	s.await(t, 2*time.Minute, func() string {
		have := s.edges()
		for _, e := range wantEdges {
			if have[e] == 0 {
				return e
			}
		}
		for _, sp := range s.spans {
			if sp.label() == "reviews v3" && sp.status() == 504 && s.saysGaveUp(sp.TraceId) {
				return ""
			}
		}
		return "a request that reviews v3 gave up, with its log line"
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	for _, sp := range s.spans { // after a clean end every parent is there
		if len(sp.ParentSpanId) > 0 && s.spans[string(sp.ParentSpanId)] == nil {
			t.Errorf("%s: %s has a parent that was never sent", sp.label(), sp.Name)
		}
	}
}

func (s *sink) saysGaveUp(traceID []byte) bool {
	return slices.ContainsFunc(s.logs, func(l *logRecord) bool {
		return string(l.TraceId) == string(traceID) && strings.Contains(l.Body.GetStringValue(), "gave up after 2000 ms")
	})
}

// Synthetic history has the edges of live traffic, the split of 90 to 10 after
// the rollout, a few percent of faults in v3, and nothing outside of its time.
func TestFillPast(t *testing.T) {
	t.Parallel()
	s := startSink(t)
	out := outletTo(t, s)
	to := time.Now().Truncate(time.Second)
	from := to.Add(-30 * time.Minute)
	visits, err := fillPast(t.Context(), &bookinfo, newDice(7), out, from, to, 4)
	if err != nil {
		t.Fatal(err)
	}
	if want := 4 * 30 * 60; visits < want*9/10 || visits > want*11/10 {
		t.Errorf("%d visits, want about %d", visits, want)
	}
	for _, e := range wantEdges {
		if s.edges()[e] == 0 {
			t.Errorf("no edge %s", e)
		}
	}
	rollout := from.Add(12 * time.Minute)
	served := map[string]int{}
	faults := 0
	for _, sp := range s.spans {
		start, end := time.Unix(0, int64(sp.StartTimeUnixNano)), time.Unix(0, int64(sp.EndTimeUnixNano))
		if start.Before(from) || start.After(to.Add(10*time.Second)) || end.Before(start) {
			t.Fatalf("%s: %s runs from %s to %s, outside of %s to %s", sp.label(), sp.Name, start, end, from, to)
		}
		if sp.service != "reviews" || sp.Kind != traces.Span_SPAN_KIND_SERVER {
			continue
		}
		if start.Before(rollout) {
			if sp.version == "v3" {
				t.Fatalf("v3 served at %s, before its rollout at %s", start, rollout)
			}
			continue
		}
		served[sp.version]++
		if sp.version == "v3" && sp.status() == 504 {
			faults++
		}
	}
	if share := float64(served["v3"]) / float64(served["v2"]+served["v3"]); share < 0.08 || share > 0.12 {
		t.Errorf("v3 served %d of %d reviews, want a tenth", served["v3"], served["v2"]+served["v3"])
	}
	if share := float64(faults) / float64(served["v3"]); share < 0.01 || share > 0.1 {
		t.Errorf("%d of %d requests to v3 failed, want a few percent", faults, served["v3"])
	}
}

// Run waits for an endpoint that is not up yet, and ends at once when told to.
func TestRunWaits(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan string, 1)
	log := slog.New(slog.NewTextHandler(writer(func(line []byte) { said <- string(line) }), nil))
	done := make(chan error)
	go func() { done <- Run(ctx, Options{Endpoint: nobody, Log: log}) }()
	if line := <-said; !strings.Contains(line, "waiting for Oriel") {
		t.Errorf("said %q", line)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestCommandRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--rate=0"}, {"--rate=-1"}, {"--rate=5000"}, {"--history=-1h"}, {"extra"}} {
		cmd := Command()
		cmd.SetArgs(args)
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		if err := cmd.ExecuteContext(t.Context()); err == nil {
			t.Errorf("oriel demo %s: accepted", fmt.Sprint(args))
		}
	}
}
