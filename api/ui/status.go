package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// status answers with the state of the process and its store.
func (s *server) status(r *request) (any, error) {
	if err := r.unknown(); err != nil {
		return nil, err
	}
	return s.statusNow(), nil
}

func (s *server) statusNow() *Status {
	status := Status{}
	if s.Status != nil {
		status = s.Status.Live()
	}
	if status.Listeners == nil {
		status.Listeners = []ListenerStatus{}
	}
	if status.Received == nil {
		status.Received = []SignalStatus{}
	}
	status.NowMs = s.Now().UnixMilli()
	u := s.Reader.Usage()
	status.Store = StoreStatus{
		Spans: u.Spans, Logs: u.Logs, Bytes: u.Bytes,
		OldestMs: u.Oldest / 1e6, NewestMs: u.Newest / 1e6,
		Quarantined:    u.Quarantined,
		RetentionBytes: u.RetentionBytes, RetentionMs: u.RetentionNanos / 1e6,
		Error: u.Err,
	}
	return &status
}

// stream sends the status at once and then once a second, until the client leaves.
func (s *server) stream(w http.ResponseWriter, r *http.Request) {
	q := &request{Request: r, params: params{values: r.URL.Query()}}
	if err := q.unknown(); err != nil {
		s.writeError(w, r, err)
		return
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		writeProblem(w, &Problem{Title: "Too many pages watch already", Status: http.StatusServiceUnavailable,
			Detail: fmt.Sprintf("%d status streams are open. Close some pages, or ask for /api/v1/status instead.", maxStreams)})
		return
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a server's deadline is for answers that end
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold it back
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		data, err := json.Marshal(s.statusNow())
		if err == nil {
			_, err = fmt.Fprintf(w, "data: %s\n\n", data)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// drops answers with the drop ledger.
func (s *server) drops(r *request) (any, error) {
	if err := r.unknown(); err != nil {
		return nil, err
	}
	list := &DropList{Drops: []Drop{}}
	if s.Status != nil {
		list.Drops = append(list.Drops, s.Status.Drops()...)
	}
	for i := range list.Drops {
		if list.Drops[i].Samples == nil {
			list.Drops[i].Samples = []string{}
		}
	}
	return list, nil
}
