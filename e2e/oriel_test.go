//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// orielBin is the path of the program under test.
var orielBin = os.Getenv("ORIEL_BIN")

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if orielBin == "" {
			dir, err := os.MkdirTemp("", "oriel-e2e")
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			defer os.RemoveAll(dir)
			orielBin = filepath.Join(dir, "oriel")
			if out, err := exec.Command("go", "build", "-o", orielBin, "../cmd/oriel").CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "build oriel: %v\n%s", err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// process is a program that runs during a test.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{} // closed when it has ended
	err  error         // of Wait; read after done
}

// run starts a program, and kills it at the end of the test if it still runs.
// The last of its log is shown if the test fails.
func run(t *testing.T, name, path string, args ...string) *process {
	t.Helper()
	return runIn(t, "", nil, name, path, args...)
}

func runIn(t *testing.T, dir string, env []string, name, path string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(path, args...), log: &logBuffer{}, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.log, p.log
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The death signal comes when the thread that started the child ends: keep it until then.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the last of %s's log:\n%s", name, p.log.tail(4000))
		}
	})
	return p
}

// kill ends the process at once, as a crash would.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// terminate sends SIGTERM and returns the exit code.
func (p *process) terminate(limit time.Duration) int {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Errorf("%s still runs %s after SIGTERM", p.name, limit)
		p.kill()
	}
	return p.cmd.ProcessState.ExitCode()
}

// running says whether the process has not ended.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// logBuffer keeps what a process prints.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logBuffer) tail(n int) string {
	s := l.String()
	return s[max(0, len(s)-n):]
}

// oriel is the binary at work as all-in-one, on free ports.
type oriel struct {
	*process
	ports
	data string
}

// ports are the addresses, host:port, of an all-in-one.
type ports struct{ ui, grpc, http, zipkin string }

// start runs an all-in-one on a new data folder and waits until it is ready.
func start(t *testing.T) *oriel {
	t.Helper()
	return startOn(t, t.TempDir())
}

// startOn runs an all-in-one on the data folder.
func startOn(t *testing.T, data string) *oriel {
	t.Helper()
	p := ports{freePort(t), freePort(t), freePort(t), freePort(t)}
	o := &oriel{process: run(t, "oriel", orielBin, startArgs(t, p, data)...), ports: p, data: data}
	o.awaitReady()
	return o
}

func (o *oriel) awaitReady() {
	o.t.Helper()
	eventually(o.t, 20*time.Second, func() error {
		if !o.running() {
			o.t.Fatalf("oriel ended with %v before it was ready:\n%s", o.err, o.log.tail(4000))
		}
		var status struct{ Listeners []struct{ Open bool } }
		return o.ask("/api/v1/status", &status)
	})
}

// lastPort is the port that freePort tried last. It begins below the range from
// which the system takes ports for outgoing connections, so that none of those can
// take a port between freePort and whoever listens on it.
var lastPort atomic.Int32

const firstPort, portCount = 20_000, 12_000

// freePort is an address on loopback that nobody listens on, and that no other call gives.
func freePort(t *testing.T) string {
	t.Helper()
	lastPort.CompareAndSwap(0, int32(os.Getpid()%portCount))
	for range portCount {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+lastPort.Add(1)%portCount)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// eventually tries until try returns nil, and fails the test with its last error after the limit.
func eventually(t *testing.T, limit time.Duration, try func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	t.Fatalf("not within %s: %v", limit, err)
}

// post sends a body and returns the answer with its body read.
func post(t *testing.T, url, contentType string, body []byte, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return answer, strings.TrimSpace(string(text))
}
