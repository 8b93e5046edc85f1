package app

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestForgetStartupPages(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says which pages are in memory")
	}
	before := fileResidentKiB(t)
	if n := forgetStartupPages(); n < 1<<20 {
		t.Fatalf("only %d bytes belong to the program", n)
	}
	if after := fileResidentKiB(t); after >= before {
		t.Errorf("%d KiB of files are resident, %d before", after, before)
	}
}

// fileResidentKiB is how much of mapped files is in memory.
func fileResidentKiB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
