package ui

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Flags of a span in TraceColumns.
const (
	flagProxy   = 1 << iota // a proxy's span
	flagMissing             // stands for a missing parent
	flagEvents
	flagLinks
	flagShared // shares its id with its parent
)

// traceID reads the id in the path: 32 or 16 hex digits, or X-Ray's form 1-8-24.
func (r *request) traceID() (id otlp.TraceID, err error) {
	text := r.PathValue("id")
	digits := text
	if xray, ok := strings.CutPrefix(text, "1-"); ok {
		if a, b, ok := strings.Cut(xray, "-"); ok && len(a) == 8 && len(b) == 24 {
			digits = a + b
		}
	}
	if len(digits) == 16 {
		digits = strings.Repeat("0", 16) + digits
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != len(id) {
		return id, bad("id", "%s is not a trace id: 32 or 16 hex digits, or 1-8-24 digits.", quote(text))
	}
	return otlp.TraceID(raw), nil
}

func isInvalid(err error) bool { return errors.Is(err, plan.ErrInvalid) }

// trace answers with one trace in columns.
func (s *server) trace(r *request) (any, error) {
	id, err := r.traceID()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	tree, err := s.readTree(r, id)
	if err != nil {
		return nil, err
	}
	logs, err := s.Reader.Query(r.ctx, plan.Query{Table: plan.Logs, Where: isTrace(id), Aggregates: []plan.Aggregate{{Kind: plan.Count}},
		Bounds: plan.Bounds{Time: remaining(r, s.Budget)}})
	if err != nil {
		return nil, err
	}
	t := traceColumns(tree)
	t.TraceID = hex.EncodeToString(id[:])
	t.LogCount = int(logs.Rows[0][0].Int)
	return t, nil
}

func isTrace(id otlp.TraceID) plan.Expr {
	return plan.Compare{Field: plan.F(plan.TraceID), Op: plan.Eq, Value: plan.Raw(id[:])}
}

// readTree reads a trace and remembers its tree for the questions about its spans that follow.
func (s *server) readTree(r *request, id otlp.TraceID) (*analysis.Tree, error) {
	batch, err := s.Reader.Trace(r.ctx, id)
	if err != nil {
		return nil, err
	}
	if batch == nil {
		return nil, &Problem{Title: "There is no such trace", Status: http.StatusNotFound,
			Detail: "No span of trace " + hex.EncodeToString(id[:]) + " is stored. It may not have arrived yet, or retention has deleted it."}
	}
	tree := analysis.BuildTree(batch)
	s.trees.put(id, tree, r.now)
	return tree, nil
}

func traceColumns(tree *analysis.Tree) *Trace {
	n := len(tree.Spans)
	t := &Trace{
		StartNs:    strconv.FormatInt(tree.Start, 10),
		DurationNs: tree.End - tree.Start,
		Spans:      n,
		Services:   make([]TraceService, len(tree.Services)),
		Names:      []string{},
		Missing:    tree.Missing,
		Columns: TraceColumns{
			Start: make([]int64, n), Duration: make([]int64, n), Self: make([]int64, n),
			Parent: make([]int32, n), End: make([]int32, n), Depth: make([]int32, n),
			Service: make([]int32, n), Name: make([]int32, n), Kind: make([]int8, n), Category: make([]int8, n),
			Flags: make([]int8, n), Critical: make([]int64, 0, 3*len(tree.Critical)), SpanID: make([]string, n), Events: []int64{},
		},
	}
	for i, service := range tree.Services {
		t.Services[i] = TraceService{serviceName(service.Name), service.Version}
	}
	for _, skew := range tree.Skews {
		t.SkewNs = append(t.SkewNs, SkewNote{int(skew.Service), skew.Moved})
	}
	names := map[string]int32{}
	c := &t.Columns
	for i := range tree.Spans {
		span := &tree.Spans[i]
		name, ok := names[string(span.Name)]
		if !ok {
			name = int32(len(t.Names))
			names[string(span.Name)] = name
			t.Names = append(t.Names, text(span.Name))
		}
		c.Start[i], c.Duration[i], c.Self[i] = span.Begin-tree.Start, span.Duration, span.Self
		c.Parent[i], c.End[i], c.Depth[i] = span.Parent, span.End, span.Depth
		c.Service[i], c.Name[i] = span.Service, name
		c.Kind[i], c.Category[i] = int8(min(span.Kind, otlp.KindConsumer)), int8(span.Category)
		c.SpanID[i] = hex.EncodeToString(span.SpanID[:])
		c.Flags[i] = flags(span)
		moved := span.Begin - int64(span.Start)
		for event := range span.Message.Events() {
			c.Events = append(c.Events, int64(i), int64(event.Time())+moved-tree.Start)
			c.Flags[i] |= flagEvents
		}
	}
	for _, s := range tree.Critical {
		c.Critical = append(c.Critical, int64(s.Span), s.From-tree.Start, s.To-tree.Start)
	}
	return t
}

func flags(span *analysis.Span) (f int8) {
	if span.Proxy {
		f |= flagProxy
	}
	if span.Missing {
		f |= flagMissing
	}
	if span.Shared {
		f |= flagShared
	}
	for range span.Message.Links() {
		return f | flagLinks
	}
	return f
}

// text is valid UTF-8, as JSON asks for.
func text(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
