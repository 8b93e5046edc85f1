package zipkin

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jaegertracing/jaeger-idl/thrift-gen/zipkincore"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv1"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	zipkinmodel "github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"github.com/openzipkin/zipkin-go/reporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// meshBody makes spans as Envoy proxies of a small mesh send them: 8 services
// on 3 hosts each, 12 tags, ids of 128 and 64 bits.
func meshBody(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	services := []string{"ingress", "productpage", "details", "reviews", "ratings", "orders", "payment", "inventory"}
	spans := make([]map[string]any, n)
	for i := range spans {
		service := services[rnd.IntN(len(services))]
		start := 1_700_000_000_000_000 + rnd.Int64N(1e9)
		tags := map[string]string{
			"component": "proxy", "http.method": "GET", "http.protocol": "HTTP/1.1", "http.status_code": "200",
			"http.url":   fmt.Sprintf("http://%s:9080/api/v1/products/%d/reviews", service, rnd.IntN(5000)),
			"user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "request_size": fmt.Sprint(rnd.IntN(4096)),
			"response_size": fmt.Sprint(rnd.IntN(65536)), "upstream_cluster": "outbound|9080||" + service + ".bookinfo.svc.cluster.local",
			"peer.address": "10.1.2.3", "guid:x-request-id": fmt.Sprintf("%08x-1234-4321-8888-%012x", rnd.Uint32(), rnd.Uint64()>>16),
			"istio.canonical_revision": "v1",
		}
		span := map[string]any{
			"traceId": fmt.Sprintf("%016x%016x", rnd.Uint64(), rnd.Uint64()), "id": fmt.Sprintf("%016x", rnd.Uint64()),
			"parentId": fmt.Sprintf("%016x", rnd.Uint64()), "kind": []string{"CLIENT", "SERVER"}[i%2],
			"name":      service + ".bookinfo.svc.cluster.local:9080/api/v1/products/{id}/reviews",
			"timestamp": start, "duration": rnd.IntN(200_000), "tags": tags,
			"localEndpoint": map[string]any{"serviceName": service, "ipv4": fmt.Sprintf("10.0.0.%d", rnd.IntN(3)), "port": 9080},
		}
		if rnd.IntN(20) == 0 {
			span["annotations"] = []map[string]any{{"timestamp": start + 100, "value": "retry"}}
		}
		spans[i] = span
	}
	body, err := json.Marshal(spans)
	if err != nil {
		panic(err)
	}
	return body
}

func BenchmarkToOTLP(b *testing.B) {
	const spans = 1000
	body := meshBody(spans)
	for name, c := range map[string]struct {
		body     []byte
		format   Format
		upstream ptrace.Unmarshaler
	}{
		"json":   {body, JSON, zipkinv2.NewJSONTracesUnmarshaler(false)},
		"proto":  {asProto(b, body), Proto, zipkinv2.NewProtobufTracesUnmarshaler(false, false)},
		"thrift": {meshThrift(b, body), ThriftV1, zipkinv1.NewThriftTracesUnmarshaler()},
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
			b.ReportMetric(float64(len(c.body))/spans, "B/span")
		}
		b.Run(name, func(b *testing.B) {
			run(b, func() error { _, err := ToOTLP(c.body, Options{Format: c.format}); return err })
		})
		b.Run("upstream/"+name, func(b *testing.B) {
			var m ptrace.ProtoMarshaler // a batch of ours is ready to be sent
			run(b, func() error {
				td, err := c.upstream.UnmarshalTraces(c.body)
				if err == nil {
					_, err = m.MarshalTraces(td)
				}
				return err
			})
		})
	}
}

// meshThrift writes the same spans as version 1 in Thrift.
func meshThrift(b *testing.B, body []byte) []byte {
	var in []*zipkinmodel.SpanModel
	if err := json.Unmarshal(body, &in); err != nil {
		b.Fatal(err)
	}
	out := make([]*zipkincore.Span, len(in))
	for i, s := range in {
		high, parent, start, duration := int64(s.TraceID.High), int64(*s.ParentID), s.Timestamp.UnixMicro(), s.Duration.Microseconds()
		host := &zipkincore.Endpoint{ServiceName: s.LocalEndpoint.ServiceName, Ipv4: 0x0a000001, Port: 9080}
		t := &zipkincore.Span{TraceID: int64(s.TraceID.Low), TraceIDHigh: &high, ID: int64(s.ID), ParentID: &parent, Name: s.Name, Timestamp: &start, Duration: &duration}
		t.Annotations = []*zipkincore.Annotation{{Timestamp: start, Value: "cs", Host: host}, {Timestamp: start + duration, Value: "cr", Host: host}}
		for key, value := range s.Tags {
			t.BinaryAnnotations = append(t.BinaryAnnotations, &zipkincore.BinaryAnnotation{Key: key, Value: []byte(value), AnnotationType: zipkincore.AnnotationType_STRING, Host: host})
		}
		out[i] = t
	}
	return asThrift(b, out)
}

func BenchmarkFromOTLP(b *testing.B) {
	const spans = 1000
	batch, err := ToOTLP(meshBody(spans), Options{})
	if err != nil {
		b.Fatal(err)
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(batch.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	upstream := func(serializer reporter.SpanSerializer) {
		models, err := zipkinv2.FromTranslator{}.FromTraces(td)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := serializer.Serialize(models); err != nil {
			b.Fatal(err)
		}
	}
	var out []byte
	for name, write := range map[string]func(){
		"JSON":              func() { out = FromOTLP(out[:0], batch, WriteOptions{}) },
		"protobuf":          func() { out = FromOTLP(out[:0], batch, WriteOptions{Format: Proto}) },
		"JSON/upstream":     func() { upstream(reporter.JSONSerializer{}) },
		"protobuf/upstream": func() { upstream(zipkin_proto3.SpanSerializer{}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				write()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/spans, "ns/span")
		})
	}
}
