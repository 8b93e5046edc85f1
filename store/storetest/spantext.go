package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// Epoch is the instant 0 of spans in text.
var Epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ParseSpans reads spans written as text, one a line, for tests that are data:
//
//	# trace id parent kind service name start+duration attributes
//	t1 a - server front/shop@v1 "GET /" 0s+100ms http.response.status_code=200
//	t1 b a client front/shop@v1 call    10ms+80ms status=error event=retry@20ms resource.host.name=h1
//
// Ids are up to 16 or 8 characters of text, "-" means none. The service is
// name[/namespace][@version], "-" none. Start is after Epoch and may be negative. A value is an int,
// float, true or false if it looks like one, unless it is in quotes. status,
// message, event, link (trace:span), flags, state and scope are fields of the
// span; resource.x is an attribute x of the resource.
func ParseSpans(text string) (*otlp.Batch, error) {
	b := otlp.NewBuilder(otlp.Traces)
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := addSpan(b, line); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", n+1, err, line)
		}
	}
	return otlp.New(otlp.Traces, b.Batch().Bytes())
}

var kindNames = map[string]otlp.Kind{
	"unspecified": otlp.KindUnspecified, "internal": otlp.KindInternal, "server": otlp.KindServer,
	"client": otlp.KindClient, "producer": otlp.KindProducer, "consumer": otlp.KindConsumer,
}

func addSpan(b *otlp.Builder, line string) error {
	words, err := splitWords(line)
	if err != nil {
		return err
	}
	if len(words) < 7 {
		return fmt.Errorf("%d words, want at least 7", len(words))
	}
	kind, ok := kindNames[words[3]]
	if !ok {
		return fmt.Errorf("unknown kind %q", words[3])
	}
	start, duration, ok := strings.Cut(words[6], "+")
	if !ok {
		return fmt.Errorf("%q is not start+duration", words[6])
	}
	from, err := time.ParseDuration(start)
	if err != nil {
		return err
	}
	length, err := time.ParseDuration(duration)
	if err != nil {
		return err
	}
	s := textSpan{resource: serviceAttrs(words[4])}
	begin := Epoch.Add(from)
	s.span = appendID(s.span, 1, words[0], 16)
	s.span = appendID(s.span, 2, words[1], 8)
	s.span = appendID(s.span, 4, words[2], 8)
	s.span = protoscan.AppendBytes(s.span, 5, words[5])
	s.span = protoscan.AppendVarint(s.span, 6, uint64(kind))
	s.span = protoscan.AppendFixed64(s.span, 7, uint64(begin.UnixNano()))
	s.span = protoscan.AppendFixed64(s.span, 8, uint64(begin.Add(length).UnixNano()))
	for _, word := range words[7:] {
		if err := s.add(word); err != nil {
			return err
		}
	}
	if s.code != 0 || s.message != "" {
		body := protoscan.AppendVarint(protoscan.AppendBytes(nil, 2, s.message), 3, uint64(s.code))
		s.span = protoscan.AppendBytes(s.span, 15, body)
	}
	b.Add(s.resource, s.scope, s.span, 1)
	return nil
}

// textSpan is a span in the making.
type textSpan struct {
	resource, scope, span []byte
	code                  otlp.StatusCode
	message               string
}

func (s *textSpan) add(word string) error {
	key, value, ok := strings.Cut(word, "=")
	if !ok {
		return fmt.Errorf("%q is not key=value", word)
	}
	switch key {
	case "status":
		codes := map[string]otlp.StatusCode{"ok": otlp.StatusOK, "error": otlp.StatusError}
		if s.code, ok = codes[value]; !ok {
			return fmt.Errorf("unknown status %q", value)
		}
	case "message":
		s.message = value
	case "state":
		s.span = protoscan.AppendBytes(s.span, 3, value)
	case "flags":
		flags, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return err
		}
		s.span = protoscan.AppendFixed32(s.span, 16, uint32(flags))
	case "scope":
		s.scope = protoscan.AppendBytes(s.scope, 1, value)
	case "event":
		name, at, _ := strings.Cut(value, "@")
		after, err := time.ParseDuration(at)
		if err != nil {
			return err
		}
		body := protoscan.AppendFixed64(nil, 1, uint64(Epoch.Add(after).UnixNano()))
		s.span = protoscan.AppendBytes(s.span, 11, protoscan.AppendBytes(body, 2, name))
	case "link":
		trace, span, _ := strings.Cut(value, ":")
		s.span = protoscan.AppendBytes(s.span, 13, appendID(appendID(nil, 1, trace, 16), 2, span, 8))
	default:
		if name, ok := strings.CutPrefix(key, "resource."); ok {
			s.resource = otlp.AppendAttr(s.resource, 1, name, parseValue(value))
		} else {
			s.span = otlp.AppendAttr(s.span, 9, key, parseValue(value))
		}
	}
	return nil
}

func parseValue(text string) otlp.Value {
	if strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) && len(text) >= 2 {
		return otlp.StringValue(text[1 : len(text)-1])
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return otlp.IntValue(i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return otlp.DoubleValue(f)
	}
	if text == "true" || text == "false" {
		return otlp.BoolValue(text == "true")
	}
	return otlp.StringValue(text)
}

func serviceAttrs(word string) (resource []byte) {
	if word == "-" {
		return nil
	}
	name, version, hasVersion := strings.Cut(word, "@")
	name, namespace, hasNamespace := strings.Cut(name, "/")
	resource = otlp.AppendAttr(resource, 1, "service.name", otlp.StringValue(name))
	if hasNamespace {
		resource = otlp.AppendAttr(resource, 1, "service.namespace", otlp.StringValue(namespace))
	}
	if hasVersion {
		resource = otlp.AppendAttr(resource, 1, "service.version", otlp.StringValue(version))
	}
	return resource
}

// appendID writes text into the low bytes of an id.
func appendID(b []byte, field uint32, text string, size int) []byte {
	if text == "-" {
		return b
	}
	id := make([]byte, size)
	copy(id[max(0, size-len(text)):], text)
	return protoscan.AppendBytes(b, field, id)
}

// TraceID and SpanID are the ids that ParseSpans makes of a text.
func TraceID(text string) (id otlp.TraceID) {
	copy(id[max(0, len(id)-len(text)):], text)
	return id
}

func SpanID(text string) (id otlp.SpanID) {
	copy(id[max(0, len(id)-len(text)):], text)
	return id
}

// splitWords splits at blanks. Text in double quotes stays together; where a
// word begins with the quote, the quotes are taken away.
func splitWords(line string) (words []string, err error) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " \t") {
		quoted := line[0] == '"'
		end, inside := len(line), false
		for i := range len(line) {
			if line[i] == '"' {
				inside = !inside
			} else if !inside && (line[i] == ' ' || line[i] == '\t') {
				end = i
				break
			}
		}
		if inside {
			return nil, fmt.Errorf("quote without end")
		}
		word := line[:end]
		line = line[end:]
		if quoted {
			word = strings.Trim(word, `"`)
		}
		words = append(words, word)
	}
	return words, nil
}
