package jaeger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"github.com/rogpeppe/go-internal/txtar"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/oriel-io/oriel/wire/protoscan"
)

var update = flag.Bool("update", false, "write what comes into the wanted parts of testdata/*.txtar")

// Each case has a batch.json, Thrift's struct Batch, and what becomes of it in all three ways of writing it.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var batch jaeger.Batch
		if err := json.Unmarshal(archive.Files[0].Data, &batch); err != nil {
			t.Fatal(name, err)
		}
		for _, format := range []Format{Thrift, AgentCompact, AgentBinary} {
			got := print(ours(t, encode(t, &batch, format), format))
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want.otlp", Data: got})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), string(got)); diff != "" {
				t.Errorf("%s, format %d: want -, got +:\n%s", name, format, diff)
			}
		}
	}
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
			for _, s := range ss.Spans().All() {
				fmt.Fprintf(&out, "  span %s of %s in %s: %s %q %d to %d", s.SpanID(), s.ParentSpanID(), s.TraceID(), s.Kind(), s.Name(), s.StartTimestamp(), s.EndTimestamp())
				if s.Status().Code() != 0 {
					fmt.Fprintf(&out, " %s %q", s.Status().Code(), s.Status().Message())
				}
				out.WriteString("\n")
				attrs("    ", s.Attributes())
				for _, e := range s.Events().All() {
					fmt.Fprintf(&out, "    event %d %q\n", e.Timestamp(), e.Name())
					attrs("      ", e.Attributes())
				}
				for _, l := range s.Links().All() {
					fmt.Fprintf(&out, "    link %s %s\n", l.TraceID(), l.SpanID())
					attrs("      ", l.Attributes())
				}
			}
		}
	}
	return out.Bytes()
}

// thriftFields writes a struct of the binary protocol: number, type and value of each field.
func thriftFields(fields ...any) []byte {
	var out []byte
	for i := 0; i < len(fields); i += 3 {
		out = append(out, byte(fields[i+1].(int)), 0, byte(fields[i].(int)))
		switch v := fields[i+2].(type) {
		case []byte:
			out = append(out, v...)
		case string:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(v))), v...)
		case int64:
			out = binary.BigEndian.AppendUint64(out, uint64(v))
		case int32:
			out = binary.BigEndian.AppendUint32(out, uint32(v))
		}
	}
	return append(out, 0)
}

func thriftList(structs ...[]byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte{12}, uint32(len(structs)))
	return append(out, bytes.Join(structs, nil)...)
}

var (
	process = thriftFields(1, 11, "api")
	plain   = thriftFields(1, 10, int64(1), 2, 10, int64(0), 3, 10, int64(2), 4, 10, int64(0), 5, 11, "get", 7, 8, int32(1), 8, 10, int64(10), 9, 10, int64(5))
)

// A process behind its spans is theirs; what is unknown is passed by.
func TestProcessLast(t *testing.T) {
	body := thriftFields(9, 11, "unknown", 2, 15, thriftList(plain), 1, 12, process, 3, 10, int64(7))
	want := "resource\n  service.name = \"api\"\n  span 0000000000000002 of  in 00000000000000000000000000000001: Unspecified \"get\" 10000 to 15000\n"
	if got := string(print(ours(t, body, Thrift))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestErrors(t *testing.T) {
	request := func(fields ...[]byte) []byte {
		return protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 1, bytes.Join(fields, nil)))
	}
	for want, c := range map[string]struct {
		format Format
		body   []byte
	}{
		"the message ends inside of a struct (byte 0)":                    {Thrift, nil},
		"a batch without field 1 (byte 9)":                                {Thrift, thriftFields(2, 15, thriftList())},
		"a batch without field 2 (byte 15)":                               {Thrift, thriftFields(1, 12, process)},
		"a process without field 1 (byte 4)":                              {Thrift, thriftFields(1, 12, thriftFields())},
		"a second field spans (byte 25)":                                  {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(), 2, 15, thriftList())},
		"spans[1]: a span without field 1 (byte":                          {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(plain, thriftFields()))},
		"spans[0]: a span without field 1 (byte 9)":                       {Thrift, thriftFields(2, 15, thriftList(thriftFields()), 1, 12, process)},
		"spans[0]: a tag without field 2 (byte 39)":                       {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(thriftFields(10, 15, thriftList(thriftFields(1, 11, "k")))))},
		"spans[0]: a log without field 1 (byte":                           {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(thriftFields(11, 15, thriftList(thriftFields()))))},
		"spans[0]: a reference without field 1 (byte":                     {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(thriftFields(6, 15, thriftList(thriftFields()))))},
		`a call of "emitZipkinBatch"; want emitBatch (byte 0)`:            {AgentBinary, []byte("\x80\x01\x00\x04\x00\x00\x00\x0femitZipkinBatch\x00\x00\x00\x00\x00")},
		"a message that begins with 0x8001; want 0x82 and version 1":      {AgentCompact, []byte("\x80\x01\x00\x04\x00\x00\x00\x09emitBatch\x00\x00\x00\x00\x00")},
		"protobuf: message ends inside a field":                           {Proto, []byte("\x0a\x05ab")},
		"field 1 of the request has the wrong type 0":                     {Proto, []byte{8, 1}},
		"field 1 of a batch has the wrong type 0":                         {Proto, protoscan.AppendBytes(nil, 1, []byte{8, 1})},
		"spans[0]: a trace id of 3 bytes; want 16 or 8":                   {Proto, request(protoscan.AppendBytes(nil, 1, "abc"))},
		"spans[0]: a span id of 3 bytes; want 8":                          {Proto, request(protoscan.AppendBytes(nil, 2, "abc"))},
		"spans[0]: field 3 of a span has the wrong type 0":                {Proto, request(protoscan.AppendVarint(nil, 3, 1))},
		"spans[0]: field 2 of a tag has the wrong type 2":                 {Proto, request(protoscan.AppendBytes(nil, 8, protoscan.AppendBytes(nil, 2, "x")))},
		"spans[0]: field 1 of a process has the wrong type 0":             {Proto, request(protoscan.AppendBytes(nil, 10, []byte{8, 1}))},
		"spans[0]: field 1 of a log has the wrong type 0":                 {Proto, request(protoscan.AppendBytes(nil, 9, []byte{8, 1}))},
		"spans[0]: field 2 of a time has the wrong type 2":                {Proto, request(protoscan.AppendBytes(nil, 6, protoscan.AppendBytes(nil, 2, "x")))},
		"spans[0]: field 3 of a reference has the wrong type 2":           {Proto, request(protoscan.AppendBytes(nil, 4, protoscan.AppendBytes(nil, 3, "x")))},
		"spans[0]: 2000000000 elements, but 2 bytes are left (byte":       {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(thriftFields(10, 15, []byte{12, 0x77, 0x35, 0x94, 0})))},
		"spans[0]: a list of elements of type 11; want type 12 (byte 30)": {Thrift, thriftFields(1, 12, process, 2, 15, thriftList(thriftFields(10, 15, []byte{11, 0, 0, 0, 1, 0})))},
	} {
		_, err := ToOTLP(c.body, c.format)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
