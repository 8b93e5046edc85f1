package config

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// sample is a Config with every shape of field.
type sample struct {
	Endpoint  string            `yaml:"endpoint"`
	Interval  time.Duration     `yaml:"interval"`
	QueueSize int64             `yaml:"queue_size"`
	Ratio     float64           `yaml:"ratio"`
	Enabled   bool              `yaml:"enabled"`
	Names     []string          `yaml:"names"`
	Headers   map[string]Secret `yaml:"headers"`
	Protocols struct {
		GRPC *sampleServer `yaml:"grpc"`
		HTTP *sampleServer `yaml:"http"`
	} `yaml:"protocols"`
	Rules        []sampleServer `yaml:"rules"`
	Free         any            `yaml:"free"`
	Limits       *sampleCommon  `yaml:"limits"`
	Token        Secret         `yaml:"token"`
	Storage      Unsupported    `yaml:"storage"`
	Old          Ignored        `yaml:"old"`
	sampleCommon `yaml:",inline"`
}

type sampleCommon struct {
	Timeout time.Duration `yaml:"timeout"`
}

type sampleServer struct {
	Endpoint string `yaml:"endpoint"`
	MaxMiB   int    `yaml:"max_mib"`
}

func (s *sampleServer) SetDefaults() { s.Endpoint = "127.0.0.1:4317" }

func (s *sampleServer) Validate() error {
	var problems []error
	if !strings.Contains(s.Endpoint, ":") {
		problems = append(problems, &Problem{Where: "endpoint", What: fmt.Sprintf("%q is not host:port", s.Endpoint), Fix: "endpoint: 127.0.0.1:4317"})
	}
	if s.MaxMiB < 0 {
		problems = append(problems, Problemf("max_mib", "%d is negative", s.MaxMiB))
	}
	return errors.Join(problems...)
}

var testEnv = map[string]string{"HOST": "gateway", "PORT": "4317", "LIST": "[a, b]", "EMPTY": "", "TEXT": "a: b", "DOLLAR": "${env:HOST}", "PASSWORD": "swordfish", "YAML": "{a: swordfish}"}

func testLookup() Lookup {
	return Lookup{
		Env: func(name string) (string, bool) { v, ok := testEnv[name]; return v, ok },
		File: func(path string) ([]byte, error) {
			if path == "secret.txt" {
				return []byte("swordfish\n"), nil
			}
			return nil, os.ErrNotExist
		},
	}
}

// TestLoad reads the files of testdata: *.yaml in; want.problems, want.config, and where they matter want.text and
// want.effective out. Each block is decoded as a sample. swordfish is a secret.
func TestLoad(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var sources []Source
			want := map[string]string{}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".yaml") {
					sources = append(sources, Source{Name: f.Name, Text: f.Data})
				} else {
					want[f.Name] = string(f.Data)
				}
			}
			got := loadSamples(sources)
			for name, text := range got {
				if strings.Contains(text, "swordfish") && !strings.Contains(name, "config") {
					t.Errorf("a secret is in %s:\n%s", name, text)
				}
			}
			for i, f := range archive.Files {
				if text, ok := got[f.Name]; ok && *update {
					archive.Files[i].Data = []byte(text)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for name, text := range want {
				if diff := cmp.Diff(text, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if _, ok := want["want.problems"]; !ok && got["want.problems"] != "" {
				t.Errorf("unexpected problems:\n%s", got["want.problems"])
			}
		})
	}
}

func loadSamples(sources []Source) map[string]string {
	doc, problems := Load(testLookup(), sources...)
	var config strings.Builder
	var effective []byte
	if doc != nil {
		decoded := map[string]any{}
		for _, b := range doc.Blocks {
			into := sample{Endpoint: "default", Interval: time.Second}
			problems = append(problems, b.Decode(&into)...)
			fmt.Fprintf(&config, "%s %s\n", b.Path(), describe(into))
			decoded[b.Path()] = &into
		}
		var err error
		if effective, err = doc.Effective(func(path string) any { return decoded[path] }, false).YAML(true); err != nil {
			panic(err)
		}
		for _, p := range doc.Pipelines {
			fmt.Fprintf(&config, "pipeline %s %v %v %v\n", p.ID, ids(p.Receivers), ids(p.Processors), ids(p.Exporters))
		}
	}
	problems.Sort()
	text := ""
	for _, p := range problems {
		text += p.Error() + "\n"
	}
	return map[string]string{
		"want.problems": text, "want.config": config.String(), "want.text": problems.Text(sources), "want.effective": string(effective),
	}
}

func ids(refs []Ref) (out []string) {
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return out
}

func describe(s sample) string {
	out := fmt.Sprintf("endpoint=%s interval=%s queue_size=%d ratio=%g enabled=%t names=%q headers=%d timeout=%s rules=%v free=%v",
		s.Endpoint, s.Interval, s.QueueSize, s.Ratio, s.Enabled, s.Names, len(s.Headers), s.Timeout, s.Rules, s.Free)
	for name, server := range map[string]*sampleServer{"grpc": s.Protocols.GRPC} {
		if server != nil {
			out += fmt.Sprintf(" %s=%+v", name, *server)
		}
	}
	if s.Limits != nil {
		out += fmt.Sprintf(" limits=%+v", *s.Limits)
	}
	if s.Token != "" {
		out += fmt.Sprintf(" token=%s (%d bytes)", s.Token, len(string(s.Token)))
	}
	for _, k := range slices.Sorted(maps.Keys(s.Headers)) {
		v := s.Headers[k]
		out += fmt.Sprintf(" header %s=%s (%d bytes)", k, v, len(string(v)))
	}
	return out
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	holder := struct{ Token Secret }{"swordfish"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", holder, "token", holder.Token)
	for _, text := range []string{fmt.Sprint(holder), fmt.Sprintf("%+v %#v %s %q %v", holder, holder, holder.Token, holder.Token, holder.Token), log.String()} {
		if strings.Contains(text, "swordfish") {
			t.Errorf("the secret shows in %s", text)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	wide := strings.Builder{}
	for i := range 40_000 {
		fmt.Fprintf(&wide, "k%d: [", i)
		wide.WriteString("x]\n")
	}
	for name, text := range map[string]string{
		"unknown":   wide.String(),
		"receivers": "receivers:\n  " + strings.ReplaceAll(strings.TrimSpace(wide.String()), "\n", "\n  ") + "\nx:",
		"aliases":   bomb,
		"depth":     strings.Repeat("[", 100_000),
		"nesting":   strings.Repeat("{a: ", 5000) + strings.Repeat("}", 5000),
		"size":      strings.Repeat("# comment\n", 500_000),
	} {
		began := time.Now()
		if _, problems := Load(testLookup(), Source{Name: "bomb.yaml", Text: []byte(text)}); len(problems.Fatal()) == 0 {
			t.Errorf("%s: no complaint", name)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		t.Log(name, time.Since(began))
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"endpoint", "sending_queue", "retry_on_failure", "tls", "timeout"}
	for word, want := range map[string]string{
		"endpont": "endpoint", "edpoint": "endpoint", "endpiont": "endpoint", "sending-queue": "sending_queue", "retry": "",
		"tsl": "tls", "timout": "timeout", "x": "", "": "", strings.Repeat("y", 100): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// FuzzLoad holds the loader to: no panic, bounded work, and every problem has a place in the text.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if archive, err := txtar.ParseFile(file); err == nil {
			for _, part := range archive.Files {
				f.Add(part.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, problems := Load(testLookup(), Source{Name: "f.yaml", Text: text})
		if doc == nil && len(problems) == 0 {
			t.Fatal("nothing was read and nothing is wrong")
		}
		if doc != nil {
			for _, b := range doc.Blocks {
				problems = append(problems, b.Decode(&sample{})...)
			}
		}
		lines := 1
		for _, lineBreak := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} { // YAML's
			lines += strings.Count(string(text), lineBreak)
		}
		for _, p := range problems {
			if p.File != "f.yaml" || p.Line > lines+1 {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}
