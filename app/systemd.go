package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// systemd is told of the states of the process (Type=notify in its unit). The
// zero value tells nobody.
//
// Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
type systemd struct {
	socket string // a datagram socket
	log    *slog.Logger
}

// newSystemd reads the environment that systemd makes.
func newSystemd(log *slog.Logger) systemd { return systemd{os.Getenv("NOTIFY_SOCKET"), log} }

// ready says that all runs; status is for people.
func (s systemd) ready(status string) { s.tell("READY=1", "STATUS="+oneLine(status)) }

// reloading says that a configuration is being loaded; ready follows.
func (s systemd) reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return
	}
	s.tell("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000), "STATUS=loading the configuration again")
}

func (s systemd) stopping() { s.tell("STOPPING=1", "STATUS=draining") }

// oneLine keeps a text from being read as several assignments.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

func (s systemd) tell(assignments ...string) {
	if s.socket == "" {
		return
	}
	address := s.socket
	if strings.HasPrefix(address, "@") { // an abstract one
		address = "\x00" + address[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(strings.Join(assignments, "\n")))
		conn.Close()
	}
	if err != nil {
		s.log.Warn("systemd was not told", "what", assignments[0], "error", err)
	}
}

// watchdog tells systemd twice in each of its intervals that the process lives, until ctx ends.
func (s systemd) watchdog(ctx context.Context) {
	micros, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if pid := os.Getenv("WATCHDOG_PID"); s.socket == "" || err != nil || micros <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return
	}
	ticker := time.NewTicker(time.Duration(micros) * time.Microsecond / 2)
	defer ticker.Stop()
	for {
		s.tell("WATCHDOG=1")
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
