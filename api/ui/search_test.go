package ui_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/api/ui"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/storetest"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// withoutIDs is a span's message without its three ids.
func withoutIDs(span otlp.Span) (out []byte) {
	for msg := []byte(span); len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			panic(err)
		}
		if f.Num != 1 && f.Num != 2 && f.Num != 4 {
			out = append(out, msg[:f.Size]...)
		}
		msg = msg[f.Size:]
	}
	return out
}

const shopRange = "&from=1772366400000&to=1772366700000"

// found lists the last two letters of the traces that a search finds, with the spans that match.
func found(list ui.TraceList) string {
	var words []string
	for _, row := range list.Traces {
		var id string
		if _, err := fmt.Sscanf(row.TraceID[28:], "%x", &id); err != nil {
			id = err.Error()
		}
		words = append(words, id+":"+row.Match.Name)
	}
	return strings.Join(words, " | ")
}

func TestSearch(t *testing.T) {
	h := handler(t)
	for search, want := range map[string]string{
		"service=cron":                                  "a5:nightly",
		"service=reviews":                               "a2:SELECT | a1:SELECT",
		"service=reviews&version=v1":                    "a1:SELECT",
		"service=reviews&operation=GET+/reviews":        "a2:GET /reviews | a1:GET /reviews",
		"service=product&caller=gateway":                "a2:GET /product | a1:GET /product",
		"service=reviews&caller=gateway":                "",
		"service=reviews&caller=nobody":                 "",
		"service=details&caller=gateway":                "a3:GET /detail", // the halves share an id
		"caller=product":                                "a2:GET /reviews | a1:GET /reviews",
		"service=reviews&version=v2&caller=product":     "a2:GET /reviews",
		"service=product&minDuration=1s":                "a2:GET /reviews",
		"service=product&maxDuration=4ms":               "a1:views publish",
		"status=throttle":                               "a3:GET /isbn",
		"status=throttle,error":                         "a3:GET /isbn",
		"status=fault&root=true":                        "a2:ingress",
		"root=true":                                     "a5:nightly | a3:ingress | a2:ingress | a1:ingress",
		"root=false&service=cron":                       "a5:nightly",
		"attr=user.id%3D17":                             "a1:GET /product",
		"attr=user.id%3D17&attr=host.name%3Dh1":         "a1:GET /product",
		"attr=user.id%3D17&attr=host.name%3Dh2":         "",
		"attr=db.system.name%3Dpostgresql&sort=slowest": "a2:SELECT | a1:SELECT",
		"sort=slowest&limit=2":                          "a2:ingress | a5:nightly",
	} {
		list := into[ui.TraceList](t, h, "/api/v1/traces?"+search+shopRange)
		if got := found(list); got != want {
			t.Errorf("%s: got %s, want %s", search, got, want)
		}
		heat := into[ui.Heatmap](t, h, "/api/v1/traces/heatmap?"+strings.NewReplacer("&sort=slowest", "", "sort=slowest&", "", "limit=2", "").Replace(search)+shopRange)
		var cells, buckets int64
		for _, c := range heat.Cells {
			cells += c[2]
		}
		for _, b := range heat.Histogram {
			buckets += b[1]
		}
		if (cells == 0) != (want == "") || cells != buckets {
			t.Errorf("%s: %d spans in cells, %d in the histogram, while traces are %q", search, cells, buckets, want)
		}
	}
}

// TestPages: the pages of a search together are the search without pages, each trace once.
func TestPages(t *testing.T) {
	engine := memory.New()
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, "t%d a - client front get %dms+%dms\nt%d b a server back get %dms+%dms\n", i, i/3, i%7, i, 1000+i/3, i%5)
	}
	batch, err := storetest.ParseSpans(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	h := ui.New(ui.Options{Reader: engine, Now: func() time.Time { return now }})
	for _, search := range []string{"root=false", "sort=slowest", "service=back", "service=back&caller=front", "service=back&sort=slowest", "service=back&caller=front&sort=slowest"} {
		whole := into[ui.TraceList](t, h, "/api/v1/traces?limit=500&"+search)
		if len(whole.Traces) != 40 || whole.After != "" {
			t.Fatalf("%s: %d traces, after %q", search, len(whole.Traces), whole.After)
		}
		var paged ui.TraceList
		for after, pages := "", 0; ; pages++ {
			page := into[ui.TraceList](t, h, "/api/v1/traces?limit=7&"+search+"&after="+url.QueryEscape(after))
			if len(page.Traces) > 7 || pages > 10 {
				t.Fatalf("%s: page %d has %d traces", search, pages, len(page.Traces))
			}
			paged.Traces = append(paged.Traces, page.Traces...)
			if after = page.After; after == "" {
				break
			}
		}
		for i := range whole.Traces {
			if i >= len(paged.Traces) || paged.Traces[i].TraceID != whole.Traces[i].TraceID {
				t.Fatalf("%s: the pages differ from row %d on", search, i)
			}
		}
	}
}

func TestLogPages(t *testing.T) {
	h := handler(t)
	var bodies []string
	for after := ""; ; {
		page := into[ui.LogList](t, h, "/api/v1/logs?limit=2"+shopRange+"&after="+after)
		for _, line := range page.Logs {
			bodies = append(bodies, line.Body)
		}
		if after = page.After; after == "" {
			break
		}
	}
	if want := "giving up | query failed: timeout after 1.9 s | reviews are slow | query took 12 ms | reviews asked for"; strings.Join(bodies, " | ") != want {
		t.Errorf("got %q", bodies)
	}
}

func TestIDsOfTraces(t *testing.T) {
	h := handler(t)
	for _, id := range []string{"00000000000000000000000000006131", "0000000000006131", "1-00000000-000000000000000000006131"} {
		if trace := into[ui.Trace](t, h, "/api/v1/traces/"+id); trace.TraceID != "00000000000000000000000000006131" || trace.Spans != 8 {
			t.Errorf("%s: %s with %d spans", id, trace.TraceID, trace.Spans)
		}
	}
}

// TestIndexStaysWhileSpansArrive: an index of an answer means the same span
// when details are asked for, although more spans of the trace have come.
func TestIndexStaysWhileSpansArrive(t *testing.T) {
	engine := memory.New()
	write := func(text string) {
		t.Helper()
		batch, err := storetest.ParseSpans(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := engine.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	h := ui.New(ui.Options{Reader: engine})
	write("t a - server s root 0s+10s\nt c a internal s late 5s+1s")
	trace := into[ui.Trace](t, h, "/api/v1/traces/0000000000000074")
	write("t b a internal s early 1s+1s")
	details := into[ui.SpanDetails](t, h, "/api/v1/traces/0000000000000074/spans?index=1")
	if got, want := details.Spans[0].SpanID, trace.Columns.SpanID[1]; got != want {
		t.Errorf("index 1 was %s and is %s", want, got)
	}
	if again := into[ui.Trace](t, h, "/api/v1/traces/0000000000000074"); again.Spans != 3 {
		t.Errorf("a new question sees %d spans, want 3", again.Spans)
	}
}

func TestServicesWithoutName(t *testing.T) {
	engine := memory.New()
	batch, err := storetest.ParseSpans("t a - server - get 0s+1s")
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	h := ui.New(ui.Options{Reader: engine, Now: func() time.Time { return now }})
	names := into[ui.Names](t, h, "/api/v1/services?"+shopRange[1:])
	if len(names.Names) != 1 || names.Names[0].Name != "unknown_service" {
		t.Errorf("services: %+v", names)
	}
	if list := into[ui.TraceList](t, h, "/api/v1/traces?service=unknown_service"+shopRange); len(list.Traces) != 1 || list.Traces[0].RootService != "unknown_service" {
		t.Errorf("traces: %+v", list.Traces)
	}
	if m := into[ui.Map](t, h, "/api/v1/map?"+shopRange[1:]); len(m.Nodes) != 2 || m.Nodes[1].Name != "unknown_service" {
		t.Errorf("map: %+v", m.Nodes)
	}
}

func TestTimelineSteps(t *testing.T) {
	h := handler(t)
	for _, c := range []struct {
		query  string
		stepMs int64
	}{
		{"from=1772366400000&to=1772366700000&buckets=60", 60_000},
		{"from=1772366400000&to=1772370000000&buckets=60", 120_000},
		{"from=1772366400000&to=1772452800000&buckets=100", 900_000},
		{"from=0&to=1772366700000&buckets=100", 7 * 30 * 86_400_000},
		{"from=1772366430000&to=1772366430001&buckets=1", 60_000},
	} {
		line := into[ui.Timeline](t, h, "/api/v1/timeline?"+c.query)
		var requests, faults uint64
		for i := range line.Requests {
			requests, faults = requests+line.Requests[i], faults+line.Faults[i]
		}
		if line.StepMs != c.stepMs || line.Range.From%c.stepMs != 0 || line.Range.To-line.Range.From != int64(len(line.Requests))*c.stepMs {
			t.Errorf("%s: step %d, %d buckets in %+v", c.query, line.StepMs, len(line.Requests), line.Range)
		}
		if !strings.Contains(c.query, "buckets=1") || strings.Contains(c.query, "buckets=100") {
			if requests != 5 || faults != 1 {
				t.Errorf("%s: %d requests, %d faults", c.query, requests, faults)
			}
		}
	}
}
