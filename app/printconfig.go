package app

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// printOptions are the flags of print-config.
type printOptions struct {
	mode, format      string
	explain, validate bool
}

func printConfigCommand(o *Options) *cobra.Command {
	var p printOptions
	cmd := &cobra.Command{
		Use:     "print-config",
		Aliases: []string{"print-initial-config"}, // upstream's
		Short:   "Print the configuration that is in force",
		Long: `Print the configuration that is in force: all files merged, variables put in, with the defaults of what is not set.

Without --config it is the one that runs then, with its comments, to begin one's own with.
Secrets are not shown, nor is what could be one: the values of keys that are not known.`,
		Example: `  oriel print-config > oriel.yaml
  oriel print-config --config gateway.yaml --config site.yaml
  oriel print-config --config gateway.yaml --explain`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := formatOf(p.format, "yaml", "json"); err != nil {
				return err
			}
			if p.mode != "redacted" && p.mode != "unredacted" {
				return &usageError{fmt.Errorf("--mode %s is not known; there are redacted and unredacted", p.mode)}
			}
			if builtIn := len(o.Config) == 0 && len(o.Set) == 0; builtIn && !p.explain && p.format == "yaml" {
				_, err := io.WriteString(cmd.OutOrStdout(), AllInOne)
				return err
			}
			return printConfig(*o, p)
		},
	}
	configFlag(cmd, o)
	f := cmd.Flags()
	f.StringVar(&p.mode, "mode", "redacted", "redacted, or unredacted with the secrets")
	f.StringVar(&p.format, "format", "yaml", "yaml or json")
	f.BoolVar(&p.explain, "explain", false, "say where each value comes from: file:line:column, a variable, --set or default")
	f.BoolVar(&p.validate, "validate", true, "print nothing if the configuration has problems")
	return cmd
}

func printConfig(o Options, p printOptions) error {
	c, err := readConfig(o)
	if err != nil {
		return err
	}
	if fatal := len(c.problems.Fatal()); fatal > 0 && (p.validate || c.doc == nil) {
		fmt.Fprint(o.Stderr, c.problems.Text(c.sources))
		return fmt.Errorf("%d %s in the configuration; --validate=false prints it all the same", fatal, plural(fatal, "problem"))
	}
	value := c.doc.Effective(c.plan.Decoded, p.mode == "unredacted")
	write := value.YAML
	if p.format == "json" {
		write = value.JSON
	}
	text, err := write(p.explain)
	if err != nil {
		return err
	}
	_, err = o.Stdout.Write(text)
	return err
}
