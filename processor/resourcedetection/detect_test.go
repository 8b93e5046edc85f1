package resourcedetection

import (
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// TestDetect reads testdata: config.yaml, env (with $SERVER for the address of a local server) and what that server, a
// cluster or files answer in; want out: an attribute a line.
//
//	-- http/PATH --     an answer of the local server, on a socket too
//	-- cluster/PATH --  an answer of the Kubernetes API
//	-- file/NAME --     a file; beanstalk is the one of Elastic Beanstalk
func TestDetect(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			got := detectAll(t, archive, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
			for _, line := range strings.SplitAfter(log.String(), "\n") {
				if strings.HasPrefix(line, "level=WARN") {
					got += line
				}
			}
			last := &archive.Files[len(archive.Files)-1]
			if last.Name != "want" {
				t.Fatal("the last part is not want")
			}
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func detectAll(t *testing.T, archive *txtar.Archive, log *slog.Logger) string {
	t.Helper()
	plain, cluster, secret := http.NewServeMux(), http.NewServeMux(), t.TempDir()
	plain.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a-token") })
	env, blocks := "", ""
	beanstalk := filepath.Join(secret, "none")
	for _, f := range archive.Files {
		kind, name, _ := strings.Cut(f.Name, "/")
		data := f.Data
		switch kind {
		case "config.yaml":
			blocks = string(data)
		case "env":
			env = string(data)
		case "http":
			plain.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(name, "latest/") && r.Header.Get("X-aws-ec2-metadata-token") != "a-token" {
					w.WriteHeader(http.StatusUnauthorized)
				}
				_, _ = w.Write(data)
			})
		case "cluster":
			cluster.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer pod-token" {
					w.WriteHeader(http.StatusForbidden)
				}
				_, _ = w.Write(data)
			})
		case "file":
			beanstalk = filepath.Join(secret, name)
			write(t, beanstalk, data)
		}
	}
	server, api := httptest.NewServer(plain), httptest.NewTLSServer(cluster)
	t.Cleanup(server.Close)
	t.Cleanup(api.Close)
	socket := filepath.Join(secret, "docker.sock")
	onSocket := httptest.NewUnstartedServer(plain)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	onSocket.Listener.Close()
	onSocket.Listener = listener
	onSocket.Start()
	t.Cleanup(onSocket.Close)
	write(t, filepath.Join(secret, "token"), []byte("pod-token\n"))
	write(t, filepath.Join(secret, "ca.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw}))
	host, port, _ := net.SplitHostPort(api.Listener.Addr().String())

	cfg := Factory.Default()
	vars := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(env), "\n") {
		key, value, _ := strings.Cut(line, "=")
		vars[key] = strings.NewReplacer("$SERVER", server.URL, "$SOCKET", socket, "$CLUSTER_HOST", host, "$CLUSTER_PORT", port).Replace(value)
	}
	cfg.around = surroundings{env: func(name string) string { return vars[name] }, serviceAccount: secret, beanstalk: beanstalk}
	doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte("processors:\n  resourcedetection:\n" + indent(blocks))})
	if doc == nil {
		t.Fatal(problems)
	}
	if problems := doc.Blocks[0].Decode(&cfg).Fatal(); len(problems) > 0 {
		return problems.Error() + "\n"
	}
	cfg.found.use(context.Background(), &cfg, log, cfg.make())
	defer cfg.found.release()
	var out strings.Builder
	found := cfg.found.current.Load()
	for _, a := range found.attributes {
		fmt.Fprintf(&out, "%s=%s\n", a.key, valueText(a.value))
	}
	fmt.Fprintf(&out, "schema %s\n", found.schemaURL)
	return out.String()
}

func valueText(v otlp.Value) string {
	switch v.Kind {
	case otlp.Array:
		var texts []string
		for element := range v.Elements() {
			texts = append(texts, string(element.Text()))
		}
		return fmt.Sprintf("%q", texts)
	case otlp.Int:
		return fmt.Sprint(v.Int())
	}
	return fmt.Sprintf("%q", v.Text())
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
