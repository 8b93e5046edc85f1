package zipkin

import (
	"encoding/hex"
	"iter"
	"net/netip"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// WriteOptions say how spans are written.
type WriteOptions struct {
	Format Format // JSON or Proto
	// DefaultService is the local service of spans that have none.
	DefaultService string
}

// FromOTLP appends the spans of a traces batch to b, as a JSON array of version 2 or as a message ListOfSpans. It
// undoes ToOTLP; of what other senders wrote, each attribute of span, scope and
// resource becomes a tag. Times are rounded to the microsecond. A span without ids is written, though Zipkin takes none.
func FromOTLP(b []byte, batch *otlp.Batch, opts WriteOptions) []byte {
	w := writer{service: []byte(opts.DefaultService)}
	write := w.appendProto
	if opts.Format != Proto {
		b = append(b, '[')
		empty := len(b)
		write = func(b []byte) []byte {
			if len(b) > empty {
				b = append(b, ',')
			}
			return w.appendJSON(b)
		}
	}
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			for s := range scope.Spans() {
				w.read(group.Resource(), scope, s)
				b = write(b)
			}
		}
	}
	if opts.Format != Proto {
		b = append(b, ']')
	}
	return b
}

// AppendJSON is FromOTLP in JSON, without a default service.
func AppendJSON(b []byte, batch *otlp.Batch) []byte { return FromOTLP(b, batch, WriteOptions{}) }

// writer holds one span after the other, as both formats have it.
type writer struct {
	service []byte // of spans that have none

	otlp                otlp.SpanFields
	span                otlp.Span
	timestamp, duration uint64 // microseconds, 0 if there is none
	local, remote       outEndpoint
	debug, shared       bool
	tags                outTags
	text                []byte // of tags that had to be written
}

// outEndpoint is an endpoint; the zero value is none.
type outEndpoint struct {
	service []byte
	ip      netip.Addr
	port    uint16
}

func (e *outEndpoint) none() bool { return len(e.service) == 0 && !e.ip.IsValid() && e.port == 0 }

// Keys as tags have them.
var (
	tagError, tagSpanKind, tagService                     = []byte("error"), []byte("span.kind"), []byte("service.name")
	tagShared, tagDebug, tagAbsentStart, tagServiceSource = []byte(keyShared), []byte(keyDebug), []byte(keyAbsentStart), []byte(keyServiceSource)
	tagTraceState, tagStatusCode, tagStatusText           = []byte(keyTraceState), []byte(keyStatusCode), []byte(keyStatusText)
	tagScopeName, tagScopeVersion                         = []byte(keyScopeName), []byte(keyScopeVersion)
	tagLocalIP, tagLocalPort                              = []byte(keyLocalIP), []byte(keyLocalPort)
	tagRemoteService, tagRemoteIP, tagRemotePort          = []byte(keyRemoteService), []byte(keyRemoteIP), []byte(keyRemotePort)
	textInternal, textOK, textERROR                       = []byte("internal"), []byte("OK"), []byte("ERROR")
	otherServices                                         = [...][]byte{[]byte("faas.name"), []byte("k8s.deployment.name"), []byte("process.executable.name")}
)

// read takes over a span.
func (w *writer) read(resource otlp.Resource, scope otlp.Scope, s otlp.Span) {
	w.span, w.otlp = s, s.Fields()
	w.collect(resource, scope)
	w.local = outEndpoint{service: w.takeService()}
	w.shared, w.debug = w.tags.takeTrue(tagShared), w.tags.takeTrue(tagDebug)
	w.timestamp, w.duration = micros(w.otlp.Start), 0
	if w.tags.takeTrue(tagAbsentStart) {
		w.timestamp = 0
	}
	if w.otlp.End > w.otlp.Start {
		w.duration = max(micros(w.otlp.End-w.otlp.Start), 1)
	}
	w.local.ip, w.local.port = w.takeIP(tagLocalIP), w.takePort(tagLocalPort)
	peer, _ := w.tags.take(tagRemoteService)
	w.remote = outEndpoint{peer, w.takeIP(tagRemoteIP), w.takePort(tagRemotePort)}
}

// micros rounds nanoseconds.
func micros(nanos uint64) uint64 { return nanos/1000 + nanos%1000/500 }

// collect makes tags of all attributes, the span's winning over the scope's
// over the resource's, and of what Zipkin has no field for.
func (w *writer) collect(resource otlp.Resource, scope otlp.Scope) {
	w.tags.reset()
	w.text = w.text[:0]
	for _, attrs := range [...]otlp.Attrs{resource.Attrs(), scope.Attrs(), w.span.Attrs()} {
		for key, value := range attrs.All() {
			w.tags.put(key, w.tagText(value))
		}
	}
	if name := scope.Name(); len(name) > 0 {
		w.tags.put(tagScopeName, name)
	}
	if version := scope.Version(); len(version) > 0 {
		w.tags.put(tagScopeVersion, version)
	}
	if len(w.otlp.TraceState) > 0 {
		w.tags.put(tagTraceState, w.otlp.TraceState)
	}
	if w.otlp.Kind == otlp.KindInternal {
		w.tags.put(tagSpanKind, textInternal)
	}
	w.putStatus()
	number := 0
	for l := range w.span.Links() {
		key := []byte(linkKey(number))
		for w.tags.find(key) >= 0 { // a tag that looked like a link and was none
			number++
			key = []byte(linkKey(number))
		}
		w.tags.put(key, appendLinkText(l))
	}
}

// tagText is the text of a value; it is good until the next span.
func (w *writer) tagText(v otlp.Value) []byte {
	if v.Kind == otlp.String {
		return v.Text()
	}
	start := len(w.text)
	w.text = appendTagText(w.text, v)
	return w.text[start:len(w.text):len(w.text)]
}

// putStatus sets the tag error if and only if the span failed: to Zipkin, a
// span with that tag has failed, whatever its value.
func (w *writer) putStatus() {
	f := &w.otlp
	failure, has := w.tags.take(tagError)
	if f.Status == otlp.StatusError {
		if !has || string(failure) == "false" {
			if failure = f.StatusMessage; len(failure) == 0 {
				failure = trueText
			}
		}
		w.tags.put(tagError, failure)
	}
	switch {
	case f.Status == otlp.StatusOK:
		w.tags.put(tagStatusCode, textOK)
	case f.Status == otlp.StatusError && len(f.StatusMessage) > 0:
		w.tags.put(tagStatusCode, textERROR)
	}
	if f.Status != otlp.StatusUnset && len(f.StatusMessage) > 0 {
		w.tags.put(tagStatusText, f.StatusMessage)
	}
}

// takeService is the local service's name. Without service.name it is the next
// best thing, and a tag says which.
func (w *writer) takeService() []byte {
	if name, found := w.tags.take(tagService); found {
		return name
	}
	for _, key := range otherServices {
		if name, found := w.tags.take(key); found && len(name) > 0 {
			w.tags.put(tagServiceSource, key)
			return name
		}
	}
	return w.service
}

// takeIP takes a tag that is an IP address; text that is none stays a tag.
func (w *writer) takeIP(key []byte) netip.Addr {
	text, found := w.tags.get(key)
	if !found {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil {
		return netip.Addr{}
	}
	w.tags.take(key)
	return addr.Unmap()
}

func (w *writer) takePort(key []byte) uint16 {
	text, found := w.tags.get(key)
	if !found {
		return 0
	}
	port, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || port == 0 {
		return 0
	}
	w.tags.take(key)
	return uint16(port)
}

// annotations are the events, with their time in microseconds. One without a time is put at the span's start.
func (w *writer) annotations() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for e := range w.span.Events() {
			at := e.Time()
			if at == 0 {
				at = w.otlp.Start
			}
			if !yield(micros(at), eventText(e)) {
				return
			}
		}
	}
}

// eventText is the inverse of appendEvent.
func eventText(e otlp.Event) []byte {
	json, some := appendAttrsJSON(nil, e.Attrs())
	dropped := varint(e, 4)
	if !some && dropped == 0 {
		return e.Name()
	}
	b := append([]byte(nil), e.Name()...)
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
