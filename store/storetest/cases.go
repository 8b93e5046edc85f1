package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/plan"
)

const caseSpans = `
t1 a - server   shop/eu@1 "GET /cart"   0s+100ms http.response.status_code=200 user=ann n=1 both=item resource.both=res resource.host=h1
t1 b a client   shop/eu@1 "SELECT"      10ms+20ms db.system=postgresql n="2" scope=sql
t1 c a client   shop/eu@1 "POST /pay"   40ms+50ms n=3.5 peer.service=pay
t1 d c server   pay@7     "POST /pay"   45ms+40ms http.response.status_code=503 status=error message=broke n=x
t2 e - server   shop/eu@2 "GET /cart"   60s+2s    http.response.status_code="429" user=bob n=true resource.host=h2
t2 f e internal shop/eu@2 "Render ÄÖ"   61s+0s    n=-2 empty=""
t3 g - consumer -         "get /cart"   90s+10ms  user=ann
`

const caseLogs = `
10ms 9  shop/eu@1 t1:a "cart of ann has 3 items" user=ann n=3
50ms 17 pay@7     t1:d "payment failed: timeout" n=x text=ERROR
50ms 17 pay@7     t1   "payment retried" event=retry
70s  5  shop/eu@2 -    "debug"
-    0  -         -    ""
`

// A fixed case: one feature of a plan, on the data above.
type fixedCase struct {
	why  string
	q    plan.Query
	want string // rows; sorted by text if the query has no order
}

func at(d time.Duration) int64 { return Epoch.Add(d).UnixNano() }

func fields(names ...string) (out []plan.Field) {
	for _, n := range names {
		out = append(out, plan.F(n))
	}
	return out
}

func by(f plan.Field) []plan.Order { return []plan.Order{{Field: f}} }

func byDesc(f plan.Field) []plan.Order { return []plan.Order{{Field: f, Desc: true}} }

func eq(f plan.Field, v plan.Value) plan.Compare {
	return plan.Compare{Field: f, Op: plan.Eq, Value: v}
}

var (
	spanID, name, service, duration = plan.F(plan.SpanID), plan.F(plan.Name), plan.F(plan.Service), plan.F(plan.Duration)
	timeOf, traceID, body, severity = plan.F(plan.Time), plan.F(plan.TraceID), plan.F(plan.Body), plan.F(plan.Severity)
)

func spanIDs(where plan.Expr) plan.Query {
	return plan.Query{Table: plan.Spans, Where: where, Select: []plan.Field{spanID, timeOf}, OrderBy: by(timeOf)}
}

func runCases(t *testing.T, e store.Engine) {
	logs, err := ParseLogs(caseLogs)
	if err != nil {
		t.Fatal(err)
	}
	write(t, mustSpans(t, caseSpans), e)
	write(t, logs, e)
	for _, c := range slices.Concat(filterCases, rowCases, groupCases) {
		r, err := e.Query(t.Context(), c.q)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		lines := strings.Split(strings.TrimSuffix(rowsText(r.Rows), "\n"), "\n")
		if len(c.q.OrderBy) == 0 {
			slices.Sort(lines)
		}
		if len(c.q.Select) == 2 && c.q.Select[0] == spanID && c.q.Select[1] == timeOf {
			lines = lastLetters(r.Rows)
		}
		if got := strings.Join(lines, "\n"); got != strings.TrimSpace(c.want) {
			t.Errorf("%s:\n%s\ngot\n%s\nwant\n%s", c.why, queryText(&c.q), got, strings.TrimSpace(c.want))
		}
	}
}

// lastLetters shows the spans of spanIDs by the letter that is their id.
func lastLetters(rows [][]plan.Value) []string {
	letters := ""
	for _, r := range rows {
		letters += strings.Trim(r[0].Str, "\x00")
	}
	return []string{letters}
}

var filterCases = []fixedCase{
	{"no filter keeps all rows, by time", spanIDs(nil), "abcdefg"},
	{"an empty And holds", spanIDs(plan.And{}), "abcdefg"},
	{"an empty Or does not hold", spanIDs(plan.Or{}), ""},
	{"From is inclusive and To exclusive", plan.Query{Table: plan.Spans, From: at(10 * time.Millisecond), To: at(45 * time.Millisecond),
		Select: []plan.Field{spanID, timeOf}, OrderBy: by(timeOf)}, "bc"},
	{"equality of text is exact", spanIDs(eq(name, plan.Str("GET /cart"))), "ae"},
	{"a service without a name has the name \"\"", spanIDs(eq(service, plan.Str(""))), "g"},
	{"Ne does not hold for a missing field", spanIDs(plan.Compare{Field: plan.Attr("user"), Op: plan.Ne, Value: plan.Str("ann")}), "e"},
	{"Not(Eq) holds for a missing field", spanIDs(plan.Not{X: eq(plan.Attr("user"), plan.Str("ann"))}), "bcdef"},
	{"a number in text compares as a number with a number", spanIDs(plan.Compare{Field: plan.Attr("http.response.status_code"), Op: plan.Ge, Value: plan.I(400)}), "de"},
	{"a number does not equal its text", spanIDs(eq(plan.Attr("http.response.status_code"), plan.Str("200"))), ""},
	{"numbers of all kinds compare; booleans and other text do not", spanIDs(plan.Compare{Field: plan.Attr("n"), Op: plan.Lt, Value: plan.Fl(3)}), "abf"},
	{"different kinds are unequal", spanIDs(plan.Compare{Field: plan.Attr("n"), Op: plan.Ne, Value: plan.I(1)}), "bcdef"},
	{"a boolean equals a boolean", spanIDs(eq(plan.Attr("n"), plan.B(true))), "e"},
	{"In follows the rules of Eq", spanIDs(plan.In{Field: plan.Attr("n"), Values: []plan.Value{plan.I(2), plan.Str("x"), plan.B(false)}}), "bd"},
	{"In nothing holds nowhere", spanIDs(plan.In{Field: plan.Attr("n")}), ""},
	{"Exists is about the key, also with empty text", spanIDs(plan.Exists{Field: plan.Attr("empty")}), "f"},
	{"a parent exists where it is set, there or not", spanIDs(plan.Exists{Field: plan.F(plan.ParentID)}), "bcdf"},
	{"roots have no parent", spanIDs(plan.Not{X: plan.Exists{Field: plan.F(plan.ParentID)}}), "aeg"},
	{"AnyAttr prefers the item's attribute", spanIDs(eq(plan.Attr("both"), plan.Str("item"))), "a"},
	{"AnyAttr does not look behind the item's attribute", spanIDs(eq(plan.Attr("both"), plan.Str("res"))), ""},
	{"ResourceAttr sees the resource only", spanIDs(eq(plan.Field{Scope: plan.ResourceAttr, Name: "both"}, plan.Str("res"))), "a"},
	{"ItemAttr does not see the resource", spanIDs(plan.Exists{Field: plan.Field{Scope: plan.ItemAttr, Name: "host"}}), ""},
	{"AnyAttr falls back to the resource", spanIDs(plan.Exists{Field: plan.Attr("host")}), "ae"},
	{"Contains looks for a substring", spanIDs(plan.Match{Field: name, Kind: plan.Contains, Pattern: "/ca"}), "aeg"},
	{"Prefix with folding", spanIDs(plan.Match{Field: name, Kind: plan.Prefix, Pattern: "gEt", Fold: true}), "aeg"},
	{"folding knows letters beyond ASCII", spanIDs(plan.Match{Field: name, Kind: plan.Contains, Pattern: "äö", Fold: true}), "f"},
	{"a regexp is not anchored", spanIDs(plan.Match{Field: name, Kind: plan.Regexp, Pattern: "P[AO]"}), "cd"},
	{"a regexp with alternatives folds in both", spanIDs(plan.Match{Field: name, Kind: plan.Regexp, Pattern: "select|post", Fold: true}), "bcd"},
	{"Match is for text only", spanIDs(plan.Match{Field: plan.Attr("n"), Kind: plan.Contains, Pattern: ""}), "bd"},
	{"a span is found by its ids", spanIDs(plan.And{eq(traceID, plan.Raw(traceBytes("t1"))), eq(spanID, plan.Raw(spanBytes("c")))}), "c"},
	{"ids are bytes and no text", spanIDs(eq(traceID, plan.Str(string(traceBytes("t1"))))), ""},
	{"the category comes from status and code", spanIDs(eq(plan.F(plan.Category), plan.I(2))), "e"},
	{"the HTTP status is a number whatever the sender wrote", spanIDs(eq(plan.F(plan.HTTPStatus), plan.I(429))), "e"},
	{"kinds are numbers", spanIDs(eq(plan.F(plan.Kind), plan.I(3))), "bc"},
	{"the scope's name", spanIDs(eq(plan.F(plan.ScopeName), plan.Str("sql"))), "b"},
	{"parts of a tree", spanIDs(plan.Or{plan.And{eq(service, plan.Str("pay")), plan.Not{X: plan.Or{}}}, eq(name, plan.Str("SELECT"))}), "bd"},
}

func traceBytes(text string) []byte { id := TraceID(text); return id[:] }
func spanBytes(text string) []byte  { id := SpanID(text); return id[:] }

var rowCases = []fixedCase{
	{"a row without columns", plan.Query{Table: plan.Spans, Limit: 1}, ""},
	{"the intrinsic fields of a span",
		plan.Query{Table: plan.Spans, Where: eq(spanID, plan.Raw(spanBytes("d"))),
			Select: fields(plan.ParentID, plan.Name, plan.Kind, plan.Status, plan.StatusMessage, plan.Duration, plan.Service, plan.ScopeName, plan.Category, plan.HTTPStatus)},
		`0x0000000000000063 | "POST /pay" | 2 | 2 | "broke" | 40000000 | "pay" | "" | 3 | 503`},
	{"fields that a span does not have are null",
		plan.Query{Table: plan.Spans, Where: eq(spanID, plan.Raw(spanBytes("g"))),
			Select: append(fields(plan.ParentID, plan.StatusMessage, plan.HTTPStatus, plan.Service), plan.Attr("n"))},
		`null | null | null | "" | null`},
	{"slowest first", plan.Query{Table: plan.Spans, Select: []plan.Field{name, duration}, OrderBy: byDesc(duration), Limit: 3}, `
"GET /cart" | 2000000000
"GET /cart" | 100000000
"POST /pay" | 50000000`},
	{"nulls come last in either direction, kinds in their order", plan.Query{Table: plan.Spans, Select: []plan.Field{plan.Attr("n")}, OrderBy: by(plan.Attr("n"))}, `
true
-2
1
3.5
"2"
"x"
null`},
	{"descending, with nulls last", plan.Query{Table: plan.Spans, Select: []plan.Field{plan.Attr("n")}, OrderBy: byDesc(plan.Attr("n"))}, `
"x"
"2"
3.5
1
-2
true
null`},
	{"ties are broken by time, ascending also if the order is not", plan.Query{Table: plan.Spans,
		Select: []plan.Field{service, name}, OrderBy: byDesc(service)}, `
"shop" | "GET /cart"
"shop" | "SELECT"
"shop" | "POST /pay"
"shop" | "GET /cart"
"shop" | "Render ÄÖ"
"pay" | "POST /pay"
"" | "get /cart"`},
	{"Distinct keeps the first row of each trace in the order", plan.Query{Table: plan.Spans,
		Select: []plan.Field{name, duration}, OrderBy: byDesc(duration), Distinct: &traceID}, `
"GET /cart" | 2000000000
"GET /cart" | 100000000
"get /cart" | 10000000`},
	{"Distinct counts null as a value", plan.Query{Table: plan.Spans,
		Select: []plan.Field{timeOf, plan.Attr("user")}, OrderBy: by(plan.Attr("user")), Distinct: field(plan.Attr("user"))}, `
1772366400000000000 | "ann"
1772366460000000000 | "bob"
1772366400010000000 | null`},
	{"newest log records first, equal times in the order of arrival", plan.Query{Table: plan.Logs,
		Select: []plan.Field{timeOf, body}, OrderBy: byDesc(timeOf)}, `
1772366470000000000 | "debug"
1772366401000000000 | ""
1772366400050000000 | "payment failed: timeout"
1772366400050000000 | "payment retried"
1772366400010000000 | "cart of ann has 3 items"`},
	{"log records of a trace", plan.Query{Table: plan.Logs, Where: eq(traceID, plan.Raw(traceBytes("t1"))),
		Select: append(fields(plan.SpanID, plan.Severity, plan.SeverityText, plan.Service, plan.Name), plan.Attr("n")), OrderBy: by(severity)}, `
0x0000000000000061 | 9 | null | "shop" | null | 3
0x0000000000000064 | 17 | "ERROR" | "pay" | null | "x"
null | 17 | null | "pay" | "retry" | null`},
	{"text in log bodies", plan.Query{Table: plan.Logs, Where: plan.Match{Field: body, Kind: plan.Contains, Pattern: "TIMEOUT", Fold: true},
		Select: []plan.Field{body}}, `"payment failed: timeout"`},
}

func field(f plan.Field) *plan.Field { return &f }

var groupCases = []fixedCase{
	{"aggregates without keys make one row", plan.Query{Table: plan.Spans, Aggregates: []plan.Aggregate{
		{}, {Kind: plan.Count, Field: plan.Attr("n")}, {Kind: plan.Sum, Field: plan.Attr("n")}, {Kind: plan.Min, Field: plan.Attr("n")},
		{Kind: plan.Max, Field: plan.Attr("n")}, {Kind: plan.Avg, Field: plan.Attr("n")}, {Kind: plan.Distinct, Field: plan.Attr("user")}}},
		`7 | 6 | 2.5 | -2 | 3.5 | 0.8333333333333334 | 2`},
	{"aggregates of a field without numbers", plan.Query{Table: plan.Spans, Aggregates: []plan.Aggregate{
		{Kind: plan.Sum, Field: name}, {Kind: plan.Min, Field: name}, {Kind: plan.Avg, Field: name},
		{Kind: plan.Quantiles, Field: name, Args: []float64{0.5, 0.9}}, {Kind: plan.Histogram, Field: name}, {Kind: plan.Distinct, Field: name}}},
		`0.0 | null | null | null | null | 0x | 5`},
	{"groups by service, most rows first", plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: service}},
		Aggregates: []plan.Aggregate{{}, {Kind: plan.Max, Field: duration}}, OrderBy: []plan.Order{{Column: 1, Desc: true}}}, `
"shop" | 5 | 2000000000
"" | 1 | 10000000
"pay" | 1 | 40000000`},
	{"null is a group, kinds are apart", plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: plan.Attr("http.response.status_code")}},
		Aggregates: []plan.Aggregate{{}}, OrderBy: []plan.Order{{Column: 0}}}, `
200 | 1
503 | 1
"429" | 1
null | 4`},
	{"time steps with an offset", plan.Query{Table: plan.Spans,
		GroupBy:    []plan.Key{{Field: timeOf, Bucket: int64(time.Minute), Offset: int64(30 * time.Second)}},
		Aggregates: []plan.Aggregate{{}}, OrderBy: []plan.Order{{Column: 0}}}, `
1772366370000000000 | 4
1772366430000000000 | 2
1772366490000000000 | 1`},
	{"buckets round down, also below the offset", plan.Query{Table: plan.Spans,
		GroupBy:    []plan.Key{{Field: plan.Attr("n"), Bucket: 10, Offset: 1}},
		Aggregates: []plan.Aggregate{{}}, OrderBy: []plan.Order{{Column: 0}}}, `
-9 | 1
1 | 1
null | 5`},
	{"a heat map: minute by latency bucket, with faults", plan.Query{Table: plan.Spans,
		GroupBy:    []plan.Key{{Field: timeOf, Bucket: int64(time.Minute)}, {Field: duration, Log: true}},
		Aggregates: []plan.Aggregate{{}, {Kind: plan.Count, Where: eq(plan.F(plan.Category), plan.I(3))}},
		OrderBy:    []plan.Order{{Column: 0}, {Column: 1, Desc: true}}}, `
1772366400000000000 | 212 | 1 | 0
1772366400000000000 | 204 | 1 | 0
1772366400000000000 | 202 | 1 | 1
1772366400000000000 | 194 | 1 | 0
1772366460000000000 | 247 | 1 | 0
1772366460000000000 | 186 | 1 | 0
1772366460000000000 | 0 | 1 | 0`},
	{"quantiles are those of the histogram", plan.Query{Table: plan.Spans, Where: eq(service, plan.Str("shop")),
		Aggregates: []plan.Aggregate{{Kind: plan.Quantiles, Field: duration, Args: []float64{0, 0.5, 1}}, {Kind: plan.Histogram, Field: duration}}},
		`1.0442737824274138 | 4.955406248974901e+07 | 2.056437386571341e+09 | 0x0001c20101cc0101d40101f70101`},
	{"an aggregate counts what its own filter holds for", plan.Query{Table: plan.Spans, GroupBy: []plan.Key{{Field: service}},
		Aggregates: []plan.Aggregate{{}, {Where: plan.Exists{Field: plan.F(plan.ParentID)}}, {Kind: plan.Sum, Field: duration, Where: plan.Or{}}},
		OrderBy:    []plan.Order{{Column: 0}}}, `
"" | 1 | 0 | 0.0
"pay" | 1 | 1 | 0.0
"shop" | 5 | 3 | 0.0`},
	{"keys alone list what is there", plan.Query{Table: plan.Logs, GroupBy: []plan.Key{{Field: service}, {Field: plan.F(plan.SeverityText)}}}, `
"" | null
"pay" | "ERROR"
"pay" | null
"shop" | null`},
}
