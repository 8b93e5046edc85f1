package zipkin

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var update = flag.Bool("update", false, "write what comes into the wanted parts of testdata/*.txtar")

// Each case has body.json, or body.v1.json, and what becomes of it: OTLP, and
// the Zipkin JSON that the way back makes of that.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			for _, f := range archive.Files {
				files[f.Name] = f.Data
			}
			body, opts := files["body.json"], Options{}
			if body == nil {
				body, opts.Format = files["body.v1.json"], JSONV1
			}
			_, opts.ParseStringTags = files["parse_string_tags"]
			batch, err := ToOTLP(body, opts)
			if err != nil {
				t.Fatal(err)
			}
			td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			backAgain(t, batch)
			got := map[string][]byte{"want.otlp": print(td), "want.zipkin.json": lines(t, AppendJSON(nil, batch))}
			if !*update {
				for part, text := range got {
					if diff := cmp.Diff(string(files[part]), string(text)); diff != "" {
						t.Errorf("%s: want -, got +:\n%s", part, diff)
					}
				}
				return
			}
			kept := archive.Files[:0]
			for _, f := range archive.Files {
				if got[f.Name] == nil {
					kept = append(kept, f)
				}
			}
			archive.Files = append(kept, txtar.File{Name: "want.otlp", Data: got["want.otlp"]}, txtar.File{Name: "want.zipkin.json", Data: got["want.zipkin.json"]})
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// lines puts each element of a JSON array on a line.
func lines(t *testing.T, text []byte) []byte {
	t.Helper()
	var spans []json.RawMessage
	if err := json.Unmarshal(text, &spans); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, span := range spans {
		out.Write(append(span, '\n'))
	}
	return out.Bytes()
}

// print writes traces as text, a line for each thing, fields without value left away.
func print(td ptrace.Traces) []byte {
	var out bytes.Buffer
	attrs := func(indent string, m pcommon.Map) {
		for key, v := range m.All() {
			fmt.Fprintf(&out, "%s%s = %#v\n", indent, key, v.AsRaw())
		}
	}
	for _, rs := range td.ResourceSpans().All() {
		out.WriteString("resource\n")
		attrs("  ", rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			if ss.Scope().Name() != "" {
				fmt.Fprintf(&out, "  scope %q %q\n", ss.Scope().Name(), ss.Scope().Version())
			}
			for _, s := range ss.Spans().All() {
				fmt.Fprintf(&out, "  span %s of %s in %s: %s %q %d+%d", s.SpanID(), s.ParentSpanID(), s.TraceID(), s.Kind(), s.Name(), s.StartTimestamp(), s.EndTimestamp()-s.StartTimestamp())
				if s.Status().Code() != 0 {
					fmt.Fprintf(&out, " %s %q", s.Status().Code(), s.Status().Message())
				}
				if state := s.TraceState().AsRaw(); state != "" {
					fmt.Fprintf(&out, " trace state %q", state)
				}
				out.WriteString("\n")
				attrs("    ", s.Attributes())
				for _, e := range s.Events().All() {
					fmt.Fprintf(&out, "    event %d %q, %d dropped\n", e.Timestamp(), e.Name(), e.DroppedAttributesCount())
					attrs("      ", e.Attributes())
				}
				for _, l := range s.Links().All() {
					fmt.Fprintf(&out, "    link %s %s %q, %d dropped\n", l.TraceID(), l.SpanID(), l.TraceState().AsRaw(), l.DroppedAttributesCount())
					attrs("      ", l.Attributes())
				}
			}
		}
	}
	return out.Bytes()
}

func TestErrorsSayWhere(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{``, `want an array, got the end of the text (byte 0)`},
		{`{"traceId":"1","id":"2"}`, `want an array, got '{' (byte 0)`},
		{`[{"traceId":"1","id":"2"}] x`, `text goes on after the value with 'x' (byte 27)`},
		{`[{"traceId":"1","id":"2"},{"traceId":"1","id":"3","duration":{}}]`, `[1].duration: want a number, got '{' (byte 61)`},
		{`[{"traceId":"1","id":"2","timestamp":"soon"}]`, `[0].timestamp: want a number, got "soon" (byte 37)`},
		{`[{"traceId":"1","id":"2","timestamp":1e30}]`, `[0].timestamp: 1e30 microseconds is too much; want at most 9223372036854775 (byte 37)`},
		{`[{"traceId":"1","id":"2","timestamp":9223372036854775,"duration":9223372036854775}]`, `[0]: timestamp + duration is after the year 2262 (byte 1)`},
		{`[{"id":"2"}]`, `[0]: traceId is missing or zero (byte 1)`},
		{`[{"traceId":"0000000000000000","id":"2"}]`, `[0]: traceId is missing or zero (byte 1)`},
		{`[{"traceId":"1"}]`, `[0]: id is missing or zero (byte 1)`},
		{`[{"traceId":"12x4","id":"2"}]`, `[0].traceId: want hexadecimal digits, got "12x4" (byte 12)`},
		{`[{"traceId":"1","id":"00000000000000002"}]`, `[0].id: want at most 16 hexadecimal digits, got 17 (byte 21)`},
		{`[{"traceId":1,"id":"2"}]`, `[0].traceId: want a string, got '1' (byte 12)`},
		{`[{"traceId":"1","id":"2","tags":{"a":"b","c":["d"]}}]`, `[0].tags.c: want a string, got '[' (byte 45)`},
		{`[{"traceId":"1","id":"2","localEndpoint":{"port":65536}}]`, `[0].localEndpoint.port: want a port up to 65535, got 65536 (byte 49)`},
		{`[{"traceId":"1","id":"2","remoteEndpoint":{"port":8.5}}]`, `[0].remoteEndpoint.port: want a port up to 65535, got 8.5 (byte 50)`},
		{`[{"traceId":"1","id":"2","annotations":[{"timestamp":1,"value":"a"},{"value":"b"}]}]`, `[0].annotations[1]: timestamp is missing or not positive (byte 68)`},
		{`[{"traceId":"1","id":"2","annotations":[{"timestamp":1,"value":5}]}]`, `[0].annotations[0].value: want a string, got '5' (byte 63)`},
		{`[{"traceId":"1","id":"2","binaryAnnotations":[{"key":"a","endpoint":7}]}]`, `[0].binaryAnnotations[0].endpoint: want an object, got '7' (byte 68)`},
		{`[{"traceId":"1","id":"2","shared":1}]`, `[0].shared: want true or false, got '1' (byte 34)`},
		{`[{"traceId":"1","id":"2","x":[[}]`, `[0].x: want a value, got '}' (byte 31)`},
		{`[{"traceId":"1","id":"2",}]`, `[0]: want a member name in double quotes, got '}' (byte 25)`},
		{`[{"traceId":"1","id":"2"`, `[0].id: want ',' or '}' after the value, got the end of the text (byte 24)`},
		{`[{"traceId":"1","id":"2","tags":{"` + strings.Repeat("k", 1000) + `":[]}}]`, `[0].tags.` + strings.Repeat("k", 60) + `...: want a string, got '[' (byte 1036)`},
		{`[{"traceId":"1","id":"2","duration":"` + strings.Repeat("k", 1000) + `"}]`, `[0].duration: want a number, got "` + strings.Repeat("k", 60) + `..." (byte 36)`},
	} {
		if _, err := ToOTLP([]byte(test.body), Options{}); err == nil || err.Error() != test.want {
			t.Errorf("%s\n got %v\nwant %s", test.body, err, test.want)
		}
	}
}
