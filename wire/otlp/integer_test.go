package otlp

import (
	"math/big"
	"strings"
	"testing"
)

// FuzzInteger holds parseInteger to exact arithmetic.
func FuzzInteger(f *testing.F) {
	for _, text := range []string{"0", "-0", "+7", "007", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "1.0", "1.5e1", "12E3", "1e-1", "10e-1",
		"1e19", "1e20", "0e9999", "1e1001", "1e", "1.", ".5", "1e1.0", "1e1e1", "--1", "1_0", "", "-", "0.0e-5", "184467440737095516.15e2", "0x10", "1e+2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if i := strings.IndexAny(text, "eE"); len(text) > 100 || i >= 0 && len(text)-i > 6 {
			return // exact arithmetic takes long then
		}
		negative, v, ok := parseInteger([]byte(text))
		for i := range len(text) {
			if c := text[i]; c-'0' > 9 && c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E' {
				if ok {
					t.Fatalf("took %q", text)
				}
				return
			}
		}
		want, isNumber := new(big.Rat).SetString(text)
		if !isNumber || !want.IsInt() || want.Num().BitLen() > 64 {
			if ok {
				t.Fatalf("%q read as %d", text, v)
			}
			return
		}
		got := new(big.Int).SetUint64(v)
		if negative {
			got.Neg(got)
		}
		if ok && got.Cmp(want.Num()) != 0 {
			t.Fatalf("%q read as %v", text, got)
		}
	})
}

func TestIntegerForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{"0": 0, "+7": 7, "007": 7, "18446744073709551615": 1<<64 - 1, "1.0": 1, "1.5e1": 15, "12E3": 12000, "10e-1": 1,
		"0.0e-5": 0, "184467440737095516.15e2": 1<<64 - 1, "1e+2": 100, "100000000000000000000e-20": 1} {
		if negative, v, ok := parseInteger([]byte(text)); !ok || v != want || negative {
			t.Errorf("%s: %d %t, want %d", text, v, ok, want)
		}
	}
	for _, text := range []string{"", "-", "1.5", "1e-1", "1e20", "18446744073709551616", "1.", ".5", "1e", "1e1e1", "1e1.0", "0x1", "1_0", "NaN"} {
		if _, v, ok := parseInteger([]byte(text)); ok {
			t.Errorf("%q read as %d", text, v)
		}
	}
}
