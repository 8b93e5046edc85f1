package inflate

import (
	"encoding/binary"
)

// deflate reads blocks until the last one. Afterwards d.at is the byte after it.
func (d *decoder) deflate() error {
	d.base, d.bits, d.have = d.n, 0, 0
	for {
		d.fill()
		if d.have < 3 {
			return d.fail(errTruncated)
		}
		final, kind := d.bits&1 == 1, d.bits>>1&3
		d.use(3)
		var err error
		switch kind {
		case 0:
			err = d.stored()
		case 1:
			d.fixedTables()
			err = d.symbols()
		case 2:
			if err = d.dynamicTables(); err == nil {
				err = d.symbols()
			}
		default:
			err = d.fail("a block of an unknown type")
		}
		if err != nil {
			return err
		}
		if final {
			d.at -= int(d.have >> 3) // whole bytes that were read ahead
			d.bits, d.have = 0, 0
			return nil
		}
	}
}

// fill reads ahead until there are 56 bits or the data ends.
func (d *decoder) fill() {
	if len(d.src)-d.at >= 8 && d.have < 56 {
		// The bits above have may be set already: they are the same bits.
		d.bits |= binary.LittleEndian.Uint64(d.src[d.at:]) << d.have
		n := (63 - d.have) >> 3
		d.at += int(n)
		d.have += n << 3
		return
	}
	for d.have < 56 && d.at < len(d.src) {
		d.bits |= uint64(d.src[d.at]) << d.have
		d.at++
		d.have += 8
	}
}

func (d *decoder) use(n uint) {
	d.bits >>= n
	d.have -= n
}

// room makes at least one byte of room.
func (d *decoder) room() error {
	if d.n < len(d.out) {
		return nil
	}
	if d.grow == nil {
		return ErrFull
	}
	larger, err := d.grow(d.out)
	if err != nil {
		return err
	}
	if len(larger) <= len(d.out) {
		return ErrFull
	}
	d.out = larger
	return nil
}

// stored copies a block that is not compressed. RFC 1951, section 3.2.4.
func (d *decoder) stored() error {
	d.at -= int(d.have >> 3)
	d.bits, d.have = 0, 0
	if len(d.src)-d.at < 4 {
		return d.fail(errTruncated)
	}
	size, check := binary.LittleEndian.Uint16(d.src[d.at:]), binary.LittleEndian.Uint16(d.src[d.at+2:])
	if size != ^check {
		return d.fail("a stored block whose sizes do not agree")
	}
	d.at += 4
	if len(d.src)-d.at < int(size) {
		return d.fail(errTruncated)
	}
	if d.counting {
		d.n += int(size)
		d.at += int(size)
		return nil
	}
	for rest := d.src[d.at : d.at+int(size)]; len(rest) > 0; {
		if err := d.room(); err != nil {
			return err
		}
		n := copy(d.out[d.n:], rest)
		d.n += n
		rest = rest[n:]
	}
	d.at += int(size)
	return nil
}

// fixedTables makes the tables of RFC 1951, section 3.2.6.
func (d *decoder) fixedTables() {
	if d.fixed {
		return
	}
	lengths := d.lengths[:literalSymbols]
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	d.literals.build(lengths, literalBits, &literalEntries)
	for i := range distanceSymbols {
		lengths[i] = 5
	}
	d.offsets.build(lengths[:distanceSymbols], distanceBits, &distanceEntries)
	d.fixed = true
}

var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthEntries are the symbols of the code that code lengths are written in: as base, without extra bits.
var lengthEntries = func() (out [literalSymbols]entry) {
	for i := range 19 {
		out[i] = entry(i) << 16
	}
	return out
}()

// dynamicTables reads the tables of a block. RFC 1951, section 3.2.7.
func (d *decoder) dynamicTables() error {
	d.fixed = false
	d.fill()
	if d.have < 14 {
		return d.fail(errTruncated)
	}
	literals, offsets, codes := 257+int(d.bits&31), 1+int(d.bits>>5&31), 4+int(d.bits>>10&15)
	d.use(14)
	if literals > 286 || offsets > 30 {
		return d.fail("a block with too many symbols")
	}
	var order [19]uint8
	for i := range codes {
		if d.have < 3 {
			if d.fill(); d.have < 3 {
				return d.fail(errTruncated)
			}
		}
		order[lengthOrder[i]] = uint8(d.bits & 7)
		d.use(3)
	}
	const width = 7 // of the longest code, so that there are no subtables
	if !d.offsets.build(order[:], width, &lengthEntries) {
		return d.fail("code lengths that are no Huffman code")
	}
	lengths := d.lengths[:literals+offsets]
	for i := 0; i < len(lengths); {
		d.fill()
		e := d.offsets.entries[d.bits&(1<<width-1)]
		if e&isSpecial != 0 {
			return d.fail("a code length that is not in its code")
		}
		if d.have < uint(e&0xff) {
			return d.fail(errTruncated)
		}
		d.use(uint(e & 0xff))
		symbol := e >> 16
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		value, extra, base := uint8(0), uint(7), 11 // 18
		switch symbol {
		case 16:
			if i == 0 {
				return d.fail("a repeated code length without one before")
			}
			value, extra, base = lengths[i-1], 2, 3
		case 17:
			extra, base = 3, 3
		}
		if d.have < extra {
			return d.fail(errTruncated)
		}
		times := base + int(d.bits&(1<<extra-1))
		d.use(extra)
		if times > len(lengths)-i {
			return d.fail("more code lengths than symbols")
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	if lengths[endSymbol] == 0 {
		return d.fail("a block without an end")
	}
	if !d.literals.build(lengths[:literals], literalBits, &literalEntries) ||
		!d.offsets.build(lengths[literals:], distanceBits, &distanceEntries) {
		return d.fail("code lengths that are no Huffman code")
	}
	return nil
}

// symbols decodes, or counts, what comes after the tables.
func (d *decoder) symbols() error {
	if d.counting {
		return d.countBlock()
	}
	return d.block()
}

// block decodes symbols until the end of the block: fast as long as there is
// room on both sides, carefully near the ends.
func (d *decoder) block() error {
	for {
		ended, err := d.fast()
		if ended || err != nil {
			return err
		}
		for range 64 { // then the fast path may be possible again, after grow
			ended, err := d.step()
			if ended || err != nil {
				return err
			}
		}
	}
}

// step decodes one symbol, and looks at the bounds of everything.
func (d *decoder) step() (ended bool, err error) {
	d.fill()
	e := d.lookup(&d.literals)
	used := uint(e & 0xff)
	if used > d.have {
		return false, d.fail(errTruncated)
	}
	bits := d.bits
	switch {
	case e&isLiteral != 0:
		d.use(used)
		if err := d.room(); err != nil {
			return false, err
		}
		d.out[d.n] = byte(e >> 16)
		d.n++
		return false, nil
	case e&isSpecial != 0:
		if e&isEnd == 0 {
			return false, d.noCode()
		}
		d.use(used)
		return true, nil
	}
	length := int(e>>16) + int(bits&(1<<used-1)>>(e>>8&15))
	d.use(used)
	d.fill()
	e = d.lookup(&d.offsets)
	used = uint(e & 0xff)
	if e&isSpecial != 0 {
		return false, d.noCode()
	}
	if used > d.have {
		return false, d.fail(errTruncated)
	}
	distance := int(e>>16) + int(d.bits&(1<<used-1)>>(e>>8&15))
	d.use(used)
	if distance > d.n-d.base {
		return false, d.fail("a distance that reaches before the start")
	}
	for range length {
		if err := d.room(); err != nil {
			return false, err
		}
		d.out[d.n] = d.out[d.n-distance]
		d.n++
	}
	return false, nil
}

// noCode is the error for bits that are in no code: they may be missing.
func (d *decoder) noCode() error {
	if d.have < maxCode && d.at == len(d.src) {
		return d.fail(errTruncated)
	}
	return d.fail("bits that are in no code")
}

// lookup is the entry for the next bits. Of a code in a subtable the bits of the main table are used up.
func (d *decoder) lookup(t *table) entry {
	e := t.entries[d.bits&(1<<t.width-1)]
	if e&isSubtable != 0 && e&isSpecial != 0 && d.have >= t.width {
		d.use(t.width)
		e = t.entries[uint64(e>>16)+d.bits&(1<<(e>>8&15)-1)]
	}
	return e
}

// The fast path reads 8 bytes at once and writes up to this many past a match.
const (
	fastIn  = 16
	fastOut = 3 + 258 + 32
)

// strides are by distance the factor that makes it 8 or more, and no more than 14.
var strides = [8]uintptr{1: 8, 2: 4, 3: 3, 4: 2, 5: 2, 6: 2, 7: 2}

// fast decodes symbols while at least fastIn bytes are left to read and fastOut
// to write, so that neither needs to be looked at for each symbol. ended is true at the end of
// the block; otherwise the next symbol is step's.
//
// With unsafe in place of the bounds checks it takes a fifth less time; for bytes that
// anybody may send, the checks are worth more.
func (d *decoder) fast() (ended bool, err error) {
	if len(d.src)-d.at < fastIn || len(d.out)-d.n < fastOut {
		return false, nil
	}
	src, out := d.src, d.out
	at, n := uintptr(d.at), uintptr(d.n)
	lastIn, lastOut := uintptr(len(d.src)-fastIn), uintptr(len(d.out)-fastOut)
	base := uintptr(d.base)
	buf, have := d.bits, d.have
	literals, offsets := &d.literals.entries, &d.offsets.entries

	for at <= lastIn && n <= lastOut {
		// The bits above have may be set already: they are the same bits.
		buf |= binary.LittleEndian.Uint64(src[at:]) << (have & 63)
		at += uintptr(63-have) >> 3
		have |= 56
		e := literals[buf&(1<<literalBits-1)]
		if e&isLiteral != 0 { // 56 bits: two more symbols of at most 11 bits, and then a length needs 20
			buf >>= e & 63
			have -= uint(e & 0xff)
			out[n] = byte(e >> 16)
			n++
			e = literals[buf&(1<<literalBits-1)]
			if e&isLiteral != 0 {
				buf >>= e & 63
				have -= uint(e & 0xff)
				out[n] = byte(e >> 16)
				n++
				e = literals[buf&(1<<literalBits-1)]
				if e&isLiteral != 0 {
					buf >>= e & 63
					have -= uint(e & 0xff)
					out[n] = byte(e >> 16)
					n++
					continue
				}
			}
		}
		if e&isSpecial != 0 {
			if e&isSubtable != 0 {
				buf >>= literalBits
				have -= literalBits
				e = literals[uint64(e>>16)+buf&(1<<(e>>8&15)-1)]
				if e&isLiteral != 0 {
					buf >>= e & 63
					have -= uint(e & 0xff)
					out[n] = byte(e >> 16)
					n++
					continue
				}
			}
			if e&isEnd != 0 {
				buf >>= e & 63
				have -= uint(e & 0xff)
				ended = true
				break
			}
			if e&isSpecial != 0 {
				err = &Error{int(at), "bits that are in no code"}
				break
			}
		}
		length := uintptr(e>>16) + uintptr(buf&(1<<(e&63)-1)>>(e>>8&15))
		buf >>= e & 63
		have -= uint(e & 0xff)

		// A distance needs at most 28 bits; after two literals and a length 14 may be left.
		buf |= binary.LittleEndian.Uint64(src[at:]) << (have & 63)
		at += uintptr(63-have) >> 3
		have |= 56
		e = offsets[buf&(1<<distanceBits-1)]
		if e&isSpecial != 0 {
			if e&isSubtable != 0 {
				buf >>= distanceBits
				have -= distanceBits
				e = offsets[uint64(e>>16)+buf&(1<<(e>>8&15)-1)]
			}
			if e&isSpecial != 0 {
				err = &Error{int(at), "bits that are in no code"}
				break
			}
		}
		distance := uintptr(e>>16) + uintptr(buf&(1<<(e&63)-1)>>(e>>8&15))
		buf >>= e & 63
		have -= uint(e & 0xff)
		if distance > n-base {
			err = &Error{int(at), "a distance that reaches before the start"}
			break
		}
		from := n - distance
		switch {
		case distance >= 16:
			*(*[16]byte)(out[n : n+16]) = *(*[16]byte)(out[from : from+16])
			if length > 16 {
				*(*[16]byte)(out[n+16 : n+32]) = *(*[16]byte)(out[from+16 : from+32])
				for done := uintptr(32); done < length; done += 16 {
					*(*[16]byte)(out[n+done : n+done+16]) = *(*[16]byte)(out[from+done : from+done+16])
				}
			}
		case distance >= 8:
			for done := uintptr(0); done < length; done += 8 {
				binary.LittleEndian.PutUint64(out[n+done:], binary.LittleEndian.Uint64(out[from+done:]))
			}
		default:
			// The bytes repeat with the distance, and so with multiples of it: after the first
			// eight, one that is eight or more can be copied from.
			for done := range uintptr(8) {
				out[n+done] = out[from+done]
			}
			stride := distance * strides[distance&7]
			for done := uintptr(8); done < length; done += 8 {
				binary.LittleEndian.PutUint64(out[n+done:], binary.LittleEndian.Uint64(out[n+done-stride:]))
			}
		}
		n += length
	}
	d.at, d.n, d.have = int(at), int(n), have
	d.bits = buf & (1<<have - 1)
	return ended, err
}
