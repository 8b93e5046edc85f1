package jaeger

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// meshBatch makes spans as Jaeger's clients send them: 8 tags and a log.
func meshBatch(spans int) *jaeger.Batch {
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func(key, value string) *jaeger.Tag {
		return &jaeger.Tag{Key: key, VType: jaeger.TagType_STRING, VStr: &value}
	}
	long := func(key string, value int64) *jaeger.Tag {
		return &jaeger.Tag{Key: key, VType: jaeger.TagType_LONG, VLong: &value}
	}
	batch := &jaeger.Batch{Process: &jaeger.Process{ServiceName: "reviews", Tags: []*jaeger.Tag{
		text("hostname", "reviews-7d4f9"), text("jaeger.version", "Java-1.8.1"), text("ip", "10.1.2.3"),
	}}}
	for range spans {
		id := fmt.Sprint(rnd.IntN(5000))
		batch.Spans = append(batch.Spans, &jaeger.Span{
			TraceIdLow: rnd.Int64(), TraceIdHigh: rnd.Int64(), SpanId: rnd.Int64(), ParentSpanId: rnd.Int64(), OperationName: "GET /api/v1/products/{id}/reviews", Flags: 1,
			StartTime: 1_700_000_000_000_000 + rnd.Int64N(1e9), Duration: rnd.Int64N(200_000),
			Tags: []*jaeger.Tag{
				text("span.kind", "server"), text("component", "java-spring"), text("http.method", "GET"), long("http.status_code", 200),
				text("http.url", "http://reviews:9080/api/v1/products/"+id+"/reviews"), text("peer.address", "10.1.2.3:41242"), long("thread.id", 17), text("sampler.type", "const"),
			},
			Logs: []*jaeger.Log{{Timestamp: 1_700_000_000_000_000, Fields: []*jaeger.Tag{text("event", "cache miss"), text("key", "product-"+id)}}},
		})
	}
	return batch
}

// protoSample writes the same spans as protobuf.
func protoSample(t tester) []byte {
	t.Helper()
	in := meshBatch(100)
	keyValues := func(tags []*jaeger.Tag) (out []model.KeyValue) {
		for _, tag := range tags {
			out = append(out, model.KeyValue{Key: tag.Key, VType: map[jaeger.TagType]model.ValueType{jaeger.TagType_LONG: model.Int64Type}[tag.VType], VStr: tag.GetVStr(), VInt64: tag.GetVLong()})
		}
		return out
	}
	micros := func(n int64) time.Time { return time.UnixMicro(n).UTC() }
	var request api_v2.PostSpansRequest
	request.Batch.Process = &model.Process{ServiceName: in.Process.ServiceName, Tags: keyValues(in.Process.Tags)}
	for _, s := range in.Spans {
		trace := model.NewTraceID(uint64(s.TraceIdHigh), uint64(s.TraceIdLow))
		request.Batch.Spans = append(request.Batch.Spans, &model.Span{
			TraceID: trace, SpanID: model.SpanID(s.SpanId), OperationName: s.OperationName, References: []model.SpanRef{model.NewChildOfRef(trace, model.SpanID(s.ParentSpanId))},
			StartTime: micros(s.StartTime), Duration: time.Duration(s.Duration) * time.Microsecond, Tags: keyValues(s.Tags),
			Logs: []model.Log{{Timestamp: micros(s.Logs[0].Timestamp), Fields: keyValues(s.Logs[0].Fields)}},
		})
	}
	body, err := request.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func BenchmarkToOTLP(b *testing.B) {
	const spans = 100
	batch := meshBatch(spans)
	for name, c := range map[string]struct {
		format Format
		body   []byte
		read   func(body []byte) (ptrace.Traces, error)
	}{
		"proto": {Proto, protoSample(b), func(body []byte) (ptrace.Traces, error) {
			var request api_v2.PostSpansRequest
			if err := request.Unmarshal(body); err != nil {
				return ptrace.Traces{}, err
			}
			return upstream.ProtoToTraces([]*model.Batch{&request.Batch})
		}},
		"http": {Thrift, encode(b, batch, Thrift), func(body []byte) (ptrace.Traces, error) {
			var batch jaeger.Batch
			if err := thrift.NewTDeserializer().Read(b.Context(), &batch, body); err != nil {
				return ptrace.Traces{}, err
			}
			return upstream.ThriftToTraces(&batch)
		}},
		"compact": {AgentCompact, encode(b, batch, AgentCompact), func(body []byte) (ptrace.Traces, error) {
			buffer := thrift.NewTMemoryBufferLen(len(body))
			buffer.Write(body)
			p := thrift.NewTCompactProtocolConf(buffer, nil)
			var args agent.AgentEmitBatchArgs
			if _, _, _, err := p.ReadMessageBegin(b.Context()); err != nil {
				return ptrace.Traces{}, err
			}
			if err := args.Read(b.Context(), p); err != nil {
				return ptrace.Traces{}, err
			}
			return upstream.ThriftToTraces(args.Batch)
		}},
	} {
		run := func(b *testing.B, translate func() error) {
			b.SetBytes(int64(len(c.body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := translate(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/spans, "ns/span")
		}
		b.Run(name, func(b *testing.B) {
			run(b, func() error { _, err := ToOTLP(c.body, c.format); return err })
		})
		b.Run("upstream/"+name, func(b *testing.B) {
			var m ptrace.ProtoMarshaler // a batch of ours is ready to be sent
			run(b, func() error {
				td, err := c.read(c.body)
				if err == nil {
					_, err = m.MarshalTraces(td)
				}
				return err
			})
		})
	}
}
