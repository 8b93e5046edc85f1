// Package pprof serves Go's profiles over HTTP, for finding out where time and
// memory go.
package pprof

import (
	"context"
	"net/http"
	"net/http/pprof"
	"runtime"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
)

// Config is the `pprof:` block, with upstream's keys.
type Config struct {
	// Address to listen on. Profiles show much of what is in memory, so loopback only by default.
	Endpoint string `yaml:"endpoint"`
	// One in how many blocking events is recorded. 0: none.
	BlockProfileFraction int `yaml:"block_profile_fraction"`
	// One in how many contended locks is recorded. 0: none.
	MutexProfileFraction int `yaml:"mutex_profile_fraction"`
}

// Factory is listed in components/components.go.
var Factory = component.ExtensionFactory[Config]{
	Type:    "pprof",
	Summary: "Serves Go profiles over HTTP.",
	Default: func() Config { return Config{Endpoint: "127.0.0.1:1777"} },
	New: func(cfg Config, set component.Settings) (component.Component, error) {
		return &extension{cfg: cfg, owner: "extensions." + set.ID.String(), servers: set.Servers}, nil
	},
}

type extension struct {
	cfg      Config
	owner    string
	servers  *transport.Servers
	listener *transport.Listener
}

// Start listens.
func (e *extension) Start(context.Context) error {
	if e.cfg.BlockProfileFraction > 0 {
		runtime.SetBlockProfileRate(e.cfg.BlockProfileFraction)
	}
	if e.cfg.MutexProfileFraction > 0 {
		runtime.SetMutexProfileFraction(e.cfg.MutexProfileFraction)
	}
	l, err := e.servers.ListenHTTP(e.owner, transport.HTTPConfig{Endpoint: e.cfg.Endpoint}, map[string]http.Handler{
		"/debug/pprof/":        http.HandlerFunc(pprof.Index),
		"/debug/pprof/cmdline": http.HandlerFunc(pprof.Cmdline),
		"/debug/pprof/profile": http.HandlerFunc(pprof.Profile),
		"/debug/pprof/symbol":  http.HandlerFunc(pprof.Symbol),
		"/debug/pprof/trace":   http.HandlerFunc(pprof.Trace),
	})
	if err != nil {
		return err
	}
	e.listener = l.Named("profiles")
	return nil
}

// Shutdown stops listening.
func (e *extension) Shutdown(ctx context.Context) error {
	if e.listener == nil {
		return nil
	}
	return e.listener.Close(ctx)
}
