package block

import (
	"math"
	"reflect"
	"testing"

	"github.com/oriel-io/oriel/store/plan"
)

// FuzzIndex parses arbitrary bytes; what parses must encode to itself.
func FuzzIndex(f *testing.F) {
	for name, data := range filled(f) {
		if len(name) > 6 && name[len(name)-6:] == "/index" {
			f.Add(data)
			break
		}
	}
	sizes := [2]int64{1 << 20, 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := parseIndex(b, sizes)
		if err != nil {
			return
		}
		again, err := parseIndex(x.encode(), sizes)
		if err != nil {
			t.Fatal(err)
		}
		if x.size = again.size; !reflect.DeepEqual(x, again) {
			t.Errorf("%+v became %+v", x, again)
		}
	})
}

// FuzzPosition parses arbitrary page tokens: they come back from clients.
func FuzzPosition(f *testing.F) {
	p := position{keys: []plan.Value{plan.I(5), plan.Str("x"), plan.Fl(math.Inf(1)), {}}, id: identity{time: -1, trace: []byte("t"), last: 3}, before: 7}
	f.Add(p.encode())
	f.Fuzz(func(t *testing.T, token []byte) {
		p, err := parsePosition(token)
		if err != nil {
			return
		}
		again, err := parsePosition(p.encode())
		if err != nil || string(again.encode()) != string(p.encode()) {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
	})
}

func TestMetaIsChecked(t *testing.T) {
	t.Parallel()
	good, err := (&meta{Version: metaVersion, ID: 7, Files: []fileMeta{{Name: "index", Size: 3, CRC: 9}}}).encode()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := parseMeta(good); err != nil || m.ID != 7 || m.Files[0].CRC != 9 {
		t.Errorf("%+v, %v", m, err)
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		if bad[i] ^= 4; i == len(good)-1 {
			continue // the line feed at the end is decoration
		}
		if m, err := parseMeta(bad); err == nil {
			t.Errorf("byte %d changed: %+v", i, m)
		}
	}
}
