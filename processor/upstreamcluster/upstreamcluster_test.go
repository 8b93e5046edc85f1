package upstreamcluster

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"github.com/oriel-io/oriel/wire/zipkin"
)

var update = flag.Bool("update", false, "write what comes into the wanted part of testdata/*.txtar")

// TestCases hands the spans of each case to the processor as one batch. They
// are Zipkin JSON, or lines of a resource or a span with its attributes.
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
			cfg := Factory.Default()
			var batch *otlp.Batch
			var want []byte
			for _, f := range archive.Files {
				switch f.Name {
				case "config":
					err = yaml.Unmarshal(f.Data, &cfg)
				case "spans":
					batch = parse(t, f.Data)
				case "zipkin.json":
					batch, err = zipkin.ToOTLP(f.Data, zipkin.Options{})
				case "want":
					want = f.Data
				}
				if err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
			}
			p, next := start(t, cfg)
			if err := p.Consume(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			got := text(*next) + fmt.Sprintf("inbound %d outbound %d unknown %d\n", p.inbound.Value(), p.outbound.Value(), p.unknown.Value())
			if _, err := otlp.New(otlp.Traces, (*next).Bytes()); err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			again := *next
			if err := p.Consume(t.Context(), again); err != nil {
				t.Fatal(err)
			}
			if *next != again {
				t.Errorf("a second time changes it again:\n%s", cmp.Diff(text(again), text(*next)))
			}
		})
	}
}

// start makes a processor; next is the last batch that it handed on.
func start(t testing.TB, cfg Config) (p *processor, next **otlp.Batch) {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	var last lastBatch
	stage, err := Factory.New(cfg, component.Settings{Signals: Factory.Signals}, &last)
	if err != nil {
		t.Fatal(err)
	}
	return stage.(*processor), &last.batch
}

type lastBatch struct{ batch *otlp.Batch }

func (l *lastBatch) Consume(_ context.Context, b *otlp.Batch) error {
	l.batch = b
	return nil
}

var kinds = []string{"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"}

// parse reads the lines of a case.
func parse(t testing.TB, data []byte) *otlp.Batch {
	t.Helper()
	b := otlp.NewBuilder(otlp.Traces)
	var resource []byte
	for line := range bytes.Lines(data) {
		words := strings.Fields(string(line))
		switch words[0] {
		case "resource":
			resource = attrs(nil, 1, words[1:])
		case "span":
			kind := slices.Index(kinds, words[1])
			if kind < 0 {
				t.Fatalf("no kind: %s", line)
			}
			b.Add(resource, nil, attrs(protoscan.AppendVarint(nil, 6, uint64(kind)), 9, words[2:]), 1)
		default:
			t.Fatalf("neither resource nor span: %s", line)
		}
	}
	return b.Batch()
}

func attrs(b []byte, num uint32, words []string) []byte {
	for _, word := range words {
		key, text, _ := strings.Cut(word, "=")
		value := otlp.StringValue(text)
		if digits, found := strings.CutPrefix(text, "int("); found {
			n, _ := strconv.ParseInt(strings.TrimSuffix(digits, ")"), 10, 64)
			value = otlp.IntValue(n)
		}
		b = otlp.AppendAttr(b, num, key, value)
	}
	return b
}

// text writes a batch as parse reads it.
func text(b *otlp.Batch) string {
	var w strings.Builder
	list := func(a otlp.Attrs) {
		for k, v := range a.All() {
			if v.Kind == otlp.Int {
				fmt.Fprintf(&w, " %s=int(%d)", k, v.Int())
			} else {
				fmt.Fprintf(&w, " %s=%s", k, v.AppendText(nil))
			}
		}
		w.WriteByte('\n')
	}
	for g := range b.Groups() {
		w.WriteString("resource")
		list(g.Resource().Attrs())
		for s := range g.Scopes() {
			for span := range s.Spans() {
				w.WriteString("span " + kinds[span.Fields().Kind])
				list(span.Attrs())
			}
		}
	}
	return w.String()
}

func TestWithoutClustersTheBatchIsShared(t *testing.T) {
	p, next := start(t, Factory.Default())
	b := parse(t, []byte("resource service.name=a\nspan CLIENT http.method=GET\n"))
	if err := p.Consume(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if *next != b {
		t.Error("it was copied")
	}
}

// TestLearnsAcrossBatches: an outbound span that comes after the batch with the inbound one.
func TestLearnsAcrossBatches(t *testing.T) {
	p, next := start(t, Factory.Default())
	for _, c := range []struct{ in, want string }{
		{"span CLIENT upstream_cluster=outbound|1||b.ns.svc", "resource service.name=a\n"},
		{"span SERVER upstream_cluster=inbound|1|http|a.ns.svc", "resource service.name=a service.namespace=ns\n"},
		{"span CLIENT upstream_cluster=outbound|1||b.ns.svc", "resource service.name=a service.namespace=ns\n"},
	} {
		if err := p.Consume(t.Context(), parse(t, []byte("resource service.name=a\n"+c.in+"\n"))); err != nil {
			t.Fatal(err)
		}
		if got := text(*next); !strings.HasPrefix(got, c.want) {
			t.Errorf("got %swant %s", got, c.want)
		}
	}
}

func TestProxiesAreBounded(t *testing.T) {
	p := newProxies()
	for i := range uint64(2*maxProxies + 5) {
		p.learn(i, local{service: []byte("a")})
	}
	if len(p.known) > maxProxies {
		t.Errorf("%d proxies, want at most %d", len(p.known), maxProxies)
	}
	if known, found := p.of(2*maxProxies + 4); !found || known.service != "a" {
		t.Errorf("the newest is not known: %v", known)
	}
}

// FuzzParseCluster: what is read, written again, is what was there.
func FuzzParseCluster(f *testing.F) {
	f.Add("inbound|9080|http|productpage.default.svc.cluster.local")
	f.Add("outbound_.9080_.v1_.reviews.default.svc.cluster.local;")
	f.Add("outbound|1||||")
	f.Fuzz(func(t *testing.T, name string) {
		c, ok := parseCluster([]byte(name))
		if !ok {
			return
		}
		host := string(c.host)
		if !strings.HasSuffix(strings.TrimSuffix(name, ";"), host) || strings.Contains(host, "|") ||
			strings.HasPrefix(name, "inbound") != c.inbound || !c.inbound && host == "" {
			t.Fatalf("%q is %+v", name, c)
		}
		if service, namespace := kubernetesName(c.host); service != nil && !strings.HasPrefix(host, string(service)+"."+string(namespace)+".svc") {
			t.Fatalf("%q is %q in %q", host, service, namespace)
		}
	})
}

func BenchmarkConsume(b *testing.B) {
	var in strings.Builder
	for i := range 20 {
		fmt.Fprintf(&in, "resource service.name=service%d service.namespace=default host.name=ip-10-0-0-%d\n", i, i)
		for j := range 50 {
			cluster := fmt.Sprintf("inbound|9080|http|service%d.default.svc.cluster.local", i)
			if j%2 == 1 {
				cluster = fmt.Sprintf("outbound|9080||service%d.default.svc.cluster.local", j%20)
			}
			fmt.Fprintf(&in, "span %s component=proxy http.method=GET http.url=http://service:9080/reviews/17 http.status_code=200 http.protocol=HTTP/1.1 user_agent=Mozilla/5.0 request_size=0 response_size=4711 upstream_cluster=%s peer.address=10.1.2.3 guid:x-request-id=8e2b0f3c-4f5a-4c43-9d1b-0d6a2b0f7a11 istio.canonical_revision=v3\n",
				kinds[2+j%2], cluster)
		}
	}
	batch := parse(b, []byte(in.String()))
	p, next := start(b, Factory.Default())
	for _, c := range []string{"first time", "nothing to change"} {
		b.Run(c, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Consume(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Items()), "ns/span")
		})
		batch = *next
	}
}
