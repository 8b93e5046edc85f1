package app

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSystemdIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	next := func() string {
		t.Helper()
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		text := make([]byte, 1000)
		n, err := l.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "2000")
	t.Setenv("WATCHDOG_PID", "")
	s := newSystemd(slog.New(slog.DiscardHandler))
	s.ready("it\nruns")
	if got := next(); got != "READY=1\nSTATUS=it runs" {
		t.Errorf("ready: %q", got)
	}
	s.reloading()
	got := next()
	rest, ok := strings.CutPrefix(got, "RELOADING=1\nMONOTONIC_USEC=")
	micros, _, _ := strings.Cut(rest, "\n")
	if n, err := strconv.ParseInt(micros, 10, 64); !ok || err != nil || n <= 0 {
		t.Errorf("reloading: %q", got)
	}
	s.stopping()
	if got := next(); got != "STOPPING=1\nSTATUS=draining" {
		t.Errorf("stopping: %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.watchdog(ctx) }()
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("watchdog: %q", got)
		}
	}
	cancel()
	<-ended

	t.Setenv("WATCHDOG_PID", "1")
	s.watchdog(context.Background()) // meant for another process: returns at once
	systemd{}.stopping()             // without systemd nothing happens
}
