package app

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/oriel-io/oriel/config"
	"github.com/spf13/cobra"
)

// formats checks a --format.
func formatOf(format string, known ...string) error {
	for _, k := range known {
		if format == k {
			return nil
		}
	}
	return &usageError{fmt.Errorf("--format %s is not known; there are %s", format, joinWords(known))}
}

func joinWords(words []string) string {
	text := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " and "
		default:
			text += ", "
		}
		text += w
	}
	return text
}

func validateCommand(o *Options) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Say all that is wrong with a configuration",
		Long: `Say all that is wrong with a configuration: where, what, and what to write instead.

The exit code is 0 if nothing is wrong, 1 if something is, 2 if the command line is. Notes are no problems.`,
		Example: `  oriel validate --config gateway.yaml
  oriel validate --config gateway.yaml --config site.yaml --set exporters.otlp.endpoint=backend:4317
  oriel validate --config gateway.yaml --format json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := formatOf(format, "text", "json"); err != nil {
				return err
			}
			return validate(*o, format)
		},
	}
	configFlag(cmd, o)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func validate(o Options, format string) error {
	c, err := readConfig(o)
	if err != nil {
		return err
	}
	if c.plan != nil && len(c.problems.Fatal()) == 0 {
		c.problems = append(c.problems, c.plan.Try()...)
		c.problems.Sort()
	}
	fatal := len(c.problems.Fatal())
	if format == "json" {
		if err := writeProblems(o.Stdout, c.problems); err != nil {
			return err
		}
		if fatal > 0 {
			return errSilent
		}
		return nil
	}
	fmt.Fprint(o.Stderr, c.problems.Text(c.sources))
	if fatal > 0 {
		return fmt.Errorf("%d %s in the configuration", fatal, plural(fatal, "problem"))
	}
	fmt.Fprintln(o.Stdout, "the configuration is valid")
	return nil
}

// problemJSON is one problem for a program to read.
type problemJSON struct {
	Severity string `json:"severity"` // error, or note: no reason not to start
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"`
}

func writeProblems(w io.Writer, problems config.Problems) error {
	out := struct {
		Valid    bool          `json:"valid"`
		Problems []problemJSON `json:"problems"`
	}{len(problems.Fatal()) == 0, []problemJSON{}}
	for _, p := range problems {
		severity := "error"
		if p.Note {
			severity = "note"
		}
		out.Problems = append(out.Problems, problemJSON{severity, p.File, p.Line, p.Col, p.Where, p.What, p.Fix})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
