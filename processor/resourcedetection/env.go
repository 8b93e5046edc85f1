package resourcedetection

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// envDetector reads OTEL_RESOURCE_ATTRIBUTES, or the older OTEL_RESOURCE: key=value,key=value, values percent-encoded.
//
// Source: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
type envDetector struct{ env func(name string) string }

// maxEnvText is how long a key or value can be.
const maxEnvText = 256

func (d envDetector) detect(context.Context) (*attributes, error) {
	text := strings.TrimSpace(d.env("OTEL_RESOURCE_ATTRIBUTES"))
	if text == "" {
		text = strings.TrimSpace(d.env("OTEL_RESOURCE"))
	}
	out := &attributes{}
	if text == "" {
		return out, nil
	}
	for _, pair := range splitPairs(text) {
		key, value, found := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found || key == "" || len(key) > maxEnvText || len(value) > maxEnvText || !isASCII(pair) {
			return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %q is not key=value", pair)
		}
		decoded, err := url.QueryUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: the value of %s: %w", key, err)
		}
		out.replace(key, decoded)
	}
	return out, nil
}

// splitPairs splits at commas. One at the end is left out, as upstream does.
func splitPairs(text string) []string {
	return strings.Split(strings.TrimSuffix(text, ","), ",")
}

// replace is text for a key that may come twice; the last one counts.
func (a *attributes) replace(key, value string) {
	for i := range a.list {
		if a.list[i].key == key {
			a.list = append(a.list[:i], a.list[i+1:]...)
			break
		}
	}
	a.text(key, value)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
