package inflate

import "math/bits"

// An entry of a table says what the next bits mean:
//
//	literal       1 . . . . . . . symbol(8)   0 . . . . . . . . . . . . . . .  bits(8)
//	length        0 base(15)                  0 0 0 0 code(4)                  bits(8)
//	distance      0 base(15)                  0 0 0 0 code(4)                  bits(8)
//	end of block                              1 0 1 .                          bits(8)
//	subtable      start(16)                   1 1 0 . width(4)                 bits(8) of the main table
//	no code                                   1 0 0 .                          0
//
// bits is how many bits are used up: of a length or distance those of the code and the extra
// ones together, of which the first `code` are the code.
type entry = uint32

const (
	isLiteral  entry = 1 << 31
	isSpecial  entry = 1 << 15
	isSubtable entry = 1 << 14
	isEnd      entry = 1 << 13
)

const (
	literalBits  = 11
	distanceBits = 9
	maxCode      = 15

	literalSymbols  = 288
	distanceSymbols = 32
	endSymbol       = 256
)

// table decodes one Huffman code: the first 1<<width entries by the next width
// bits, then subtables for longer codes. A code of n symbols and at most 15 bits needs at
// most n subtables' worth of room; 2,400 is above the known worst case of 288 symbols
// with 11 bits (2,342, as zlib's enough.c computes it), and build checks.
type table struct {
	entries [2400]entry
	width   uint
}

// build makes the table for code lengths; what gives the entry of a symbol
// without its code. It is false for lengths that are no Huffman code. As in
// zlib, an incomplete code is one only if it has a single code of one bit, or none.
func (t *table) build(lengths []uint8, width uint, symbols *[literalSymbols]entry) bool {
	var count [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	left, longest := 1, 0
	var next [maxCode + 2]uint16 // the next code of each length
	code := uint16(0)
	for n := 1; n <= maxCode; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		next[n] = code
		code = (code + uint16(count[n])) << 1
		if count[n] > 0 {
			longest = n
		}
	}
	if left > 0 && longest > 1 {
		return false
	}
	t.width = width
	size := 1 << width
	if left > 0 { // otherwise every entry is written below
		for i := range t.entries[:size] {
			t.entries[i] = isSpecial
		}
	}
	if longest > int(width) {
		return t.long(lengths, next, symbols)
	}
	for symbol, n := range lengths {
		if n > 0 {
			t.short(symbols[symbol], n, next[n])
			next[n]++
		}
	}
	return true
}

// coded is the entry of a symbol with a code of n bits.
func coded(e entry, n uint8) entry {
	if e&(isLiteral|isSpecial) != 0 {
		return e + entry(n)
	}
	return e + entry(n) + entry(n)<<8
}

// short writes the entries of a code that fits the main table.
func (t *table) short(e entry, n uint8, code uint16) {
	e = coded(e, n)
	for i := int(bits.Reverse16(code) >> (16 - n)); i < 1<<t.width; i += 1 << n {
		t.entries[i] = e
	}
}

// long is build for codes longer than the main table is wide.
func (t *table) long(lengths []uint8, next [maxCode + 2]uint16, symbols *[literalSymbols]entry) bool {
	size := 1 << t.width
	mask := uint16(size - 1)
	var widths [1 << literalBits]uint8 // of the subtable of each main entry
	codes := next
	for _, n := range lengths {
		if n == 0 {
			continue
		}
		if n > uint8(t.width) {
			prefix := bits.Reverse16(codes[n]) >> (16 - n) & mask
			widths[prefix] = max(widths[prefix], n-uint8(t.width))
		}
		codes[n]++
	}
	end := size
	for prefix, w := range widths[:size] {
		if w == 0 {
			continue
		}
		if end+1<<w > len(t.entries) {
			return false
		}
		t.entries[prefix] = isSpecial | isSubtable | entry(end)<<16 | entry(w)<<8 | entry(t.width)
		end += 1 << w
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		code := next[n]
		next[n]++
		if n <= uint8(t.width) {
			t.short(symbols[symbol], n, code)
			continue
		}
		reversed := bits.Reverse16(code) >> (16 - n)
		sub := t.entries[reversed&mask]
		rest := n - uint8(t.width)
		e := coded(symbols[symbol], rest)
		start := int(sub >> 16)
		for i := int(reversed >> t.width); i < 1<<(sub>>8&15); i += 1 << rest {
			t.entries[start+i] = e
		}
	}
	return true
}

// The entries of all symbols without their codes. RFC 1951, section 3.2.5.
var literalEntries, distanceEntries = symbolEntries()

func symbolEntries() (literals, distances [literalSymbols]entry) {
	for i := range endSymbol {
		literals[i] = isLiteral | entry(i)<<16
	}
	literals[endSymbol] = isSpecial | isEnd
	base := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		literals[257+i] = entry(base)<<16 | entry(extra)
		base += 1 << extra
	}
	literals[285] = 258 << 16
	literals[286], literals[287] = isSpecial, isSpecial // in the fixed code, and never valid
	base = 1
	for i := range 30 {
		extra := max(0, i/2-1)
		distances[i] = entry(base)<<16 | entry(extra)
		base += 1 << extra
	}
	for i := 30; i < literalSymbols; i++ {
		distances[i] = isSpecial
	}
	return literals, distances
}
