//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// The parts of the answers under /api/v1 that the tests look at. They are
// written down here once more on purpose: these tests see only the wire.

type mapAnswer struct {
	Nodes []mapNode
	Edges []mapEdge
}

type mapNode struct {
	ID, Kind, Name, Namespace, System string
	Stats                             stats
	Versions                          []struct {
		Version string
		Stats   stats
	}
}

type mapEdge struct {
	From, To, FromVersion, ToVersion string
	Stats                            stats
}

type stats struct {
	Requests, OK, Error, Throttle, Fault int
	P50, P95                             float64
	SlowTrace                            string
}

type traceList struct {
	Traces []struct {
		TraceID, RootName, RootService, Status string
		DurationNs                             int64
		Spans, Faults                          int
		Partial                                bool
	}
	After string
}

type traceAnswer struct {
	TraceID  string
	Spans    int
	Services []struct{ Name, Version string }
	Names    []string
	Columns  struct {
		Start, Duration, Critical []int64
		Parent, Service, Name     []int
		Kind, Category, Flags     []int
		SpanID                    []string
	}
	Missing, LogCount int
}

type logList struct {
	Logs []struct {
		Severity, Service, Version, Body, TraceID, SpanID string
	}
}

type statusAnswer struct {
	Listeners []struct {
		Name, Protocol, Address string
		Open                    bool
		Items, Refused          int64
	}
	Received []struct {
		Signal string
		Items  int64
	}
	Store struct {
		Spans, Logs, Bytes int64
		Error              string
	}
	Dropped, Refused int64
}

// zipkinSpan is a span of Zipkin's v2 API.
type zipkinSpan struct {
	TraceID, ID, ParentID, Kind, Name string
	Timestamp, Duration               int64
	Shared                            bool
	LocalEndpoint, RemoteEndpoint     struct{ ServiceName string }
	Tags                              map[string]string
}

// Span kinds as in OTLP.
const (
	kindServer = 2
	kindClient = 3
)

// ask gets a path of the API and decodes the JSON.
func (o *oriel) ask(path string, into any) error {
	return getJSON("http://"+o.ui+path, into)
}

func getJSON(address string, into any) error {
	client := http.Client{Timeout: 20 * time.Second}
	answer, err := client.Get(address)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %.300s", address, answer.Status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET %s: %w in %.300s", address, err, body)
	}
	return nil
}

// serviceMap is the map of the last hour.
func (o *oriel) serviceMap() (m mapAnswer, err error) {
	return m, o.ask("/api/v1/map", &m)
}

// traces searches the last hour.
func (o *oriel) traces(query string) (l traceList, err error) {
	return l, o.ask("/api/v1/traces?"+query, &l)
}

func (o *oriel) trace(id string) (tr traceAnswer, err error) {
	return tr, o.ask("/api/v1/traces/"+id, &tr)
}

func (o *oriel) status() (s statusAnswer) {
	o.t.Helper()
	if err := o.ask("/api/v1/status", &s); err != nil {
		o.t.Fatal(err)
	}
	return s
}

// zipkinTraces asks the Zipkin API on its own port.
func (o *oriel) zipkinTraces(query url.Values) (traces [][]zipkinSpan, err error) {
	return traces, getJSON("http://"+o.zipkin+"/api/v2/traces?"+query.Encode(), &traces)
}

// service finds a service's node by its name.
func (m mapAnswer) service(name string) *mapNode {
	for i, n := range m.Nodes {
		if n.Kind == "service" && n.Name == name {
			return &m.Nodes[i]
		}
	}
	return nil
}

// edges are the requests between each two names.
func (m mapAnswer) edges() map[string]int {
	names := map[string]string{}
	for _, n := range m.Nodes {
		names[n.ID] = n.Name
	}
	out := map[string]int{}
	for _, e := range m.Edges {
		out[names[e.From]+" -> "+names[e.To]] += e.Stats.Requests
	}
	return out
}
