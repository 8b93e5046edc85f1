// Package parquet writes Parquet files from columns that are in memory
// already, dictionary-coded where they are text, and reads single pages of them
// back with the help of a directory of its own.
//
// The files are plain Parquet for every other reader. The footer is made with
// the metadata structs of github.com/parquet-go/parquet-go; pages are assembled
// here, because the columns come with their dictionaries (a general writer would
// build them again from values, at three times the cost), and because a reader that
// knows where each page and each part of a dictionary lies can verify and decode
// just that. Begin with Writer.AppendRowGroup and Reader.
//
// Source: https://github.com/apache/parquet-format, README.md and Encodings.md.
package parquet

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Type is the physical type of a column with its meaning.
type Type uint8

// String, JSON and Bytes are byte arrays; Fixed16 and Fixed8 are ids of that
// many bytes; Time is an Int64 of Unix nanoseconds.
const (
	String Type = iota + 1
	JSON
	Bytes
	Fixed16
	Fixed8
	Int64
	Time
	Int32
	Double
	Bool
	lastType = Bool
)

// IsText says that values of the type are kept in a Dict, others in Nums.
func (t Type) IsText() bool { return t <= Fixed16 }

// Column is one column of one row group in memory.
//
// A text column has IDs and Dict: row r is null if IDs[r] is 0 or r is past the
// end of IDs, else value IDs[r]-1 of Dict. With Plain set, the writer does not look for
// repetitions (bodies, encoded messages).
//
// Any other column has Nums and Valid: the value of row r is Nums[r] (the bits
// of a Double, 0 or 1 for a Bool, big endian for Fixed8), null if r is past the end or its bit in
// Valid is not set. Valid nil means that no row within Nums is null.
type Column struct {
	Name  string
	Type  Type
	Plain bool
	IDs   []uint32
	Dict  Dict
	Nums  []int64
	Valid Bits
}

// Dict is a list of byte strings, one behind the other. Copies share the bytes;
// appending to one leaves the values of another as they are.
type Dict struct {
	Blob []byte
	Ends []uint32
}

// Len is the number of values.
func (d *Dict) Len() int { return len(d.Ends) }

// Get is value i; it aliases the dictionary.
func (d *Dict) Get(i int) []byte {
	begin := uint32(0)
	if i > 0 {
		begin = d.Ends[i-1]
	}
	return d.Blob[begin:d.Ends[i]:d.Ends[i]]
}

// Add appends a value.
func (d *Dict) Add(v []byte) {
	d.Blob = append(d.Blob, v...)
	d.Ends = append(d.Ends, uint32(len(d.Blob)))
}

// sorted returns the order of the values and, for each value, its rank.
func (d *Dict) sorted() (order, rank []uint32) {
	n := d.Len()
	type entry struct {
		prefix uint64
		index  uint32
	}
	// Values share prefixes (URLs); comparing eight bytes behind the common one
	// as an integer decides nearly always.
	skip := d.commonPrefix()
	entries := make([]entry, n)
	for i := range n {
		entries[i] = entry{prefix8(d.Get(i)[skip:]), uint32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		return bytes.Compare(d.Get(int(a.index))[skip:], d.Get(int(b.index))[skip:])
	})
	order, rank = make([]uint32, n), make([]uint32, n)
	for r, e := range entries {
		order[r], rank[e.index] = e.index, uint32(r)
	}
	return order, rank
}

func (d *Dict) commonPrefix() int {
	if d.Len() == 0 {
		return 0
	}
	first := d.Get(0)
	n := len(first)
	for i := 1; i < d.Len() && n > 0; i++ {
		v := d.Get(i)
		n = min(n, len(v))
		for !bytes.Equal(v[:n], first[:n]) {
			n--
		}
	}
	return n
}

func prefix8(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	var b [8]byte
	copy(b[:], v)
	return binary.BigEndian.Uint64(b[:])
}

// Bits is a bitmap.
type Bits []uint64

// Get is bit i, false past the end.
func (b Bits) Get(i int) bool { return i>>6 < len(b) && b[i>>6]>>(i&63)&1 != 0 }

// Set sets bit i; b must be long enough.
func (b Bits) Set(i int) { b[i>>6] |= 1 << (i & 63) }

// NewBits makes a bitmap of n zero bits.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// AllBits makes a bitmap of n one bits.
func AllBits(n int) Bits {
	b := NewBits(n)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if n&63 != 0 {
		b[len(b)-1] = 1<<(n&63) - 1
	}
	return b
}
