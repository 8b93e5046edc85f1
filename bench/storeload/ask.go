package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// latencies print as median and 99th percentile in milliseconds.
type latencies []time.Duration

func (l latencies) String() string {
	if len(l) == 0 {
		return "-"
	}
	sorted := slices.Sorted(slices.Values(l))
	at := func(q float64) float64 {
		return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]) / float64(time.Millisecond)
	}
	return fmt.Sprintf("%.1f / %.1f", at(0.5), at(0.99))
}

// question is one kind of request, with what its answer must show.
type question struct {
	name string
	url  func(round int) string
	// found says whether the answer holds what was asked for.
	found func(body []byte) bool
	times int
}

// ask puts all questions and prints a row for each.
func ask(ctx context.Context, o options, known sample, row func(what, format string, args ...any)) error {
	if err := askStatus(ctx, o, row); err != nil {
		return err
	}
	for _, q := range questions(o, known) {
		var took latencies
		misses := 0
		for i := range q.times {
			began := time.Now()
			body, err := get(ctx, q.url(i))
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			took = append(took, time.Since(began))
			if !q.found(body) {
				misses++
			}
		}
		row(q.name+", p50 / p99 ms", "%s%s", took, missed(misses, q.times))
	}
	if o.pid > 0 {
		u, err := usage(o.pid)
		if err != nil {
			return err
		}
		row("RSS after the questions / peak MiB", "%d / %d", u.rss>>20, u.peak>>20)
	}
	return nil
}

func missed(misses, times int) string {
	if misses == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d answers without what was asked for)", misses, times)
}

func askStatus(ctx context.Context, o options, row func(what, format string, args ...any)) error {
	body, err := get(ctx, "http://"+o.api+"/api/v1/status")
	if err != nil {
		return err
	}
	var status struct{ Store struct{ Spans, Bytes int64 } }
	if err := json.Unmarshal(body, &status); err != nil {
		return err
	}
	row("spans kept", "%d", status.Store.Spans)
	if o.data != "" {
		size, err := folderBytes(o.data)
		if err != nil {
			return err
		}
		row("bytes a span, whole folder", "%.1f", float64(size)/float64(status.Store.Spans))
	}
	return nil
}

func questions(o options, known sample) (list []question) {
	api, zipkin := "http://"+o.api+"/api/v1", "http://"+o.zipkin+"/api/v2"
	search := func(name, query string) question {
		return question{name, func(int) string { return api + "/traces?limit=20&" + query }, hasTraces, o.rounds}
	}
	if len(known.traces) > 0 {
		pick := func(int) string { return known.traces[rand.IntN(len(known.traces))] }
		list = append(list, question{"trace by id", func(i int) string { return api + "/traces/" + pick(i) }, hasSpans, 25 * o.rounds})
		if o.zipkin != "" {
			list = append(list, question{"trace by id, Zipkin API", func(i int) string { return zipkin + "/trace/" + pick(i) }, isLongList, 25 * o.rounds})
		}
		list = append(list, question{"attribute " + requestIDKey + " = one trace's", func(int) string {
			return api + "/traces?limit=20&attr=" + url.QueryEscape(requestIDKey+"="+known.requests[rand.IntN(len(known.requests))])
		}, hasTraces, o.rounds})
	}
	return append(list,
		search("service and duration, newest", "service=reviews&minDuration=200ms"),
		search("service and duration, slowest", "service=reviews&minDuration=200ms&sort=slowest"),
		search("attribute http.status_code = 503", "attr=http.status_code%3D503"),
		search("attribute istio.canonical_revision = v2 and fault", "status=fault&attr=istio.canonical_revision%3Dv2"),
		question{"attribute peer.address that is nowhere", func(int) string { return api + "/traces?attr=peer.address%3D10.9.9.9" }, func(b []byte) bool { return !hasTraces(b) }, o.rounds},
		question{"map of 1 h", func(int) string { return api + "/map" }, hasNodes, o.rounds},
		question{"heat map of 1 h", func(int) string { return api + "/traces/heatmap?service=reviews" }, hasCells, o.rounds},
	)
}

// The shapes of answers, as far as they show that something was found.

func hasTraces(body []byte) bool {
	var a struct{ Traces []json.RawMessage }
	return json.Unmarshal(body, &a) == nil && len(a.Traces) > 0
}

func hasSpans(body []byte) bool {
	var a struct{ Spans int }
	return json.Unmarshal(body, &a) == nil && a.Spans > 0
}

func isLongList(body []byte) bool {
	var a []json.RawMessage
	return json.Unmarshal(body, &a) == nil && len(a) > 0
}

func hasNodes(body []byte) bool {
	var a struct{ Nodes []json.RawMessage }
	return json.Unmarshal(body, &a) == nil && len(a.Nodes) >= len(services)
}

func hasCells(body []byte) bool {
	var a struct{ Cells []json.RawMessage }
	return json.Unmarshal(body, &a) == nil && len(a.Cells) > 0
}

func get(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.200s", address, answer.Status, body)
	}
	return body, err
}
