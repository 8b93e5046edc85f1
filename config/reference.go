package config

import "strings"

// findReference finds the first ${...} of s that has no other one inside and is not
// escaped: s[start:end], braces included.
func findReference(s string) (start, end int, ok bool) {
	for from := 0; ; from = end {
		closing := strings.IndexByte(s[from:], '}')
		if closing < 0 {
			return 0, 0, false
		}
		end = from + closing + 1
		open := strings.LastIndex(s[from:end], "${")
		if open >= 0 && !escaped(s[from:from+open]) {
			return from + open, end, true
		}
	}
}

// escaped says whether a $ that follows the text is the second of a pair.
func escaped(before string) bool {
	dollars := len(before) - len(strings.TrimRight(before, "$"))
	return dollars%2 == 1
}

// opens says whether a ${ begins that nothing closes.
func opens(s string) bool {
	i := strings.LastIndex(s, "${")
	return i >= 0 && !escaped(s[:i]) && !strings.Contains(s[i:], "}")
}
