package app

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/components/reference"
	"github.com/spf13/cobra"
)

// newReference is the reference of this program.
func newReference() *reference.Reference {
	return reference.New(components.List(nil), reference.Embedded())
}

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [PATH]",
		Short: "Say what a key of a configuration means, what it may be and what it is without being set",
		Example: `  oriel explain receivers.otlp.protocols.grpc.endpoint
  oriel explain exporters.otlp.sending_queue
  oriel explain processors
  oriel explain service.telemetry`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("explain takes one path, not %d", len(args))}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return newReference().Complete(toComplete), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			entry, err := newReference().Find(path)
			if err != nil {
				return err
			}
			return entry.Write(cmd.OutOrStdout())
		},
	}
}

func componentsCommand() *cobra.Command {
	var format string
	var schema bool
	cmd := &cobra.Command{
		Use:   "components",
		Short: "List what a configuration can name",
		Long: `List what a configuration can name, with the signals that each carries.

--schema prints the JSON Schema of a whole configuration, with which editors complete, check and explain. For those that use the
YAML language server, as VS Code does: write it to a file and begin the configuration with
# yaml-language-server: $schema=oriel.schema.json`,
		Example: `  oriel components
  oriel components --schema > oriel.schema.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := formatOf(format, "text", "json"); err != nil {
				return err
			}
			r, w := newReference(), cmd.OutOrStdout()
			switch {
			case schema:
				return writeJSON(w, r.Schema())
			case format == "json":
				return writeJSON(w, componentsJSON(r))
			}
			return writeComponents(w, r)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of a configuration")
	return cmd
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func writeComponents(w io.Writer, r *reference.Reference) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	section := ""
	for _, c := range r.Components {
		if c.Section() != section {
			section = c.Section()
			fmt.Fprintf(table, "%s:\n", section)
		}
		summary := c.Summary
		if c.Stability != "" {
			summary += " (" + c.Stability + ")"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", c.Type, c.SignalsText(), summary)
	}
	return table.Flush()
}

// componentJSON is one component for a program to read.
type componentJSON struct {
	Kind      string   `json:"kind"`
	Type      string   `json:"type"`
	Aliases   []string `json:"aliases,omitempty"`
	Signals   string   `json:"signals,omitempty"`
	Emits     string   `json:"emits,omitempty"`
	Stability string   `json:"stability,omitempty"`
	Summary   string   `json:"summary"`
	Reference string   `json:"reference"`
}

func componentsJSON(r *reference.Reference) (out []componentJSON) {
	for _, c := range r.Components {
		out = append(out, componentJSON{string(c.Kind), c.Type, c.Aliases, c.Signals.String(), c.Emits.String(), c.Stability, c.Summary, "docs/reference/" + c.Page()})
	}
	return out
}
