package app

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man [FOLDER]",
		Short: "Write manual pages into a folder, one for each command",
		Example: `  oriel man /usr/local/share/man/man1
  man -l oriel.1`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("man takes one folder, not %d", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			// The date is that of SOURCE_DATE_EPOCH if it is set, so that packages can be built again.
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "oriel " + version(), Manual: "Oriel"}, folder)
		},
	}
}

func featuregateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "featuregate [ID]",
		Short: "List feature gates; there are none",
		Long: `Upstream collectors switch parts of themselves on and off by feature gates. Oriel has none: --feature-gates is taken, so that
command lines can stay as they are, and what it names changes nothing.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no feature gate %s; there are none at all", args[0])
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "ID  ENABLED  STAGE  DESCRIPTION") // upstream's table, without a line
			return err
		},
	}
}
