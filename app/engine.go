package app

import (
	"errors"
	"log/slog"

	storeexporter "github.com/oriel-io/oriel/exporter/store"
	"github.com/oriel-io/oriel/store"
)

func openEngine(directory string, cfg storeexporter.Config, log *slog.Logger) (store.Engine, error) {
	return nil, errors.New("later")
}
