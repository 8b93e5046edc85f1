package reference

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Complete lists the paths that begin with a text, one step further.
func (r *Reference) Complete(text string) (out []string) {
	parent := ""
	if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
		parent = text[:dot]
	}
	e, err := r.Find(parent)
	if err != nil {
		return nil
	}
	for _, part := range e.Parts {
		path := part.Name
		if parent != "" {
			path = parent + "." + path
		}
		if strings.HasPrefix(path, text) {
			out = append(out, path)
		}
	}
	return out
}

// Write writes the entry for a terminal.
func (e *Entry) Write(w io.Writer) error {
	var b strings.Builder
	if e.Path != "" {
		fmt.Fprintf(&b, "%s\n", e.Path)
		if e.Field != nil && !e.Field.Ignored && !e.Field.Unsupported {
			fmt.Fprintf(&b, "  type      %s\n", typeText(e.Field.Shape))
			if def := defaultText(e.Field.Shape); def != "" {
				fmt.Fprintf(&b, "  default   %s\n", def)
			}
		}
		fmt.Fprintf(&b, "  page      docs/reference/%s\n", e.Page)
		if e.Shape.Link != "" {
			fmt.Fprintf(&b, "  see       %s\n", e.Shape.Link)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s\n", wrap(e.Comment, 100))
	if len(e.Parts) > 0 {
		b.WriteByte('\n')
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range e.Parts {
		def := ""
		if p.Default != "" {
			def = "default " + p.Default
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", p.Name, p.Type, def, p.Comment)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks a text into lines.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
