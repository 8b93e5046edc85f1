package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzAppendString: encoding/json reads back what was written, with U+FFFD for
// what is not UTF-8, and so does the scanner.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x00\x1f\"\\\n\r\t\b", "café ☃ 😀", "\xff\xc3", "a\xe2\x82", "\u2028", "\ufffd"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quoted := AppendString([]byte("x"), data)[1:]
		if again := AppendString(nil, string(data)); !bytes.Equal(quoted, again) {
			t.Fatalf("as bytes %q, as string %q", quoted, again)
		}
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Fatalf("%q is written as %s: %v", data, quoted, err)
		}
		if want := string([]rune(string(data))); got != want {
			t.Fatalf("%q is written as %s, which reads %q, want %q", data, quoted, got, want)
		}
		var s Scanner
		s.Reset(quoted)
		if back := string(s.String()); back != got || s.Err() != nil {
			t.Fatalf("the scanner reads %q as %q, %v", quoted, back, s.Err())
		}
	})
}

func TestAppendStringDoesNotAllocate(t *testing.T) {
	text := strings.Repeat("text of a span\n", 100)
	room := make([]byte, 0, 2*len(text))
	if n := testing.AllocsPerRun(100, func() { AppendString(room, text) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
