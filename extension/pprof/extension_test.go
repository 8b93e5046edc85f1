package pprof

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
)

func TestProfilesAreServedAndSaved(t *testing.T) {
	cfg := Factory.Default()
	cfg.Endpoint, cfg.SaveToFile = "127.0.0.1:0", filepath.Join(t.TempDir(), "cpu.pprof")
	servers := transport.NewServers(nil)
	made, err := Factory.New(cfg, component.Settings{ID: component.ID{Type: "pprof"}, Servers: servers})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get("http://" + servers.States()[0].Address + "/debug/pprof/goroutine?debug=1")
	if err != nil || answer.StatusCode != 200 {
		t.Errorf("%v %v", answer, err)
	}
	answer.Body.Close()
	for range 2 { // twice does no harm
		if err := made.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if text, err := os.ReadFile(cfg.SaveToFile); err != nil || len(text) == 0 || text[0] != 0x1f {
		t.Errorf("the profile: %d bytes, %v", len(text), err)
	}
}
