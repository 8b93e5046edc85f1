package storetest

import (
	"strings"
	"testing"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// testTraces reads traces back whole, with every field that OTLP has.
func testTraces(t *testing.T, e store.Engine) {
	judge := memory.New()
	const full = `t1 b a client s/n@1 "call" 1s+5ms text=a int=-1 float=1.5 bool=true status=error message=no state=a=b flags=0x101 event=e@2s link=t9:z scope=lib`
	first := mustSpans(t, full+"\nt1 a - server s/n@1 root 0s+2s\nt2 a - server s/n@1 other 0s+2s")
	// A shared id with both halves, a clock before the epoch, a name that is not UTF-8, unknown fields, no ids at all.
	odd := otlp.NewBuilder(otlp.Traces)
	id := TraceID("t1")
	span := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, id[:]), 2, spanBytes("b"))
	span = protoscan.AppendBytes(protoscan.AppendVarint(span, 6, uint64(otlp.KindServer)), 5, "caf\xe9")
	span = protoscan.AppendBytes(protoscan.AppendFixed64(span, 7, 1<<63+5), 99, "from the future")
	span = otlp.AppendAttr(span, 9, "k\xff", otlp.StringValue("v\xff"))
	span = otlp.AppendAttr(span, 9, "twice", otlp.IntValue(1))
	span = otlp.AppendAttr(span, 9, "twice", otlp.IntValue(2))
	odd.Add(nil, nil, span, 1)
	odd.Add(protoscan.AppendVarint(nil, 2, 7), nil, protoscan.AppendBytes(nil, 5, "no ids"), 1)
	second := odd.Batch()
	for _, batch := range []*otlp.Batch{first, second, first, mustSpans(t, full), second} {
		write(t, batch, e, judge)
	}
	for _, id := range []string{"t1", "t2", "t3"} {
		got, err := e.Trace(t.Context(), TraceID(id))
		if err != nil {
			t.Fatal(err)
		}
		want, err := judge.Trace(t.Context(), TraceID(id))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := traceText(got), traceText(want); got != want {
			t.Errorf("trace %s: got\n%s\nwant\n%s", id, got, want)
		}
	}
	if got, err := e.Trace(t.Context(), TraceID("t1")); err != nil || got.Items() != 3 {
		t.Errorf("trace t1, written twice: %v, %v; want each of its 3 spans once", got, err)
	}
	q := plan.Query{Table: plan.Spans, Where: eq(name, plan.Str("caf\uFFFD")), Select: []plan.Field{timeOf, duration, plan.Attr("k\uFFFD"), plan.Attr("twice")}}
	r, err := e.Query(t.Context(), q)
	if err != nil || len(r.Rows) != 1 || r.Rows[0][0].Int != -1<<63+5 || r.Rows[0][1].Int != 0 || r.Rows[0][3] != plan.I(1) {
		t.Errorf("odd span: got %s, %v", rowsText(r.Rows), err)
	}
}

// testBodies: a log record's body is text, whatever the sender put there.
func testBodies(t *testing.T, e store.Engine) {
	b := otlp.NewBuilder(otlp.Logs)
	list := protoscan.AppendBytes(nil, 1, protoscan.AppendVarint(nil, 3, 1))
	bodies := [][]byte{
		protoscan.AppendBytes(nil, 1, "text"), protoscan.AppendVarint(nil, 3, 17), protoscan.AppendVarint(nil, 2, 1),
		protoscan.AppendDouble(nil, 4, 0.5), protoscan.AppendBytes(nil, 5, list), protoscan.AppendBytes(nil, 7, "\x00\xff"), nil,
	}
	for i, value := range bodies {
		b.Add(nil, nil, protoscan.AppendBytes(protoscan.AppendFixed64(nil, 1, uint64(at(0))+uint64(i)), 5, value), 1)
	}
	write(t, b.Batch(), e)
	r, err := e.Query(t.Context(), plan.Query{Table: plan.Logs, Select: []plan.Field{timeOf, body}, OrderBy: by(timeOf)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range r.Rows {
		got = append(got, valueText(row[1]))
	}
	if want := `"text" "17" "true" "0.5" "[1]" "\"AP8=\"" null`; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

// testCatalog asks for keys and values of the fixed data.
func testCatalog(t *testing.T, e store.Engine) {
	logs, err := ParseLogs(caseLogs)
	if err != nil {
		t.Fatal(err)
	}
	write(t, mustSpans(t, caseSpans), e)
	write(t, logs, e)
	user, status, n := plan.Attr("user"), plan.Attr("http.response.status_code"), plan.Attr("n")
	for _, c := range []struct {
		why  string
		q    store.CatalogQuery
		want string
	}{
		{"keys of spans", store.CatalogQuery{Table: plan.Spans},
			"item.both item.db.system item.empty item.http.response.status_code item.n item.peer.service item.user resource.both resource.host resource.service.name resource.service.namespace resource.service.version"},
		{"keys of logs with a prefix", store.CatalogQuery{Table: plan.Logs, Prefix: "service.v"}, "resource.service.version"},
		{"values", store.CatalogQuery{Table: plan.Spans, Field: &user}, `"ann" "bob"`},
		{"values by prefix of their text", store.CatalogQuery{Table: plan.Spans, Field: &status, Prefix: "5"}, "503"},
		{"values of all kinds", store.CatalogQuery{Table: plan.Spans, Field: &n}, `"2" "x" -2 1 3.5 true`},
		{"values in a range of time", store.CatalogQuery{Table: plan.Spans, Field: &user, From: at(1), To: at(70e9)}, `"bob"`},
		{"services", store.CatalogQuery{Table: plan.Spans, Field: &service}, `"" "pay" "shop"`},
	} {
		got, err := e.Catalog(t.Context(), c.q)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		if text := entriesText(got); text != c.want || got.More {
			t.Errorf("%s: got %s (more: %v)\nwant %s", c.why, text, got.More, c.want)
		}
	}
	few, err := e.Catalog(t.Context(), store.CatalogQuery{Table: plan.Spans, Field: &service, Limit: 1})
	if err != nil || !few.More || entriesText(few) != `"shop"` {
		t.Errorf("the most frequent value: got %+v, %v", few, err)
	}
	if _, err := e.Catalog(t.Context(), store.CatalogQuery{Table: plan.Spans, Field: &body}); err == nil {
		t.Error("values of a field that spans do not have: no error")
	}
}

// entriesText lists entries sorted by text: counts may be estimates.
func entriesText(c *store.Catalog) string {
	var words []string
	for _, e := range c.Entries {
		if e.Value.Kind != plan.Null {
			words = append(words, valueText(e.Value))
		} else {
			words = append(words, e.Field.String())
		}
	}
	return strings.Join(sorted(words), " ")
}
