// Package pprof serves Go's profiles over HTTP, for finding out where time and
// memory go.
package pprof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	profile "runtime/pprof"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
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
	// File for a CPU profile from the start of the process to its end.
	SaveToFile string `yaml:"save_to_file"`

	Dialer config.Ignored `yaml:"dialer"` // a part of all of upstream's addresses; it has no meaning for a server
}

// Factory is listed in components/components.go.
var Factory = component.ExtensionFactory[Config]{
	Type:    "pprof",
	Summary: "Serves Go profiles over HTTP.",
	Default: func() Config { return Config{Endpoint: "localhost:1777"} },
	New: func(cfg Config, set component.Settings) (component.Component, error) {
		return &extension{cfg: cfg, owner: "extensions." + set.ID.String(), servers: set.Servers}, nil
	},
}

type extension struct {
	cfg      Config
	owner    string
	servers  *transport.Servers
	listener *transport.Listener
	profile  *os.File // nil without save_to_file
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
	if e.cfg.SaveToFile == "" {
		return nil
	}
	return e.record()
}

// record begins the CPU profile.
func (e *extension) record() error {
	file, err := os.Create(e.cfg.SaveToFile)
	if err != nil {
		return fmt.Errorf("save_to_file: %w", err)
	}
	if err := profile.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("save_to_file: %w", err), file.Close())
	}
	e.profile = file
	return nil
}

// Shutdown stops listening, and ends the CPU profile.
func (e *extension) Shutdown(ctx context.Context) error {
	var err error
	if e.profile != nil {
		profile.StopCPUProfile()
		err = e.profile.Close()
		e.profile = nil
	}
	if e.listener == nil {
		return err
	}
	return errors.Join(err, e.listener.Close(ctx))
}
