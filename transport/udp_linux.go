package transport

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// socketInode is the number by which /proc knows a socket, 0 if it cannot be told.
func socketInode(conn *net.UDPConn) (inode uint64) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	err = raw.Control(func(fd uintptr) {
		var stat syscall.Stat_t
		if syscall.Fstat(int(fd), &stat) == nil {
			inode = stat.Ino
		}
	})
	if err != nil {
		return 0
	}
	return inode
}

// receiveBuffer is the size of the socket's buffer as the application counts it: the
// system doubles the number for its own needs.
func receiveBuffer(conn *net.UDPConn) (size int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	err = raw.Control(func(fd uintptr) {
		if n, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF); err == nil {
			size = n / 2
		}
	})
	if err != nil {
		return 0
	}
	return size
}

// kernelDrops is how many datagrams the system dropped because the socket's buffer was full: the
// last column of /proc/net/udp.
func kernelDrops(proc string, inode uint64) int64 {
	if inode == 0 {
		return 0
	}
	number := strconv.FormatUint(inode, 10)
	for _, table := range []string{"net/udp", "net/udp6"} {
		if drops, found := dropsIn(filepath.Join(proc, table), number); found {
			return drops
		}
	}
	return 0
}

func dropsIn(table, inode string) (drops int64, found bool) {
	file, err := os.Open(table)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
		f := strings.Fields(lines.Text())
		if len(f) > 12 && f[9] == inode {
			drops, err := strconv.ParseInt(f[12], 10, 64)
			return drops, err == nil
		}
	}
	return 0, false
}
