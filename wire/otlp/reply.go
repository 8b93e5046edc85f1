package otlp

import (
	"math"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// PartialSuccess reads an ExportTraceServiceResponse, or that of another signal:
//
//	1: partial_success { 1: rejected items, 2: message }
//
// An empty or broken reply counts as full success: the server has said OK. message
// is cut to 500 bytes.
func PartialSuccess(reply []byte) (rejected int, message string) {
	for len(reply) > 0 {
		f, err := protoscan.Next(reply)
		if err != nil {
			return rejected, message
		}
		if f.Num == 1 && f.Type == protoscan.Len {
			for part := f.Body; len(part) > 0; {
				p, err := protoscan.Next(part)
				if err != nil {
					return rejected, message
				}
				switch {
				case p.Num == 1 && p.Type == protoscan.Varint:
					rejected = int(min(p.Int, math.MaxInt32))
					if int64(p.Int) < 0 {
						rejected = 0
					}
				case p.Num == 2 && p.Type == protoscan.Len:
					message = string(p.Body[:min(len(p.Body), 500)])
				}
				part = part[p.Size:]
			}
		}
		reply = reply[f.Size:]
	}
	return rejected, message
}
