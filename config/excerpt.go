package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Text writes problems for a person: each with its line of the text and a mark under the place. sources
// are what Load was given; problems in other texts have no line.
//
// Of the line only the key is shown, and the value if the problem speaks of it already: there may be a secret in it.
func (ps Problems) Text(sources []Source) string {
	lines := map[string][]string{}
	for _, s := range sources {
		if len(s.Path) == 0 {
			lines[s.Name] = strings.Split(string(s.Text), "\n")
		}
	}
	var b strings.Builder
	for _, p := range ps {
		head, fix, hasFix := strings.Cut(p.Error(), "\n  fix: ")
		b.WriteString(head + "\n")
		if in := lines[p.File]; p.Line > 0 && p.Line <= len(in) {
			b.WriteString(excerpt(p, in[p.Line-1]))
		}
		if hasFix {
			b.WriteString("  fix: " + fix + "\n")
		}
	}
	return b.String()
}

var (
	// plainStart is what may stand before a value without being one: dashes and a key.
	plainStart = regexp.MustCompile(`^[\s-]*([\w./"-]+:\s+)?$`)
	keyToken   = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s:,{}\[\]"']+)\s*:(\s|$)`)
	valueToken = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^,{}\[\]#]+)`)
)

// told is the value at the start of a text if the problem names it, else "".
func (p *Problem) told(text string) string {
	value := strings.TrimSpace(valueToken.FindString(text))
	if bare := strings.Trim(value, `"'`); bare == "" || !strings.Contains(p.What, strconv.Quote(bare)) && bare != firstWord(p.What) {
		return ""
	}
	return value
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// excerpt is the line with a mark, "" if it would show nothing.
func excerpt(p *Problem, line string) string {
	runes := []rune(strings.TrimRight(line, "\r"))
	if p.Col < 1 || p.Col > len(runes) {
		return ""
	}
	start, rest := string(runes[:p.Col-1]), string(runes[p.Col-1:])
	if !plainStart.MatchString(start) {
		start = start[:len(start)-len(strings.TrimLeft(start, " "))] + "… "
	}
	start = strings.ReplaceAll(start, "\t", " ")
	token, after := "", ""
	if m := keyToken.FindStringSubmatch(rest); m != nil {
		token, after = m[1], ":"
		if value := strings.TrimSpace(rest[len(m[0]):]); value != "" {
			if after = ": " + p.told(value); after == ": " {
				after = ": …"
			}
		}
	} else if token = p.told(rest); token == "" {
		return ""
	}
	number := fmt.Sprintf("%5d", p.Line)
	return fmt.Sprintf("%s | %s%s%s\n%s | %s%s\n", number, start, token, after,
		strings.Repeat(" ", len(number)), strings.Repeat(" ", len([]rune(start))), strings.Repeat("^", len([]rune(token))))
}
