package otlp

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/oriel-io/oriel/wire/protoscan"
)

func TestValueText(t *testing.T) {
	list := func(values ...Value) Value {
		v := Value{Kind: Array}
		for _, e := range values {
			v.body = protoscan.AppendBytes(v.body, 1, e.append(nil))
		}
		return v
	}
	nested := Value{Kind: Map, body: AppendAttr(AppendAttr(nil, 1, "k\n", StringValue("v")), 1, "list", list(IntValue(1), Value{}, StringValue("a\"b")))}
	for _, c := range []struct {
		value      Value
		text, json string
	}{
		{Value{}, "", "null"},
		{StringValue("plain"), "plain", `"plain"`},
		{StringValue("tab\tquote\"back\\bell\a"), "tab\tquote\"back\\bell\a", `"tab\tquote\"back\\bell\u0007"`},
		{StringValue("grüße €"), "grüße €", `"grüße €"`},
		{StringValue("a\xffb\xf0\x9f\x98c"), "a\uFFFDb\uFFFD\uFFFD\uFFFDc", "\"a\uFFFDb\uFFFD\uFFFD\uFFFDc\""},
		{BoolValue(true), "true", "true"},
		{IntValue(-7), "-7", "-7"},
		{IntValue(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		{DoubleValue(1.5), "1.5", "1.5"},
		{DoubleValue(1e21), "1e+21", "1e+21"},
		{DoubleValue(math.NaN()), "NaN", `"NaN"`},
		{DoubleValue(math.Inf(-1)), "-Inf", `"-Inf"`},
		{Value{Kind: Bytes, body: []byte{0xfb, 0xff}}, "+/8=", `"+/8="`},
		{list(), "[]", "[]"},
		{nested, `{"k\n":"v","list":[1,null,"a\"b"]}`, `{"k\n":"v","list":[1,null,"a\"b"]}`},
	} {
		if got := string(c.value.AppendText(nil)); got != c.text {
			t.Errorf("text: got %q, want %q", got, c.text)
		}
		got := c.value.AppendJSON([]byte(" "))
		if string(got) != " "+c.json || !json.Valid(got) {
			t.Errorf("JSON: got %s, want %s", got, c.json)
		}
	}
}

// FuzzJSONString holds AppendJSONString to encoding/json, read back: both
// replace what is not UTF-8 alike.
func FuzzJSONString(f *testing.F) {
	f.Add([]byte("a\xff\"\\\x00\u2028 grüße"))
	f.Add([]byte("\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var got string
		if err := json.Unmarshal(AppendJSONString(nil, text), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(string(text))); got != want || string(AppendUTF8(nil, text)) != want {
			t.Fatalf("got %q and %q, want %q", got, AppendUTF8(nil, text), want)
		}
	})
}
