//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
)

// mesh is Bookinfo behind real Envoys: a gateway and six services, each an
// HTTP program in this process with a proxy of its own.
//
//	gateway -> productpage -+-> details
//	                        '-> reviews v2 (90), v3 (10) -> ratings
//
// reviews v1 serves only the user "tester". v3 fails each fourth request.
type mesh struct {
	t       *testing.T
	gateway string
	proxies map[string]*proxy // by service and version, "reviews-v2"
}

// meshOptions say how the proxies trace.
type meshOptions struct {
	tracer    string // zipkin or otlp
	collector string // host:port of the receiver
	shared    bool   // Zipkin's shared_span_context
	old       bool   // as Istio 1.7, which did not tag spans with service and namespace
}

// proxy is one Envoy and what its configuration is made of.
type proxy struct {
	Service, Version, Node            string
	Admin, Inbound, Outbound          string // addresses
	App                               string // address of the program behind it, empty for the gateway
	InboundCluster, Tracer, Collector string
	Shared, Old, Gateway              bool
	Upstreams                         []upstream
}

type upstream struct {
	Service  string
	Clusters []cluster
}

type cluster struct {
	Name      string
	Tester    bool // only for the user "tester"
	Endpoints []endpoint
}

type endpoint struct {
	Address string
	Weight  int
}

// traceHeaders are what a program in a mesh has to hand on.
var traceHeaders = []string{"x-request-id", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "b3", "traceparent", "tracestate", "end-user"}

// startMesh runs seven Envoys and the programs behind them.
func startMesh(t *testing.T, o meshOptions) *mesh {
	t.Helper()
	envoy := envoyPath(t)
	m := &mesh{t: t, proxies: map[string]*proxy{}}
	add := func(service, version string) *proxy {
		p := &proxy{Service: service, Version: version, Node: fmt.Sprintf("sidecar~127.0.0.1~%s-%s.default~default.svc.cluster.local", service, version),
			Admin: freePort(t), Inbound: freePort(t), Outbound: freePort(t), Tracer: o.tracer, Collector: o.collector, Shared: o.shared, Old: o.old,
			InboundCluster: "inbound|9080|http|" + service + ".default.svc.cluster.local"}
		m.proxies[service+"-"+version] = p
		return p
	}
	gateway, page, details := add("istio-ingressgateway", "v1"), add("productpage", "v1"), add("details", "v1")
	v1, v2, v3, ratings := add("reviews", "v1"), add("reviews", "v2"), add("reviews", "v3"), add("ratings", "v1")
	gateway.Gateway, m.gateway = true, gateway.Outbound
	to := func(p *proxy, clusters ...cluster) {
		p.Upstreams = append(p.Upstreams, upstream{clusters[0].service(), clusters})
	}
	to(gateway, outbound("", "productpage", endpoint{page.Inbound, 1}))
	to(page, outbound("", "details", endpoint{details.Inbound, 1}))
	tester := outbound("v1", "reviews", endpoint{v1.Inbound, 1})
	tester.Tester = true
	to(page, tester, outbound("", "reviews", endpoint{v2.Inbound, 90}, endpoint{v3.Inbound, 10}))
	to(v2, outbound("", "ratings", endpoint{ratings.Inbound, 1}))
	to(v3, outbound("", "ratings", endpoint{ratings.Inbound, 1}))

	page.App = m.program(page.Outbound, nil, "details", "reviews")
	details.App = m.program(details.Outbound, nil)
	v1.App = m.program(v1.Outbound, nil)
	v2.App = m.program(v2.Outbound, nil, "ratings")
	v3.App = m.program(v3.Outbound, eachFourthFails(), "ratings")
	ratings.App = m.program(ratings.Outbound, nil)

	for name, p := range m.proxies {
		run(t, "envoy of "+name, envoy, "-c", p.writeConfig(t), "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning")
	}
	for name, p := range m.proxies {
		eventually(t, 30*time.Second, func() error {
			answer, err := http.Get("http://" + p.Admin + "/ready")
			if err != nil {
				return err
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("envoy of %s: %s", name, answer.Status)
			}
			return nil
		})
	}
	return m
}

func outbound(subset, service string, endpoints ...endpoint) cluster {
	return cluster{Name: "outbound|9080|" + subset + "|" + service + ".default.svc.cluster.local", Endpoints: endpoints}
}

func (c cluster) service() string {
	host := c.Name[strings.LastIndexByte(c.Name, '|')+1:]
	return host[:strings.IndexByte(host, '.')]
}

// program is a service's own code: it asks others through the outbound
// listener of its proxy and hands the trace headers on. It returns its address.
func (m *mesh) program(outbound string, fails func() bool, asks ...string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, service := range asks {
			if err := ask(outbound, service, r.Header); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
		}
		if fails != nil && fails() {
			http.Error(w, "no connection", http.StatusServiceUnavailable)
		}
	}))
	m.t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func ask(outbound, service string, headers http.Header) error {
	r, err := http.NewRequest("GET", "http://"+outbound+"/"+service+"/7", nil)
	if err != nil {
		return err
	}
	r.Host = service + ":9080"
	for _, h := range traceHeaders {
		if v := headers.Get(h); v != "" {
			r.Header.Set(h, v)
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, answer.Body)
	if answer.StatusCode >= 500 {
		return fmt.Errorf("%s: %s", service, answer.Status)
	}
	return nil
}

func eachFourthFails() func() bool {
	var n atomic.Int64
	return func() bool { return n.Add(1)%4 == 0 }
}

// visit sends requests to the gateway, a few at a time.
func (m *mesh) visit(requests int, user string) {
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(requests))
	for range 4 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				r, _ := http.NewRequest("GET", "http://"+m.gateway+"/productpage", nil)
				r.Header.Set("end-user", user)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					m.t.Error(err)
					return
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
		})
	}
	wg.Wait()
}

// stat is one of a proxy's own counters, summed over those whose name contains the text.
func (p *proxy) stat(t *testing.T, name string) int {
	t.Helper()
	var answer struct {
		Stats []struct {
			Name  string
			Value int
		}
	}
	if err := getJSON("http://"+p.Admin+"/stats?format=json&filter="+name, &answer); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, s := range answer.Stats {
		sum += s.Value
	}
	return sum
}

var proxyConfig = template.Must(template.New("envoy.yaml.tmpl").Funcs(template.FuncMap{"port": func(address string) (string, error) {
	_, port, err := net.SplitHostPort(address)
	return port, err
}}).ParseFiles("testdata/envoy.yaml.tmpl"))

func (p *proxy) writeConfig(t *testing.T) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), p.Service+p.Version+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := proxyConfig.Execute(f, p); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
