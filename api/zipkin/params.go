package zipkin

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
)

// search is what /api/v2/traces is asked for.
type search struct {
	service, span, remote string
	tags                  []tagQuery
	minNanos, maxNanos    int64 // 0: no bound
	from, to              int64 // Unix nanoseconds, to exclusive
	limit                 int
}

// tagQuery is one term of an annotationQuery; an empty value asks for the key alone.
type tagQuery struct{ key, value string }

const (
	defaultLookback = 24 * time.Hour // zipkin-server's QUERY_LOOKBACK
	defaultLimit    = 10
	maxTraces       = 10_000
)

// parseSearch reads parameters with zipkin-server's defaults and errors.
func parseSearch(values url.Values, now time.Time) (q search, err error) {
	name := func(key string) string {
		if v := values.Get(key); !strings.EqualFold(v, "all") {
			return v
		}
		return "" // what old UIs send for no choice
	}
	q.service, q.span, q.remote = name("serviceName"), name("spanName"), name("remoteServiceName")
	q.tags = parseAnnotationQuery(values.Get("annotationQuery"))
	if q.minNanos, err = duration(values, "minDuration"); err != nil {
		return q, err
	}
	if q.maxNanos, err = duration(values, "maxDuration"); err != nil {
		return q, err
	}
	switch {
	case q.maxNanos > 0 && q.minNanos == 0:
		return q, badRequest("maxDuration is only valid with minDuration")
	case q.maxNanos > 0 && q.maxNanos < q.minNanos:
		return q, badRequest("maxDuration < minDuration")
	}
	if q.from, q.to, err = window(values, now); err != nil {
		return q, err
	}
	limit, err := positive(values, "limit", defaultLimit)
	q.limit = int(min(limit, maxTraces))
	return q, err
}

// parseAnnotationQuery reads `error and http.method=GET`.
func parseAnnotationQuery(text string) (out []tagQuery) {
	for part := range strings.SplitSeq(text, " and ") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key != "" {
			out = append(out, tagQuery{key, value})
		}
	}
	return out
}

// duration reads microseconds as nanoseconds.
func duration(values url.Values, key string) (int64, error) {
	micros, err := positive(values, key, 0)
	return min(micros, int64(time.Duration(1<<63-1)/time.Microsecond)) * 1000, err
}

// window reads endTs and lookback, both in milliseconds.
func window(values url.Values, now time.Time) (from, to int64, err error) {
	end, err := positive(values, "endTs", now.UnixMilli())
	if err != nil {
		return 0, 0, err
	}
	lookback, err := positive(values, "lookback", defaultLookback.Milliseconds())
	if err != nil {
		return 0, 0, err
	}
	const most = int64(1<<63-1)/1_000_000 - 1
	end = min(end, most)
	return max(end-lookback, 0) * 1_000_000, (end + 1) * 1_000_000, nil
}

// positive reads a whole number above zero; otherwise stands for an absent one.
func positive(values url.Values, key string, otherwise int64) (int64, error) {
	text := values.Get(key)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, badRequest(fmt.Sprintf("%s: %q is not a whole number", key, text))
	case n <= 0:
		return 0, badRequest(key + " <= 0")
	}
	return n, nil
}

func required(values url.Values, key string) (string, error) {
	if !values.Has(key) {
		return "", badRequest("Mandatory parameter/header/attribute is missing: " + key)
	}
	return values.Get(key), nil
}

// parseTraceID reads up to 32 digits, low ones last.
func parseTraceID(text string) (id otlp.TraceID, err error) {
	if text == "" || len(text) > 2*len(id) {
		return id, badRequest(fmt.Sprintf("%q should be 1 to 32 hexadecimal digits", text))
	}
	if _, err := hex.Decode(id[:], []byte(strings.Repeat("0", 2*len(id)-len(text))+text)); err != nil {
		return id, badRequest(text + " should be lower-hex encoded with no prefix")
	}
	return id, nil
}

// shortTraceID leaves a high half of zero away.
func shortTraceID(id otlp.TraceID) string {
	return strings.TrimPrefix(hex.EncodeToString(id[:]), "0000000000000000")
}
