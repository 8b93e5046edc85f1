package plan

import (
	"fmt"
	"regexp"
	"slices"
)

// Limits of one Query. They are far above what people ask and keep recursion
// and column counts small.
const (
	maxExprDepth = 100
	maxExprNodes = 10_000
	maxColumns   = 1_000
)

// common, of spans and logs.
var commonFields = []string{TraceID, SpanID, Name, Time, Service, ScopeName, Spec, Resource}

var tableFields = map[Table][]string{
	Spans: append([]string{ParentID, Kind, Status, StatusMessage, Duration, Category, HTTPStatus}, commonFields...),
	Logs:  append([]string{Severity, SeverityText, Body}, commonFields...),
}

// Fields lists the intrinsic fields of a table.
func (t Table) Fields() []string { return slices.Clone(tableFields[t]) }

// Validate says whether any engine can run q. Engines call it first.
//
// Errors: they wrap ErrInvalid and name the part that is wrong.
func Validate(q *Query) error {
	v := validator{table: q.Table}
	if tableFields[q.Table] == nil {
		return v.fail("table %d is neither spans nor logs", q.Table)
	}
	if q.To != 0 && q.From > q.To {
		v.fail("the time range ends (%d) before it begins (%d)", q.To, q.From)
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		v.fail("limit %d is not between 0 and %d", q.Limit, MaxLimit)
	}
	if q.Where != nil {
		v.expr(q.Where, 0)
	}
	if q.Grouped() {
		v.groups(q)
	} else {
		v.rows(q)
	}
	return v.err
}

type validator struct {
	table Table
	nodes int
	err   error
}

func (v *validator) fail(format string, args ...any) error {
	if v.err == nil {
		v.err = fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
	return v.err
}

func (v *validator) field(f Field, use string) {
	switch f.Scope {
	case Intrinsic:
		if !slices.Contains(tableFields[v.table], f.Name) {
			v.fail("%s: %q is not a field of the table; one of %q is", use, f.Name, tableFields[v.table])
		}
	case ItemAttr, ResourceAttr, AnyAttr:
	default:
		v.fail("%s: field %q has the unknown scope %d", use, f.Name, f.Scope)
	}
}

func (v *validator) rows(q *Query) {
	if len(q.Select) > maxColumns {
		v.fail("%d columns are selected, at most %d are possible", len(q.Select), maxColumns)
	}
	for _, f := range q.Select {
		v.field(f, "select")
	}
	if q.Distinct != nil {
		v.field(*q.Distinct, "distinct")
	}
	for _, o := range q.OrderBy {
		if !slices.Contains(q.Select, o.Field) {
			v.fail("order by %s, which is not selected", o.Field)
		}
	}
}

func (v *validator) groups(q *Query) {
	if len(q.Select) > 0 || q.Distinct != nil {
		v.fail("select and distinct do not go with groups")
	}
	columns := len(q.GroupBy)
	for _, key := range q.GroupBy {
		v.field(key.Field, "group by")
		if key.Bucket < 0 || key.Log && key.Bucket != 0 {
			v.fail("group by %s: bucket %d", key.Field, key.Bucket)
		}
	}
	for _, a := range q.Aggregates {
		columns += v.aggregate(&a)
	}
	if columns > maxColumns {
		v.fail("%d columns, at most %d are possible", columns, maxColumns)
	}
	for _, o := range q.OrderBy {
		if o.Column < 0 || o.Column >= columns {
			v.fail("order by column %d of %d", o.Column, columns)
		}
	}
}

func (v *validator) aggregate(a *Aggregate) (columns int) {
	if a.Kind > Distinct {
		v.fail("unknown aggregate %d", a.Kind)
	}
	if a.Kind != Count || !a.Field.IsZero() {
		v.field(a.Field, a.Kind.String())
	}
	if a.Where != nil {
		v.expr(a.Where, 0)
	}
	if a.Kind != Quantiles {
		if len(a.Args) > 0 {
			v.fail("%s takes no arguments", a.Kind)
		}
		return 1
	}
	for _, q := range a.Args {
		if !(q >= 0 && q <= 1) {
			v.fail("quantile %g is not between 0 and 1", q)
		}
	}
	if len(a.Args) == 0 {
		v.fail("quantiles needs arguments")
	}
	return len(a.Args)
}

func (v *validator) expr(e Expr, depth int) {
	v.nodes++
	if depth > maxExprDepth || v.nodes > maxExprNodes {
		v.fail("the filter has over %d levels or %d parts", maxExprDepth, maxExprNodes)
		return
	}
	switch e := e.(type) {
	case And:
		for _, x := range e {
			v.expr(x, depth+1)
		}
	case Or:
		for _, x := range e {
			v.expr(x, depth+1)
		}
	case Not:
		v.expr(e.X, depth+1)
	case Compare:
		v.field(e.Field, "filter")
		if e.Op > Ge || e.Value.Kind > Bytes {
			v.fail("filter on %s: unknown operator %d or kind of value %d", e.Field, e.Op, e.Value.Kind)
		}
	case In:
		v.field(e.Field, "filter")
		v.nodes += len(e.Values)
	case Match:
		v.match(e)
	case Exists:
		v.field(e.Field, "filter")
	default:
		v.fail("filter: %T is not a condition", e)
	}
}

func (v *validator) match(m Match) {
	v.field(m.Field, "filter")
	switch m.Kind {
	case Contains, Prefix:
	case Regexp:
		if _, err := regexp.Compile(m.Pattern); err != nil {
			v.fail("filter on %s: %v", m.Field, err)
		}
	default:
		v.fail("filter on %s: unknown kind of match %d", m.Field, m.Kind)
	}
}
