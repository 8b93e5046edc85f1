package ottl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// TestManyKeys: an Env looks up 64 attributes at once and the others by themselves.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	var parts []string
	for i := range 100 {
		parts = append(parts, fmt.Sprintf("attributes[\"key%d\"] == %d", i, i))
	}
	var c ottl.Compiler
	condition, err := c.Compile(ottl.Span, strings.Join(parts, " and "))
	if err != nil {
		t.Fatal(err)
	}
	e := c.NewEnv()
	for _, wrong := range []int{-1, 0, 63, 64, 99} {
		var span []byte
		for i := range 100 {
			v := otlp.IntValue(int64(i))
			if i == wrong {
				v = otlp.StringValue("x")
			}
			span = otlp.AppendAttr(span, 9, fmt.Sprintf("key%d", i), v)
		}
		e.EnterItem(span)
		if is, err := condition.Eval(e); err != nil || is != (wrong < 0) {
			t.Errorf("with a wrong key%d it is %v, %v", wrong, is, err)
		}
	}
}

// TestRemembersOuterLevels: what a condition asks of the resource is asked once
// for each group, and anew for the next one.
func TestRemembersOuterLevels(t *testing.T) {
	t.Parallel()
	var c ottl.Compiler
	condition, err := c.Compile(ottl.Span, `name == "a" or resource.attributes["env"] == "test" and scope.name != "x"`)
	if err != nil {
		t.Fatal(err)
	}
	group := func(env string) otlp.Group {
		return otlp.Group{Msg: protoscan.AppendBytes(nil, 1, otlp.AppendAttr(nil, 1, "env", otlp.StringValue(env)))}
	}
	scope := func(name string) otlp.Scope {
		return otlp.Scope{Msg: protoscan.AppendBytes(nil, 1, protoscan.AppendBytes(nil, 1, name))}
	}
	e := c.NewEnv()
	for _, step := range []struct {
		env, scope string
		want       bool
	}{{"test", "y", true}, {"test", "x", false}, {"prod", "y", false}, {"test", "y", true}} {
		e.EnterGroup(group(step.env))
		e.EnterScope(scope(step.scope))
		for range 2 {
			e.EnterItem(protoscan.AppendBytes(nil, 5, "b"))
			if is, err := condition.Eval(e); err != nil || is != step.want {
				t.Errorf("%+v: %v, %v", step, is, err)
			}
		}
	}
}

// TestDeepAndLongConditions are refused before they cost anything.
func TestDeepAndLongConditions(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"parentheses": strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200),
		"arguments":   strings.Repeat("Len(", 200) + "name" + strings.Repeat(")", 200) + " == 1",
		"both":        strings.Repeat("(Len(", 90) + "name" + strings.Repeat(")+1)", 90) + " == 1",
		"length":      strings.Repeat(" ", 1<<20) + "true",
	} {
		if _, err := new(ottl.Compiler).Compile(ottl.Span, text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := new(ottl.Compiler).Compile(ottl.Span, strings.Repeat("((", 20)+`Len(name)+1) == 1`+strings.Repeat(")", 39)); err != nil {
		t.Error(err)
	}
}
