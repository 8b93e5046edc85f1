package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// FuzzPartialSuccess holds the reader to pdata's.
func FuzzPartialSuccess(f *testing.F) {
	f.Add([]byte{0x0a, 2, 8, 3})
	f.Fuzz(func(t *testing.T, reply []byte) {
		rejected, message := PartialSuccess(reply)
		if rejected < 0 || len(message) > 500 {
			t.Fatalf("rejected %d, %d bytes of message", rejected, len(message))
		}
		want := ptraceotlp.NewExportResponse()
		if want.UnmarshalProto(reply) == nil {
			if n := want.PartialSuccess().RejectedSpans(); n >= 0 && n < 1<<31-1 && int64(rejected) != n {
				t.Fatalf("rejected %d, pdata reads %d", rejected, n)
			}
		}
	})
}
