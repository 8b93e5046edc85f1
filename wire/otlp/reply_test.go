package otlp

import (
	"testing"

	"github.com/oriel-io/oriel/wire/protoscan"
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
		if !scans(reply) {
			return // pdata goes on behind a group, which nobody sends; here the reply ends there
		}
		want := ptraceotlp.NewExportResponse()
		if want.UnmarshalProto(reply) == nil {
			if n := want.PartialSuccess().RejectedSpans(); n >= 0 && n < 1<<31-1 && int64(rejected) != n {
				t.Fatalf("rejected %d, pdata reads %d", rejected, n)
			}
		}
	})
}

// scans says whether protoscan reads all of a reply, and of the messages in it.
func scans(msg []byte) bool {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return false
		}
		if f.Num == 1 && f.Type == protoscan.Len {
			for part := f.Body; len(part) > 0; {
				p, err := protoscan.Next(part)
				if err != nil {
					return false
				}
				part = part[p.Size:]
			}
		}
		msg = msg[f.Size:]
	}
	return true
}
