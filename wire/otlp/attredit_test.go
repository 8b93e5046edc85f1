package otlp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// oddAttr appends an attribute whose field has a longer length than it needs.
func oddAttr(b []byte, num uint32, key string, v Value) []byte {
	plain := AppendAttr(nil, num, key, v)
	body := plain[2:] // short ones only
	return append(append(b, plain[0], byte(len(body))|0x80, 0), body...)
}

// A message is edited alike whether its attributes were indexed or not, and whatever form they have.
func TestEditWithIndex(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	keys := []string{"a", "b", "http.method", "user_agent", "peer.address", "k", strings.Repeat("long", 40)}
	for round := range 20_000 {
		num := uint32(9)
		var msg []byte
		for range r.IntN(8) {
			key, v := keys[r.IntN(len(keys))], StringValue(strings.Repeat("v", r.IntN(300)))
			switch r.IntN(12) {
			case 0:
				msg = oddAttr(msg, num, "a", IntValue(5))
			case 1:
				msg = protoscan.AppendBytes(msg, 5, "a name between")
			case 2:
				msg = AppendAttr(msg, num, key, IntValue(r.Int64()))
			case 3: // the value before the key, as upstream collectors write it
				msg = protoscan.AppendBytes(msg, num, string(protoscan.AppendBytes(protoscan.AppendBytes(nil, 2, string(v.append(nil))), 1, key)))
			default:
				msg = AppendAttr(msg, num, key, v)
			}
		}
		var with, without AttrEdit
		with.reset(Attrs{msg, num})
		without.reset(Attrs{msg, num})
		with.WillAsk()
		for range 1 + r.IntN(5) {
			key, value, action := keys[r.IntN(len(keys))], StringValue(fmt.Sprint(r.IntN(3))), r.IntN(4)
			for _, e := range []*AttrEdit{&with, &without} {
				if e == &without {
					e.asked = 0 // each question is the first one
				}
				switch action {
				case 0:
					e.Set(key, value)
				case 1:
					e.Insert(key, value)
				case 2:
					e.Delete(key)
				case 3:
					e.Update(key, value)
				}
			}
		}
		without.asked = 0
		got, want := splice([]byte("before"), msg, &with, nil), splice([]byte("before"), msg, &without, nil)
		if !bytes.Equal(got, want) {
			t.Fatalf("round %d, %x:\n got %x\nwant %x", round, msg, got, want)
		}
	}
}
