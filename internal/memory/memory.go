// Package memory says how much memory the process may use: what its cgroups
// allow, of either version, or else what the machine has.
package memory

import (
	"bufio"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Cgroup is the smallest limit of the process's cgroup and those above it, 0 if there is none.
func Cgroup() int64 { return cgroup("/") }

// Limit is what the process may use: Cgroup, or all of the machine. 0: not known.
func Limit() int64 { return limit("/") }

func limit(root string) int64 {
	if limit := cgroup(root); limit > 0 {
		return limit
	}
	return machine(root)
}

// A cgroup says its limit in a file of its folder. In a container the folders that
// /proc/self/cgroup names are often not there, and the one at the top is the container's own.
//
// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html
var places = []struct{ controller, folder, file string }{
	{"", "sys/fs/cgroup", "memory.max"}, // version 2
	{"memory", "sys/fs/cgroup/memory", "memory.limit_in_bytes"},
}

func cgroup(root string) (smallest int64) {
	for _, place := range places {
		for name := groupOf(root, place.controller); ; name = path.Dir(name) {
			limit := number(filepath.Join(root, place.folder, name, place.file))
			if limit > 0 && limit < unlimited && (smallest == 0 || limit < smallest) {
				smallest = limit
			}
			if name == "/" {
				break
			}
		}
	}
	if all := machine(root); all > 0 && smallest > all {
		return all
	}
	return smallest
}

// unlimited is less than what version 1 says where there is no limit: 1<<63 - 1, cut to whole pages.
const unlimited = 1 << 62

// groupOf is the process's cgroup: of a controller of version 1, or of version 2, which names none.
func groupOf(root, controller string) string {
	file, err := os.Open(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return "/"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); { // id:controllers:path
		fields := strings.SplitN(lines.Text(), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for _, name := range strings.Split(fields[1], ",") {
			if name == controller {
				return path.Clean("/" + fields[2])
			}
		}
	}
	return "/"
}

// machine is the memory of the machine in bytes, 0 if it is not known.
func machine(root string) int64 {
	file, err := os.Open(filepath.Join(root, "proc/meminfo"))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) == 3 && f[0] == "MemTotal:" && f[2] == "kB" {
			kib, err := strconv.ParseInt(f[1], 10, 52)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}

// number reads a file that holds a number; 0 if it does not, as where it says "max".
func number(file string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
