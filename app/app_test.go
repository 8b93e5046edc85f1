package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// TestMain lets the test binary stand for the program, in scripts and as a child process.
func TestMain(m *testing.M) {
	if os.Getenv("ORIEL_TEST_MAIN") != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){"oriel": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) }})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": func(ts *testscript.TestScript, _ bool, args []string) {
				code := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					code = err.(*exec.ExitError).ExitCode()
				}
				if want, _ := strconv.Atoi(args[0]); code != want {
					ts.Fatalf("exit code %d, want %d", code, want)
				}
			},
		},
	})
}

// program is oriel as a child process.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	file   string                 // its configuration
	listen chan map[string]string // addresses by listener name, once it runs

	mu  sync.Mutex // guards log
	log []string   // lines of standard error
}

// start runs oriel with a configuration; variables of the environment may stand before the flags. It is killed at the end of the test if it still runs.
func start(t *testing.T, config string, args ...string) *program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	environment := append(os.Environ(), "ORIEL_TEST_MAIN=1")
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") { // NAME=value in front
		environment, args = append(environment, args[0]), args[1:]
	}
	p := &program{t: t, file: file, cmd: exec.Command(self, append([]string{"--config", file}, args...)...), listen: make(chan map[string]string, 1)}
	p.cmd.Env = environment
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { defer close(read); p.read(stderr) }()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-read
		if t.Failed() {
			t.Log(strings.Join(p.lines(), "\n"))
		}
	})
	return p
}

// read follows the log; "ready" is its last line before traffic.
func (p *program) read(stderr io.Reader) {
	addresses := map[string]string{}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		p.mu.Lock()
		p.log = append(p.log, lines.Text())
		p.mu.Unlock()
		var line struct{ Msg, Name, Address string }
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		switch line.Msg {
		case "listening":
			addresses[line.Name] = line.Address
		case "ready":
			p.listen <- addresses
		}
	}
	close(p.listen)
}

func (p *program) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.log...)
}

// addresses waits until it listens.
func (p *program) addresses() map[string]string {
	p.t.Helper()
	addresses, ok := <-p.listen
	if !ok {
		p.t.Fatalf("ended before it was ready:\n%s", strings.Join(p.lines(), "\n"))
	}
	return addresses
}

// stop sends a signal and waits for the end.
func (p *program) stop(signal os.Signal) (code int) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	for range p.listen { // closed at the end of the log
	}
	p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

func (p *program) logged(text string) bool {
	return strings.Contains(strings.Join(p.lines(), "\n"), text)
}

func traces(service string, count int) ptraceotlp.ExportRequest {
	tree := ptrace.NewTraces()
	group := tree.ResourceSpans().AppendEmpty()
	group.Resource().Attributes().PutStr("service.name", service)
	scope := group.ScopeSpans().AppendEmpty()
	now := time.Now().UnixNano()
	for i := range count {
		span := scope.Spans().AppendEmpty()
		span.SetTraceID([16]byte{0xab, byte(i >> 8), byte(i), 15: 1})
		span.SetSpanID([8]byte{0xcd, byte(i >> 8), byte(i), 7: 1})
		span.SetName("GET /reviews")
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommonTime(now - 1e6))
		span.SetEndTimestamp(pcommonTime(now))
	}
	return ptraceotlp.NewExportRequestFromTraces(tree)
}

func send(t *testing.T, address string, request ptraceotlp.ExportRequest) error {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = ptraceotlp.NewGRPCClient(conn).Export(ctx, request)
	return err
}

// backend is an OTLP server made of the reference library.
type backend struct {
	ptraceotlp.UnimplementedGRPCServer
	got chan ptrace.Traces
}

func (b *backend) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	b.got <- r.Traces()
	return ptraceotlp.NewExportResponse(), nil
}

// The configuration of the forward benchmark, filled in: spans come out as they went in.
func TestForward(t *testing.T) {
	t.Parallel()
	b := &backend{got: make(chan ptrace.Traces, 10)}
	address := serve(t, b)
	p := start(t, fmt.Sprintf(`
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:0", max_recv_msg_size_mib: 64}
      http: {endpoint: "127.0.0.1:0"}
processors:
  batch: {timeout: 200ms, send_batch_size: 8192}
exporters:
  otlp:
    endpoint: %q
    tls: {insecure: true}
    compression: gzip
    sending_queue: {enabled: true, num_consumers: 8, queue_size: 64, block_on_overflow: true}
extensions:
  pprof: {endpoint: "127.0.0.1:0"}
service:
  extensions: [pprof]
  telemetry: {logs: {level: info}, metrics: {level: none}}
  pipelines:
    traces:
      receivers: [otlp]
      processors: []
      exporters: [otlp]
`, address))
	request := traces("reviews", 100)
	at := p.addresses()
	if err := send(t, at["OTLP gRPC"], request); err != nil {
		t.Fatal(err)
	}
	body, err := request.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+at["OTLP HTTP"]+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("OTLP/HTTP: %v %v", resp, err)
	}
	resp.Body.Close()
	for range 2 {
		got, err := ptraceotlp.NewExportRequestFromTraces(<-b.got).MarshalProto()
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes came out, %d went in (%v)", len(got), len(body), err)
		}
	}
	if resp, err := http.Get("http://" + at["profiles"] + "/debug/pprof/cmdline"); err != nil || resp.StatusCode != 200 {
		t.Errorf("pprof: %v %v", resp, err)
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
}

func serve(t *testing.T, b *backend) (address string) {
	t.Helper()
	socket := listenFree(t)
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, b)
	go server.Serve(socket)
	t.Cleanup(server.Stop)
	return socket.Addr().String()
}

// A backend that is away does not hold the shutdown longer than its deadline; what is left is told, with count and reason.
func TestDrainDeadline(t *testing.T) {
	t.Parallel()
	dead := listenFree(t)
	dead.Close()
	p := start(t, collector(dead.Addr().String()), "--shutdown-timeout", "300ms")
	if err := send(t, p.addresses()["OTLP gRPC"], traces("reviews", 7)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	if !p.logged(`"items":7,"reason":"not sent before the shutdown deadline"`) {
		t.Error("the log does not tell what was dropped")
	}
}

// A second signal ends a drain that would take long.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	dead := listenFree(t)
	dead.Close()
	p := start(t, collector(dead.Addr().String()), "--shutdown-timeout", "10m")
	if err := send(t, p.addresses()["OTLP gRPC"], traces("reviews", 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for !p.logged("shutting down") {
		time.Sleep(time.Millisecond) // another process: there is nothing to wait on
	}
	if code := p.stop(syscall.SIGTERM); code == 0 {
		t.Errorf("exit code %d after the second signal, want another than 0", code)
	}
}

func collector(backend string) string {
	return fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlp: {endpoint: %q, tls: {insecure: true}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}
`, backend)
}

// The built-in configuration on free ports: what is acknowledged is found, also by the next process.
func TestAllInOne(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	config := AllInOne
	for _, port := range []string{"4317", "4318", "9411"} {
		if !strings.Contains(config, "127.0.0.1:"+port) {
			t.Fatalf("the built-in configuration does not listen on %s of loopback", port)
		}
		config = strings.ReplaceAll(config, "127.0.0.1:"+port, "127.0.0.1:0")
	}
	p := start(t, config, "--data", data, "--ui", "127.0.0.1:0")
	at := p.addresses()
	if err := send(t, at["OTLP gRPC"], traces("reviews", 3)); err != nil {
		t.Fatal(err)
	}
	record := plog.NewLogs()
	record.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr("hello")
	body, err := plogotlp.NewExportRequestFromLogs(record).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+at["OTLP HTTP"]+"/v1/logs", "application/x-protobuf", bytes.NewReader(body))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("logs: %v %v", resp, err)
	}
	check := func(at map[string]string, address string) {
		t.Helper()
		for path, want := range map[string]string{
			"http://" + at["UI and APIs"] + "/api/v1/status":                       `"spans":3,"logs":1`,
			"http://" + at["UI and APIs"] + "/api/v1/services":                     `"reviews"`,
			"http://" + at["UI and APIs"] + "/metrics":                             `otelcol_receiver_accepted_spans{receiver="otlp",transport="http"}`,
			"http://" + address + "/api/v2/services":                               `"reviews"`,
			"http://" + address + "/api/v2/trace/ab000100000000000000000000000001": "GET /reviews",
		} {
			if got := fetch(t, path); !strings.Contains(got, want) {
				t.Errorf("%s: %.300s\nwant %s", path, got, want)
			}
		}
	}
	check(at, at["Zipkin API"])
	watching, err := http.Get("http://" + at["UI and APIs"] + "/api/v1/status/stream") // an open page must not hold the shutdown
	if err != nil || watching.StatusCode != 200 {
		t.Fatalf("stream: %v %v", watching, err)
	}
	defer watching.Body.Close()
	began := time.Now()
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the shutdown took %s with a page open", took)
	}
	p = start(t, config, "--data", data, "--ui", "127.0.0.1:0")
	at = p.addresses()
	check(at, at["UI and APIs"]) // the Zipkin API is there too
	if code := p.stop(syscall.SIGINT); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A port that is taken is told with its holder, and nothing stays open.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken := listenFree(t)
	defer taken.Close()
	p := start(t, strings.Replace(collector("127.0.0.1:1"), "127.0.0.1:0", taken.Addr().String(), 1))
	for range p.listen {
	}
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || !p.logged("receivers.otlp: listen on "+taken.Addr().String()+": the port is in use by app.test (pid") {
		t.Errorf("exit code %d, want 1 and the holder's name", code)
	}
}
