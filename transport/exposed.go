package transport

import (
	"net"
	"net/netip"

	"github.com/oriel-io/oriel/config"
)

// exposed notes a server that everybody who reaches this machine can talk to, in the clear.
func exposed(network, endpoint string, tls *TLSServerConfig) error {
	if tls != nil || network == "unix" || isLoopback(endpoint) {
		return nil
	}
	return &config.Problem{
		Where: "endpoint", Note: true,
		What: endpoint + " is reached from other machines, without TLS: anybody there can use it, and what is sent can be read",
		Fix:  "tls: {cert_file: server.pem, key_file: server.key, client_ca_file: clients.pem}\nor an address of this machine alone: endpoint: 127.0.0.1:" + portOf(endpoint),
	}
}

// isLoopback says of a host:port that only this machine reaches it. What has another form is told elsewhere.
func isLoopback(endpoint string) bool {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil || host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func portOf(endpoint string) string {
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return "0"
	}
	return port
}
