package block

import (
	"bytes"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/oriel-io/oriel/store/block/parquet"
)

// Columns of a spans or logs file beside the attributes. Numbers are Int64 unless stated.
const (
	colTraceID       = "trace_id"      // Fixed16
	colSpanID        = "span_id"       // Fixed8
	colParentID      = "parent_id"     // Fixed8; only if the parent is not among the rows of the same trace
	colParentOffset  = "parent_offset" // Int32: the parent is that many rows further on, negative: back
	colName          = "name"
	colKind          = "kind"   // Int32
	colStatus        = "status" // Int32
	colStatusMessage = "status_message"
	colTime          = "time"
	colDuration      = "duration"
	colService       = "service"
	colScope         = "scope"
	colCategory      = "category"    // Int32
	colHTTPStatus    = "http_status" // Int32
	colResource      = "resource"    // JSON of the resource's attributes
	colResourceProto = "resource_proto"
	colScopeProto    = "scope_proto"
	colRest          = "rest_proto" // OTLP fields of the item that have no column

	colObserved     = "observed_time"
	colSeverity     = "severity" // Int32
	colSeverityText = "severity_text"
	colBody         = "body"
	colArrival      = "arrival"

	attrPrefix = "attr."
)

// maxAttrColumns is the most attribute columns of a row group; further keys live in rest_proto.
const maxAttrColumns = 400

// maxKeyBytes is the longest attribute key that becomes a column.
const maxKeyBytes = 256

// A builder collects one column of the head. Rows are appended in order; rows
// that were not set are null.
type builder struct {
	parquet.Column
	// slots is an open hash table of a text column's dictionary: hash of the value
	// in the high half, its id in the low one.
	slots []uint64
	last  uint32 // id of the value before: many columns hardly change
}

// text sets row to a value. It reports false if the value had to be mended,
// because text in a file is UTF-8.
func (b *builder) text(row int, v []byte) bool {
	for len(b.IDs) < row {
		b.IDs = append(b.IDs, 0)
	}
	if b.Plain {
		ok := b.valid(v)
		if !ok {
			v = bytes.ToValidUTF8(v, []byte("\uFFFD"))
		}
		b.Dict.Add(v)
		b.IDs = append(b.IDs, uint32(b.Dict.Len()))
		return ok
	}
	id, ok := b.intern(v)
	b.IDs = append(b.IDs, id)
	return ok
}

// id sets row to a value that was interned before.
func (b *builder) id(row int, id uint32) {
	for len(b.IDs) < row {
		b.IDs = append(b.IDs, 0)
	}
	b.IDs = append(b.IDs, id)
}

func (b *builder) valid(v []byte) bool {
	return b.Type != parquet.String && b.Type != parquet.JSON || utf8.Valid(v)
}

// intern gives a value its id.
func (b *builder) intern(v []byte) (id uint32, ok bool) {
	if b.last != 0 && string(b.Dict.Get(int(b.last-1))) == string(v) {
		return b.last, true
	}
	sum := hashText(v)
	if id := b.lookup(v, sum); id != 0 {
		b.last = id
		return id, true
	}
	if !b.valid(v) {
		id, _ := b.intern(bytes.ToValidUTF8(v, []byte("\uFFFD")))
		return id, false
	}
	if 2*(b.Dict.Len()+1) > len(b.slots) {
		b.grow()
	}
	b.Dict.Add(v)
	b.last = uint32(b.Dict.Len())
	b.place(uint64(sum)<<32 | uint64(b.last))
	return b.last, true
}

func (b *builder) lookup(v []byte, sum uint32) uint32 {
	if len(b.slots) == 0 {
		return 0
	}
	mask := uint32(len(b.slots) - 1)
	for at := sum & mask; ; at = (at + 1) & mask {
		slot := b.slots[at]
		if slot == 0 {
			return 0
		}
		if uint32(slot>>32) == sum && string(b.Dict.Get(int(uint32(slot)-1))) == string(v) {
			return uint32(slot)
		}
	}
}

func (b *builder) place(slot uint64) {
	mask := uint32(len(b.slots) - 1)
	at := uint32(slot>>32) & mask
	for b.slots[at] != 0 {
		at = (at + 1) & mask
	}
	b.slots[at] = slot
}

func (b *builder) grow() {
	old := b.slots
	b.slots = make([]uint64, max(16, 2*len(old)))
	for _, slot := range old {
		if slot != 0 {
			b.place(slot)
		}
	}
}

// num sets row to a number.
func (b *builder) num(row int, v int64) {
	for len(b.Nums) < row {
		b.Nums = append(b.Nums, 0)
	}
	b.Nums = append(b.Nums, v)
	for len(b.Valid)*64 <= row {
		b.Valid = append(b.Valid, 0)
	}
	b.Valid.Set(row)
}

// view is the column as it is now, for readers that must not see later rows.
// The head's lock is held.
func (b *builder) view(rows int) *parquet.Column {
	c := b.Column
	c.IDs = c.IDs[:min(len(c.IDs), rows):min(len(c.IDs), rows)]
	c.Nums = c.Nums[:min(len(c.Nums), rows):min(len(c.Nums), rows)]
	if c.Valid != nil { // its last word still changes
		c.Valid = append(parquet.Bits(nil), c.Valid[:min(len(c.Valid), (rows+63)/64)]...)
	}
	return &c
}

// bytes estimates the memory of the column.
func (b *builder) bytes() int {
	return 4*cap(b.IDs) + 8*cap(b.Nums) + 8*cap(b.Valid) + cap(b.Dict.Blob) + 4*cap(b.Dict.Ends) + 8*cap(b.slots)
}

func hashText(v []byte) uint32 { return uint32(xxhash.Sum64(v)) }
