package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/internal/certtest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// victim is a process of its own that serves with the settings of the default, so that its memory is the servers' alone.
type victim struct {
	http, https, grpc string
	pid               int
}

const victimVariable = "ORIEL_TEST_VICTIM"

// TestVictim is not a test: it is what startVictim runs.
func TestVictim(t *testing.T) {
	if os.Getenv(victimVariable) == "" {
		t.Skip("run by other tests")
	}
	s := NewServers(nil)
	cert, key := certtest.NewAuthority(t, "test").Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	routes := map[string]http.Handler{
		"/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := ReadBody(r)
			if err != nil {
				status, text := BodyStatus(err)
				http.Error(w, text, status)
				return
			}
			body.Release()
		})}
	h, err := s.ListenHTTP("victim", HTTPConfig{Endpoint: "127.0.0.1:0"}, routes)
	if err != nil {
		t.Fatal(err)
	}
	secure := &TLSServerConfig{TLSConfig: TLSConfig{CertPEM: config.Secret(cert), KeyPEM: config.Secret(key)}}
	hs, err := s.ListenHTTP("victim", HTTPConfig{Endpoint: "127.0.0.1:0", TLS: secure}, routes)
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.ListenGRPC("victim", GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]UnaryMethod{
		echoMethod: func(context.Context, *Request) ([]byte, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("victim %s %s %s\n", h.Addr(), hs.Addr(), g.Addr())
	bufio.NewReader(os.Stdin).ReadByte() // ends with the parent
}

func startVictim(t testing.TB) *victim {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("needs /proc")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), victimVariable+"=1", "GOGC=25") // as a collector without a store runs
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	v := &victim{pid: cmd.Process.Pid}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "victim %s %s %s", &v.http, &v.https, &v.grpc); n == 3 {
			return v
		}
	}
	t.Fatal("the victim did not start")
	return nil
}

// memory is a figure of /proc/PID/status in KiB.
func (v *victim) memory(t testing.TB, key string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), key+":")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// peak forgets the highest memory so far, and returns a function that says by how many MiB it has grown since.
func (v *victim) peak(t testing.TB) func() float64 {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", v.pid), []byte("5"), 0); err != nil {
		t.Skip("the peak of a process's memory cannot be reset here:", err)
	}
	before := v.memory(t, "VmRSS")
	return func() float64 { return float64(v.memory(t, "VmHWM")-before) / 1024 }
}

// sendHTTP and sendGRPC send one body as it is, and say how it was answered.
func (v *victim) sendHTTP(client *http.Client, encoding string, body []byte) error {
	req, err := http.NewRequest("POST", "http://"+v.http+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Encoding", encoding)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		return errors.New(resp.Status)
	}
	return nil
}

// precompressed is a legacy compressor that leaves a message as it is.
type precompressed string

func (p precompressed) Type() string { return string(p) }

func (p precompressed) Do(w io.Writer, message []byte) error {
	_, err := w.Write(message)
	return err
}

func (v *victim) dialGRPC(t testing.TB, encoding string) *grpc.ClientConn {
	t.Helper()
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if encoding != "" {
		//lint:ignore SA1019 a compressor of today would compress
		options = append(options, grpc.WithCompressor(precompressed(encoding)))
	}
	conn, err := grpc.NewClient(v.grpc, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func sendGRPC(conn *grpc.ClientConn, body []byte) error {
	var reply []byte
	return conn.Invoke(context.Background(), echoMethod, body, &reply, grpc.ForceCodecV2(bytesCodec{}))
}

// timings are how long calls took.
type timings struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *timings) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

func (t *timings) quantile(q float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return 0
	}
	slices.Sort(t.all)
	return t.all[min(len(t.all)-1, int(q*float64(len(t.all))))].Round(10 * time.Microsecond)
}
