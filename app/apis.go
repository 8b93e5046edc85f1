package app

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/oriel-io/oriel/api/ui"
	"github.com/oriel-io/oriel/api/zipkin"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/web"
)

// apiOwner is the owner of the UI's listener.
const apiOwner = "api"

// serveAPIs serves the UI and the APIs if there is a store to ask. The UI's
// address is not the configuration's, so it stays open when another configuration is loaded.
func (p *process) serveAPIs(r *running) error {
	main := p.stores.main()
	if main == nil || p.options.UI == "off" {
		return nil
	}
	questions := zipkin.Routes(main.engine, version(), p.log.With("component", "api.zipkin"))
	routes := map[string]http.Handler{
		"GET /metrics": selfmon.Handler(p.registry, selfmon.DefaultView(selfmon.LevelNormal, nil)),
		"/":            ui.New(ui.Options{Reader: main.engine, Status: &status{process: p}, Files: web.Files(), Log: p.log.With("component", "api.ui")}),
	}
	maps.Copy(routes, questions)
	maps.Copy(routes, selfmon.ProbeRoutes(func() *selfmon.Health { return p.current.Load().health }))
	if p.ui == nil {
		l, err := p.serve(apiOwner, "UI and APIs", p.options.UI, routes)
		if err != nil {
			return err
		}
		p.ui = l
	}
	for _, s := range p.servers.States() {
		if s.Open && strings.HasPrefix(s.Owner, "receivers.zipkin") {
			// A client of Zipkin asks where it sends. With TLS on that address the receiver stays alone.
			l, err := p.serve("api.zipkin", "Zipkin API", s.Address, questions)
			if err != nil {
				p.log.Warn("the Zipkin query API is only beside the UI", "error", err)
				continue
			}
			r.listeners = append(r.listeners, l)
		}
	}
	return nil
}

// serve opens an address for questions.
func (p *process) serve(owner, name, endpoint string, routes map[string]http.Handler) (*transport.Listener, error) {
	l, err := p.servers.ListenHTTP(owner, transport.HTTPConfig{Endpoint: endpoint}, routes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l.Named(name), nil
}
