package semconv

import (
	"bytes"

	"github.com/oriel-io/oriel/wire/otlp"
)

// urlHost takes host and port out of an absolute URL, nil if there is none.
func urlHost(url []byte) (host []byte, port uint16) {
	_, rest, found := bytes.Cut(url, []byte("://"))
	if !found {
		return nil, 0
	}
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := bytes.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	return hostPort(rest, 0)
}

// hostPort splits "host:port", "[v6]:port" or a bare host. A port that was
// given in an attribute of its own wins over the one in the text.
func hostPort(text []byte, given uint16) (host []byte, port uint16) {
	host = text
	if len(text) > 0 && text[0] == '[' {
		if end := bytes.IndexByte(text, ']'); end > 0 {
			host = text[1:end]
			if rest := text[end+1:]; len(rest) > 1 && rest[0] == ':' {
				port = digits(rest[1:])
			}
		}
	} else if colon := bytes.IndexByte(text, ':'); colon >= 0 && colon == bytes.LastIndexByte(text, ':') {
		host, port = text[:colon], digits(text[colon+1:])
	}
	if len(host) == 0 {
		host = nil
	}
	return host, either16(given, port)
}

// number reads an int, or a string of decimal digits; 0 for what does not fit.
func number(v otlp.Value) uint16 {
	switch v.Kind {
	case otlp.Int:
		if n := v.Int(); n >= 0 && n <= 0xffff {
			return uint16(n)
		}
	case otlp.String:
		return digits(v.Text())
	}
	return 0
}

func digits(text []byte) uint16 {
	if len(text) == 0 || len(text) > 5 {
		return 0
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if n > 0xffff {
		return 0
	}
	return uint16(n)
}
