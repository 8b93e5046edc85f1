package healthcheck

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
)

type extension struct {
	cfg      Config
	owner    string
	servers  *transport.Servers
	health   *selfmon.Health
	listener *transport.Listener
}

func newExtension(cfg Config, set component.Settings) (component.Component, error) {
	return &extension{cfg: cfg, owner: "extensions." + set.ID.String(), servers: set.Servers, health: set.Process.Health}, nil
}

// Start listens: as an extension before receivers and exporters do, so that "not yet" is an answer.
func (e *extension) Start(context.Context) error {
	routes := selfmon.ProbeRoutes(func() *selfmon.Health { return e.health })
	for _, own := range []string{"/livez", "/readyz"} {
		if e.cfg.Path == own { // the configuration wins
			delete(routes, "GET "+own)
		}
	}
	path := e.cfg.Path
	if path != "/" && path[len(path)-1] == '/' {
		path += "{$}"
	}
	routes[path] = http.HandlerFunc(e.answer)
	l, err := e.servers.ListenHTTP(e.owner, e.cfg.HTTPConfig, routes)
	if err != nil {
		return err
	}
	e.listener = l.Named("health checks")
	return nil
}

// Shutdown stops listening; extensions are the last to be shut down.
func (e *extension) Shutdown(ctx context.Context) error {
	if e.listener == nil {
		return nil
	}
	return e.listener.Close(ctx)
}

// body is upstream's.
type body struct {
	Status  string    `json:"status"`
	UpSince time.Time `json:"upSince"`
	Uptime  string    `json:"uptime"`
}

func (e *extension) answer(w http.ResponseWriter, _ *http.Request) {
	state := e.health.State()
	status, answer := http.StatusServiceUnavailable, body{Status: "Server not available"}
	if state.Ready {
		status, answer = http.StatusOK, body{"Server available", state.Since, time.Since(state.Since).String()}
	}
	if texts := e.cfg.ResponseBody; texts != nil {
		text := texts.Unhealthy
		if state.Ready {
			text = texts.Healthy
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // a time and two texts
	}
	_, _ = w.Write(text)
}
