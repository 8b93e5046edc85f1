package debug

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// appendSummary writes the line that each batch has, in upstream's words.
func appendSummary(b []byte, batch *otlp.Batch) []byte {
	groups, metrics := 0, 0
	for group := range batch.Groups() {
		groups++
		if batch.Signal() != otlp.Metrics {
			continue
		}
		for scope := range group.Scopes() {
			for range scope.Metrics() {
				metrics++
			}
		}
	}
	switch batch.Signal() {
	case otlp.Traces:
		return fmt.Appendf(b, "Traces\t{\"resource spans\": %d, \"spans\": %d}\n", groups, batch.Items())
	case otlp.Logs:
		return fmt.Appendf(b, "Logs\t{\"resource logs\": %d, \"log records\": %d}\n", groups, batch.Items())
	}
	return fmt.Appendf(b, "Metrics\t{\"resource metrics\": %d, \"metrics\": %d, \"data points\": %d}\n", groups, metrics, batch.Items())
}

// valueText is a value as text: what it is, lists and maps as JSON.
func valueText(v otlp.Value) string {
	if v.Kind == otlp.Double {
		return doubleText(v.Double())
	}
	return clean(v.AppendText(nil))
}

// doubleText has an exponent where JavaScript writes one.
func doubleText(x float64) string {
	if abs := math.Abs(x); abs < 1e21 && (abs >= 1e-6 || x == 0) {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strings.Replace(strconv.FormatFloat(x, 'e', -1, 64), "e-0", "e-", 1)
}

var valueKinds = [...]string{"Empty", "Str", "Bool", "Int", "Double", "Slice", "Map", "Bytes"}

// typedText is a value with its type in front: Str(GET).
func typedText(v otlp.Value) string {
	return nameOf(valueKinds[:], uint64(v.Kind)) + "(" + valueText(v) + ")"
}

// clean makes text from outside safe for a terminal: control signs are escaped.
func clean(text []byte) string {
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// idText is an id in hexadecimal, nothing if it is not set.
func idText(id []byte) string {
	if len(strings.Trim(string(id), "\x00")) == 0 {
		return ""
	}
	return hex.EncodeToString(id)
}

func nameOf(names []string, i uint64) string {
	if i < uint64(len(names)) {
		return names[i]
	}
	return ""
}

func timeText(unixNanos uint64) string { return time.Unix(0, int64(unixNanos)).UTC().String() }

// number is the last field num of a message, 0 if it is not set.
func number(msg []byte, num uint32) uint64 {
	v, _ := otlp.LastNumber(msg, num)
	return v
}

// zigzag undoes protobuf's encoding of sint32.
func zigzag(v uint64) int32 { return int32(uint32(v)>>1) ^ -int32(v&1) }

// each calls f with each field of a message that was verified.
func each(msg []byte, f func(protoscan.Field)) {
	for len(msg) > 0 {
		field, err := protoscan.Next(msg)
		if err != nil {
			return
		}
		f(field)
		msg = msg[field.Size:]
	}
}
