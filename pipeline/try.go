package pipeline

import (
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
)

// Try builds all components and throws them away: some things are wrong only with a component in its pipelines, as an
// exporter that has no address for the signal it is sent. Nothing is opened. The plan has no problems so far.
func (p *Plan) Try() config.Problems {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	_, err := p.Build(Env{
		Log: log, Servers: transport.NewServers(log), Metrics: selfmon.NewRegistry(), Ledger: NewLedger(), Memory: new(budget.Budget),
		Health: selfmon.NewHealth(), Tracer: selfmon.NewTracer(), Started: time.Now(),
	})
	if err == nil {
		return nil
	}
	for _, part := range p.order {
		if what, found := strings.CutPrefix(err.Error(), part.name()+": "); found {
			return config.Problems{part.block.Key.Problem(part.block.Path(), what, "")}
		}
	}
	return config.Problems{{What: err.Error()}}
}
