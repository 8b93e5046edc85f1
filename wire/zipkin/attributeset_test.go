package zipkin

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"pgregory.net/rapid"
)

// Whatever keys come again, and however many there are, each is there once,
// with its last value.
func TestRepeatedTags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab-")), 0, 4, -1), 0, 200).Draw(t, "keys")
		var set attributeSet
		want := map[string]string{}
		for i, key := range keys {
			want[key] = strconv.Itoa(i)
			set.put([]byte(key), []byte(want[key]), otlp.String)
		}
		got := map[string]string{}
		for key, value := range otlp.Span(set.appendTo(nil)).Attrs().All() {
			if _, again := got[string(key)]; again {
				t.Fatalf("%q is there twice", key)
			}
			got[string(key)] = string(value.Text())
		}
		if !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// A span with very many tags, half of them repeated, takes no time out of proportion.
func TestVeryManyTags(t *testing.T) {
	const keys = 200_000
	var body strings.Builder
	body.WriteString(`[{"traceId":"1","id":"2","tags":{`)
	for i := range 2 * keys {
		fmt.Fprintf(&body, `"%d":"",`, i%keys)
	}
	body.WriteString(`"last":""}}]`)
	begin := time.Now()
	batch, err := ToOTLP([]byte(body.String()), Options{})
	if err != nil || batch.Items() != 1 {
		t.Fatal(batch, err)
	}
	// A tenth of a second here; a minute if each key looked at each other.
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
