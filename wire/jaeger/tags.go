package jaeger

import (
	"bytes"
	"strconv"

	"github.com/oriel-io/oriel/wire/otlp"
)

// special is a tag of which something else than an attribute may become.
type special uint8

const (
	kindTag special = iota
	errorTag
	statusCodeTag
	statusTextTag
	httpCodeTag // an attribute too, as is:
	httpTextTag
	traceStateTag
	scopeNameTag
	scopeVersionTag
	specialCount
)

var specialKeys = [specialCount]string{
	"span.kind", "error", "otel.status_code", "otel.status_description", "http.status_code", "http.status_message",
	"w3c.tracestate", "otel.scope.name", "otel.scope.version",
}

// tags are the special tags of a span.
type tags struct {
	has    uint16 // a bit for each
	values [specialCount]otlp.Value
}

func (t *tags) set(s special, v otlp.Value) {
	t.has |= 1 << s
	t.values[s] = v
}

// get returns the empty value if there is none.
func (t *tags) get(s special) (v otlp.Value, found bool) {
	if t.has>>s&1 == 0 {
		return v, false
	}
	return t.values[s], true
}

// take is get for a tag that is used up by it.
func (t *tags) take(s special) (v otlp.Value, found bool) {
	v, found = t.get(s)
	t.has &^= 1 << s
	return v, found
}

// putTag adds a tag of a span.
func (r *reader) putTag(t *tag) {
	switch string(t.key) {
	case "span.kind":
		r.specials.set(kindTag, t.value)
		return
	case "error":
		r.specials.set(errorTag, t.value)
		return
	case "otel.status_code":
		r.specials.set(statusCodeTag, t.value)
		return
	case "otel.status_description":
		r.specials.set(statusTextTag, t.value)
		return
	case "http.status_code":
		r.specials.set(httpCodeTag, t.value)
	case "http.status_message":
		r.specials.set(httpTextTag, t.value)
	case "w3c.tracestate", "otel.scope.name", "otel.scope.version":
		if r.proto {
			r.specials.set(protoTag(t.key), t.value)
			return
		}
	}
	r.attrs.Set(t.key, t.value)
}

func protoTag(key []byte) special {
	switch string(key) {
	case "w3c.tracestate":
		return traceStateTag
	case "otel.scope.name":
		return scopeNameTag
	}
	return scopeVersionTag
}

// takeKind is the span's kind.
func (t *tags) takeKind() otlp.Kind {
	v, _ := t.take(kindTag)
	switch string(v.Text()) {
	case "internal":
		return otlp.KindInternal
	case "client":
		return otlp.KindClient
	case "server":
		return otlp.KindServer
	case "producer":
		return otlp.KindProducer
	case "consumer":
		return otlp.KindConsumer
	}
	return otlp.KindUnspecified
}

// takeStatus is the span's status: error = true goes before what OpenTelemetry's exporters
// say, and that before what HTTP says.
func (t *tags) takeStatus(kind otlp.Kind) (code otlp.StatusCode, message []byte) {
	failed, _ := t.get(errorTag)
	known := failed.Kind == otlp.Bool && failed.Bool()
	if known {
		t.take(errorTag)
		code = otlp.StatusError
		text, found := t.take(statusTextTag)
		if !found {
			text, _ = t.get(httpTextTag)
		}
		message = text.Text()
	}
	said, saidAny := t.take(statusCodeTag)
	switch {
	case known:
	case saidAny:
		code = statusOf(said.Text())
		text, _ := t.take(statusTextTag)
		message = text.Text()
	default:
		http, _ := t.get(httpCodeTag)
		if code = statusOfHTTP(http, kind); code != otlp.StatusUnset {
			text, _ := t.get(httpTextTag)
			message = text.Text()
		}
	}
	return code, message
}

func statusOf(text []byte) otlp.StatusCode {
	switch {
	case bytes.EqualFold(text, []byte("OK")):
		return otlp.StatusOK
	case bytes.EqualFold(text, []byte("ERROR")):
		return otlp.StatusError
	}
	return otlp.StatusUnset
}

// statusOfHTTP reads a number or the text of one. 399 counts as failed: so it does upstream.
func statusOfHTTP(v otlp.Value, kind otlp.Kind) otlp.StatusCode {
	code := v.Int()
	switch v.Kind {
	case otlp.Int:
	case otlp.String:
		n, err := strconv.ParseInt(string(v.Text()), 10, 64)
		if err != nil {
			return otlp.StatusUnset
		}
		code = n
	default:
		return otlp.StatusUnset
	}
	if code >= 100 && code < 399 || code >= 400 && code < 500 && kind == otlp.KindServer {
		return otlp.StatusUnset
	}
	return otlp.StatusError
}

// putLeftovers makes attributes of the special tags that nothing became of.
func (r *reader) putLeftovers() {
	for _, s := range []special{errorTag, statusTextTag, scopeVersionTag} {
		if v, left := r.specials.take(s); left {
			r.attrs.Set([]byte(specialKeys[s]), v)
		}
	}
}

// beginProcess and the next two make r.resource of a process.
func (r *reader) beginProcess() {
	r.fields.Reset(1)
	r.hostname.set, r.version.set = false, false
}

func (r *reader) putProcessTag(t *tag) {
	switch string(t.key) {
	case "hostname":
		r.hostname = *t
		r.hostname.set = true
	case "jaeger.version":
		r.version = *t
		r.version.set = true
	default:
		r.fields.Set(t.key, t.value)
	}
}

// noService is how upstream's exporter writes a resource without service.name.
const noService = "OTLPResourceNoServiceName"

var serviceName, hostName, exporterVersion = []byte("service.name"), []byte("host.name"), []byte("opencensus.exporterversion")

func (r *reader) endProcess(service []byte) {
	r.resource = r.resource[:0]
	if len(service) > 0 && string(service) != noService && !r.fields.Has(serviceName) {
		r.resource = otlp.AppendTextAttr(r.resource, 1, serviceName, service)
	}
	if t := &r.hostname; t.set {
		if !r.fields.Has(hostName) {
			t.key = hostName
		}
		r.fields.Set(t.key, t.value)
	}
	if t := &r.version; t.set {
		if r.fields.Has(exporterVersion) {
			r.fields.Set(t.key, t.value)
		} else {
			r.fields.SetText(exporterVersion, append([]byte("Jaeger-"), t.value.Text()...))
		}
	}
	r.resource = r.fields.AppendTo(r.resource)
}
