package zipkin

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

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
