package zpages

import (
	"context"
	"embed"
	"expvar"
	"html/template"
	"net/http"
	"runtime"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/transport"
)

//go:embed pages.html style.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"ago": ago}).ParseFS(files, "pages.html"))

func ago(t time.Time) string { return time.Since(t).Round(time.Second).String() }

type extension struct {
	cfg      Config
	owner    string
	servers  *transport.Servers
	process  *component.Process
	listener *transport.Listener
}

func newExtension(cfg Config, set component.Settings) (component.Component, error) {
	return &extension{cfg: cfg, owner: "extensions." + set.ID.String(), servers: set.Servers, process: set.Process}, nil
}

// Start listens.
func (e *extension) Start(context.Context) error {
	routes := map[string]http.Handler{
		"GET /debug/{$}":        e.page("index", func(*http.Request) any { return nil }),
		"GET /debug/servicez":   e.page("servicez", func(*http.Request) any { return e.service() }),
		"GET /debug/pipelinez":  e.page("pipelinez", func(*http.Request) any { return e.pipelines() }),
		"GET /debug/extensionz": e.page("extensionz", func(*http.Request) any { return e.process.Extensions }),
		"GET /debug/featurez":   e.page("featurez", func(*http.Request) any { return nil }),
		"GET /debug/tracez":     e.page("tracez", e.traces),
		"GET /debug/style.css":  http.HandlerFunc(style),
	}
	if e.cfg.Expvar.Enabled {
		routes["GET /debug/expvarz"] = expvar.Handler()
	}
	l, err := e.servers.ListenHTTP(e.owner, e.cfg.HTTPConfig, routes)
	if err != nil {
		return err
	}
	e.listener = l.Named("zpages")
	e.process.Tracer.Keep(true)
	return nil
}

// Shutdown stops listening.
func (e *extension) Shutdown(ctx context.Context) error {
	if e.listener == nil {
		return nil
	}
	e.process.Tracer.Keep(false)
	return e.listener.Close(ctx)
}

// page shows a template of pages.html. There are no scripts, and the browser is told to run none.
func (e *extension) page(name string, data func(*http.Request) any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		// The browser is gone if this fails: the templates are tested.
		_ = pages.ExecuteTemplate(w, name, data(r))
	})
}

func style(w http.ResponseWriter, _ *http.Request) {
	text, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // it is compiled in
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(text)
}

// property is a row of a table.
type property struct{ Name, Value string }

func (e *extension) service() []property {
	state := e.process.Health.State()
	status := "ready"
	if !state.Ready {
		status = "not ready: " + state.Why
	}
	return []property{
		{"Status", status},
		{"Version", e.process.Version},
		{"Go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"Started", e.process.Started.Format(time.RFC3339)},
		{"Uptime", ago(e.process.Started)},
	}
}

// pipelineView is a pipeline whose components carry their condition.
type pipelineView struct {
	component.PipelineInfo
	Parts map[string]selfmon.PartState // by full name
}

// Of is the condition of a component, of the first of the kinds that there is.
func (v pipelineView) Of(id string, kinds ...string) selfmon.PartState {
	for _, kind := range kinds {
		if part, ok := v.Parts[kind+"."+id]; ok {
			return part
		}
	}
	return selfmon.PartState{}
}

func (e *extension) pipelines() (out []pipelineView) {
	parts := map[string]selfmon.PartState{}
	for _, part := range e.process.Health.State().Parts {
		parts[part.Name] = part
	}
	for _, pipeline := range e.process.Pipelines {
		out = append(out, pipelineView{pipeline, parts})
	}
	return out
}
