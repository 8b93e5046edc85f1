package selfmon

import (
	"encoding/json"
	"net/http"
	"time"
)

// ProbeRoutes are /livez and /readyz. /livez says that the process answers at all: an orchestrator
// restarts it otherwise. /readyz says whether it should be sent requests, and with ?verbose how each part is.
func ProbeRoutes(health func() *Health) map[string]http.Handler {
	return map[string]http.Handler{
		"GET /livez": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("ok\n"))
		}),
		"GET /readyz": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ready(w, r, health().State()) }),
	}
}

// readiness is the body of /readyz?verbose.
type readiness struct {
	Status     string          `json:"status"` // ready, not ready
	Reason     string          `json:"reason,omitempty"`
	Since      time.Time       `json:"since"`
	Components []partReadiness `json:"components"`
}

type partReadiness struct {
	Name   string    `json:"name"`
	Status Condition `json:"status"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
}

func ready(w http.ResponseWriter, r *http.Request, state HealthState) {
	status, text := http.StatusOK, "ready"
	if !state.Ready {
		status, text = http.StatusServiceUnavailable, "not ready"
	}
	w.Header().Set("Cache-Control", "no-store")
	if !r.URL.Query().Has("verbose") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		if state.Why != "" {
			text += ": " + state.Why
		}
		_, _ = w.Write([]byte(text + "\n"))
		return
	}
	body := readiness{Status: text, Reason: state.Why, Since: state.Since, Components: []partReadiness{}}
	for _, p := range state.Parts {
		body.Components = append(body.Components, partReadiness{p.Name, p.Condition, p.Reason, p.Since})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the asker is gone if this fails
}
