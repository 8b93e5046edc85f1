package jaeger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"
)

// tester is what testing.TB and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// flat is one span with its resource and scope, in a form that two
// translators can be compared in: attributes unordered.
type flat struct {
	Resource, Attributes      map[string]any
	Scope, Trace, ID, Parent  string
	Name, Kind, State, Status string
	Start, End                uint64
	Events                    []event
	Links                     []string
}

type event struct {
	Time       uint64
	Name       string
	Attributes map[string]any
}

func flatten(td ptrace.Traces) (out []flat) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				f := flat{
					Resource: rs.Resource().Attributes().AsRaw(), Attributes: s.Attributes().AsRaw(),
					Scope: ss.Scope().Name() + "@" + ss.Scope().Version(),
					Trace: s.TraceID().String(), ID: s.SpanID().String(), Parent: s.ParentSpanID().String(),
					Name: s.Name(), Kind: s.Kind().String(), State: s.TraceState().AsRaw(),
					Status: s.Status().Code().String() + " " + s.Status().Message(),
					Start:  uint64(s.StartTimestamp()), End: uint64(s.EndTimestamp()),
				}
				for _, e := range s.Events().All() {
					f.Events = append(f.Events, event{uint64(e.Timestamp()), e.Name(), e.Attributes().AsRaw()})
				}
				for _, l := range s.Links().All() {
					f.Links = append(f.Links, fmt.Sprint(l.TraceID(), l.SpanID(), l.TraceState().AsRaw(), l.Attributes().AsRaw()))
				}
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b flat) int { return strings.Compare(a.key(), b.key()) })
	return out
}

func (f flat) key() string { // maps print sorted
	return fmt.Sprint(f.Trace, f.ID, f.Kind, f.Start, f.Name, f.Attributes, f.Events, f.Links, f.Resource)
}

func ours(t tester, body []byte, format Format) ptrace.Traces {
	t.Helper()
	before := string(body)
	batch, err := ToOTLP(body, format)
	if err != nil {
		t.Fatalf("ToOTLP refuses what upstream takes: %v\n%q", err, body)
	}
	if string(body) != before {
		t.Fatal("the body was changed")
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
	if err != nil {
		t.Fatalf("pdata cannot read the batch: %v\n%q", err, body)
	}
	if td.SpanCount() != batch.Items() {
		t.Fatalf("the batch says it has %d spans and has %d", batch.Items(), td.SpanCount())
	}
	return td
}

// encode writes a batch with Thrift's own library.
func encode(t tester, batch *jaeger.Batch, format Format) []byte {
	t.Helper()
	ctx := context.Background()
	buffer := thrift.NewTMemoryBuffer()
	var p thrift.TProtocol = thrift.NewTBinaryProtocolConf(buffer, nil)
	if format == AgentCompact {
		p = thrift.NewTCompactProtocolConf(buffer, nil)
	}
	var err error
	if format == Thrift {
		err = batch.Write(ctx, p)
	} else {
		args := agent.AgentEmitBatchArgs{Batch: batch}
		err = errors.Join(p.WriteMessageBegin(ctx, "emitBatch", thrift.ONEWAY, 1), args.Write(ctx, p), p.WriteMessageEnd(ctx))
	}
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// equal compares floats by their bits, but all NaNs alike.
var equal = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

// Any batch becomes the same spans as with upstream's translator, however it is encoded.
func TestThriftSameAsUpstream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := drawBatch(t)
		td, err := upstream.ThriftToTraces(batch)
		if err != nil {
			t.Fatal(err)
		}
		want := flatten(td)
		for _, format := range []Format{Thrift, AgentCompact, AgentBinary} {
			body := encode(t, batch, format)
			if diff := cmp.Diff(want, flatten(ours(t, body, format)), equal); diff != "" {
				t.Fatalf("format %d, %+v\nupstream -, ours +:\n%s", format, batch, diff)
			}
		}
	})
}

// drawKey draws the key of a tag, often a special one.
func drawKey(t *rapid.T) string {
	return rapid.OneOf(rapid.StringMatching(`[a-c]{1,2}`), rapid.SampledFrom([]string{
		"span.kind", "error", "otel.status_code", "otel.status_description", "http.status_code", "http.status_message", "w3c.tracestate",
		"otel.scope.name", "otel.scope.version", "event", "hostname", "host.name", "jaeger.version", "opencensus.exporterversion", "service.name", "",
	})).Draw(t, "key")
}

func drawText(t *rapid.T) string {
	return rapid.OneOf(rapid.StringN(0, 20, 40), rapid.SampledFrom([]string{
		"client", "server", "producer", "consumer", "internal", "OK", "error", "Error", "200", "399", "400", "404", "500", "-1", "99999999999999999999", "true",
	})).Draw(t, "text")
}

func drawInt(t *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, 100, 200, 398, 399, 400, 404, 500, 503})).Draw(t, "int")
}

func drawTag(t *rapid.T) *jaeger.Tag {
	tag := &jaeger.Tag{Key: drawKey(t), VType: jaeger.TagType(rapid.IntRange(0, 5).Draw(t, "type"))}
	if rapid.IntRange(0, 9).Draw(t, "bare") == 0 {
		return tag
	}
	text, number, double, truth := drawText(t), drawInt(t), rapid.Float64().Draw(t, "double"), rapid.Bool().Draw(t, "bool")
	switch tag.VType {
	case jaeger.TagType_STRING:
		tag.VStr = &text
	case jaeger.TagType_DOUBLE:
		tag.VDouble = &double
	case jaeger.TagType_BOOL:
		tag.VBool = &truth
	case jaeger.TagType_LONG:
		tag.VLong = &number
	case jaeger.TagType_BINARY:
		tag.VBinary = []byte(text)
	}
	return tag
}

func drawBatch(t *rapid.T) *jaeger.Batch {
	tags := func(most int) []*jaeger.Tag { return rapid.SliceOfN(rapid.Custom(drawTag), 0, most).Draw(t, "tags") }
	id := rapid.SampledFrom([]int64{0, 1, 2, -1, math.MinInt64})
	batch := &jaeger.Batch{Process: &jaeger.Process{ServiceName: rapid.SampledFrom([]string{"", "frontend"}).Draw(t, "service"), Tags: tags(6)}}
	batch.Spans = []*jaeger.Span{}
	for range rapid.IntRange(0, 4).Draw(t, "spans") {
		s := &jaeger.Span{
			TraceIdLow: id.Draw(t, "low"), TraceIdHigh: id.Draw(t, "high"), SpanId: rapid.Int64Min(1).Draw(t, "id"), ParentSpanId: id.Draw(t, "parent"),
			OperationName: drawText(t), Flags: 1, StartTime: rapid.Int64Range(0, 4e15).Draw(t, "start"), Duration: rapid.Int64Range(0, 1e15).Draw(t, "duration"), Tags: tags(12),
		}
		for range rapid.IntRange(0, 3).Draw(t, "refs") {
			s.References = append(s.References, &jaeger.SpanRef{
				RefType: jaeger.SpanRefType(rapid.IntRange(0, 2).Draw(t, "ref")), SpanId: id.Draw(t, "ref id"),
				TraceIdLow:  rapid.OneOf(id, rapid.Just(s.TraceIdLow)).Draw(t, "ref low"),
				TraceIdHigh: rapid.OneOf(id, rapid.Just(s.TraceIdHigh)).Draw(t, "ref high"),
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "logs") {
			s.Logs = append(s.Logs, &jaeger.Log{Timestamp: rapid.Int64Range(0, 4e15).Draw(t, "time"), Fields: tags(4)})
		}
		batch.Spans = append(batch.Spans, s)
	}
	return batch
}

// The same for protobuf. Here upstream drops the tags of a process with the name that stands for none.
func TestProtoSameAsUpstream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := drawProtoBatch(t)
		body, err := (&api_v2.PostSpansRequest{Batch: *batch}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		td, err := upstream.ProtoToTraces([]*model.Batch{batch}) // changes the batch
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(flatten(td), flatten(ours(t, body, Proto)), equal); diff != "" {
			t.Fatalf("%x\nupstream -, ours +:\n%s", body, diff)
		}
	})
}

func drawKeyValue(t *rapid.T) model.KeyValue {
	kv := model.KeyValue{Key: drawKey(t), VType: model.ValueType(rapid.IntRange(0, 5).Draw(t, "type"))}
	switch kv.VType {
	case model.StringType:
		kv.VStr = drawText(t)
	case model.BoolType:
		kv.VBool = rapid.Bool().Draw(t, "bool")
	case model.Int64Type:
		kv.VInt64 = drawInt(t)
	case model.Float64Type:
		kv.VFloat64 = rapid.Float64().Draw(t, "double")
	case model.BinaryType:
		kv.VBinary = []byte(drawText(t))
	}
	return kv
}

// drawProcess draws one with a name, because upstream takes processes for the same that differ behind a
// tag of an unknown type only.
func drawProcess(t *rapid.T, name string, tags func(most int) []model.KeyValue) *model.Process {
	return &model.Process{ServiceName: name, Tags: tags(6)}
}

func drawProtoBatch(t *rapid.T) *model.Batch {
	// Upstream takes the first of repeated scope tags out and leaves the others; we use the last, as with all tags.
	// One of an unknown type has the text that says so, and for upstream none.
	tags := func(most int) []model.KeyValue {
		list := rapid.SliceOfN(rapid.Custom(drawKeyValue), 0, most).Draw(t, "tags")
		seen := map[string]bool{}
		return slices.DeleteFunc(list, func(kv model.KeyValue) bool {
			odd := (seen[kv.Key] || kv.VType == 5) && strings.HasPrefix(kv.Key, "otel.scope")
			seen[kv.Key] = true
			return odd
		})
	}
	id := rapid.SampledFrom([]uint64{0, 1, 2, math.MaxUint64})
	moment := func(what string) time.Time {
		return time.Unix(0, rapid.Int64Range(2e9, 4e18).Draw(t, what)).UTC()
	}
	batch := &model.Batch{}
	if rapid.Bool().Draw(t, "process") {
		batch.Process = drawProcess(t, rapid.SampledFrom([]string{"", "frontend"}).Draw(t, "service"), tags)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "spans") {
		s := &model.Span{
			TraceID: model.NewTraceID(id.Draw(t, "high"), id.Draw(t, "low")), SpanID: model.SpanID(rapid.Uint64Min(1).Draw(t, "id")), OperationName: drawText(t), Flags: 1,
			StartTime: moment("start"), Duration: time.Duration(rapid.Int64Range(-1e9, 1e18).Draw(t, "duration")), Tags: tags(12), ProcessID: "p", Warnings: []string{"w"},
		}
		if rapid.IntRange(0, 3).Draw(t, "own process") == 0 {
			s.Process = drawProcess(t, fmt.Sprint("own", i), tags)
		}
		for range rapid.IntRange(0, 3).Draw(t, "refs") {
			s.References = append(s.References, model.SpanRef{
				RefType: model.SpanRefType(rapid.IntRange(0, 2).Draw(t, "ref")), SpanID: model.SpanID(id.Draw(t, "ref id")),
				TraceID: rapid.SampledFrom([]model.TraceID{s.TraceID, model.NewTraceID(0, 1)}).Draw(t, "ref trace"),
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "logs") {
			s.Logs = append(s.Logs, model.Log{Timestamp: moment("time"), Fields: tags(4)})
		}
		batch.Spans = append(batch.Spans, s)
	}
	return batch
}
