package transport

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/oriel-io/oriel/config"
)

// Where a server listens is a place: one text for each socket, so that
// localhost:80 and 127.0.0.1:80 are the same and all wildcards are. "" is a port yet to be chosen.

// placeFor is the place of a configured endpoint.
func placeFor(network, endpoint string) string {
	if network == "unix" {
		return placeOf(&net.UnixAddr{Name: endpoint, Net: network})
	}
	addr, err := net.ResolveTCPAddr("tcp", endpoint)
	if err != nil || addr.Port == 0 {
		return ""
	}
	return placeOf(addr)
}

// placeOf is the place of a socket that listens.
func placeOf(addr net.Addr) string {
	switch addr := addr.(type) {
	case *net.UnixAddr:
		return "unix:" + addr.Name
	case *net.TCPAddr:
		if addr.IP == nil || addr.IP.IsUnspecified() {
			return ":" + strconv.Itoa(addr.Port)
		}
	}
	return addr.String()
}

// validateEndpoint checks the form of an address to listen on; empty is left to the owner's default.
func validateEndpoint(network, endpoint string) error {
	fix := "endpoint: 127.0.0.1:4317"
	switch network {
	case "", "tcp", "tcp4", "tcp6":
	case "unix":
		return nil
	default:
		return &config.Problem{Where: "transport", What: fmt.Sprintf("%q is not supported", network), Fix: "transport: tcp  # or tcp4, tcp6, unix"}
	}
	if endpoint == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		if strings.HasPrefix(endpoint, "/") || strings.HasPrefix(endpoint, "unix:") {
			fix = "endpoint: " + strings.TrimPrefix(strings.TrimPrefix(endpoint, "unix:"), "//") + "\ntransport: unix"
		}
		return &config.Problem{Where: "endpoint", What: fmt.Sprintf("%q is not host:port", endpoint), Fix: fix}
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return &config.Problem{Where: "endpoint", What: fmt.Sprintf("%q has no port from 0 to 65535", endpoint), Fix: fix}
	}
	return nil
}

// validatePermissions checks the mode of a unix socket.
func validatePermissions(network, mode string) error {
	if mode == "" {
		return nil
	}
	fix := `socket_permissions: "0660"`
	if _, err := strconv.ParseUint(mode, 8, 9); err != nil {
		return &config.Problem{Where: "socket_permissions", What: fmt.Sprintf("%q is not a mode of a file", mode), Fix: fix}
	}
	if network != "unix" {
		return &config.Problem{Where: "socket_permissions", What: "only a unix socket has permissions", Fix: "transport: unix"}
	}
	return nil
}

// listen opens a socket and explains why not.
func listen(network, endpoint, permissions string) (net.Listener, error) {
	if endpoint == "" {
		return nil, errors.New("no address is set; want host:port, for example 127.0.0.1:4317")
	}
	if network == "" {
		network = "tcp"
	}
	socket, err := net.Listen(network, endpoint)
	if network == "unix" {
		if isAddrInUse(err) && removeStale(endpoint) {
			socket, err = net.Listen(network, endpoint)
		}
		if err == nil && permissions != "" {
			err = chmod(socket, permissions)
		}
	}
	if err == nil {
		return socket, nil
	}
	if isAddrInUse(err) {
		return nil, inUseError(network, endpoint, err)
	}
	if cause, ok := errors.AsType[*net.OpError](err); ok && cause.Err != nil {
		return nil, cause.Err // the OpError would say "listen tcp" and the address again
	}
	return nil, err
}

// removeStale takes away a socket that a process left behind when it was killed: nobody answers there.
func removeStale(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	probe, err := net.Dial("unix", path)
	if err == nil {
		probe.Close()
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED) && os.Remove(path) == nil
}

func chmod(socket net.Listener, permissions string) error {
	mode, err := strconv.ParseUint(permissions, 8, 9)
	if err == nil {
		err = os.Chmod(socket.Addr().String(), fs.FileMode(mode))
	}
	if err != nil {
		socket.Close()
	}
	return err
}

// duplicate makes a second listener of a socket. The connections that wait at the
// socket, and the file of a unix socket, then outlive the first one.
func duplicate(socket net.Listener) (net.Listener, error) {
	filer, ok := socket.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("a %T cannot be handed over", socket)
	}
	file, err := filer.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	second, err := net.FileListener(file)
	if err != nil {
		return nil, err
	}
	if first, ok := socket.(*net.UnixListener); ok {
		first.SetUnlinkOnClose(false)
		second.(*net.UnixListener).SetUnlinkOnClose(true)
	}
	return second, nil
}

// isClosed is for the errors with which servers end because they were closed.
func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed)
}

// IsLoopback says whether only this machine can reach the address.
func IsLoopback(addr net.Addr) bool {
	switch addr := addr.(type) {
	case *net.UnixAddr:
		return true
	case *net.TCPAddr:
		return addr.IP.IsLoopback()
	case *net.UDPAddr:
		return addr.IP.IsLoopback()
	}
	return false
}
