package storetest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/store/plan"
)

// drawQuery makes a random query over what data writes.
func drawQuery(t *rapid.T) plan.Query {
	q := plan.Query{Table: rapid.SampledFrom([]plan.Table{plan.Spans, plan.Logs}).Draw(t, "table")}
	if rapid.Bool().Draw(t, "bounded") {
		q.From = Epoch.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "from")) * time.Second).UnixNano()
		q.To = q.From + int64(rapid.IntRange(0, 300).Draw(t, "seconds"))*int64(time.Second)
	}
	if rapid.IntRange(0, 3).Draw(t, "filtered") > 0 {
		q.Where = drawExpr(t, q.Table, 3)
	}
	q.Limit = rapid.SampledFrom([]int{0, 1, 2, 7, 50, 1000}).Draw(t, "limit")
	if rapid.Bool().Draw(t, "grouped") {
		drawGroups(t, &q)
	} else {
		drawRows(t, &q)
	}
	return q
}

func drawField(t *rapid.T, table plan.Table) plan.Field {
	if rapid.IntRange(0, 2).Draw(t, "intrinsic") == 0 {
		return plan.F(rapid.SampledFrom(table.Fields()).Draw(t, "field"))
	}
	return plan.Field{
		Scope: rapid.SampledFrom([]plan.Scope{plan.AnyAttr, plan.ItemAttr, plan.ResourceAttr}).Draw(t, "scope"),
		Name: rapid.SampledFrom([]string{"text", "int", "float", "bool", "both", "http.status_code", "mixed", "list", "text2",
			"empty", "key7", "service.name", "service.version", "cpus", "peer.service", "nowhere"}).Draw(t, "key"),
	}
}

func drawRows(t *rapid.T, q *plan.Query) {
	for range rapid.IntRange(0, 5).Draw(t, "columns") {
		q.Select = append(q.Select, drawField(t, q.Table))
	}
	if len(q.Select) == 0 {
		return
	}
	var order []plan.Field
	for _, f := range q.Select {
		if f != plan.F(plan.Spec) && f != plan.F(plan.Resource) { // encodings may differ
			order = append(order, f)
		}
	}
	if len(order) == 0 || rapid.Bool().Draw(t, "unordered") {
		return
	}
	for range rapid.IntRange(1, 2).Draw(t, "orders") {
		q.OrderBy = append(q.OrderBy, plan.Order{
			Field: rapid.SampledFrom(order).Draw(t, "order by"), Desc: rapid.Bool().Draw(t, "desc")})
	}
	// Without an order, which row stands for a value is open.
	if rapid.IntRange(0, 2).Draw(t, "distinct") == 0 {
		if f := drawField(t, q.Table); f.Name != plan.Spec && f.Name != plan.Resource {
			q.Distinct = &f
		}
	}
}

func drawGroups(t *rapid.T, q *plan.Query) {
	for range rapid.IntRange(0, 3).Draw(t, "keys") {
		key := plan.Key{Field: drawField(t, q.Table)}
		switch key.Field {
		case plan.F(plan.Spec), plan.F(plan.Resource):
			continue
		}
		switch rapid.IntRange(0, 3).Draw(t, "bucket kind") {
		case 0:
			key.Bucket = rapid.SampledFrom([]int64{1, 10, int64(time.Minute)}).Draw(t, "bucket")
			key.Offset = rapid.SampledFrom([]int64{0, 3, -7}).Draw(t, "offset")
		case 1:
			key.Log = true
		}
		q.GroupBy = append(q.GroupBy, key)
	}
	columns := len(q.GroupBy)
	for range rapid.IntRange(0, 4).Draw(t, "aggregates") {
		a := drawAggregate(t, q.Table)
		columns += max(1, len(a.Args))
		q.Aggregates = append(q.Aggregates, a)
	}
	if columns == 0 {
		q.Aggregates = []plan.Aggregate{{Kind: plan.Count}}
		columns = 1
	}
	for range rapid.IntRange(0, 2).Draw(t, "orders") {
		q.OrderBy = append(q.OrderBy, plan.Order{
			Column: rapid.IntRange(0, columns-1).Draw(t, "order by"), Desc: rapid.Bool().Draw(t, "desc")})
	}
}

func drawAggregate(t *rapid.T, table plan.Table) plan.Aggregate {
	a := plan.Aggregate{Kind: plan.AggregateKind(rapid.IntRange(0, int(plan.Distinct)).Draw(t, "aggregate"))}
	for a.Field = drawField(t, table); ; a.Field = drawField(t, table) {
		encoded := a.Field == plan.F(plan.Spec) || a.Field == plan.F(plan.Resource)
		// Instants in nanoseconds do not add up exactly.
		inexact := a.Field == plan.F(plan.Time) && (a.Kind == plan.Sum || a.Kind == plan.Avg)
		if !encoded && !inexact {
			break
		}
	}
	switch a.Kind {
	case plan.Quantiles:
		a.Args = rapid.SampledFrom([][]float64{{0.5}, {0, 0.9, 1}, {0.99, 0.5}}).Draw(t, "quantiles")
	case plan.Count:
		if rapid.Bool().Draw(t, "of rows") {
			a.Field = plan.Field{}
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "where") == 0 {
		a.Where = drawExpr(t, table, 1)
	}
	return a
}

func drawExpr(t *rapid.T, table plan.Table, depth int) plan.Expr {
	kind := rapid.IntRange(0, 6).Draw(t, "expr")
	if depth == 0 {
		kind = rapid.IntRange(3, 6).Draw(t, "leaf")
	}
	var field plan.Field
	if kind >= 3 {
		if field = drawField(t, table); field == plan.F(plan.Spec) || field == plan.F(plan.Resource) {
			return plan.Exists{Field: field}
		}
	}
	list := func() (out []plan.Expr) {
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			out = append(out, drawExpr(t, table, depth-1))
		}
		return out
	}
	switch kind {
	case 0:
		return plan.And(list())
	case 1:
		return plan.Or(list())
	case 2:
		return plan.Not{X: drawExpr(t, table, depth-1)}
	case 3:
		return plan.Compare{Field: field, Op: plan.Op(rapid.IntRange(0, int(plan.Ge)).Draw(t, "op")), Value: drawOperand(t, field)}
	case 4:
		var values []plan.Value
		for range rapid.IntRange(0, 3).Draw(t, "values") {
			values = append(values, drawOperand(t, field))
		}
		return plan.In{Field: field, Values: values}
	case 5:
		m := plan.Match{Field: field, Kind: plan.MatchKind(rapid.IntRange(0, int(plan.Regexp)).Draw(t, "match")), Fold: rapid.Bool().Draw(t, "fold")}
		m.Pattern = rapid.SampledFrom([]string{"", "a", "GET", "/b", "order", "S", "ü", "bad", "1", "\uFFFD"}).Draw(t, "pattern")
		if m.Kind == plan.Regexp {
			m.Pattern = rapid.SampledFrom([]string{"", "^GET /[ab]$", "order|quer", "t.*e", "[0-9]+$", "^$", "s"}).Draw(t, "regexp")
		}
		return m
	}
	return plan.Exists{Field: field}
}

// drawOperand makes a value that the field often has, and sometimes any other.
func drawOperand(t *rapid.T, f plan.Field) plan.Value {
	if rapid.IntRange(0, 3).Draw(t, "fitting") > 0 {
		switch f.Name {
		case plan.Time:
			return plan.I(Epoch.UnixNano() + int64(rapid.IntRange(0, 300).Draw(t, "second"))*int64(time.Second))
		case plan.Duration:
			return plan.I(rapid.SampledFrom([]int64{0, 1, 1000, 1e6, 2e9}).Draw(t, "nanos"))
		case plan.Kind, plan.Status, plan.Category, plan.Severity:
			return plan.I(int64(rapid.IntRange(0, 6).Draw(t, "code")))
		case plan.Service, plan.Name, plan.Body, plan.ScopeName:
			return plan.Str(rapid.SampledFrom([]string{"front", "back", "", "Ünï", "GET /a", "query", "order placed", "lib.a"}).Draw(t, "name"))
		case "text", "both", "service.name", "service.version", "peer.service":
			return plan.Str(rapid.SampledFrom([]string{"a", "B", "", "of the item", "of the resource", "front", "1", "bad\uFFFD"}).Draw(t, "string"))
		}
	}
	return rapid.SampledFrom([]plan.Value{{}, plan.Str(""), plan.Str("1"), plan.Str("503"), plan.Str("x"), plan.I(-3), plan.I(0), plan.I(1), plan.I(7),
		plan.I(503), plan.Fl(0.25), plan.Fl(1), plan.Fl(503), plan.Fl(1e6), plan.B(true), plan.B(false), plan.Raw([]byte("1"))}).Draw(t, "operand")
}
