package hosted

import (
	"testing"
	"time"
)

func TestHostmetrics(t *testing.T) {
	t.Parallel()
	c := run(t, `
receivers:
  hostmetrics:
    collection_interval: 100ms
    initial_delay: 0s
    scrapers: {cpu: , memory: , load: , filesystem: , network: , paging: , disk: }
exporters: {out: }
service:
  pipelines:
    metrics: {receivers: [hostmetrics], exporters: [out]}
`)
	wanted := map[string]bool{}
	for _, name := range []string{"system.cpu.time", "system.memory.usage", "system.cpu.load_average.1m", "system.filesystem.usage", "system.network.io", "system.paging.faults"} {
		wanted[name] = true
	}
	for range 2 { // two rounds
		missing := map[string]bool{}
		for name := range wanted {
			missing[name] = true
		}
		for len(missing) > 0 {
			select {
			case batch := <-c.out:
				for g := range batch.Groups() {
					for s := range g.Scopes() {
						for m := range s.Metrics() {
							delete(missing, string(m.Name()))
						}
					}
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("these did not come: %v", missing)
			}
		}
	}
	if n := c.metrics.Sum("otelcol_scraper_scraped_metric_points"); n < 10 {
		t.Errorf("upstream's own count of scraped points is %g", n)
	}
	if n := c.metrics.Sum("otelcol_receiver_accepted_metric_points"); n < 10 {
		t.Errorf("our count of points is %g", n)
	}
}
