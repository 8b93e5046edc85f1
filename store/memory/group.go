package memory

import (
	"fmt"
	"math"
	"slices"

	"github.com/oriel-io/oriel/internal/loghist"
	"github.com/oriel-io/oriel/store/plan"
)

// groupOf is the rows with equal keys.
type groupOf struct {
	keys []plan.Value
	rows []*row
}

func group(q *plan.Query, matched []*row) (groups []*groupOf) {
	byKey := map[string]*groupOf{}
	if len(q.GroupBy) == 0 {
		groups = []*groupOf{{}}
		byKey[""] = groups[0]
	}
	for _, r := range matched {
		var keys []plan.Value
		id := ""
		for _, k := range q.GroupBy {
			v := keyValue(k, r.value(k.Field))
			keys = append(keys, v)
			id += identity(v) + ","
		}
		g := byKey[id]
		if g == nil {
			g = &groupOf{keys: keys}
			byKey[id] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, r)
	}
	return groups
}

// identity is the same for values that are the same, kind and all.
func identity(v plan.Value) string {
	return fmt.Sprintf("%d %q %d %x", v.Kind, v.Str, v.Int, math.Float64bits(v.Float))
}

// keyValue is the bucket that a value falls into.
func keyValue(k plan.Key, v plan.Value) plan.Value {
	switch {
	case k.Log && v.Kind == plan.Int:
		return plan.I(int64(loghist.Index(uint64(max(v.Int, 0)))))
	case k.Bucket > 0 && v.Kind == plan.Int:
		rest := (v.Int - k.Offset) % k.Bucket
		if rest < 0 {
			rest += k.Bucket
		}
		return plan.I(v.Int - rest)
	case k.Log || k.Bucket > 0:
		return plan.Value{}
	}
	return v
}

// sortGroups makes the columns of each group and sorts the groups.
func sortGroups(q *plan.Query, groups []*groupOf) (rows [][]plan.Value) {
	for _, g := range groups {
		columns := append([]plan.Value{}, g.keys...)
		for _, a := range q.Aggregates {
			columns = append(columns, aggregate(a, g.rows)...)
		}
		rows = append(rows, columns)
	}
	slices.SortFunc(rows, func(a, b []plan.Value) int {
		for _, o := range q.OrderBy {
			if c := compare(a[o.Column], b[o.Column], o.Desc); c != 0 {
				return c
			}
		}
		for i := range q.GroupBy {
			if c := plan.OrderValues(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}

func aggregate(a plan.Aggregate, rows []*row) []plan.Value {
	var values []plan.Value // that are not null
	count := 0
	for _, r := range rows {
		if !holds(a.Where, r) {
			continue
		}
		count++
		if v := r.value(a.Field); !a.Field.IsZero() && v.Kind != plan.Null {
			values = append(values, v)
		}
	}
	numbers := slices.DeleteFunc(slices.Clone(values), func(v plan.Value) bool { return !v.IsNumber() })
	one := func(v plan.Value) []plan.Value { return []plan.Value{v} }
	switch a.Kind {
	case plan.Count:
		if !a.Field.IsZero() {
			count = len(values)
		}
		return one(plan.I(int64(count)))
	case plan.Sum:
		return one(plan.Fl(sum(numbers)))
	case plan.Min:
		return one(extreme(numbers, -1))
	case plan.Max:
		return one(extreme(numbers, 1))
	case plan.Avg:
		if len(numbers) == 0 {
			return one(plan.Value{})
		}
		return one(plan.Fl(sum(numbers) / float64(len(numbers))))
	case plan.Quantiles:
		h := histogram(numbers)
		var out []plan.Value
		for _, q := range a.Args {
			v := plan.Value{}
			if len(numbers) > 0 {
				v = plan.Fl(h.Quantile(q))
			}
			out = append(out, v)
		}
		return out
	case plan.Histogram:
		return one(plan.Raw(plan.AppendHistogram(nil, histogram(numbers))))
	case plan.Distinct:
		different := map[string]bool{}
		for _, v := range values {
			different[identity(v)] = true
		}
		return one(plan.I(int64(len(different))))
	}
	panic("unchecked aggregate")
}

func number(v plan.Value) float64 {
	if v.Kind == plan.Int {
		return float64(v.Int)
	}
	return v.Float
}

func sum(numbers []plan.Value) (total float64) {
	for _, v := range numbers {
		total += number(v)
	}
	return total
}

// extreme is the smallest (sign -1) or largest (sign 1) number. Of an equal
// Int and Float it is the Int.
func extreme(numbers []plan.Value, sign int) plan.Value {
	var best plan.Value
	for _, v := range numbers {
		c, _ := plan.CompareValues(v, best)
		if best.Kind == plan.Null || c*sign > 0 || c == 0 && v.Kind == plan.Int {
			best = v
		}
	}
	return best
}

func histogram(numbers []plan.Value) (h loghist.Hist) {
	for _, v := range numbers {
		switch {
		case v.Kind == plan.Int:
			h.Add(uint64(max(v.Int, 0)), 1)
		case v.Float >= 1<<64:
			h.Add(math.MaxUint64, 1)
		default:
			h.Add(uint64(max(v.Float, 0)), 1)
		}
	}
	return h
}
