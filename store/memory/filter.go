package memory

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/oriel-io/oriel/store/plan"
)

// holds evaluates a filter on a row.
func holds(e plan.Expr, r *row) bool {
	switch e := e.(type) {
	case nil:
		return true
	case plan.And:
		return !slices.ContainsFunc(e, func(x plan.Expr) bool { return !holds(x, r) })
	case plan.Or:
		return slices.ContainsFunc(e, func(x plan.Expr) bool { return holds(x, r) })
	case plan.Not:
		return !holds(e.X, r)
	case plan.Compare:
		return e.Op.Holds(r.value(e.Field), e.Value)
	case plan.In:
		v := r.value(e.Field)
		return slices.ContainsFunc(e.Values, func(w plan.Value) bool { return plan.Eq.Holds(v, w) })
	case plan.Match:
		v := r.value(e.Field)
		return v.Kind == plan.String && matches(e, v.Str)
	case plan.Exists:
		return r.value(e.Field).Kind != plan.Null
	}
	panic("unchecked expression")
}

func matches(m plan.Match, s string) bool {
	pattern := m.Pattern
	if m.Kind == plan.Regexp {
		if m.Fold {
			pattern = "(?i)" + pattern
		}
		return regexp.MustCompile(pattern).MatchString(s)
	}
	if m.Fold {
		s, pattern = strings.Map(fold, s), strings.Map(fold, pattern)
	}
	if m.Kind == plan.Prefix {
		return strings.HasPrefix(s, pattern)
	}
	return strings.Contains(s, pattern)
}

// fold maps all letters that differ in case only to the lowest of them.
func fold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
