package memory

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Trees of files as machines and containers have them.
func TestLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tree          string
		cgroup, limit int64
	}{
		"no cgroup":   {"-- proc/meminfo --\nMemFree: 1 kB\nMemTotal:       1024 kB\n", 0, 1 << 20},
		"nothing":     {"", 0, 0},
		"a container": {"-- proc/self/cgroup --\n0::/\n-- sys/fs/cgroup/memory.max --\n4096\n-- proc/meminfo --\nMemTotal: 1024 kB\n", 4096, 4096},
		"without a limit": {"-- proc/self/cgroup --\n0::/\n-- sys/fs/cgroup/memory.max --\nmax\n-- proc/meminfo --\nMemTotal: 1024 kB\n",
			0, 1 << 20},
		"a service under a slice": {"-- proc/self/cgroup --\n0::/system.slice/oriel.service\n-- sys/fs/cgroup/system.slice/memory.max --\n1000\n" +
			"-- sys/fs/cgroup/system.slice/oriel.service/memory.max --\n2000\n", 1000, 1000},
		"a path of the host": {"-- proc/self/cgroup --\n0::/kubepods/pod1/abc\n-- sys/fs/cgroup/memory.max --\n4096\n", 4096, 4096},
		"version 1": {"-- proc/self/cgroup --\n5:cpu,cpuacct:/x\n4:memory:/docker/abc\n-- sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes --\n8192\n" +
			"-- sys/fs/cgroup/memory/memory.limit_in_bytes --\n9223372036854771712\n", 8192, 8192},
		"version 1 without a limit": {"-- proc/self/cgroup --\n4:memory:/\n-- sys/fs/cgroup/memory/memory.limit_in_bytes --\n9223372036854771712\n-- proc/meminfo --\nMemTotal: 1 kB\n", 0, 1024},
		"more than there is":        {"-- sys/fs/cgroup/memory.max --\n1048576\n-- proc/meminfo --\nMemTotal: 512 kB\n", 512 << 10, 512 << 10},
		"noise":                     {"-- proc/self/cgroup --\n::::\nx\n0::../../etc\n-- sys/fs/cgroup/memory.max --\n-5\n-- proc/meminfo --\nMemTotal: lots kB\n", 0, 0},
	} {
		root := t.TempDir()
		for _, file := range txtar.Parse([]byte(c.tree)).Files {
			path := filepath.Join(root, file.Name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, file.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := cgroup(root); got != c.cgroup {
			t.Errorf("%s: cgroup %d, want %d", name, got, c.cgroup)
		}
		if got := limit(root); got != c.limit {
			t.Errorf("%s: limit %d, want %d", name, got, c.limit)
		}
	}
	if Limit() <= 0 {
		t.Error("this machine's memory is not known")
	}
}
