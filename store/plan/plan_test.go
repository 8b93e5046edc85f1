package plan

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/internal/loghist"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		row, with Value
		holds     string // operators that hold
	}{
		{I(1), I(1), "= <= >="},
		{I(1), Fl(1), "= <= >="},
		{I(1), Fl(1.5), "!= < <="},
		{I(math.MaxInt64), Fl(1 << 63), "!= < <="},
		{I(1<<53 + 1), Fl(1 << 53), "!= > >="},
		{I(math.MinInt64), Fl(-1 << 63), "= <= >="},
		{I(math.MinInt64), Fl(math.Inf(-1)), "!= > >="},
		{Str("503"), I(500), "!= > >="},
		{Str("503.0"), I(503), "= <= >="},
		{Str("0x1f7"), I(503), "!="},
		{Str(""), I(0), "!="},
		{I(503), Str("503"), "!="},
		{Str("a"), Str("b"), "!= < <="},
		{Str("a"), Raw([]byte("a")), "!="},
		{B(true), B(false), "!= > >="},
		{B(true), I(1), "!="},
		{Fl(math.NaN()), Fl(math.NaN()), "!="},
		{Fl(math.NaN()), I(1), "!="},
		{Value{}, I(1), ""},
		{I(1), Value{}, ""},
		{Value{}, Value{}, ""},
	} {
		var got []string
		for op, name := range []string{"=", "!=", "<", "<=", ">", ">="} {
			if Op(op).Holds(c.row, c.with) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != c.holds {
			t.Errorf("%+v with %+v: %v hold, want %s", c.row, c.with, got, c.holds)
		}
	}
}

func drawValue(t *rapid.T) Value {
	return rapid.OneOf(
		rapid.Map(rapid.Int64(), I), rapid.Map(rapid.Float64(), Fl), rapid.Map(rapid.Bool(), B),
		rapid.Map(rapid.SampledFrom([]string{"", "1", "1.5", "a", "b"}), Str),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 3), Raw),
		rapid.SampledFrom([]Value{{}, Fl(math.NaN()), Fl(math.Inf(1)), I(0), Fl(0), I(math.MaxInt64), Fl(1 << 63)}),
	).Draw(t, "value")
}

func TestOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawValue(t), drawValue(t), drawValue(t)
		if OrderValues(a, b) != -OrderValues(b, a) {
			t.Fatalf("%+v and %+v: not antisymmetric", a, b)
		}
		if OrderValues(a, b) <= 0 && OrderValues(b, c) <= 0 && OrderValues(a, c) > 0 {
			t.Fatalf("%+v, %+v, %+v: not transitive", a, b, c)
		}
		if a.IsNumber() && b.IsNumber() && !math.IsInf(a.Float, 0) && !math.IsInf(b.Float, 0) {
			if got, want := compareNumbers(a, b), exact(a).Cmp(exact(b)); got != want {
				t.Fatalf("%+v and %+v: got %d, want %d", a, b, got, want)
			}
		}
	})
}

func exact(v Value) *big.Float {
	if v.Kind == Int {
		return new(big.Float).SetPrec(2000).SetInt64(v.Int)
	}
	return new(big.Float).SetPrec(2000).SetFloat64(v.Float)
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"1", "-1.5", "1e9", "1.", ".5", "+1", "1_0", "0x1", "Inf", "9223372036854775808", "1e999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseNumber(s)
		want, err := strconv.ParseFloat(s, 64)
		if !ok {
			return
		}
		if err != nil {
			t.Fatalf("%q is no number for strconv: %v", s, err)
		}
		if v := got.Float; got.Kind == Int && float64(got.Int) != want || got.Kind == Float && v != want {
			t.Fatalf("%q is %+v, want %g", s, got, want)
		}
	})
}

func TestValidate(t *testing.T) {
	deep := Expr(Exists{F(Name)})
	for range 200 {
		deep = Not{deep}
	}
	for name, q := range map[string]Query{
		"table 0":                 {},
		"ends (1) before":         {Table: Spans, From: 2, To: 1},
		"limit -1":                {Table: Spans, Limit: -1},
		"limit 100001":            {Table: Spans, Limit: MaxLimit + 1},
		`"body" is not a field`:   {Table: Spans, Select: []Field{F(Body)}},
		`"kind" is not a field`:   {Table: Logs, Where: Exists{F(Kind)}},
		"unknown scope":           {Table: Logs, Where: Exists{Field{Scope: 9}}},
		"not selected":            {Table: Spans, Select: []Field{F(Name)}, OrderBy: []Order{{Field: F(Time)}}},
		"order by column 1 of 1":  {Table: Spans, Aggregates: []Aggregate{{}}, OrderBy: []Order{{Column: 1}}},
		"do not go with groups":   {Table: Spans, Select: []Field{F(Name)}, Aggregates: []Aggregate{{}}},
		"bucket -1":               {Table: Spans, GroupBy: []Key{{Field: F(Time), Bucket: -1}}},
		"quantile 2":              {Table: Spans, Aggregates: []Aggregate{{Kind: Quantiles, Field: F(Duration), Args: []float64{2}}}},
		"quantile NaN":            {Table: Spans, Aggregates: []Aggregate{{Kind: Quantiles, Field: F(Duration), Args: []float64{math.NaN()}}}},
		"needs arguments":         {Table: Spans, Aggregates: []Aggregate{{Kind: Quantiles, Field: F(Duration)}}},
		"takes no arguments":      {Table: Spans, Aggregates: []Aggregate{{Kind: Sum, Field: F(Duration), Args: []float64{1}}}},
		"unknown aggregate":       {Table: Spans, Aggregates: []Aggregate{{Kind: 99}}},
		`sum: "" is not a field`:  {Table: Spans, Aggregates: []Aggregate{{Kind: Sum}}},
		"<nil> is not a cond":     {Table: Spans, Where: And{nil}},
		"over 100 levels":         {Table: Spans, Where: deep},
		"unknown operator":        {Table: Spans, Where: Compare{Field: F(Name), Op: 9}},
		"unknown kind of match":   {Table: Spans, Where: Match{Field: F(Name), Kind: 9}},
		"missing closing":         {Table: Spans, Where: Or{Match{Field: F(Name), Kind: Regexp, Pattern: "("}}},
		"nothing wrong with rows": {Table: Spans, Select: []Field{F(Time), Attr("x")}, OrderBy: []Order{{Field: Attr("x")}}, Where: Not{In{F(Name), nil}}},
		"nothing wrong":           {Table: Logs, GroupBy: []Key{{Field: F(Time), Bucket: 5}}, Aggregates: []Aggregate{{}}, OrderBy: []Order{{Column: 1}}},
	} {
		err := Validate(&q)
		if strings.HasPrefix(name, "nothing wrong") {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error with %q, got %v", name, err)
		}
	}
}

func TestColumns(t *testing.T) {
	rows := Query{Select: []Field{F(Name), Attr("a"), {ItemAttr, "b"}, {ResourceAttr, "c"}}}
	if got := strings.Join(rows.Columns(), " "); got != "name attr.a item.b resource.c" {
		t.Error(got)
	}
	groups := Query{GroupBy: []Key{{Field: F(Service)}}, Aggregates: []Aggregate{
		{}, {Kind: Count, Field: Attr("x")}, {Kind: Quantiles, Field: F(Duration), Args: []float64{0.5, 0.999}}, {Kind: Histogram, Field: F(Duration)}}}
	if got := strings.Join(groups.Columns(), " "); got != "service count count(attr.x) p50(duration) p99.9(duration) histogram(duration)" {
		t.Error(got)
	}
}

func FuzzParseHistogram(f *testing.F) {
	f.Add(string(AppendHistogram(nil, loghist.Hist{Buckets: []loghist.Bucket{{Index: 3, Count: 4}, {Index: 300, Count: 1 << 40}}})))
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := ParseHistogram(s)
		if !ok {
			return
		}
		again, ok := ParseHistogram(string(AppendHistogram(nil, h)))
		if !ok || len(again.Buckets) != len(h.Buckets) {
			t.Fatalf("%q: reads as %v and again as %v", s, h, again)
		}
	})
}
