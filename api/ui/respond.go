package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"

	"github.com/oriel-io/oriel/store/plan"
)

// Error makes a Problem an error.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// request is one question with its parameters and its time budget.
type request struct {
	*http.Request
	params
	ctx   context.Context
	now   time.Time
	began time.Time
}

// answerer makes the value that is sent as JSON.
type answerer func(r *request) (any, error)

// json answers with JSON: problems for errors, 304 for what the client has, gzip for what is large.
func (s *server) json(answer answerer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, &Problem{Title: "Only GET is possible here", Status: http.StatusMethodNotAllowed})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.Budget+s.Budget/4)
		defer cancel()
		q := &request{Request: r, params: params{values: r.URL.Query()}, ctx: ctx, now: s.Now(), began: time.Now()}
		body, err := answer(q)
		if err == nil {
			err = q.unknown()
		}
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		data, err := json.Marshal(body)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		writeJSON(w, r, append(data, '\n'))
	})
}

// gzipFrom is the size from which an answer is compressed: below, it fits one packet anyway.
const gzipFrom = 1400

func writeJSON(w http.ResponseWriter, r *http.Request, data []byte) {
	h := w.Header()
	etag := fmt.Sprintf(`W/"%x"`, xxhash.Sum64(data))
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache") // keep it, but ask
	h.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	if len(data) < gzipFrom || !accepts(r, "gzip") {
		h.Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data) // the client may be gone
		return
	}
	h.Set("Content-Encoding", "gzip")
	if r.Method == http.MethodHead {
		return
	}
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = zip.Write(data)
	_ = zip.Close()
}

// matches says whether an If-None-Match header names the tag.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// accepts says whether the client takes an encoding.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == encoding {
			quality = strings.ReplaceAll(quality, " ", "")
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

// writeError finds the problem that an error is.
func (s *server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var problem *Problem
	switch {
	case errors.As(err, &problem):
	case r.Context().Err() != nil:
		return // nobody listens any more
	case errors.Is(err, context.DeadlineExceeded):
		problem = &Problem{Title: "The answer took too long", Status: http.StatusGatewayTimeout,
			Detail: fmt.Sprintf("It was given %s. Narrow the time range or the filter.", s.Budget)}
	case errors.Is(err, plan.ErrTooLarge):
		problem = &Problem{Title: "The answer is too large", Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	case errors.Is(err, plan.ErrInvalid):
		problem = &Problem{Title: "The store cannot answer this", Status: http.StatusBadRequest, Detail: err.Error()}
	default:
		s.Log.Error("answer a question of the UI", "path", r.URL.Path, "error", err)
		problem = &Problem{Title: "The store failed", Status: http.StatusInternalServerError, Detail: err.Error()}
	}
	writeProblem(w, problem)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(data, '\n'))
}
