package zipkin

import (
	"encoding/hex"
	"testing"
)

// Every byte in every place, against encoding/hex.
func TestParseHex(t *testing.T) {
	for _, base := range []string{"0123456789abcdef", "FEDCBA9876543210"} {
		for place := range 16 {
			for c := range 256 {
				text := []byte(base)
				text[place] = byte(c)
				raw, err := hex.DecodeString(string(text))
				var want uint64
				for _, b := range raw {
					want = want<<8 | uint64(b)
				}
				got, ok := parseHex(text)
				if ok != (err == nil) || ok && got != want {
					t.Fatalf("%q: got %x %v, want %x %v", text, got, ok, want, err)
				}
			}
		}
	}
	for text, want := range map[string]uint64{"": 0, "1": 1, "aBc": 0xabc, "00000000000000f": 15} {
		if got, ok := parseHex([]byte(text)); got != want || !ok {
			t.Errorf("%q: got %x %v, want %x", text, got, ok, want)
		}
	}
	for _, text := range []string{"+1", "-1", "0x1", "1_0", "g", " 1", "1 "} {
		if got, ok := parseHex([]byte(text)); ok {
			t.Errorf("%q is read as %x", text, got)
		}
	}
}
