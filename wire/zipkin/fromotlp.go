package zipkin

import (
	"encoding/hex"
	"net/netip"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// AppendJSON writes the spans of a traces batch as a Zipkin v2 JSON array. It
// undoes ToOTLP; of what other senders wrote, each attribute of span, scope and
// resource becomes a tag. Times are rounded to the microsecond.
func AppendJSON(b []byte, batch *otlp.Batch) []byte {
	w := writer{out: append(b, '['), index: map[string]int{}}
	empty := len(w.out)
	for group := range batch.Groups() {
		resource := group.Resource()
		for scope := range group.Scopes() {
			for s := range scope.Spans() {
				if len(w.out) > empty {
					w.out = append(w.out, ',')
				}
				w.writeSpan(resource, scope, s)
			}
		}
	}
	return append(w.out, ']')
}

// writer writes spans one after the other.
type writer struct {
	out   []byte
	comma bool // the object being written has a member
	tags  []outTag
	index map[string]int // of the tags by key
}

// outTag is a tag being collected; one that was taken out again is in no index.
type outTag struct {
	key  string
	text []byte
}

func (w *writer) put(key string, text []byte) {
	if i, found := w.index[key]; found {
		w.tags[i].text = text
		return
	}
	w.index[key] = len(w.tags)
	w.tags = append(w.tags, outTag{key, text})
}

func (w *writer) has(key string) bool { _, found := w.index[key]; return found }

// take removes a tag and returns its text.
func (w *writer) take(key string) (text []byte, found bool) {
	i, found := w.index[key]
	if !found {
		return nil, false
	}
	delete(w.index, key)
	text = w.tags[i].text
	w.tags[i] = outTag{}
	return text, true
}

// takeTrue removes a tag that is true and says whether it was.
func (w *writer) takeTrue(key string) bool {
	if i, found := w.index[key]; !found || string(w.tags[i].text) != "true" {
		return false
	}
	w.take(key)
	return true
}

func (w *writer) writeSpan(resource otlp.Resource, scope otlp.Scope, s otlp.Span) {
	f := s.Fields()
	w.collect(resource, scope, s, &f)
	service := w.takeService()
	shared, debug, absentStart := w.takeTrue(keyShared), w.takeTrue(keyDebug), w.takeTrue(keyAbsentStart)

	w.out, w.comma = append(w.out, '{'), false
	w.text("traceId", hexTrace(f.TraceID))
	if !f.ParentID.IsZero() {
		w.text("parentId", hex.EncodeToString(f.ParentID[:]))
	}
	w.text("id", hex.EncodeToString(f.SpanID[:]))
	switch f.Kind {
	case otlp.KindClient, otlp.KindServer, otlp.KindProducer, otlp.KindConsumer:
		w.text("kind", kindNames[f.Kind])
	}
	if len(f.Name) > 0 {
		w.text("name", string(f.Name))
	}
	if f.Start > 0 && !absentStart {
		w.number("timestamp", micros(f.Start))
	}
	if f.End > f.Start {
		w.number("duration", max(micros(f.End-f.Start), 1))
	}
	w.endpoint("localEndpoint", service, keyLocalIP, keyLocalPort)
	peer, _ := w.take(keyRemoteService)
	w.endpoint("remoteEndpoint", peer, keyRemoteIP, keyRemotePort)
	w.annotations(s, f.Start)
	w.writeTags()
	if debug {
		w.name("debug")
		w.out = append(w.out, "true"...)
	}
	if shared {
		w.name("shared")
		w.out = append(w.out, "true"...)
	}
	w.out = append(w.out, '}')
}

var kindNames = [...]string{otlp.KindServer: "SERVER", otlp.KindClient: "CLIENT", otlp.KindProducer: "PRODUCER", otlp.KindConsumer: "CONSUMER"}

// hexTrace leaves a high half of zero away, as its sender did.
func hexTrace(id otlp.TraceID) string {
	if [8]byte(id[:8]) == [8]byte{} {
		return hex.EncodeToString(id[8:])
	}
	return hex.EncodeToString(id[:])
}

// micros rounds nanoseconds.
func micros(nanos uint64) uint64 { return nanos/1000 + nanos%1000/500 }

// collect makes tags of all attributes, the span's winning over the scope's
// over the resource's, and of what Zipkin has no field for.
func (w *writer) collect(resource otlp.Resource, scope otlp.Scope, s otlp.Span, f *otlp.SpanFields) {
	w.tags = w.tags[:0]
	clear(w.index)
	for _, attrs := range [...]otlp.Attrs{resource.Attrs(), scope.Attrs(), s.Attrs()} {
		for key, value := range attrs.All() {
			w.put(string(key), appendTagText(nil, value))
		}
	}
	if name := scope.Name(); len(name) > 0 {
		w.put(keyScopeName, name)
	}
	if version := scope.Version(); len(version) > 0 {
		w.put(keyScopeVersion, version)
	}
	if len(f.TraceState) > 0 {
		w.put(keyTraceState, f.TraceState)
	}
	if f.Kind == otlp.KindInternal {
		w.put("span.kind", []byte("internal"))
	}
	w.putStatus(f)
	number := 0
	for l := range s.Links() {
		for w.has(linkKey(number)) { // a tag that looked like a link and was none
			number++
		}
		w.put(linkKey(number), appendLinkText(l))
	}
}

// putStatus sets the tag error if and only if the span failed: to Zipkin, a
// span with that tag has failed, whatever its value.
func (w *writer) putStatus(f *otlp.SpanFields) {
	failure, has := w.take("error")
	if f.Status == otlp.StatusError {
		if !has || string(failure) == "false" {
			if failure = f.StatusMessage; len(failure) == 0 {
				failure = trueText
			}
		}
		w.put("error", failure)
	}
	switch {
	case f.Status == otlp.StatusOK:
		w.put(keyStatusCode, []byte("OK"))
	case f.Status == otlp.StatusError && len(f.StatusMessage) > 0:
		w.put(keyStatusCode, []byte("ERROR"))
	}
	if f.Status != otlp.StatusUnset && len(f.StatusMessage) > 0 {
		w.put(keyStatusText, f.StatusMessage)
	}
}

// takeService is the local service's name. Without service.name it is the next
// best thing, and a tag says which.
func (w *writer) takeService() []byte {
	if name, found := w.take("service.name"); found {
		return name
	}
	for _, key := range [...]string{"faas.name", "k8s.deployment.name", "process.executable.name"} {
		if name, found := w.take(key); found && len(name) > 0 {
			w.put(keyServiceSource, []byte(key))
			return name
		}
	}
	return nil
}

// endpoint writes an endpoint of the service and of the tags that are its
// address, if there is any of it.
func (w *writer) endpoint(name string, service []byte, ipKey, portKey string) {
	ip, ipMember := w.takeIP(ipKey)
	port := w.takePort(portKey)
	if len(service) == 0 && ip == "" && port == 0 {
		return
	}
	w.name(name)
	w.out, w.comma = append(w.out, '{'), false
	if len(service) > 0 {
		w.text("serviceName", string(service))
	}
	if ip != "" {
		w.text(ipMember, ip)
	}
	if port > 0 {
		w.number("port", port)
	}
	w.out, w.comma = append(w.out, '}'), true
}

// takeIP takes a tag that is an IP address; text that is none stays a tag.
func (w *writer) takeIP(key string) (ip, member string) {
	i, found := w.index[key]
	if !found {
		return "", ""
	}
	addr, err := netip.ParseAddr(string(w.tags[i].text))
	if err != nil {
		return "", ""
	}
	w.take(key)
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String(), "ipv4"
	}
	return addr.String(), "ipv6"
}

func (w *writer) takePort(key string) uint64 {
	i, found := w.index[key]
	if !found {
		return 0
	}
	port, err := strconv.ParseUint(string(w.tags[i].text), 10, 16)
	if err != nil || port == 0 {
		return 0
	}
	w.take(key)
	return port
}

// annotations writes the events. One without a time is put at the span's start.
func (w *writer) annotations(s otlp.Span, start uint64) {
	first := true
	for e := range s.Events() {
		if first {
			w.name("annotations")
			w.out = append(w.out, '[')
		} else {
			w.out = append(w.out, ',')
		}
		first = false
		at := e.Time()
		if at == 0 {
			at = start
		}
		w.out, w.comma = append(w.out, '{'), false
		w.number("timestamp", micros(at))
		w.text("value", string(appendEventText(e)))
		w.out = append(w.out, '}')
	}
	if !first {
		w.out, w.comma = append(w.out, ']'), true
	}
}

func (w *writer) writeTags() {
	if len(w.index) == 0 {
		return
	}
	w.name("tags")
	w.out, w.comma = append(w.out, '{'), false
	for i, t := range w.tags {
		if at, kept := w.index[t.key]; kept && at == i {
			w.name(t.key)
			w.out = jsonscan.AppendString(w.out, t.text)
		}
	}
	w.out, w.comma = append(w.out, '}'), true
}

func (w *writer) name(key string) {
	if w.comma {
		w.out = append(w.out, ',')
	}
	w.comma = true
	w.out = append(jsonscan.AppendString(w.out, key), ':')
}

func (w *writer) text(key, value string) {
	w.name(key)
	w.out = jsonscan.AppendString(w.out, value)
}

func (w *writer) number(key string, value uint64) {
	w.name(key)
	w.out = strconv.AppendUint(w.out, value, 10)
}

// appendEventText is the inverse of appendEvent.
func appendEventText(e otlp.Event) []byte {
	b := append([]byte(nil), e.Name()...)
	json, some := appendAttrsJSON(nil, e.Attrs())
	dropped := varint(e, 4)
	if !some && dropped == 0 {
		return b
	}
	return appendDropped(append(append(b, '|'), json...), dropped)
}

// appendLinkText is the inverse of parseLink.
func appendLinkText(l otlp.Link) []byte {
	traceID, spanID := l.TraceID(), l.SpanID()
	b := append(hex.AppendEncode(nil, traceID[:]), '|')
	b = append(hex.AppendEncode(b, spanID[:]), '|')
	b = append(append(b, l.TraceState()...), '|')
	b, _ = appendAttrsJSON(b, l.Attrs())
	return appendDropped(b, varint(l, 5))
}

func appendDropped(b []byte, dropped uint32) []byte {
	return strconv.AppendUint(append(b, '|'), uint64(dropped), 10)
}

// varint is the last field num of a message that was verified.
func varint(msg []byte, num uint32) (v uint32) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return v
		}
		if f.Num == num {
			v = uint32(f.Int)
		}
		msg = msg[f.Size:]
	}
	return v
}
