package resourcedetection

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
)

// hostNames are the ways to the name of the host, by what the configuration calls them.
var hostNames = map[string]func(context.Context) (string, error){
	"os":     func(context.Context) (string, error) { return os.Hostname() },
	"dns":    fullName,
	"cname":  canonicalName,
	"lookup": addressName,
}

// fullName is the name with its domain, as `hostname -f` finds it: from /etc/hosts, or else from DNS.
func fullName(ctx context.Context) (string, error) {
	name, err := os.Hostname()
	if err != nil {
		return "", err
	}
	if file, err := os.Open("/etc/hosts"); err == nil {
		defer file.Close()
		if full := hostsName(file, name); full != "" {
			return full, nil
		}
	}
	if full, err := net.DefaultResolver.LookupCNAME(ctx, name); err == nil && full != "" {
		return strings.TrimSuffix(full, "."), nil
	}
	return addressName(ctx)
}

// hostsName is the first name of the line that has the name: address canonical alias...
func hostsName(hosts io.Reader, name string) string {
	lines := bufio.NewScanner(hosts)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if fields := strings.Fields(line); len(fields) > 1 && slices.Contains(fields[1:], name) {
			return fields[1]
		}
	}
	return ""
}

func canonicalName(ctx context.Context) (string, error) {
	name, err := os.Hostname()
	if err != nil {
		return "", err
	}
	full, err := net.DefaultResolver.LookupCNAME(ctx, name)
	return strings.TrimRight(full, "."), err
}

// addressName is the name that DNS has for an address of the host.
func addressName(ctx context.Context) (string, error) {
	name, err := os.Hostname()
	if err != nil {
		return "", err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		return "", err
	}
	err = errors.New("the host has no address")
	for _, address := range addresses {
		var names []string
		if names, err = net.DefaultResolver.LookupAddr(ctx, address); err == nil && len(names) > 0 {
			return strings.TrimRight(names[0], "."), nil
		}
	}
	return "", err
}
