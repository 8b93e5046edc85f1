package plan

import (
	"encoding/binary"
	"errors"

	"github.com/oriel-io/oriel/internal/loghist"
)

// ErrTooLarge says that an answer would need more memory or groups than its Bounds allow.
var ErrTooLarge = errors.New("the query needs more memory than allowed; narrow the time range or group by fewer fields")

// ErrInvalid is wrapped by errors about a Query that no engine can run.
var ErrInvalid = errors.New("invalid query")

// Result is an answer: rows of Values under named columns.
type Result struct {
	Columns []string
	Rows    [][]Value
	// Next continues after the last row, nil if there is no more.
	Next  []byte
	Stats Stats
}

// Stats is the work that an answer took.
type Stats struct {
	RowsMatched  int64 // before Distinct and Limit; a lower bound if !MatchedExact
	MatchedExact bool
	RowsScanned  int64 // rows whose columns were looked at
	BytesScanned int64 // of decoded column data
	RowsTotal    int64 // rows of the table within the time range, skipped ones included (an estimate at its edges)
	Complete     bool  // false if Bounds.Time ended it, or if damaged data was left out
	Quarantined  int64 // blocks left out because they are damaged
}

// AppendHistogram encodes a histogram as a Bytes value; ParseHistogram reads it.
// Layout: for each bucket uvarint(index), uvarint(count), ascending by index.
func AppendHistogram(b []byte, h loghist.Hist) []byte {
	for _, bucket := range h.Buckets {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(bucket.Index)), bucket.Count)
	}
	return b
}

// ParseHistogram reads what AppendHistogram wrote; ok is false if it is damaged.
func ParseHistogram(s string) (h loghist.Hist, ok bool) {
	for b := []byte(s); len(b) > 0; {
		index, n := binary.Uvarint(b)
		if last := len(h.Buckets) - 1; n <= 0 || index > 1<<15-1 || last >= 0 && int16(index) <= h.Buckets[last].Index {
			return h, false
		}
		count, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return h, false
		}
		h.Buckets = append(h.Buckets, loghist.Bucket{Index: int16(index), Count: count})
		b = b[n+m:]
	}
	return h, true
}
