package ottltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/wire/ottl"
)

// Generator makes conditions: mostly of well-formed and well-typed parts.
type Generator struct {
	r   *rand.Rand
	ctx ottl.Context
}

// NewGenerator makes a generator of conditions for a context.
func NewGenerator(r *rand.Rand, ctx ottl.Context) Generator { return Generator{r, ctx} }

func (g Generator) choose(n int) int { return g.r.IntN(n) }

// Condition makes a condition with so many levels of and, or and not.
func (g Generator) Condition(depth int) string {
	switch n := g.choose(12); {
	case depth > 0 && n < 3:
		return g.Condition(depth-1) + " and " + g.Condition(depth-1)
	case depth > 0 && n < 5:
		return g.Condition(depth-1) + " or " + g.Condition(depth-1)
	case depth > 0 && n == 5:
		return "not (" + g.Condition(depth-1) + ")"
	case n == 6:
		return pick(g.r, []string{"true", "false", "1 == 1", "not true", `"a" < "b"`, "nil == nil"})
	case n < 9:
		return pick(g.r, []string{"", "", "not "}) + g.testCall()
	}
	return g.value(2) + pick(g.r, []string{" == ", " != ", " < ", " <= ", ">", ">="}) + g.value(2)
}

// testCall is a function that gives true or false, mostly.
func (g Generator) testCall() string {
	switch g.choose(9) {
	case 0, 1:
		return fmt.Sprintf("IsMatch(%s, %s)", g.value(1), pick(g.r, []string{`"GET"`, `"^GET.*"`, `".*health.*"`, `"[0-9]+"`, `"^$"`, `"a|b"`, `"(?i)get"`, `"e-0?7"`, `"\\\\u"`, `"^.x"`, `"["`, `"null"`}))
	case 2:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"IsString", "IsInt", "IsBool", "IsDouble", "IsMap", "IsList"}), g.value(1))
	case 3:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"HasPrefix", "HasSuffix"}), g.value(1), g.textValue())
	case 4:
		return fmt.Sprintf("ContainsValue(%s, %s)", g.attribute(), g.value(1))
	case 5:
		switch g.ctx {
		case ottl.Span:
			return "IsRootSpan()"
		case ottl.Metric:
			if g.choose(2) == 0 {
				return fmt.Sprintf("HasAttrKeyOnDatapoint(%q)", pick(g.r, someKeys))
			}
			return fmt.Sprintf("HasAttrOnDatapoint(%q, %s)", pick(g.r, someKeys), quote(pick(g.r, someTexts)))
		}
	case 6:
		return fmt.Sprintf("Bool(%s)", g.value(1))
	}
	return fmt.Sprintf("IsMatch(%s, pattern=%s)", g.attribute(), `"^[a-zA-Z]+"`)
}

// quote writes text as the language wants it.
func quote(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "?")) }

func (g Generator) path() string {
	paths := ottl.Paths(g.ctx)
	path := pick(g.r, paths)
	if name, takesKeys := strings.CutSuffix(path, "[]"); takesKeys {
		if g.choose(5) == 0 {
			return name
		}
		return name + g.keys()
	}
	return path
}

// attribute is an attribute or a body, the item's own more often than not.
func (g Generator) attribute() string {
	switch {
	case g.ctx == ottl.Log && g.choose(3) == 0:
		return "body" + pick(g.r, []string{"", g.keys(), ".string"})
	case g.ctx == ottl.Resource || g.choose(4) == 0:
		return "resource.attributes" + g.keys()
	case g.ctx == ottl.Metric:
		return "metadata" + g.keys()
	}
	return "attributes" + g.keys()
}

func (g Generator) keys() string {
	out := fmt.Sprintf("[%q]", pick(g.r, someKeys))
	for g.choose(4) == 0 {
		out += pick(g.r, []string{`["a"]`, `["b"]`, "[0]", "[1]", "[7]"})
	}
	return out
}

func (g Generator) textValue() string {
	if g.choose(2) == 0 {
		return quote(pick(g.r, someTexts))
	}
	return g.value(0)
}

func (g Generator) literal() string {
	switch g.choose(12) {
	case 0, 1, 2:
		return quote(pick(g.r, someTexts))
	case 3, 4:
		return strconv.FormatInt(max(pick(g.r, someInts), -math.MaxInt64), 10)
	case 5:
		return pick(g.r, []string{"0.0", "1.5", "-1.0", "12.", ".5", "1.0e300", "0.0000001"})
	case 6:
		return pick(g.r, []string{"true", "false"})
	case 7:
		return "nil"
	case 8:
		return pick(g.r, []string{"0x00", "0xff", "0x474554", "0xc384c396"})
	case 9:
		if list := ottl.Enums(g.ctx); len(list) > 0 {
			return pick(g.r, list)
		}
		return "3"
	case 10:
		return pick(g.r, []string{`["a"]`, `[]`, `["GET", 1, 1.5, true, nil]`, `[1 2]`, `[["a"], 0xff]`, `[{"a": 1}]`})
	}
	return pick(g.r, []string{`{}`, `{"a": 1}`, `{"a": "a", "b": [1, "GET"]}`, `{"a": {"b": nil}, "a": 2}`, `{"x": 1.5}`})
}

func (g Generator) value(depth int) string {
	switch n := g.choose(12); {
	case n < 3:
		return g.literal()
	case n < 6:
		return g.attribute()
	case n < 9 || depth == 0:
		return g.path()
	case n == 9:
		return fmt.Sprintf("%s %s %s", g.number(depth-1), pick(g.r, []string{"+", "-", "*", "/"}), g.number(depth-1))
	}
	return g.call(depth - 1)
}

// number is a value that arithmetic can use, mostly.
func (g Generator) number(depth int) string {
	switch g.choose(6) {
	case 0:
		return pick(g.r, []string{"1", "0", "2.5", "-3", "Int(\"12\")", "Len(\"abc\")", "1e5"})
	case 1:
		return pick(g.r, []string{`Duration("1s")`, `Duration("1h30m")`, `Duration("x")`, "Unix(1700000000)", "Unix(1, nanoseconds=5)"})
	case 2:
		return "-" + g.attribute()
	case 3:
		return "(" + g.value(depth) + ")"
	case 4:
		var times []string
		for _, path := range ottl.Paths(g.ctx) {
			if strings.Contains(path, "time") {
				times = append(times, path)
			}
		}
		if len(times) > 0 {
			return pick(g.r, times)
		}
	}
	return g.attribute()
}

func (g Generator) call(depth int) string {
	depth = max(depth, 0)
	one := func() string { return g.value(depth) }
	switch g.choose(12) {
	case 0:
		return fmt.Sprintf("Len(%s)", one())
	case 1, 2:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"Int", "Double", "String", "Bool", "Hex"}), one())
	case 3:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"ToLowerCase", "ToUpperCase"}), one())
	case 4:
		return fmt.Sprintf("Concat([%s, %s], %s)", one(), one(), pick(g.r, []string{`"-"`, `""`, one()}))
	case 5:
		return fmt.Sprintf("Substring(%s, %s, %s)", one(), pick(g.r, []string{"0", "1", "3", "-1", one()}), pick(g.r, []string{"1", "3", "0", one()}))
	case 6:
		return fmt.Sprintf("Trim(%s%s)", one(), pick(g.r, []string{"", `, "/a"`, `, "Ä"`, `, replacement=""`}))
	case 7:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"TrimPrefix", "TrimSuffix"}), one(), g.textValue())
	case 8:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"TraceID", "SpanID"}), pick(g.r, []string{
			"0x00000000000000000000000000000001", "0x0000000000000000", `"00000000000000000000000000000001"`, `"0000000000000000"`, "0x01", one(),
		}))
	case 9:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"UnixNano", "UnixMicro", "UnixMilli", "UnixSeconds"}), g.number(depth))
	case 10:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"Hours", "Minutes", "Seconds", "Milliseconds", "Microseconds", "Nanoseconds"}),
			pick(g.r, []string{`Duration("90m")`, g.number(depth), g.number(depth) + " - " + g.number(depth)}))
	}
	return g.testCall()
}
