package transport

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func isAddrInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// inUseError says who has the address, where /proc tells.
func inUseError(network, endpoint string, err error) error {
	if network == "unix" {
		return fmt.Errorf("the path is in use by another process, or is not a socket: %w", syscall.EADDRINUSE)
	}
	_, portText, splitErr := net.SplitHostPort(endpoint)
	port, portErr := strconv.Atoi(portText)
	if splitErr != nil || portErr != nil {
		return err
	}
	if who := listeningProcess("/proc", strings.HasPrefix(network, "udp"), port); who != "" {
		return fmt.Errorf("the port is in use by %s: %w", who, syscall.EADDRINUSE)
	}
	return fmt.Errorf("the port is in use by another process: %w", syscall.EADDRINUSE)
}

// listeningProcess names the process that listens on a TCP or UDP port, "" if that cannot be told:
// not on Linux, or another user's process.
func listeningProcess(proc string, udp bool, port int) string {
	inodes := map[string]bool{}
	tables, state := []string{"net/tcp", "net/tcp6"}, "0A" // LISTEN
	if udp {
		tables, state = []string{"net/udp", "net/udp6"}, "07" // CLOSE, as all that are not connected
	}
	for _, table := range tables {
		listeningInodes(filepath.Join(proc, table), state, port, inodes)
	}
	if len(inodes) == 0 {
		return ""
	}
	links, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	if err != nil {
		return ""
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		inode, ok := strings.CutPrefix(target, "socket:[")
		if err != nil || !ok || !inodes[strings.TrimSuffix(inode, "]")] {
			continue
		}
		dir := filepath.Dir(filepath.Dir(link))
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			continue
		}
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), filepath.Base(dir))
	}
	return ""
}

// listeningInodes adds the inodes of the sockets in the state on the port.
//
// Source: https://docs.kernel.org/networking/proc_net_tcp.html
func listeningInodes(table, state string, port int, into map[string]bool) {
	file, err := os.Open(table)
	if err != nil {
		return
	}
	defer file.Close()
	suffix := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
		f := strings.Fields(lines.Text())
		if len(f) > 9 && strings.HasSuffix(f[1], suffix) && f[3] == state {
			into[f[9]] = true
		}
	}
}
