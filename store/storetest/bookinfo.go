package storetest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// Bookinfo makes traces as a mesh of Envoy proxies records them: eight
// services on three hosts each, 8 to 20 spans a trace, 12 attributes a span, about
// 575 bytes a span in OTLP. It is what benchmarks and large tests write. Equal
// seeds make equal spans.
type Bookinfo struct {
	r         *rand.Rand
	resources [][]byte
}

var (
	bookinfoServices = []string{"istio-ingressgateway", "productpage", "details", "reviews", "ratings", "orders", "payment", "inventory"}
	bookinfoPaths    = []string{"/productpage", "/api/v1/products/{id}/reviews", "/details/{id}", "/reviews/{id}", "/ratings/{id}"}
	bookinfoMethods  = []string{"GET", "GET", "GET", "GET", "POST", "PUT"}
)

const bookinfoHosts = 3

// NewBookinfo makes a generator.
func NewBookinfo(seed uint64) *Bookinfo {
	g := &Bookinfo{r: rand.New(rand.NewPCG(seed, 0))}
	ids := rand.New(rand.NewPCG(1, 1))
	for svc, name := range bookinfoServices {
		for host := range bookinfoHosts {
			var res []byte
			for _, kv := range [][2]string{
				{"service.name", name},
				{"service.namespace", "bookinfo"},
				{"host.name", fmt.Sprintf("ip-10-0-%d-%d.ec2.internal", svc, host)},
				{"container.id", fmt.Sprintf("%016x%016x%016x%016x", ids.Uint64(), ids.Uint64(), ids.Uint64(), ids.Uint64())},
				{"telemetry.sdk.language", "go"},
			} {
				res = otlp.AppendAttr(res, 1, kv[0], otlp.StringValue(kv[1]))
			}
			g.resources = append(g.resources, res)
		}
	}
	return g
}

// bookinfoSpan is what children need of their parent.
type bookinfoSpan struct{ id, start, nanos uint64 }

// Batch makes whole traces until there are n spans; the last trace is cut to
// fit. All of them end at end.
func (g *Bookinfo) Batch(n int, end time.Time) *otlp.Batch {
	b := otlp.NewBuilder(otlp.Traces)
	scope := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, "envoy"), 2, "1.35.0")
	for b.Items() < n {
		g.trace(b, scope, min(8+g.r.IntN(13), n-b.Items()), uint64(end.UnixNano()))
	}
	return b.Batch()
}

func (g *Bookinfo) trace(b *otlp.Builder, scope []byte, size int, end uint64) {
	r := g.r
	failed, slow := r.Float64() < 0.03, r.Float64() < 0.04
	nanos := uint64(20e6 + r.Float64()*200e6)
	if slow {
		nanos = uint64(600e6 + r.Float64()*900e6)
	}
	id := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64())
	request := fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.Uint64()>>16)
	spans := make([]bookinfoSpan, 0, size)
	for i := range size {
		s := bookinfoSpan{r.Uint64(), end - nanos, nanos}
		service, parent := 0, uint64(0)
		if i > 0 {
			p := spans[r.IntN(i)]
			parent, service = p.id, 1+r.IntN(len(bookinfoServices)-1)
			s.start = p.start + uint64(r.Float64()*0.2*float64(p.nanos))
			s.nanos = uint64((0.2 + 0.6*r.Float64()) * float64(p.nanos))
		}
		spans = append(spans, s)
		resource := g.resources[service*bookinfoHosts+r.IntN(bookinfoHosts)]
		b.Add(resource, scope, g.span(id, s, parent, service, i%2 == 1, failed && i == size-1, request), 1)
	}
}

// span encodes one span; client and server spans alternate down the tree.
func (g *Bookinfo) span(trace []byte, s bookinfoSpan, parent uint64, service int, client, failed bool, request string) []byte {
	r := g.r
	route := bookinfoPaths[r.IntN(len(bookinfoPaths))]
	path := strings.Replace(route, "{id}", fmt.Sprint(r.IntN(5000)), 1)
	dst := bookinfoServices[service]
	status := 200
	if r.Float64() < 0.05 {
		status = 404
	}
	if failed {
		status = 503
	}
	kind, cluster := otlp.KindServer, "inbound|9080||"
	if client {
		kind, cluster = otlp.KindClient, "outbound|9080||"+dst+".bookinfo.svc.cluster.local"
	}
	out := protoscan.AppendBytes(nil, 1, trace)
	out = protoscan.AppendBytes(out, 2, binary.BigEndian.AppendUint64(nil, s.id))
	if parent != 0 {
		out = protoscan.AppendBytes(out, 4, binary.BigEndian.AppendUint64(nil, parent))
	}
	out = protoscan.AppendBytes(out, 5, dst+".bookinfo.svc.cluster.local:9080"+route)
	out = protoscan.AppendVarint(out, 6, uint64(kind))
	out = protoscan.AppendFixed64(out, 7, s.start)
	out = protoscan.AppendFixed64(out, 8, s.start+s.nanos)
	text := func(key, value string) { out = otlp.AppendAttr(out, 9, key, otlp.StringValue(value)) }
	number := func(key string, value int) { out = otlp.AppendAttr(out, 9, key, otlp.IntValue(int64(value))) }
	text("component", "proxy")
	text("http.method", bookinfoMethods[r.IntN(len(bookinfoMethods))])
	text("http.url", "http://"+dst+":9080"+path)
	number("http.status_code", status)
	text("http.protocol", "HTTP/1.1")
	text("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")
	number("request_size", r.IntN(4096))
	number("response_size", r.IntN(65536))
	text("upstream_cluster", cluster)
	text("peer.address", fmt.Sprintf("10.%d.%d.%d", r.IntN(4), r.IntN(256), r.IntN(256)))
	text("guid:x-request-id", request)
	text("istio.canonical_revision", fmt.Sprintf("v%d", 1+r.IntN(3)))
	if r.Float64() < 0.05 {
		event := protoscan.AppendFixed64(nil, 1, s.start+s.nanos/2)
		event = protoscan.AppendBytes(event, 2, "upstream_reset")
		event = otlp.AppendAttr(event, 3, "retry.attempt", otlp.IntValue(int64(1+r.IntN(3))))
		event = otlp.AppendAttr(event, 3, "message", otlp.StringValue("upstream reset: connection termination"))
		out = protoscan.AppendBytes(out, 11, event)
	}
	if failed {
		out = protoscan.AppendBytes(out, 15, protoscan.AppendVarint(nil, 3, uint64(otlp.StatusError)))
	}
	return out
}
