package transport

import (
	"fmt"
	"net"
	"strconv"

	"github.com/oriel-io/oriel/config"
)

// validateEndpoint checks the form of an address to listen on; empty is left to the owner's default.
func validateEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return &config.Problem{Where: "endpoint", What: fmt.Sprintf("%q is not host:port", endpoint), Fix: "endpoint: 127.0.0.1:4317"}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &config.Problem{Where: "endpoint", What: fmt.Sprintf("%q has no port from 0 to 65535", endpoint), Fix: "endpoint: 127.0.0.1:4317"}
	}
	return nil
}
