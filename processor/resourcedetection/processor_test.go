package resourcedetection

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// sink keeps the last batch.
type sink struct{ last *otlp.Batch }

func (s *sink) Consume(_ context.Context, b *otlp.Batch) error {
	s.last = b
	return nil
}

// answers is a detector that says what the test wants.
type answers func() (*attributes, error)

func (a answers) detect(context.Context) (*attributes, error) { return a() }

func says(key, value string) answers {
	return func() (*attributes, error) {
		a := &attributes{schema: schemaURL}
		a.text(key, value)
		return a, nil
	}
}

func span(t *testing.T, attrs ...string) *otlp.Batch {
	t.Helper()
	b := otlp.NewBuilder(otlp.Traces)
	var resource []byte
	for i := 0; i+1 < len(attrs); i += 2 {
		resource = otlp.AppendAttr(resource, 1, attrs[i], otlp.StringValue(attrs[i+1]))
	}
	b.Add(resource, nil, protoscan.AppendBytes(nil, 5, "span"), 1)
	return b.Batch()
}

func get(b *otlp.Batch, key string) string {
	for g := range b.Groups() {
		v, _ := g.Resource().Attrs().Get(key)
		return string(v.Text())
	}
	return ""
}

func settings() component.Settings {
	return component.Settings{ID: component.ID{Type: "resourcedetection"}, Log: slog.New(slog.DiscardHandler)}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		override bool
		want     string
	}{{true, "detected"}, {false, "sent"}} {
		cfg := Factory.Default()
		cfg.Detectors, cfg.Override = []string{"env"}, c.override
		cfg.around.env = func(name string) string {
			return map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "host.name=detected,zone=a"}[name]
		}
		out := &sink{}
		p, err := newProcessor(cfg, settings(), out)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		in := span(t, "host.name", "sent")
		if err := p.Consume(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if got := get(out.last, "host.name"); got != c.want || get(out.last, "zone") != "a" || out.last.Items() != 1 {
			t.Errorf("override %v: host.name is %q, zone %q", c.override, got, get(out.last, "zone"))
		}
		if get(in, "host.name") != "sent" {
			t.Error("the batch that came was changed")
		}
		for range 2 {
			if err := p.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSchemaAndNothingFound(t *testing.T) {
	t.Parallel()
	cfg := Factory.Default()
	out := &sink{}
	p := &processor{cfg: cfg, next: out}
	in := span(t)
	if err := p.Consume(t.Context(), in); err != nil || out.last != in {
		t.Errorf("nothing was found, yet the batch is another one: %v", err)
	}
	cfg.found.detect(t.Context(), &cfg, []detector{says("a", "b")}, slog.New(slog.DiscardHandler))
	if err := p.Consume(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	for g := range out.last.Groups() {
		if string(g.SchemaURL()) != schemaURL {
			t.Errorf("the schema is %q", g.SchemaURL())
		}
	}
}

// TestPipelinesShareADetection also refreshes.
func TestPipelinesShareADetection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := Factory.Default()
		cfg.RefreshInterval = time.Minute
		var asked atomic.Int32
		var failing atomic.Bool
		list := []detector{answers(func() (*attributes, error) {
			n := asked.Add(1)
			if failing.Load() {
				return nil, errors.New("away")
			}
			return says("asked", strings.Repeat("x", int(n)))()
		})}
		log := slog.New(slog.DiscardHandler)
		for range 3 {
			cfg.found.use(t.Context(), &cfg, log, list)
		}
		value := func() string { return string(cfg.found.current.Load().attributes[0].value.Text()) }
		if asked.Load() != 1 || value() != "x" {
			t.Errorf("asked %d times, found %q", asked.Load(), value())
		}
		time.Sleep(time.Minute + time.Second)
		if value() != "xx" {
			t.Errorf("after a refresh: %q", value())
		}
		failing.Store(true)
		time.Sleep(2 * time.Minute)
		if value() != "xx" {
			t.Errorf("a refresh that failed left %q", value())
		}
		for range 3 {
			cfg.found.release()
		}
	})
}

// TestPersist tries a failing detector until the timeout, while others are done.
func TestPersist(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := Factory.Default()
		cfg.Detectors = []string{"ec2", "env", "ecs"}
		cfg.Timeout = 5 * time.Second
		asked := 0
		late := answers(func() (*attributes, error) {
			if asked++; asked < 3 {
				return nil, errors.New("not yet")
			}
			return says("late", "yes")()
		})
		never := answers(func() (*attributes, error) { return nil, errors.New("never") })
		began := time.Now()
		cfg.found.detect(t.Context(), &cfg, []detector{late, says("early", "yes"), never}, slog.New(slog.DiscardHandler))
		found := cfg.found.current.Load().attributes
		if len(found) != 2 || found[0].key != "late" || found[1].key != "early" {
			t.Errorf("found %v", found)
		}
		if took := time.Since(began); took != cfg.Timeout {
			t.Errorf("took %s", took)
		}
	})
}

// TestSystem has all attributes of this machine.
func TestSystem(t *testing.T) {
	t.Parallel()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	all := SystemAttributes{on, on, on, on, on, on, on, on, on, on, on, on, on, on, on, on, on}
	got, err := newSystem(SystemConfig{HostnameSources: []string{"os"}, ResourceAttributes: all}).detect(t.Context())
	if partial := (*partialError)(nil); err != nil && !errors.As(err, &partial) {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, a := range got.list {
		values[a.key] = valueText(a.value)
	}
	if values["host.name"] != `"`+name+`"` || values["os.type"] != `"`+runtime.GOOS+`"` || values["host.arch"] != `"`+hostArch(runtime.GOARCH)+`"` {
		t.Errorf("got %v", values)
	}
	if runtime.GOOS == "linux" {
		for _, key := range []string{"os.description", "os.version", "os.name", "os.build.id", "host.interface", "host.cpu.vendor.id", "host.cpu.cache.l2.size"} {
			if values[key] == "" || values[key] == `""` {
				t.Errorf("%s is missing in %v", key, values)
			}
		}
	}
	few, err := newSystem(defaultSystem()).detect(t.Context())
	if err != nil || len(few.list) != 2 {
		t.Errorf("by default there are %v, %v", few, err)
	}
}

func TestHostsName(t *testing.T) {
	t.Parallel()
	const hosts = `
127.0.0.1 localhost
# 10.0.0.9 commented.example.com web
10.0.0.1	web.example.com web www # the one
10.0.0.2 other web
`
	for name, want := range map[string]string{"web": "web.example.com", "www": "web.example.com", "localhost": "localhost", "db": "", "10.0.0.1": ""} {
		if got := hostsName(strings.NewReader(hosts), name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func BenchmarkConsume(b *testing.B) {
	cfg := Factory.Default()
	list := &attributes{schema: schemaURL}
	for _, key := range []string{"cloud.provider", "cloud.platform", "cloud.region", "cloud.account.id", "host.id", "host.name"} {
		list.text(key, "value")
	}
	cfg.found.detect(b.Context(), &cfg, []detector{answers(func() (*attributes, error) { return list, nil })}, slog.New(slog.DiscardHandler))
	builder := otlp.NewBuilder(otlp.Traces)
	for range 1000 {
		builder.Add(otlp.AppendAttr(nil, 1, "service.name", otlp.StringValue("checkout")), nil, protoscan.AppendBytes(nil, 5, strings.Repeat("x", 300)), 1)
	}
	batch := builder.Batch()
	p := &processor{cfg: cfg, next: &sink{}}
	b.ReportAllocs()
	b.SetBytes(int64(batch.Size()))
	for b.Loop() {
		if err := p.Consume(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
