package app

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// tuneMemory sets the soft memory limit from the cgroup, unless GOMEMLIMIT says otherwise.
func tuneMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := cgroupLimit("/sys/fs/cgroup/memory.max"); limit > 0 {
			debug.SetMemoryLimit(limit / 10 * 9)
		}
	}
}

// cgroupLimit is the memory limit of a cgroup (version 2), 0 if there is none.
func cgroupLimit(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // "max"
		return 0
	}
	return limit
}
