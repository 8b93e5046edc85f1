package app

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"

	storeexporter "github.com/oriel-io/oriel/exporter/store"
	"github.com/oriel-io/oriel/store"
)

// stores opens engines for store exporters, one a folder, and closes them after the pipeline.
type stores struct {
	data string // --data
	log  *slog.Logger

	mu     sync.Mutex // guards the rest
	opened []openedStore
}

type openedStore struct {
	directory string
	cfg       storeexporter.Config
	engine    store.Engine
}

// open is the storeexporter.Opener.
func (s *stores) open(cfg storeexporter.Config) (store.Writer, error) {
	if cfg.Directory == "" {
		cfg.Directory = s.data
	}
	directory, err := filepath.Abs(cfg.Directory)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.opened {
		if o.directory == directory {
			return o.engine, nil
		}
	}
	engine, err := openEngine(directory, cfg, s.log.With("component", "store"))
	if err != nil {
		return nil, err
	}
	s.opened = append(s.opened, openedStore{directory, cfg, engine})
	return engine, nil
}

// main is the engine that questions are asked of, nil without a store exporter.
func (s *stores) main() *openedStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.opened) == 0 {
		return nil
	}
	return &s.opened[0]
}

func (s *stores) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, o := range s.opened {
		errs = append(errs, o.engine.Close())
	}
	s.opened = nil
	return errors.Join(errs...)
}
