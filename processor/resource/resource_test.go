package resource

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/resourceprocessor"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.yaml.in/yaml/v3"
)

type keeper struct{ last *otlp.Batch }

func (k *keeper) Consume(_ context.Context, b *otlp.Batch) error {
	k.last = b
	return nil
}

const block = `
attributes:
  - {key: cluster, value: eu-1, action: upsert}
  - {key: host.id, from_attribute: host.name, action: insert}
  - {key: host.name, action: delete}
  - {key: service.name, action: hash}
  - {key: replicas, action: convert, converted_type: string}
  - {key: pod, pattern: '^(?P<deployment>.*)-[a-z0-9]+$', action: extract}
`

// Resources leave as from upstream's processor, and what is in them is untouched.
func TestLikeUpstream(t *testing.T) {
	t.Parallel()
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "test.yaml", Text: []byte("processors: {resource: " + flow(t) + "}")})
	ours := Factory.Default()
	for _, b := range doc.Blocks {
		problems = append(problems, b.Decode(&ours)...)
	}
	if fatal := problems.Fatal(); len(fatal) > 0 {
		t.Fatal(fatal)
	}
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(block), &raw); err != nil {
		t.Fatal(err)
	}
	theirs := upstream.NewFactory().CreateDefaultConfig()
	if err := confmap.NewFromStringMap(raw).Unmarshal(theirs); err != nil {
		t.Fatal(err)
	}
	data := plog.NewLogs()
	for i, attrs := range []map[string]any{
		{"service.name": "shop", "host.name": "a1", "replicas": 3, "pod": "shop-7d9f"}, {}, {"cluster": 5, "host.id": "x", "host.name": "y", "pod": 7}, {"replicas": 2.5},
	} {
		group := data.ResourceLogs().AppendEmpty()
		if err := group.Resource().Attributes().FromRaw(attrs); err != nil {
			t.Fatal(err)
		}
		record := group.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		record.Body().SetInt(int64(i))
		record.Attributes().PutStr("service.name", "stays")
	}
	encoded, err := (&plog.ProtoMarshaler{}).MarshalLogs(data)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := otlp.New(otlp.Logs, encoded)
	if err != nil {
		t.Fatal(err)
	}
	var next keeper
	p, err := Factory.New(ours, component.Settings{Signals: Factory.Signals}, &next)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Consume(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	got, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(next.last.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var sink consumertest.LogsSink
	their, err := upstream.NewFactory().CreateLogs(t.Context(), processortest.NewNopSettings(upstream.NewFactory().Type()), theirs, &sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := their.ConsumeLogs(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines(sink.AllLogs()[0]), lines(got)); diff != "" {
		t.Errorf("(-upstream +oriel):\n%s", diff)
	}
}

// flow is the block as one line.
func flow(t *testing.T) string {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(block), &node); err != nil {
		t.Fatal(err)
	}
	node.Content[0].Style = yaml.FlowStyle
	text, err := yaml.Marshal(&node)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func lines(data plog.Logs) (out []any) {
	for _, r := range data.ResourceLogs().All() {
		record := r.ScopeLogs().At(0).LogRecords().At(0)
		out = append(out, r.Resource().Attributes().AsRaw(), record.Body().AsRaw(), record.Attributes().AsRaw())
	}
	return out
}

func TestValidate(t *testing.T) {
	t.Parallel()
	c := Factory.Default()
	if p, ok := errors.AsType[*config.Problem](c.Validate()); !ok || p.Where != "attributes" {
		t.Errorf("no action: %v", p)
	}
}
