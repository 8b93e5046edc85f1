package otlphttp

import (
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

const (
	typeProto = "application/x-protobuf"
	typeJSON  = "application/json"
)

// refusal makes an error of an answer, by OTLP's table of statuses: 429, 502, 503 and 504 may
// be tried again, after Retry-After where it is given; all others are final.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#failures-1
func refusal(name string, answer *transport.HTTPResponse) error {
	told := fmt.Errorf("%s: %d %s", name, answer.Status, http.StatusText(answer.Status))
	if text := reason(answer); text != "" {
		told = fmt.Errorf("%w: %s", told, text)
	}
	switch answer.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return component.Permanent(told)
	}
	if wait, ok := answer.RetryAfter(); ok {
		return component.Throttled(told, wait)
	}
	return told
}

// maxReason bounds what a server can write into our log.
const maxReason = 300

// reason is what the server says: the message of a google.rpc.Status, or the first line of
// a text, as proxies write it; where a redirect leads, for an answer that is one.
func reason(answer *transport.HTTPResponse) string {
	var text string
	switch kind(answer) {
	case typeProto:
		for msg := answer.Body; len(msg) > 0; {
			f, err := protoscan.Next(msg)
			if err != nil {
				break
			}
			if f.Num == 2 && f.Type == protoscan.Len {
				text = string(f.Body)
			}
			msg = msg[f.Size:]
		}
	case typeJSON:
		var status struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(answer.Body, &status) == nil {
			text = status.Message
		}
	case "text/plain":
		text = string(answer.Body)
	}
	if to := answer.Header.Get("Location"); text == "" && to != "" && answer.Status/100 == 3 {
		text = "the server redirects to " + strconv.Quote(to)
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.ToValidUTF8(text, "\uFFFD")
	for len(text) > maxReason {
		_, size := utf8.DecodeLastRuneInString(text[:maxReason+1])
		text = text[:maxReason+1-size]
	}
	return text
}

// kind is the media type of an answer's body.
func kind(answer *transport.HTTPResponse) string {
	media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// partialSuccess reads an ExportTraceServiceResponse, or that of another signal. What cannot be read counts as full success.
func partialSuccess(answer *transport.HTTPResponse) (rejected int, message string) {
	switch kind(answer) {
	case typeProto:
		return otlp.PartialSuccess(answer.Body)
	case typeJSON:
		return partialSuccessJSON(answer.Body)
	}
	return 0, ""
}

// partialSuccessJSON is otlp.PartialSuccess for OTLP in JSON, where a number of 64 bits is a string or a number.
func partialSuccessJSON(text []byte) (rejected int, message string) {
	var response struct {
		PartialSuccess struct {
			Spans   json.RawMessage `json:"rejectedSpans"`
			Points  json.RawMessage `json:"rejectedDataPoints"`
			Logs    json.RawMessage `json:"rejectedLogRecords"`
			Message string          `json:"errorMessage"`
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(text, &response) != nil {
		return 0, ""
	}
	part := response.PartialSuccess
	for _, number := range []json.RawMessage{part.Spans, part.Points, part.Logs} {
		if n, err := strconv.ParseInt(strings.Trim(string(number), `"`), 10, 64); err == nil && n > 0 {
			rejected = int(min(n, math.MaxInt32))
		}
	}
	return rejected, part.Message[:min(len(part.Message), 500)]
}
