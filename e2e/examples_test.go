//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// listening finds the addresses in an example that Oriel listens on: those with a literal IP address.
var listening = regexp.MustCompile(`\b(127\.0\.0\.1|0\.0\.0\.0):[0-9]+\b`)

// Every file in examples/ is valid as it is, and runs (on other ports, so that tests can run side by side).
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			if out, err := exec.Command(orielBin, "validate", "--config", file).CombinedOutput(); err != nil {
				t.Fatalf("oriel validate --config %s: %v\n%s", file, err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(text), "# ") {
				t.Error("does not begin with a comment that says what it is for")
			}
			runExample(t, string(text))
		})
	}
}

func runExample(t *testing.T, text string) {
	t.Helper()
	var addresses []string
	code := regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(text, "")
	text = listening.ReplaceAllStringFunc(code, func(string) string {
		addresses = append(addresses, freePort(t))
		return addresses[len(addresses)-1]
	})
	if len(addresses) == 0 {
		t.Fatal("listens nowhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "example.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := runIn(t, dir, nil, "oriel", orielBin, "--config", path, "--ui", freePort(t))
	for _, address := range addresses {
		eventually(t, 20*time.Second, func() error {
			if !p.running() {
				t.Fatalf("ended with %v:\n%s", p.err, p.log.tail(4000))
			}
			conn, err := net.Dial("tcp", address)
			if err == nil {
				return conn.Close()
			}
			socket, udpErr := net.ListenPacket("udp", address)
			if udpErr != nil {
				return nil // somebody listens there with UDP
			}
			socket.Close()
			return fmt.Errorf("%s of\n%s: %w", address, text, err)
		})
	}
	if code := p.terminate(20 * time.Second); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.log.tail(4000))
	}
}
