package zipkin

import (
	"encoding/hex"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
)

var kindNames = [...]string{otlp.KindServer: "SERVER", otlp.KindClient: "CLIENT", otlp.KindProducer: "PRODUCER", otlp.KindConsumer: "CONSUMER"}

// appendJSON writes the span as an object.
func (w *writer) appendJSON(b []byte) []byte {
	f, j := &w.otlp, jsonWriter{out: b}
	j.open('{')
	j.hex("traceId", shortTrace(f.TraceID[:]))
	if !f.ParentID.IsZero() {
		j.hex("parentId", f.ParentID[:])
	}
	j.hex("id", f.SpanID[:])
	if f.Kind >= otlp.KindServer {
		j.text("kind", []byte(kindNames[f.Kind]))
	}
	if len(f.Name) > 0 {
		j.text("name", f.Name)
	}
	if w.timestamp > 0 {
		j.number("timestamp", w.timestamp)
	}
	if w.duration > 0 {
		j.number("duration", w.duration)
	}
	j.endpoint("localEndpoint", &w.local)
	j.endpoint("remoteEndpoint", &w.remote)
	w.annotationsJSON(&j)
	if w.tags.some() {
		j.name("tags")
		j.open('{')
		for i := range w.tags.list {
			if t := &w.tags.list[i]; !t.taken {
				j.tag(t)
			}
		}
		j.close('}')
	}
	if w.debug {
		j.name("debug")
		j.out = append(j.out, "true"...)
	}
	if w.shared {
		j.name("shared")
		j.out = append(j.out, "true"...)
	}
	j.close('}')
	return j.out
}

// shortTrace leaves a high half of zero away, as its sender did.
func shortTrace(id []byte) []byte {
	if [8]byte(id) == [8]byte{} {
		return id[8:]
	}
	return id
}

func (w *writer) annotationsJSON(j *jsonWriter) {
	first := true
	for at, text := range w.annotations() {
		if first {
			j.name("annotations")
			j.out = append(j.out, '[')
		} else {
			j.out = append(j.out, ',')
		}
		first = false
		j.open('{')
		j.number("timestamp", at)
		j.text("value", text)
		j.close('}')
	}
	if !first {
		j.out = append(j.out, ']')
	}
}

// jsonWriter writes objects.
type jsonWriter struct {
	out   []byte
	comma bool // the object being written has a member
}

func (j *jsonWriter) open(c byte)  { j.out, j.comma = append(j.out, c), false }
func (j *jsonWriter) close(c byte) { j.out, j.comma = append(j.out, c), true }

// name begins a member.
func (j *jsonWriter) name(key string) {
	j.next()
	j.out = append(jsonscan.AppendString(j.out, key), ':')
}

func (j *jsonWriter) next() {
	if j.comma {
		j.out = append(j.out, ',')
	}
	j.comma = true
}

func (j *jsonWriter) text(key string, value []byte) {
	j.name(key)
	j.out = jsonscan.AppendString(j.out, value)
}

func (j *jsonWriter) tag(t *outTag) {
	j.next()
	j.out = append(jsonscan.AppendString(j.out, t.key), ':')
	j.out = jsonscan.AppendString(j.out, t.text)
}

func (j *jsonWriter) hex(key string, id []byte) {
	j.name(key)
	j.out = append(hex.AppendEncode(append(j.out, '"'), id), '"')
}

func (j *jsonWriter) number(key string, value uint64) {
	j.name(key)
	j.out = strconv.AppendUint(j.out, value, 10)
}

// endpoint writes an endpoint, if there is any of it.
func (j *jsonWriter) endpoint(name string, e *outEndpoint) {
	if e.none() {
		return
	}
	j.name(name)
	j.open('{')
	if len(e.service) > 0 {
		j.text("serviceName", e.service)
	}
	switch {
	case e.ip.Is4():
		j.text("ipv4", []byte(e.ip.String()))
	case e.ip.IsValid():
		j.text("ipv6", []byte(e.ip.String()))
	}
	if e.port > 0 {
		j.number("port", uint64(e.port))
	}
	j.close('}')
}
