package textmatch

import (
	"regexp"
	"strings"
	"testing"
)

// patterns and texts of the cases, all of which are tried with each other.
var (
	patterns = []string{
		"", "a", "health", "^/api", "/health$", "^GET$", ".*health.*", "^.*health.*$", "^/api/.*", ".*/x$", "^(GET|POST|PUT)$", "GET|POST", "(?s)^.*x.*$",
		"^.*$", ".*", "^$", "x|", "[ab]c", "a?b", "(?i)health", "he.lth", "^[a-z]+$", "\\d+", "a\nb", "^.*a\nb", "(?m)^b$", "\uFFFD", "[^a]", "(ab)+", "x{2}", "^a.*b$",
		"/v[0-9]/", "/v[12]/users", "^(?:foo|foobar)$", "\\bfoo\\b", "^a|b$", "(^a|b$)", "(health)$", "^^a$$",
	}
	texts = []string{
		"", "a", "b", "ab", "health", "/health", "/api", "/api/v1/users", "GET", "POST x", "xGET", "HEALTH", "heXlth", "line\nhealth\nx", "a\nb", "x\na\nb", "health\n", "\n", "\xff",
		"\uFFFD", "foo", "foobar", "a foo b", "ac", "bc", "xx", "ababab", "/v2/users/health", "aXb", "a\nXb",
	}
)

func TestMatchesAsTheAutomaton(t *testing.T) {
	t.Parallel()
	for _, pattern := range patterns {
		m, err := Compile(pattern)
		if err != nil {
			t.Fatal(pattern, err)
		}
		for _, text := range texts {
			if got, want := m.Match([]byte(text)), regexp.MustCompile(pattern).MatchString(text); got != want {
				t.Errorf("%q on %q is %v, want %v", pattern, text, got, want)
			}
		}
	}
}

// TestNeedsNoAutomaton keeps the frequent patterns cheap.
func TestNeedsNoAutomaton(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"health", "^/api/.*", "/health$", "^.*health.*$", ".*health.*", "^(GET|POST|PUT)$", "^/v[12]/users"} {
		if m, err := Compile(pattern); err != nil || m.texts == nil {
			t.Errorf("%q: %v, runs an automaton", pattern, err)
		}
	}
	if m, err := Compile("^[a-z]+ took [0-9]+ ms$"); err != nil || string(m.required) != " took " {
		t.Errorf("got %q, %v", m.required, err)
	}
}

func FuzzMatch(f *testing.F) {
	for i, pattern := range patterns {
		f.Add(pattern, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		m, gotErr := Compile(pattern)
		if (err == nil) != (gotErr == nil) {
			t.Fatalf("%q: %v, want %v", pattern, gotErr, err)
		}
		if err == nil && m.Match([]byte(text)) != re.MatchString(text) {
			t.Fatalf("%q on %q is %v", pattern, text, !re.MatchString(text))
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	text := []byte("GET /api/v1/products/17/reviews?page=3 HTTP/1.1 " + strings.Repeat("x", 50))
	for _, pattern := range []string{".*health.*", "^/health", "h[aeiou]+lth.*z"} {
		m, err := Compile(pattern)
		if err != nil {
			b.Fatal(err)
		}
		re := regexp.MustCompile(pattern)
		b.Run(pattern+"/textmatch", func(b *testing.B) {
			for b.Loop() {
				m.Match(text)
			}
		})
		b.Run(pattern+"/regexp", func(b *testing.B) {
			for b.Loop() {
				re.Match(text)
			}
		})
	}
}
