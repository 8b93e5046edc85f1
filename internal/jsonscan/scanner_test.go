package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// tree reads any value into what encoding/json makes of it with UseNumber.
func tree(s *Scanner) any {
	switch s.Peek() {
	case Object:
		m := map[string]any{}
		for more := s.EnterObject(); more; more = s.NextMember() {
			key := string(s.Key())
			m[key] = tree(s)
		}
		return m
	case Array:
		list := []any{}
		for more := s.EnterArray(); more; more = s.NextElement() {
			list = append(list, tree(s))
		}
		return list
	case String:
		return string(s.String())
	case Number:
		return json.Number(s.Number())
	case Bool:
		return s.Bool()
	case Null:
		s.Null()
		return nil
	}
	s.unexpected("a value")
	return nil
}

func parse(data []byte) (any, error) {
	var s Scanner
	s.Reset(data)
	v := tree(&s)
	s.End()
	if s.Err() != nil {
		return nil, s.Err()
	}
	return v, nil
}

var texts = []string{
	`null`, `true`, `false`, `0`, `-0`, `-1.5e+10`, `12E-3`, `""`, `"plain"`, `[]`, `{}`, ` [ 1 , 2 ] `,
	`{"a":1,"b":[true,null,{"c":"d"}]}`, "\t{\r\n\"a\" : 1 }\n",
	`"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`,
	"\"caf\u00e9 and a longer tail of ascii text \u2603\"", "\"\xff\xfe ok\"", "\"\xe2\x82\"", "\"seven77\u00ff\"",
	``, ` `, `{`, `[`, `"`, `"\`, `"\u12`, `"\x"`, "\"\x01\"", "\"12345678\n\"", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{1:2}`, `[1,]`, `[,1]`, `[1 2]`,
	`01`, `-`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `nul`, `nulll`, `True`, `{"a":1}}`, `1 2`, `[1}`, `{"a":1]`, "\u00a0 1", "\ufeff[]", `{"a":1,"a":2}`,
	`"0123456789abcdef\u0030 0123456789"`, `NaN`, "[\x00]", `"\u00zz"`, "/* */ 1", `"a`, `"abcdefgh`, `"abcdefghi"`,
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, text := range texts {
		compare(t, []byte(text))
	}
}

// compare holds the scanner to encoding/json: same verdict, same value.
func compare(t *testing.T, data []byte) {
	t.Helper()
	got, err := parse(data)
	if errors.Is(err, ErrDepth) {
		return // encoding/json allows 10,000 levels
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var want any
	valid := json.Valid(data)
	if valid != (err == nil) {
		t.Fatalf("%q: encoding/json says valid=%v, the scanner says %v", data, valid, err)
	}
	var s Scanner
	s.Reset(data)
	s.Skip()
	s.End()
	if valid != (s.Err() == nil) {
		t.Fatalf("%q: encoding/json says valid=%v, Skip says %v", data, valid, s.Err())
	}
	if !valid {
		var bad *Error
		if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(data) {
			t.Fatalf("%q: error %v does not say where", data, err)
		}
		return
	}
	if err := decoder.Decode(&want); err != nil {
		t.Fatalf("%q: encoding/json cannot decode what it calls valid: %v", data, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q:\n got %#v\nwant %#v", data, got, want)
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { compare(t, data) })
}

func TestErrorsSayWhere(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"a":1 "b":2}`, `byte 7: want ',' or '}' after the value, got '"'`},
		{`[1,]`, `byte 3: want a value, got ']'`},
		{`{"a":1,}`, `byte 7: want a member name in double quotes, got '}'`},
		{`["abc`, `byte 1: a string without end`},
		{`{"a"`, `byte 4: want ':' after the member name, got the end of the text`},
		{`[1] x`, `byte 4: text goes on after the value with 'x'`},
		{`[-x]`, `byte 2: want a digit`},
		{"[\"a\nb\"]", `byte 3: a control character in a string must be escaped`},
		{`[trux]`, `byte 1: want true`},
	} {
		if _, err := parse([]byte(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%s: got error %v, want %s", test.text, err, test.want)
		}
	}
}

func TestDepth(t *testing.T) {
	for _, unit := range []string{"[", `{"a":`} {
		text := strings.Repeat(unit, 100_000)
		_, err := parse([]byte(text))
		if !errors.Is(err, ErrDepth) {
			t.Errorf("100,000 times %s: got %v, want %v", unit, err, ErrDepth)
		}
	}
	if _, err := parse([]byte(strings.Repeat("[", MaxDepth) + "1" + strings.Repeat("]", MaxDepth))); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
}

// Views of rewritten strings must survive the growth of what holds them.
func TestRewrittenStringsStay(t *testing.T) {
	var text bytes.Buffer
	var want []string
	for i := range 200 {
		value := strings.Repeat(string(rune('a'+i%26)), i) + "\n"
		quoted, _ := json.Marshal(value)
		want = append(want, value)
		text.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
		text.Write(quoted)
	}
	text.WriteString("]")
	var s Scanner
	s.Reset(text.Bytes())
	var got [][]byte
	for more := s.EnterArray(); more; more = s.NextElement() {
		got = append(got, s.String())
	}
	for i, g := range got {
		if string(g) != want[i] {
			t.Fatalf("string %d is %q, want %q", i, g, want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %d strings, want %d", len(got), len(want))
	}
}

func TestScannerDoesNotAllocate(t *testing.T) {
	data := []byte(`[{"name":"get /a","n":[1,2.5,-3e4],"ok":true,"none":null,"text":"caf\u00e9"}]`)
	var s Scanner
	s.Reset(data)
	s.Skip()
	if n := testing.AllocsPerRun(100, func() {
		s.Reset(data)
		for more := s.EnterArray(); more; more = s.NextElement() {
			for more := s.EnterObject(); more; more = s.NextMember() {
				s.Key()
				if s.Peek() == String {
					s.String()
				} else {
					s.Skip()
				}
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations a text, want 0", n)
	}
	if s.Err() != nil {
		t.Error(s.Err())
	}
}
