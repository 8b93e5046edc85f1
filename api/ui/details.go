package ui

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/internal/loghist"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

const (
	maxDetails = 1000 // spans of one request
	maxPeers   = 10   // of these, those that are set beside their peers
)

// spans answers with all that is known of some spans. Their peers are looked
// for only where few spans are asked for: that is a query each.
func (s *server) spans(r *request) (any, error) {
	id, err := r.traceID()
	if err != nil {
		return nil, err
	}
	list, err := r.text("index")
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	tree := s.trees.get(id, r.now)
	if tree == nil {
		if tree, err = s.readTree(r, id); err != nil {
			return nil, err
		}
	}
	details := SpanDetails{Spans: []SpanDetail{}}
	words := strings.Split(list, ",")
	if len(words) > maxDetails {
		return nil, bad("index", "It names %d spans; at most %d are possible.", len(words), maxDetails)
	}
	for _, word := range words {
		at, err := strconv.Atoi(word)
		if err != nil || at < 0 || at >= len(tree.Spans) {
			return nil, bad("index", "%s is not the index of one of the %d spans.", quote(word), len(tree.Spans))
		}
		d := detail(tree, at)
		if len(words) <= maxPeers && !tree.Spans[at].Missing {
			if d.Peers, err = s.peers(r, tree, at); err != nil {
				return nil, err
			}
		}
		details.Spans = append(details.Spans, d)
	}
	return &details, nil
}

func detail(tree *analysis.Tree, at int) SpanDetail {
	span := &tree.Spans[at]
	d := SpanDetail{
		Index:         at,
		SpanID:        hex.EncodeToString(span.SpanID[:]),
		StartNs:       strconv.FormatInt(span.Begin, 10),
		Scope:         text(span.Scope.Name()),
		StatusCode:    [...]string{"unset", "ok", "error"}[min(span.Status, otlp.StatusError)],
		StatusMessage: text(span.StatusMessage),
		HTTPStatus:    int(span.HTTPStatus),
		TraceState:    text(span.TraceState),
		Attributes:    attributes(span.Message.Attrs()),
		Resource:      attributes(span.Resource.Attrs()),
		Events:        []SpanEvent{},
		Links:         []SpanLink{},
	}
	if !span.ParentID.IsZero() {
		d.ParentID = hex.EncodeToString(span.ParentID[:])
	}
	moved := span.Begin - int64(span.Start)
	for event := range span.Message.Events() {
		d.Events = append(d.Events, SpanEvent{text(event.Name()), strconv.FormatInt(int64(event.Time())+moved, 10), attributes(event.Attrs())})
	}
	for link := range span.Message.Links() {
		trace, id := link.TraceID(), link.SpanID()
		d.Links = append(d.Links, SpanLink{hex.EncodeToString(trace[:]), hex.EncodeToString(id[:]), attributes(link.Attrs())})
	}
	return d
}

// peers counts the durations of spans of the same service, operation and kind
// within an hour: the last one, or for older spans the one around it.
func (s *server) peers(r *request, tree *analysis.Tree, at int) (*Peers, error) {
	span, now := &tree.Spans[at], r.now.UnixNano()
	start := int64(min(span.Start, 1<<62)) // as recorded, for that is what the store goes by
	to := now
	if start < now-int64(time.Hour) {
		to = start + int64(30*time.Minute)
	}
	to = max(to, start+1) // a clock that is ahead
	result, err := s.Reader.Query(r.ctx, plan.Query{
		Table: plan.Spans, From: max(1, to-int64(time.Hour)), To: to,
		Where: plan.And{
			plan.Compare{Field: plan.F(plan.Service), Op: plan.Eq, Value: plan.Str(tree.Services[span.Service].Name)},
			plan.Compare{Field: plan.F(plan.Name), Op: plan.Eq, Value: plan.Str(text(span.Name))},
			plan.Compare{Field: plan.F(plan.Kind), Op: plan.Eq, Value: plan.I(int64(span.Kind))},
		},
		Aggregates: []plan.Aggregate{{Kind: plan.Histogram, Field: plan.F(plan.Duration)}},
		Bounds:     plan.Bounds{Time: remaining(r, s.Budget)},
	})
	if err != nil {
		return nil, err
	}
	h, ok := plan.ParseHistogram(result.Rows[0][0].Str)
	if !ok || h.Count() == 0 {
		return nil, nil
	}
	return &Peers{Count: h.Count(), Percentile: percentile(h, span.Duration), Histogram: histogram(h)}, nil
}

// percentile is the share of durations below nanos, 0 to 100. Those in the
// same bucket count half.
func percentile(h loghist.Hist, nanos int64) float64 {
	own := loghist.Index(uint64(nanos))
	var below float64
	for _, b := range h.Buckets {
		switch {
		case b.Index < own:
			below += float64(b.Count)
		case b.Index == own:
			below += float64(b.Count) / 2
		}
	}
	return below / float64(h.Count()) * 100
}

func attributes(attrs otlp.Attrs) []Attribute {
	list := []Attribute{}
	for key, v := range attrs.All() {
		value, typ := attributeText(v)
		list = append(list, Attribute{text(key), value, typ})
	}
	return list
}

// attributeText is a value as text and the name of its type.
func attributeText(v otlp.Value) (value, typ string) {
	switch v.Kind {
	case otlp.String:
		return text(v.Text()), "string"
	case otlp.Bool:
		return strconv.FormatBool(v.Bool()), "bool"
	case otlp.Int:
		return strconv.FormatInt(v.Int(), 10), "int"
	case otlp.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64), "double"
	case otlp.Bytes:
		return base64.StdEncoding.EncodeToString(v.Raw()), "bytes"
	case otlp.Array, otlp.Map:
		data, err := json.Marshal(plain(v))
		if err != nil {
			return "", "json" // cannot happen: plain makes only what JSON knows
		}
		return string(data), "json"
	}
	return "", "string"
}

// plain makes what encoding/json can write.
func plain(v otlp.Value) any {
	switch v.Kind {
	case otlp.Bool:
		return v.Bool()
	case otlp.Int:
		return v.Int()
	case otlp.Double:
		if d := v.Double(); !math.IsNaN(d) && !math.IsInf(d, 0) {
			return d
		}
	case otlp.Array:
		list := []any{}
		for e := range v.Elements() {
			list = append(list, plain(e))
		}
		return list
	case otlp.Map:
		m := map[string]any{}
		for key, e := range v.Entries().All() {
			m[text(key)] = plain(e)
		}
		return m
	case otlp.Empty:
		return nil
	}
	s, _ := attributeText(v)
	return s
}
