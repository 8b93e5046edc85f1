package app

import (
	"log/slog"

	storeexporter "github.com/oriel-io/oriel/exporter/store"
	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/block"
)

// openEngine opens the embedded store.
func openEngine(directory string, cfg storeexporter.Config, log *slog.Logger) (store.Engine, error) {
	engine, err := block.Open(block.Options{Dir: directory, RetentionAge: cfg.RetentionTime, RetentionBytes: cfg.RetentionBytes, Logger: log})
	if err != nil {
		return nil, err
	}
	return engine, nil
}
