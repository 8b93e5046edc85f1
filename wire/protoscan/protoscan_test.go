package protoscan

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// FuzzNext holds Next to the reference library: same verdict, same extent, and sizes that add up.
func FuzzNext(f *testing.F) {
	f.Add([]byte{0x0a, 0x03, 'a', 'b', 'c', 0x10, 0x96, 0x01})
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, msg []byte) {
		for len(msg) > 0 {
			num, typ, want := protowire.ConsumeField(msg)
			got, err := Next(msg)
			if typ == protowire.StartGroupType || typ == protowire.EndGroupType {
				if want >= 0 && !errors.Is(err, ErrMalformed) {
					t.Fatalf("group: got %v, want ErrMalformed", err)
				}
				return
			}
			if (err != nil) != (want < 0) {
				t.Fatalf("% x: got error %v, reference says %d", msg, err, want)
			}
			if err != nil {
				if got.Size != 0 {
					t.Fatalf("a failed Next returned a field: %+v", got)
				}
				return
			}
			if got.Size != want || got.Num != uint32(num) || got.Type != uint8(typ) {
				t.Fatalf("% x: got %+v, reference says num %d type %d size %d", msg, got, num, typ, want)
			}
			msg = msg[got.Size:]
		}
	})
}

func TestOpenClose(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 129, 16383, 16384, 1 << 21} {
		body := bytes.Repeat([]byte{7}, n)
		b, outer := Open([]byte("head"), 5)
		b, inner := Open(b, 6)
		b = append(b, body...)
		b = Close(Close(b, inner), outer)
		o, err := Next(b[len("head"):])
		if err != nil || o.Num != 5 || o.Size != len(b)-4 {
			t.Fatalf("n=%d: outer %+v, %v", n, o.Size, err)
		}
		i, err := Next(o.Body)
		if err != nil || i.Num != 6 || !bytes.Equal(i.Body, body) {
			t.Fatalf("n=%d: inner: %v", n, err)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	msg := AppendVarint(AppendFixed64(AppendBytes(nil, 1, "sixteen bytes id"), 7, 1), 6, 3)
	b.SetBytes(int64(len(msg)))
	for b.Loop() {
		for rest := msg; len(rest) > 0; {
			f, err := Next(rest)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[f.Size:]
		}
	}
}
