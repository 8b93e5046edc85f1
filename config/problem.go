package config

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a configuration: where, what, and
// what to write instead. Validate methods return one, or several with
// errors.Join; the loader adds the position and the path of the component.
type Problem struct {
	Where string // YAML path, relative to the Config whose Validate made it: "protocols.grpc.endpoint"
	What  string // with the value: "1ms is shorter than the 1s minimum"
	Fix   string // text to paste, or an instruction; may be empty

	File      string // filled in by the loader
	Line, Col int    // from 1; 0: unknown
	Note      bool   // worth telling, and no reason not to start
}

// Problemf makes a Problem without a fix.
func Problemf(where, format string, args ...any) *Problem {
	return &Problem{Where: where, What: fmt.Sprintf(format, args...)}
}

func (p *Problem) Error() string {
	var b strings.Builder
	if p.Note {
		b.WriteString("note: ")
	}
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Col)
		}
		b.WriteByte(' ')
	}
	if p.Where != "" {
		b.WriteString(p.Where)
		b.WriteString(": ")
	}
	b.WriteString(p.What)
	if p.Fix != "" {
		b.WriteString("\n  fix: ")
		b.WriteString(strings.ReplaceAll(p.Fix, "\n", "\n       "))
	}
	return b.String()
}

// Problems are all that was found in one configuration, in the order of its text.
type Problems []*Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single problems to errors.As.
func (ps Problems) Unwrap() []error {
	out := make([]error, len(ps))
	for i, p := range ps {
		out[i] = p
	}
	return out
}

// Err is nil if there are no problems.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Fatal are the problems that forbid to start.
func (ps Problems) Fatal() (out Problems) {
	for _, p := range ps {
		if !p.Note {
			out = append(out, p)
		}
	}
	return out
}

// problemsOf takes apart what a Validate method returned. An error that is no
// Problem becomes one without a path.
func problemsOf(err error) (out []*Problem) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			out = append(out, problemsOf(e)...)
		}
		return out
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		copied := *p // the same Problem value may be returned twice, and we add a path to it
		return []*Problem{&copied}
	}
	return []*Problem{{What: err.Error()}}
}
