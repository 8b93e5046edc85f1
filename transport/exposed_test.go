package transport

import (
	"errors"
	"testing"

	"github.com/oriel-io/oriel/config"
)

func TestExposed(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]bool{
		"0.0.0.0:4317": true, ":4317": true, "[::]:4317": true, "10.0.0.1:4317": true, "gateway:4317": true,
		"127.0.0.1:4317": false, "127.0.0.9:4317": false, "localhost:4317": false, "[::1]:4317": false, "nowhere": false, "": false,
	} {
		for _, server := range []config.Validator{&GRPCConfig{Endpoint: endpoint}, &HTTPConfig{Endpoint: endpoint}} {
			if got := noted(server.Validate()); got != want {
				t.Errorf("%q: noted %v, want %v", endpoint, got, want)
			}
		}
		tls := &TLSServerConfig{}
		for _, server := range []config.Validator{&GRPCConfig{Endpoint: endpoint, TLS: tls}, &HTTPConfig{Endpoint: endpoint, TLS: tls}} {
			if noted(server.Validate()) {
				t.Errorf("%q is noted, with TLS", endpoint)
			}
		}
	}
}

func noted(err error) bool {
	p, ok := errors.AsType[*config.Problem](err)
	return ok && p.Note
}
