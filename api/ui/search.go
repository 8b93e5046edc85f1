package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// unknownService is how a service without a name is called in answers and searches.
const unknownService = "unknown_service"

func serviceName(name string) string {
	if name == "" {
		return unknownService
	}
	return name
}

// search is what spans are looked for by.
type search struct {
	window
	where  plan.And
	caller string // service whose client spans must be the parents; empty: any
}

// search reads the parameters of a search. All of them must hold.
func (r *request) search() (s search, err error) {
	if s.window, err = r.window(); err != nil {
		return s, err
	}
	texts := map[string]func(string) (plan.Expr, error){
		"service": func(v string) (plan.Expr, error) { return isService(v), nil },
		"version": func(v string) (plan.Expr, error) { return isVersion(v), nil },
		"operation": func(v string) (plan.Expr, error) {
			return plan.Compare{Field: plan.F(plan.Name), Op: plan.Eq, Value: plan.Str(v)}, nil
		},
		"minDuration": durationBound("minDuration", plan.Ge),
		"maxDuration": durationBound("maxDuration", plan.Le),
		"status":      isStatus,
		"root":        isRoot,
	}
	for _, key := range []string{"service", "version", "operation", "minDuration", "maxDuration", "status", "root"} {
		value, err := r.text(key)
		if err != nil {
			return s, err
		}
		if value == "" {
			continue
		}
		e, err := texts[key](value)
		if err != nil {
			return s, err
		}
		if e != nil {
			s.where = append(s.where, e)
		}
	}
	if s.caller, err = r.text("caller"); err != nil {
		return s, err
	}
	for _, pair := range r.all("attr") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return s, bad("attr", "%s is not key=value.", quote(pair))
		}
		s.where = append(s.where, hasAttr(key, value))
	}
	return s, nil
}

func isService(name string) plan.Expr {
	values := []plan.Value{plan.Str(name)}
	if name == unknownService {
		values = append(values, plan.Str(""))
	}
	return plan.In{Field: plan.F(plan.Service), Values: values}
}

// isVersion asks the resource, and the proxy's span where that knows none.
func isVersion(version string) plan.Expr {
	ofResource := plan.Field{Scope: plan.ResourceAttr, Name: semconv.ServiceVersion}
	ofProxy := plan.Field{Scope: plan.ItemAttr, Name: semconv.IstioCanonicalRevision}
	return plan.Or{
		plan.Compare{Field: ofResource, Op: plan.Eq, Value: plan.Str(version)},
		plan.And{plan.Not{X: plan.Exists{Field: ofResource}}, plan.Compare{Field: ofProxy, Op: plan.Eq, Value: plan.Str(version)}},
	}
}

func durationBound(key string, op plan.Op) func(string) (plan.Expr, error) {
	return func(value string) (plan.Expr, error) {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return nil, bad(key, "%s is not a duration such as 250ms or 1.5s.", quote(value))
		}
		return plan.Compare{Field: plan.F(plan.Duration), Op: op, Value: plan.I(int64(d))}, nil
	}
}

var outcomes = [...]Outcome{OutcomeOK, OutcomeError, OutcomeThrottle, OutcomeFault}

func isStatus(list string) (plan.Expr, error) {
	in := plan.In{Field: plan.F(plan.Category)}
	for word := range strings.SplitSeq(list, ",") {
		code := slices.Index(outcomes[:], Outcome(strings.TrimSpace(word)))
		if code < 0 {
			return nil, bad("status", "%s is not one of ok, error, throttle, fault.", quote(word))
		}
		in.Values = append(in.Values, plan.I(int64(code)))
	}
	return in, nil
}

func isRoot(value string) (plan.Expr, error) {
	switch value {
	case "true":
		return plan.Not{X: plan.Exists{Field: plan.F(plan.ParentID)}}, nil
	case "false":
		return nil, nil
	}
	return nil, bad("root", "%s is neither true nor false.", quote(value))
}

// hasAttr compares with the text, and with the number or boolean that it may
// stand for: an address cannot say which it means.
func hasAttr(key, value string) plan.Expr {
	in := plan.In{Field: plan.Attr(key), Values: []plan.Value{plan.Str(value)}}
	if n, ok := plan.ParseNumber(value); ok {
		in.Values = append(in.Values, n)
	}
	if value == "true" || value == "false" {
		in.Values = append(in.Values, plan.B(value == "true"))
	}
	return in
}

// query begins a query for what the search finds.
func (s *search) query(r *request, budget time.Duration) plan.Query {
	return plan.Query{Table: plan.Spans, From: s.from, To: s.to, Where: s.where, Bounds: plan.Bounds{Time: remaining(r, budget)}}
}

// remaining is what is left of the budget, at least a little.
func remaining(r *request, budget time.Duration) time.Duration {
	return max(budget-time.Since(r.began), 100*time.Millisecond)
}

// work sums what the queries of an answer took.
func work(r *request, stats ...plan.Stats) Work {
	w := Work{TookMs: float64(time.Since(r.began).Microseconds()) / 1000, Complete: true}
	for _, s := range stats {
		w.RowsScanned += s.RowsScanned
		w.RowsMatched += s.RowsMatched
		w.RowsTotal += s.RowsTotal
		w.BytesScanned += s.BytesScanned
		w.Quarantined += s.Quarantined
		w.Complete = w.Complete && s.Complete
	}
	return w
}

var (
	clientKinds = []plan.Value{plan.I(int64(otlp.KindClient)), plan.I(int64(otlp.KindProducer))}
	serverKinds = []plan.Value{plan.I(int64(otlp.KindServer)), plan.I(int64(otlp.KindConsumer))}
)
