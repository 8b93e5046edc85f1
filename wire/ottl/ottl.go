// Package ottl runs conditions of the OpenTelemetry Transformation Language on
// OTLP bytes: on spans, span events, log records, metrics and data points as
// they stand in a batch, without a tree of structs and mostly without an
// allocation.
//
// Begin with Compiler.Compile, which makes a Condition of a text, and Env,
// which says what the condition is asked about.
//
//	lexer.go parse*.go         text -> syntax tree (ast.go), with positions for errors
//	compile.go path*.go        syntax tree -> closures over an Env
//	functions.go func_*.go     the functions, listed in one table
//	value.go compare.go        values of the language and how they compare
//
// It is a part of the language: what it has not, Compile refuses with
// an UnsupportedError, so that the caller can run the condition elsewhere. What it
// has behaves as upstream does, errors included; tests hold it to upstream's
// pkg/ottl v0.145.0. docs/reference/ottl.md lists the part.
//
// Sources: https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/v0.145.0/pkg/ottl/LANGUAGE.md
// and the pages of the contexts and functions beside it.
package ottl

import (
	"strings"
	"unicode/utf8"
)

// Context is the kind of thing that a condition is asked about. It decides
// which paths, enums and functions there are.
type Context uint8

const (
	Resource Context = iota
	Span
	SpanEvent
	Log
	Metric
	DataPoint
)

// contextNames are the names by which paths begin.
var contextNames = [...]string{"resource", "span", "spanevent", "log", "metric", "datapoint"}

// String is the context's name in paths: span, datapoint.
func (c Context) String() string { return contextNames[c] }

// SyntaxError says that a text is no condition: upstream refuses it too.
type SyntaxError struct {
	Text   string // the condition
	Offset int    // byte of Text
	What   string
	// Of a name that is not known: the name, and those that are.
	Name  string
	Known []string
}

func (e *SyntaxError) Error() string { return located(e.Text, e.Offset, e.What) }

// UnsupportedError says that a condition uses what this package has not. It may be
// valid in the whole language; nothing after Offset was looked at.
type UnsupportedError struct {
	Text   string
	Offset int
	What   string // the construct: "the function ParseJSON"
}

func (e *UnsupportedError) Error() string {
	return located(e.Text, e.Offset, e.What+" does not run on bytes")
}

func located(text string, offset int, what string) string {
	return quoteAt(text, offset) + ": " + what
}

// quoteAt shows what is around the offset, on one line, with a mark there.
func quoteAt(text string, offset int) string {
	const around = 40
	offset = min(offset, len(text))
	from, to := max(0, offset-around), min(len(text), offset+around)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	before, mark, after := text[from:offset], "", text[offset:to]
	if offset > 0 {
		mark = "⟨here⟩"
	}
	if from > 0 {
		before = "…" + before
	}
	if to < len(text) {
		after += "…"
	}
	return strings.Join(strings.Fields(before+mark+after), " ")
}
