package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// payload is one encoded request that is sent many times, each time with new ids and times.
type payload struct {
	data   []byte
	spans  int
	traces int
	words  []word
}

// word is a place in the request that changes with each use.
type word struct {
	offset   int
	kind     wordKind
	template uint64 // ids: xor-ed with the salt; times: nanoseconds after the moment of sending, less a second
}

type wordKind uint8

const (
	traceHigh wordKind = iota
	traceLow
	spanID
	instant   // little endian, as fixed64 is
	requestID // the text of a UUID, made from the trace's id
)

var (
	services = []string{"ingress", "productpage", "details", "reviews", "ratings", "orders", "payment", "inventory"}
	routes   = []string{"/productpage", "/api/v1/products/{id}/reviews", "/details/{id}", "/reviews/{id}", "/ratings/{id}"}
	methods  = []string{"GET", "GET", "GET", "GET", "POST", "PUT"}
)

// requestIDKey is an attribute with a value for each trace.
const requestIDKey = "guid:x-request-id"

// made is one span before it is encoded.
type made struct {
	service, host int
	duration      uint64
	span          *traces.Span
}

// newPayload makes whole traces until there are n spans; the last trace is cut to fit.
func newPayload(r *rand.Rand, n int) *payload {
	p := &payload{spans: n}
	groups := map[[2]int]*traces.ScopeSpans{}
	request := &coltrace.ExportTraceServiceRequest{}
	for left := n; left > 0; p.traces++ {
		size := min(8+r.IntN(13), left)
		left -= size
		for _, m := range newTrace(r, size) {
			key := [2]int{m.service, m.host}
			g := groups[key]
			if g == nil {
				g = &traces.ScopeSpans{Scope: &common.InstrumentationScope{Name: "envoy", Version: "1.40.0"}}
				groups[key] = g
				request.ResourceSpans = append(request.ResourceSpans, &traces.ResourceSpans{Resource: describe(m.service, m.host), ScopeSpans: []*traces.ScopeSpans{g}})
			}
			g.Spans = append(g.Spans, m.span)
		}
	}
	data, err := proto.Marshal(request)
	if err != nil {
		panic(err) // our own messages
	}
	p.data = data
	p.findWords()
	return p
}

// newTrace makes a tree of spans; client and server spans alternate on the way down.
func newTrace(r *rand.Rand, size int) []made {
	id := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64())
	fails, slow := r.IntN(100) < 3, r.IntN(100) < 4
	spans := make([]made, 0, size)
	for i := range size {
		s := &traces.Span{TraceId: id, SpanId: binary.BigEndian.AppendUint64(nil, r.Uint64()), Kind: traces.Span_SPAN_KIND_SERVER}
		m := made{host: r.IntN(3), span: s}
		if i == 0 {
			m.duration = uint64(5e6 + r.ExpFloat64()*40e6)
			if slow {
				m.duration += 500e6
			}
			s.StartTimeUnixNano = uint64(r.IntN(1e9))
		} else {
			parent := spans[r.IntN(i)]
			m.service = 1 + r.IntN(len(services)-1)
			m.duration = uint64((0.2 + 0.6*r.Float64()) * float64(parent.duration))
			s.ParentSpanId = parent.span.SpanId
			s.StartTimeUnixNano = parent.span.StartTimeUnixNano + uint64(r.Float64()*0.2*float64(parent.duration))
		}
		s.EndTimeUnixNano = s.StartTimeUnixNano + m.duration
		if i%2 == 1 {
			s.Kind = traces.Span_SPAN_KIND_CLIENT
		}
		fillSpan(r, &m, fails && i == size-1)
		spans = append(spans, m)
	}
	return spans
}

// fillSpan sets name, attributes, status and, on one span in twenty, an event.
func fillSpan(r *rand.Rand, m *made, fails bool) {
	service, route := services[m.service], routes[r.IntN(len(routes))]
	path := strings.Replace(route, "{id}", fmt.Sprint(r.IntN(5000)), 1)
	status := int64(200)
	if r.IntN(20) == 0 {
		status = 404
	}
	if fails {
		status = 503
		m.span.Status = &traces.Status{Code: traces.Status_STATUS_CODE_ERROR, Message: "upstream unavailable"}
	}
	cluster := "inbound|9080||"
	if m.span.Kind == traces.Span_SPAN_KIND_CLIENT {
		cluster = "outbound|9080||" + service + ".bookinfo.svc.cluster.local"
	}
	m.span.Name = service + ".bookinfo.svc.cluster.local:9080" + route
	m.span.Attributes = []*common.KeyValue{
		text("component", "proxy"), text("http.method", methods[r.IntN(len(methods))]),
		text("http.url", "http://"+service+":9080"+path), number("http.status_code", status), text("http.protocol", "HTTP/1.1"),
		text("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
		number("request_size", r.Int64N(4096)), number("response_size", r.Int64N(65536)), text("upstream_cluster", cluster),
		text("peer.address", fmt.Sprintf("10.%d.%d.%d", r.IntN(4), r.IntN(256), r.IntN(256))),
		text(requestIDKey, uuid(0, 0)), text("istio.canonical_revision", fmt.Sprintf("v%d", 1+r.IntN(3))),
	}
	if r.IntN(20) == 0 {
		m.span.Events = []*traces.Span_Event{{TimeUnixNano: m.span.StartTimeUnixNano + m.duration/2, Name: "retry",
			Attributes: []*common.KeyValue{number("retry.attempt", 1+r.Int64N(3)), text("message", "upstream reset: connection termination")}}}
	}
}

func describe(service, host int) *resource.Resource {
	return &resource.Resource{Attributes: []*common.KeyValue{
		text("service.name", services[service]), text("service.namespace", "bookinfo"),
		text("host.name", fmt.Sprintf("ip-10-0-%d-%d.ec2.internal", service, host)),
		text("container.id", strings.Repeat(fmt.Sprintf("%02x%02xc7d1", service, host), 8)),
		text("telemetry.sdk.language", "go"),
	}}
}

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int64) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
}

// findWords notes where the ids, times and request ids of the encoded request are.
func (p *payload) findWords() {
	fields(p.data, 0, 1, func(group []byte, at int) {
		fields(group, at, 2, func(scope []byte, at int) {
			fields(scope, at, 2, p.findSpanWords)
		})
	})
}

func (p *payload) findSpanWords(span []byte, base int) {
	var high, low uint64
	each(span, base, func(f protoscan.Field, at int) {
		switch {
		case f.Num == 1:
			high, low = binary.BigEndian.Uint64(f.Body), binary.BigEndian.Uint64(f.Body[8:])
			p.words = append(p.words, word{at, traceHigh, high}, word{at + 8, traceLow, low})
		case f.Num == 2, f.Num == 4 && len(f.Body) == 8:
			p.words = append(p.words, word{at, spanID, binary.BigEndian.Uint64(f.Body)})
		case f.Num == 7, f.Num == 8:
			p.words = append(p.words, word{at, instant, f.Int})
		case f.Num == 11:
			each(f.Body, at, func(f protoscan.Field, at int) {
				if f.Num == 1 {
					p.words = append(p.words, word{at, instant, f.Int})
				}
			})
		case f.Num == 9 && strings.Contains(string(f.Body), requestIDKey):
			p.words = append(p.words, word{at + len(f.Body) - uuidLen, requestID, high})
		}
	})
}

// each calls f for the fields of a message that begins at the offset, with the offset of each field's value.
func each(msg []byte, base int, f func(field protoscan.Field, at int)) {
	for len(msg) > 0 {
		field, err := protoscan.Next(msg)
		if err != nil {
			panic(err) // our own message
		}
		width := len(field.Body)
		if field.Type == protoscan.I64 {
			width = 8
		}
		f(field, base+field.Size-width)
		msg, base = msg[field.Size:], base+field.Size
	}
}

// fields calls f for each field num of a message.
func fields(msg []byte, base int, num uint32, f func(body []byte, at int)) {
	each(msg, base, func(field protoscan.Field, at int) {
		if field.Num == num {
			f(field.Body, at)
		}
	})
}

// salts make the ids of one use.
type salts struct{ high, low, span uint64 }

// renew writes new ids, and times that begin within the second before now.
func (p *payload) renew(s salts, now uint64) {
	for _, w := range p.words {
		at := p.data[w.offset:]
		switch w.kind {
		case traceHigh:
			binary.BigEndian.PutUint64(at, w.template^s.high)
		case traceLow:
			binary.BigEndian.PutUint64(at, w.template^s.low)
		case spanID:
			binary.BigEndian.PutUint64(at, w.template^s.span)
		case instant:
			binary.LittleEndian.PutUint64(at, w.template+now-1e9)
		case requestID:
			id := w.template ^ s.high
			copy(at, uuid(id, id*0x9e3779b97f4a7c15^s.low))
		}
	}
}

// firstTrace is the id of one trace of the payload as it is now, and its request id.
func (p *payload) firstTrace() (id, request string) {
	at := p.data[p.words[0].offset:]
	for _, w := range p.words {
		if w.kind == requestID {
			request = string(p.data[w.offset : w.offset+uuidLen])
			break
		}
	}
	return hex.EncodeToString(at[:16]), request
}

const uuidLen = 36

// uuid is the text of a UUID of two words.
func uuid(high, low uint64) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], high)
	binary.BigEndian.PutUint64(raw[8:], low)
	out := make([]byte, 0, uuidLen)
	for i, b := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, []byte{b})
	}
	return string(out)
}
