package ui

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// params reads the query of an address strictly: a parameter that nobody asked
// for, or that comes twice, is an error.
type params struct {
	values url.Values
	known  []string
}

func bad(field, format string, args ...any) error {
	return &Problem{Title: "A parameter is wrong", Status: http.StatusBadRequest, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// unknown reports a parameter that was not read.
func (p *params) unknown() error {
	for _, key := range slices.Sorted(keys(p.values)) {
		if !slices.Contains(p.known, key) {
			if len(p.known) == 0 {
				return bad(key, "%s is not a parameter here; there are none.", quote(key))
			}
			return bad(key, "%s is not a parameter here; those are %s.", quote(key), strings.Join(p.known, ", "))
		}
	}
	return nil
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

// all are the values of a parameter that may come several times.
func (p *params) all(key string) []string {
	p.known = append(p.known, key)
	return p.values[key]
}

// text is the value of a parameter, "" if it is not set.
func (p *params) text(key string) (string, error) {
	list := p.all(key)
	switch len(list) {
	case 0:
		return "", nil
	case 1:
		if len(list[0]) > maxText {
			return "", bad(key, "The value is %d bytes long, at most %d are possible.", len(list[0]), maxText)
		}
		return list[0], nil
	}
	return "", bad(key, "It is there %d times; once is possible.", len(list))
}

const maxText = 8192

// number is a decimal number within bounds.
func (p *params) number(key string, fallback, low, high int64) (int64, error) {
	s, err := p.text(key)
	if err != nil || s == "" {
		return fallback, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return 0, bad(key, "%s is not a whole number from %d to %d.", quote(s), low, high)
	}
	return n, nil
}

// oneOf is one of some words; the first is the default.
func (p *params) oneOf(key string, words ...string) (string, error) {
	s, err := p.text(key)
	if err != nil || s == "" {
		return words[0], err
	}
	if !slices.Contains(words, s) {
		return "", bad(key, "%s is not one of %s.", quote(s), strings.Join(words, ", "))
	}
	return s, nil
}

// window is a time range in milliseconds and nanoseconds.
type window struct {
	Range
	from, to int64 // Unix nanoseconds
}

// window reads from and to; without them it is the last hour.
func (r *request) window() (w window, err error) {
	const most = 7_258_118_400_000 // the year 2200: nanoseconds still have room to be added to
	now := r.now.UnixMilli()
	if w.To, err = r.number("to", now, 1, most); err != nil {
		return w, err
	}
	if w.From, err = r.number("from", max(0, w.To-time.Hour.Milliseconds()), 0, most); err != nil {
		return w, err
	}
	if w.From >= w.To {
		return w, bad("from", "It is %d, which is not before to (%d).", w.From, w.To)
	}
	w.from, w.to = w.From*int64(time.Millisecond), w.To*int64(time.Millisecond)
	return w, nil
}

// token is where the next page begins: after a row of the store's answer,
// and some rows further on.
type token struct {
	After []byte `json:"a,omitempty"`
	Skip  int    `json:"s,omitempty"`
}

func (t token) String() string {
	data, err := json.Marshal(t)
	if err != nil {
		panic(err) // bytes and a number
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// after reads the parameter after.
func (p *params) after() (t token, err error) {
	s, err := p.text("after")
	if err != nil || s == "" {
		return t, err
	}
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || t.Skip < 0 {
		return t, bad("after", "%s is not what an earlier answer gave as after.", quote(s))
	}
	return t, nil
}

// nextPage is the after of an answer whose store has more at next.
func nextPage(next []byte) string {
	if next == nil {
		return ""
	}
	return token{After: next}.String()
}
