package plan

import "strconv"

// String names the field: an intrinsic by its name, an attribute as
// "item.key", "resource.key" or "attr.key" (either of them).
func (f Field) String() string {
	switch f.Scope {
	case ItemAttr:
		return "item." + f.Name
	case ResourceAttr:
		return "resource." + f.Name
	case AnyAttr:
		return "attr." + f.Name
	}
	return f.Name
}

// IsZero says that the field is not set.
func (f Field) IsZero() bool { return f == Field{} }

// Grouped says that the answer has groups for rows.
func (q *Query) Grouped() bool { return len(q.GroupBy) > 0 || len(q.Aggregates) > 0 }

// Columns names the columns of the answer: Select, or the keys and then the
// aggregates as "count", "sum(duration)", "p95(duration)".
func (q *Query) Columns() []string {
	names := []string{}
	if !q.Grouped() {
		for _, f := range q.Select {
			names = append(names, f.String())
		}
		return names
	}
	for _, key := range q.GroupBy {
		names = append(names, key.Field.String())
	}
	for _, a := range q.Aggregates {
		switch {
		case a.Kind == Quantiles:
			for _, arg := range a.Args {
				names = append(names, "p"+strconv.FormatFloat(arg*100, 'g', 6, 64)+"("+a.Field.String()+")")
			}
		case a.Field.IsZero():
			names = append(names, a.Kind.String())
		default:
			names = append(names, a.Kind.String()+"("+a.Field.String()+")")
		}
	}
	return names
}

// String is the name of the function.
func (k AggregateKind) String() string {
	names := [...]string{"count", "sum", "min", "max", "avg", "quantiles", "histogram", "distinct"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}
