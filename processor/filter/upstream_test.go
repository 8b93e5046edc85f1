package filter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/rogpeppe/go-internal/txtar"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	upstreamprocessor "go.opentelemetry.io/collector/processor"
	"go.yaml.in/yaml/v3"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/hosted"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
	"github.com/oriel-io/oriel/wire/ottl/ottltest"
)

// TestAsUpstream gives the configuration of each case and telemetry made at
// random to upstream's processor and to ours, with and without its engine.
func TestAsUpstream(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			theirs, theirErr := newTheirs(t, c.config)
			ours, problems := newOurs(t, c.config, true)
			if (theirErr != nil) != (len(problems.Fatal()) > 0) && !c.differs {
				t.Fatalf("upstream says %v, ours %v", theirErr, problems)
			}
			if len(problems.Fatal()) > 0 {
				return
			}
			for seed := range uint64(8) {
				for _, signal := range signals {
					compare(t, signal, seed, ours, theirs)
				}
			}
		})
	}
}

func compare(t *testing.T, signal otlp.Signal, seed uint64, ours *ourFilter, theirs *theirFilter) {
	t.Helper()
	b := randomBatch(t, signal, seed)
	want, wantErr := theirs.run(t, b)
	got, gotErr := ours.run(t, b)
	if (gotErr != nil) != (wantErr != nil) {
		t.Fatalf("%s %d: got the error %v, want %v", signal, seed, gotErr, wantErr)
	}
	if gotErr == nil && !bytes.Equal(got, want) {
		t.Errorf("%s %d: what is left differs:\n%s\nwant\n%s", signal, seed, dump(signal, got), dump(signal, want))
	}
}

type filterCase struct {
	name, config string
	archive      *txtar.Archive
	differs      bool
}

func readCases(t testing.TB) (cases []filterCase) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := filterCase{name: filepath.Base(name), archive: archive}
		for _, f := range archive.Files {
			switch f.Name {
			case "config":
				c.config = string(f.Data)
			case "upstream differs":
				c.differs = true
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// blockOf is the node of a filter block.
func blockOf(t testing.TB, text string) *config.Node {
	t.Helper()
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("processors:\n  filter:\n    " + strings.ReplaceAll(text, "\n", "\n    "))})
	if doc == nil {
		t.Fatal(problems)
	}
	return doc.Blocks[0].Body
}

// ourFilter is our processor in one pipeline for each signal.
type ourFilter struct {
	stages map[otlp.Signal]component.Stage
	out    *lastBatch
}

type lastBatch struct{ batch *otlp.Batch }

func (l *lastBatch) Consume(_ context.Context, b *otlp.Batch) error {
	l.batch = b
	return nil
}

func decode(t testing.TB, text string, withEngine bool) (Config, config.Problems) {
	t.Helper()
	var engine component.Factory
	if withEngine {
		engine = hosted.Processor(filterprocessor.NewFactory())
	}
	cfg := Factory(engine).Default()
	return cfg, config.Decode(blockOf(t, text), "", &cfg)
}

func newOurs(t testing.TB, text string, withEngine bool) (*ourFilter, config.Problems) {
	t.Helper()
	cfg, problems := decode(t, text, withEngine)
	if len(problems.Fatal()) > 0 {
		return nil, problems
	}
	f := &ourFilter{stages: map[otlp.Signal]component.Stage{}, out: &lastBatch{}}
	for _, signal := range signals {
		stage := newStage(t, cfg, signal, f.out)
		if err := stage.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := stage.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		f.stages[signal] = stage
	}
	return f, problems
}

func newStage(t testing.TB, cfg Config, signal otlp.Signal, next component.Sink) component.Stage {
	t.Helper()
	stage, err := newProcessor(cfg, component.Settings{ID: component.ID{Type: "filter"}, Log: slog.New(slog.DiscardHandler), Signals: component.SignalsOf(signal)}, next)
	if err != nil {
		t.Fatal(err)
	}
	return stage
}

// run is what is left, as pdata would encode it; nil if nothing is.
func (f *ourFilter) run(t testing.TB, b *otlp.Batch) ([]byte, error) {
	t.Helper()
	f.out.batch = nil
	if err := f.stages[b.Signal()].Consume(t.Context(), b); err != nil {
		return nil, err
	}
	if f.out.batch == nil {
		return nil, nil
	}
	if again, err := otlp.New(b.Signal(), f.out.batch.Bytes()); err != nil || again.Items() != f.out.batch.Items() {
		t.Fatalf("the batch that is left is broken: %v", err)
	}
	return normal(t, b.Signal(), f.out.batch.Bytes()), nil
}

// theirFilter is upstream's processor.
type theirFilter struct {
	traces  upstreamprocessor.Traces
	logs    upstreamprocessor.Logs
	metrics upstreamprocessor.Metrics
	out     []byte
	discard bool
}

func newTheirs(t testing.TB, text string) (f *theirFilter, err error) {
	t.Helper()
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	factory := filterprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(raw).Unmarshal(&cfg); err != nil {
		return nil, err
	}
	if err := xconfmap.Validate(cfg); err != nil {
		return nil, err
	}
	f = &theirFilter{}
	set := upstreamprocessor.Settings{ID: upstream.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	var errs [3]error
	f.traces, errs[0] = factory.CreateTraces(t.Context(), set, cfg, must(consumer.NewTraces(func(_ context.Context, td ptrace.Traces) (err error) {
		if f.discard {
			return nil
		}
		f.out, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		return err
	})))
	f.logs, errs[1] = factory.CreateLogs(t.Context(), set, cfg, must(consumer.NewLogs(func(_ context.Context, ld plog.Logs) (err error) {
		f.out, err = (&plog.ProtoMarshaler{}).MarshalLogs(ld)
		return err
	})))
	f.metrics, errs[2] = factory.CreateMetrics(t.Context(), set, cfg, must(consumer.NewMetrics(func(_ context.Context, md pmetric.Metrics) (err error) {
		f.out, err = (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
		return err
	})))
	return f, errors.Join(errs[:]...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (f *theirFilter) run(t testing.TB, b *otlp.Batch) ([]byte, error) {
	t.Helper()
	f.out = nil
	var err error
	switch b.Signal() {
	case otlp.Traces:
		err = f.traces.ConsumeTraces(t.Context(), must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b.Bytes())))
	case otlp.Logs:
		err = f.logs.ConsumeLogs(t.Context(), must((&plog.ProtoUnmarshaler{}).UnmarshalLogs(b.Bytes())))
	case otlp.Metrics:
		err = f.metrics.ConsumeMetrics(t.Context(), must((&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(b.Bytes())))
	}
	return f.out, err
}

func randomBatch(t testing.TB, signal otlp.Signal, seed uint64) *otlp.Batch {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, uint64(signal)))
	var raw []byte
	switch signal {
	case otlp.Traces:
		raw = must((&ptrace.ProtoMarshaler{}).MarshalTraces(ottltest.Traces(r)))
	case otlp.Logs:
		raw = must((&plog.ProtoMarshaler{}).MarshalLogs(ottltest.Logs(r)))
	case otlp.Metrics:
		raw = must((&pmetric.ProtoMarshaler{}).MarshalMetrics(ottltest.Metrics(r)))
	}
	return must(otlp.New(signal, raw))
}

// normal decodes and encodes with pdata, so that the order of fields does not matter.
func normal(t testing.TB, signal otlp.Signal, data []byte) []byte {
	t.Helper()
	switch signal {
	case otlp.Traces:
		return must((&ptrace.ProtoMarshaler{}).MarshalTraces(must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data))))
	case otlp.Logs:
		return must((&plog.ProtoMarshaler{}).MarshalLogs(must((&plog.ProtoUnmarshaler{}).UnmarshalLogs(data))))
	}
	return must((&pmetric.ProtoMarshaler{}).MarshalMetrics(must((&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(data))))
}

// dump shows what is left.
func dump(signal otlp.Signal, data []byte) string {
	if data == nil {
		return "nothing"
	}
	b, err := otlp.New(signal, data)
	if err != nil {
		return err.Error()
	}
	text := string(b.AppendJSON(nil))
	return fmt.Sprintf("%d items: %.3000s", b.Items(), text)
}

// TestRandomConditions runs whole configurations of conditions made at random
// in both processors: those for bytes, those for upstream's engine, and mixtures.
func TestRandomConditions(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		signal := signals[seed%3]
		lists := (&Config{}).lists(signal)
		block := map[string]any{}
		for _, l := range lists {
			if l.key != "" && r.IntN(3) > 0 {
				block[l.key] = randomConditions(r, l.ctx)
			}
		}
		mode := []string{"ignore", "silent", "propagate"}[r.IntN(3)]
		text := string(must(yaml.Marshal(map[string]any{"error_mode": mode, signal.String(): block})))
		theirs, theirErr := newTheirs(t, text)
		ours, problems := newOurs(t, text, true)
		if (theirErr != nil) != (len(problems.Fatal()) > 0) {
			t.Errorf("upstream says %v, ours %v\n%s", theirErr, problems, text)
			continue
		}
		if theirErr != nil {
			continue
		}
		for seed := range uint64(4) {
			if compare(t, signal, seed, ours, theirs); t.Failed() {
				t.Fatal(text)
			}
		}
	}
}

func randomConditions(r *rand.Rand, ctx ottl.Context) (list []string) {
	g := ottltest.NewGenerator(r, ctx)
	for range 1 + r.IntN(3) {
		switch r.IntN(6) {
		case 0:
			list = append(list, `Split(resource.attributes["a"], " ")[0] == "GET"`)
		case 1:
			list = append(list, `IsMatch(resource.attributes["a"], resource.attributes["b"])`)
		default:
			list = append(list, g.Condition(1)+" and "+g.Condition(0))
		}
	}
	return list
}
