package jaeger

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"github.com/rogpeppe/go-internal/txtar"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/oriel-io/oriel/wire/otlp"
)

// readUpstream reads a body with Jaeger's own code and upstream's translator.
func readUpstream(t *testing.T, body []byte, format Format) (ptrace.Traces, error) {
	if format == Proto {
		var request api_v2.PostSpansRequest
		if err := request.Unmarshal(body); err != nil {
			return ptrace.Traces{}, err
		}
		return upstream.ProtoToTraces([]*model.Batch{&request.Batch})
	}
	buffer := thrift.NewTMemoryBufferLen(len(body))
	buffer.Write(body)
	var p thrift.TProtocol = thrift.NewTBinaryProtocolConf(buffer, nil)
	if format == AgentCompact {
		p = thrift.NewTCompactProtocolConf(buffer, nil)
	}
	var args agent.AgentEmitBatchArgs
	var err error
	if format == Thrift {
		args.Batch = &jaeger.Batch{}
		err = args.Batch.Read(t.Context(), p)
	} else if _, _, _, err = p.ReadMessageBegin(t.Context()); err == nil {
		err = args.Read(t.Context(), p)
	}
	if err != nil || args.Batch == nil {
		return ptrace.NewTraces(), err
	}
	return upstream.ThriftToTraces(args.Batch)
}

// lenient are parts of our errors about what Jaeger's code takes: groups in
// protobuf, lists of another type, repeated fields, endless varints, other methods.
var lenient = []string{"malformed field", "a list of elements", "a second field", "a varint that", "elements, but", "a call of"}

// FuzzToOTLP holds ToOTLP to Jaeger's own code and upstream's translator: what we refuse they refuse, and what
// both take is the same, but for what the package comment states.
func FuzzToOTLP(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var batch jaeger.Batch
		if err := json.Unmarshal(archive.Files[0].Data, &batch); err != nil {
			f.Fatal(err)
		}
		for _, format := range []Format{Thrift, AgentCompact, AgentBinary} {
			f.Add(encode(f, &batch, format), uint8(format))
		}
	}
	f.Add(protoSample(f), uint8(Proto))
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		format := Format(n % 4)
		batch, err := ToOTLP(body, format)
		if err != nil {
			for _, text := range lenient {
				if strings.Contains(err.Error(), text) {
					return
				}
			}
			if td, upstreamErr := readUpstream(t, body, format); upstreamErr == nil {
				t.Fatalf("%v; upstream reads %d spans", err, td.SpanCount())
			}
			return
		}
		if verified, err := otlp.New(otlp.Traces, batch.Bytes()); err != nil || verified.Items() != batch.Items() {
			t.Fatalf("the batch of %d spans is invalid: %v", batch.Items(), err)
		}
		td, err := readUpstream(t, body, format)
		if err != nil || strings.Contains(string(body), noService) || strings.Contains(string(body), "otel.scope") {
			return
		}
		want, got := flatten(td), flatten(ours(t, body, format))
		if format == Proto && len(want) != len(got) || hasOddTimes(want) || hasOddTimes(got) {
			return
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Fatalf("upstream -, ours +:\n%s", diff)
		}
	})
}

// hasOddTimes says whether there is a time that a stated difference is about.
func hasOddTimes(spans []flat) bool {
	odd := func(time uint64) bool { return time == 0 || time >= math.MaxInt64/2 }
	for _, s := range spans {
		if odd(s.Start) || odd(s.End) {
			return true
		}
		for _, e := range s.Events {
			if odd(e.Time) {
				return true
			}
		}
	}
	return false
}
