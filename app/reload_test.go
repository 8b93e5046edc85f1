package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// configure writes the configuration anew.
func (p *program) configure(text string) {
	p.t.Helper()
	if err := os.WriteFile(p.file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// reload has the process load its configuration and waits until it says what became of it.
func (p *program) reload(text, want string) {
	p.t.Helper()
	p.configure(text)
	before := p.count(want)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
	p.await(want, before+1)
}

func (p *program) count(text string) (n int) {
	for _, line := range p.lines() {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// await waits until so many lines of the log have the text.
func (p *program) await(text string, count int) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); p.count(text) < count; {
		if time.Now().After(deadline) {
			p.t.Fatalf("%q was not logged %d times", text, count)
		}
		time.Sleep(time.Millisecond) // another process: there is nothing to wait on
	}
}

const (
	loadedAgain = "the configuration was loaded again"
	notLoaded   = "the configuration was not loaded again"
	broughtBack = "the one before runs again"
)

// freePort is an address that nobody has at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	l := listenFree(t)
	defer l.Close()
	return l.Addr().String()
}

// idCounter is a backend that counts how often each span came.
type idCounter struct {
	ptraceotlp.UnimplementedGRPCServer
	mu   sync.Mutex // guards seen
	seen map[pcommon.SpanID]int
}

func (c *idCounter) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, group := range r.Traces().ResourceSpans().All() {
		for _, scope := range group.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				c.seen[span.SpanID()]++
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

// numbered is a request whose spans have the ids first, first+1, ...
func numbered(first uint64, count int) ptraceotlp.ExportRequest {
	tree := ptrace.NewTraces()
	scope := tree.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for i := range uint64(count) {
		var id [8]byte
		binary.BigEndian.PutUint64(id[:], first+i)
		span := scope.Spans().AppendEmpty()
		span.SetTraceID([16]byte{1, 15: 1})
		span.SetSpanID(id)
		span.SetName("GET /")
	}
	return ptraceotlp.NewExportRequestFromTraces(tree)
}

// stream sends requests one after the other until it is stopped, and counts those that failed.
type stream struct {
	post func(ctx context.Context, r ptraceotlp.ExportRequest) error
	mu   sync.Mutex // guards errs and ids
	errs []error
	ids  []uint64 // the first of each request that was acknowledged
}

func (l *stream) run(ctx context.Context, client uint64) {
	for request := uint64(0); ctx.Err() == nil; request++ {
		first := client<<48 | request<<8 | 1
		err := l.post(context.WithoutCancel(ctx), numbered(first, 10))
		l.mu.Lock()
		if err == nil {
			l.ids = append(l.ids, first)
		} else {
			l.errs = append(l.errs, err)
		}
		l.mu.Unlock()
	}
}

// Twenty reloads under load, with one connection or many, over gRPC and HTTP, changing what can be changed: nothing that
// was acknowledged is lost, and no call fails.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	sink := &idCounter{seen: map[pcommon.SpanID]int{}}
	socket := listenFree(t)
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, sink)
	go server.Serve(socket)
	t.Cleanup(server.Stop)

	grpcAt, httpAt := freePort(t), freePort(t)
	config := func(i int) string {
		processors := [...]string{"[]", "[batch]"}[i%2]
		keep := [...]string{"", ", max_recv_msg_size_mib: 8"}[i/2%2]
		return fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: %q%s}, http: {endpoint: %q}}}}
processors: {batch: {timeout: 20ms}}
exporters: {otlp: {endpoint: %q, tls: {insecure: true}, sending_queue: {queue_size: 10000}}}
service:
  telemetry: {metrics: {level: none}, logs: {initial_fields: {generation: %d}}}
  pipelines: {traces: {receivers: [otlp], processors: %s, exporters: [otlp]}}
`, grpcAt, keep, httpAt, socket.Addr().String(), i, processors)
	}
	p := start(t, config(0))
	p.addresses()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	one, err := grpc.NewClient(grpcAt, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	overOne := &stream{post: func(ctx context.Context, r ptraceotlp.ExportRequest) error {
		_, err := ptraceotlp.NewGRPCClient(one).Export(ctx, r)
		return err
	}}
	dialling := &stream{post: func(ctx context.Context, r ptraceotlp.ExportRequest) error {
		conn, err := grpc.NewClient(grpcAt, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = ptraceotlp.NewGRPCClient(conn).Export(ctx, r)
		return err
	}}
	overHTTP := &stream{post: func(ctx context.Context, r ptraceotlp.ExportRequest) error {
		body, err := r.MarshalProto()
		if err != nil {
			return err
		}
		answer, err := http.Post("http://"+httpAt+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 {
			return fmt.Errorf("%s: %w", answer.Status, err)
		}
		return nil
	}}
	loads := map[string]*stream{"gRPC on one connection": overOne, "gRPC, a connection for each call": dialling, "HTTP": overHTTP}
	for client, l := range []*stream{overOne, overOne, overOne, dialling, overHTTP, overHTTP} {
		clients.Go(func() { l.run(ctx, uint64(client)+1) })
	}
	for i := range 20 {
		p.reload(config(i+1), loadedAgain)
	}
	if !p.logged(fmt.Sprintf(`"generation":%d`, 20)) {
		t.Error("the log did not change with the configuration")
	}
	stop()
	clients.Wait()
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}

	sink.mu.Lock()
	defer sink.mu.Unlock()
	for name, l := range loads {
		lost, twice := 0, 0
		for _, first := range l.ids {
			for id := range numberedIDs(first, 10) {
				switch sink.seen[id] {
				case 0:
					lost++
				case 1:
				default:
					twice++
				}
			}
		}
		t.Logf("%s: %d calls, %d failed, %d spans lost, %d came twice", name, len(l.ids)+len(l.errs), len(l.errs), lost, twice)
		if lost > 0 || len(l.errs) > 0 || len(l.ids) == 0 {
			t.Errorf("%s: %d spans lost; %d of %d calls failed, the first with %v", name, lost, len(l.errs), len(l.ids)+len(l.errs), first(l.errs))
		}
	}
}

func first(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return errs[0]
}

func numberedIDs(first uint64, count int) func(yield func(pcommon.SpanID) bool) {
	return func(yield func(pcommon.SpanID) bool) {
		for i := range uint64(count) {
			var id pcommon.SpanID
			binary.BigEndian.PutUint64(id[:], first+i)
			if !yield(id) {
				return
			}
		}
	}
}

// observed is a configuration with metrics and a health check on known addresses.
func observed(grpcAt, metricsAt, healthAt, backend, second string) string {
	host, port, _ := net.SplitHostPort(metricsAt)
	more, name := "", ""
	if second != "" {
		more, name = fmt.Sprintf(", otlp/2: {protocols: {grpc: {endpoint: %q}}}", second), ", otlp/2"
	}
	return fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: %q}}}%s}
exporters: {otlp: {endpoint: %q, tls: {insecure: true}}}
extensions: {health_check: {endpoint: %q}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: %s, port: %s}}}}]}}
  pipelines: {traces: {receivers: [otlp%s], exporters: [otlp]}}
`, grpcAt, more, backend, healthAt, host, port, name)
}

func pageOf(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A configuration that is not valid, or does not start, leaves the one that runs as it was, and it is said why.
func TestReloadGoneWrong(t *testing.T) {
	t.Parallel()
	b := &backend{got: make(chan ptrace.Traces, 10)}
	grpcAt, metricsAt, healthAt, backendAt := freePort(t), freePort(t), freePort(t), serve(t, b)
	good := observed(grpcAt, metricsAt, healthAt, backendAt, "")
	p := start(t, good)
	p.addresses()
	works := func(when string) {
		t.Helper()
		if err := send(t, grpcAt, traces("reviews", 1)); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		<-b.got
		if body := pageOf(t, "http://"+healthAt); !strings.Contains(body, "Server available") {
			t.Errorf("%s: %s", when, body)
		}
	}
	works("at first")

	p.reload(strings.ReplaceAll(good, "exporters: [otlp]", "exporters: [otpl]"), notLoaded)
	if !p.logged("c.yaml:8:") || !p.logged("otpl is not defined in exporters") {
		t.Error("the log does not say what is wrong")
	}
	works("after a configuration that is not valid")

	taken := listenFree(t) // by this process, which the error must name
	defer taken.Close()
	p.reload(observed(grpcAt, metricsAt, healthAt, backendAt, taken.Addr().String()), broughtBack)
	if !p.logged(fmt.Sprintf("in use by %s (pid %d)", processName(t), os.Getpid())) {
		t.Error("the log does not say who has the port")
	}
	works("after a configuration that did not start")

	if err := os.Remove(p.file); err != nil {
		t.Fatal(err)
	}
	before := p.count(notLoaded)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await(notLoaded, before+1)
	works("after the file was gone")

	p.reload(good, loadedAgain)
	works("after a good one")
	page := pageOf(t, "http://"+metricsAt+"/metrics")
	for _, want := range []string{`oriel_config_reloads_total{result="success"`, `oriel_config_reloads_total{result="invalid"`, `oriel_config_reloads_total{result="failed"`,
		`oriel_config_last_reload_success_timestamp_seconds{`, `otelcol_receiver_accepted_spans_total{receiver="otlp",transport="grpc"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing in\n%s", want, page)
		}
	}
	for name, count := range map[string]string{`oriel_config_reloads_total{result="invalid"`: "2", `oriel_config_reloads_total{result="failed"`: "1", `otelcol_receiver_accepted_spans_total{`: "5"} {
		if _, line, ok := strings.Cut(page, name); ok {
			line, _, _ = strings.Cut(line, "\n")
			if !strings.HasSuffix(line, " "+count) {
				t.Errorf("%s...%s, want %s: counts go on over reloads", name, line, count)
			}
		}
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func processName(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skip("there is no /proc here")
	}
	return strings.TrimSpace(string(name))
}

// What waits for a server that is away is still sent to it after a reload, from memory, also when nothing of it is in the new configuration.
func TestReloadKeepsQueues(t *testing.T) {
	t.Parallel()
	away := freePort(t)
	grpcAt := freePort(t)
	config := func(backend string) string {
		return fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: %q}}}}
exporters: {otlp: {endpoint: %q, tls: {insecure: true}, retry_on_failure: {initial_interval: 100ms, max_interval: 200ms}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}
`, grpcAt, backend)
	}
	p := start(t, config(away))
	p.addresses()
	if err := send(t, grpcAt, traces("reviews", 7)); err != nil {
		t.Fatal(err)
	}
	other := &backend{got: make(chan ptrace.Traces, 10)}
	p.reload(config(serve(t, other)), loadedAgain)
	if err := send(t, grpcAt, traces("reviews", 3)); err != nil {
		t.Fatal(err)
	}
	if got := (<-other.got).SpanCount(); got != 3 {
		t.Errorf("the new backend got %d spans, want 3", got)
	}

	socket, err := net.Listen("tcp", away)
	if err != nil {
		t.Fatal(err)
	}
	old := &backend{got: make(chan ptrace.Traces, 10)}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, old)
	go server.Serve(socket)
	t.Cleanup(server.Stop)
	if got := (<-old.got).SpanCount(); got != 7 {
		t.Errorf("the old backend got %d spans, want 7", got)
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if p.logged("dropped") {
		t.Error("something was dropped")
	}
}

// With --watch a changed file is enough.
func TestWatch(t *testing.T) {
	t.Parallel()
	b := &backend{got: make(chan ptrace.Traces, 10)}
	config := collector(serve(t, b))
	p := start(t, config, "--watch")
	p.addresses()
	p.configure(strings.Replace(config, "level: none", "level: nonsense", 1))
	p.await(notLoaded, 1)
	p.configure(strings.Replace(config, "metrics: {level: none}", "metrics: {level: none}, logs: {level: warn}", 1))
	for deadline := time.Now().Add(30 * time.Second); p.count("a file of it has changed") < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the second change was not seen")
		}
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// systemd follows a process through its life: SIGHUP while it starts is answered, and one while it drains does no harm.
func TestSystemdFollows(t *testing.T) {
	t.Parallel()
	socket := t.TempDir() + "/notify"
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	next := func(want string) {
		t.Helper()
		if err := l.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 4096)
		n, err := l.Read(text)
		if err != nil || !strings.HasPrefix(string(text[:n]), want) {
			t.Errorf("%q, %v; want %s", text[:n], err, want)
		}
	}
	dead := freePort(t)
	config := collector(dead)
	p := start(t, config, "NOTIFY_SOCKET="+socket, "--shutdown-timeout", "2s")
	next("READY=1\nSTATUS=running")
	p.addresses()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	next("RELOADING=1\nMONOTONIC_USEC=")
	next("READY=1\nSTATUS=running; the configuration was loaded again")
	p.configure("receivers: [")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	next("RELOADING=1")
	next("READY=1\nSTATUS=running the configuration from before: ")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	next("STOPPING=1")
	if code := p.stop(syscall.SIGHUP); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
