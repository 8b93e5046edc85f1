package ui

import (
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/oriel-io/oriel/store"
)

// Options are what the handler stands on.
type Options struct {
	Reader store.Reader
	Status StatusSource     // nil: nothing is known of the process
	Files  fs.FS            // the built UI; without an index.html a page says how to build it
	Log    *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now

	// Budget is the longest that one answer may take; what a store has found
	// by then is answered as incomplete. Default 20s.
	Budget time.Duration
	// Hosts are names, beside loopback ones, under which a listener on loopback
	// is asked for: those of a reverse proxy on the same machine.
	Hosts []string
}

// StatusSource tells what the process does beside its store. Methods are
// called concurrently, up to once a second for each open page.
type StatusSource interface {
	// Live fills everything of Status but NowMs and Store.
	Live() Status
	// Drops is the drop ledger, most items first.
	Drops() []Drop
}

// server answers requests; it is immutable but for the trees that it remembers.
type server struct {
	Options
	trees   *treeCache
	streams chan struct{} // one slot for each open stream
}

// maxStreams bounds the open status streams.
const maxStreams = 200

// New makes the handler of /api/v1 and of the UI's files. It may stand below a
// prefix that a proxy strips: all addresses in the files are relative.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Budget <= 0 {
		o.Budget = 20 * time.Second
	}
	s := &server{Options: o, trees: newTreeCache(), streams: make(chan struct{}, maxStreams)}
	mux := http.NewServeMux()
	for path, answer := range map[string]answerer{
		"/api/v1/status":            s.status,
		"/api/v1/timeline":          s.timeline,
		"/api/v1/map":               s.serviceMap,
		"/api/v1/traces":            s.traces,
		"/api/v1/traces/heatmap":    s.heatmap,
		"/api/v1/traces/{id}":       s.trace,
		"/api/v1/traces/{id}/spans": s.spans,
		"/api/v1/traces/{id}/logs":  s.traceLogs,
		"/api/v1/logs":              s.logs,
		"/api/v1/services":          s.services,
		"/api/v1/operations":        s.operations,
		"/api/v1/fields":            s.fields,
		"/api/v1/values":            s.values,
		"/api/v1/drops":             s.drops,
	} {
		mux.Handle(path, s.json(answer))
	}
	mux.Handle("/api/v1/status/stream", http.HandlerFunc(s.stream))
	mux.Handle("/api/", s.json(func(*request) (any, error) {
		return nil, &Problem{Title: "There is no such address", Status: http.StatusNotFound, Detail: "The API's addresses are listed in docs/reference/api-ui.md."}
	}))
	mux.Handle("/", newFiles(o.Files, o.Log))
	return s.guard(mux)
}

// guard refuses what no page of ours asks, and sets the headers of all answers.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !s.hostAllowed(r) {
			writeProblem(w, &Problem{Title: "This host name is not served here", Status: http.StatusMisdirectedRequest,
				Detail: "The request for host " + quote(r.Host) + " came to a loopback address. Ask for localhost, or add the name to the hosts that are allowed."})
			return
		}
		next.ServeHTTP(w, r)
	})
}
