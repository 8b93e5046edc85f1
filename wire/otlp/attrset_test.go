package otlp

import (
	"maps"
	"strconv"
	"testing"

	"github.com/oriel-io/oriel/wire/protoscan"
	"pgregory.net/rapid"
)

// Whatever keys come again, and however many there are, each is there once,
// with its last value.
func TestAttrSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab-")), 0, 4, -1), 0, 200).Draw(t, "keys")
		var set AttrSet
		set.Reset(9)
		want := map[string]string{}
		for i, key := range keys {
			if _, has := want[key]; has != set.Has([]byte(key)) {
				t.Fatalf("has %q: %v, want %v", key, !has, has)
			}
			want[key] = strconv.Itoa(i)
			set.Set([]byte(key), StringValue(want[key]))
		}
		got := map[string]string{}
		for key, value := range Span(set.AppendTo(nil)).Attrs().All() {
			if _, again := got[string(key)]; again {
				t.Fatalf("%q is there twice", key)
			}
			got[string(key)] = string(value.Text())
		}
		if !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// A text attribute has the same bytes whichever way it is written.
func TestAppendTextAttr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, text := rapid.StringN(0, 200, 300).Draw(t, "key"), rapid.StringN(0, 200, 300).Draw(t, "text")
		got := AppendTextAttr([]byte("x"), 9, key, []byte(text))
		if want := AppendAttr([]byte("x"), 9, key, StringValue(text)); string(got) != string(want) {
			t.Fatalf("got %q, AppendAttr writes %q", got, want)
		}
		kv := protoscan.AppendBytes(protoscan.AppendBytes(nil, 1, key), 2, protoscan.AppendBytes(nil, 1, text))
		if want := protoscan.AppendBytes([]byte("x"), 9, kv); string(got) != string(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
