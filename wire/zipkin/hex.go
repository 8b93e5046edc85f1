package zipkin

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// parseHex reads up to 16 hexadecimal digits of either case.
func parseHex(text []byte) (v uint64, ok bool) {
	if len(text) == 16 {
		hi, ok := parseHex8(binary.LittleEndian.Uint64(text))
		lo, ok2 := parseHex8(binary.LittleEndian.Uint64(text[8:]))
		return hi<<32 | lo, ok && ok2
	}
	if len(text) == 0 {
		return 0, true
	}
	v, err := strconv.ParseUint(string(text), 16, 64)
	return v, err == nil
}

// parseHex8 reads eight digits at once, the first one in the lowest byte of x.
//
// The low four bits of a digit are its value, of a letter its value less nine;
// the values are then written out as digits again to see whether they are what was there.
func parseHex8(x uint64) (v uint64, ok bool) {
	const ones = 0x0101010101010101
	n := x&(ones*0x0f) + (x>>6&ones)*9
	letters := (n + ones*6) >> 4 & ones
	again := n + ones*'0' + letters*('a'-'0'-10)
	// 0x20 makes small letters of capital ones and is set in digits; a byte with neither 0x20 nor
	// 0x40 is a control character that this would make a digit of.
	ok = n&(ones*0xf0) == 0 && again == x|ones*0x20 && (x|x<<1)&(ones*0x40) == ones*0x40
	n = bits.ReverseBytes64(n)
	n = (n | n>>4) & 0x00ff00ff00ff00ff
	n = (n | n>>8) & 0x0000ffff0000ffff
	return uint64(uint32(n | n>>16)), ok
}
