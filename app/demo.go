package app

import (
	"github.com/oriel-io/oriel/demo"
	"github.com/spf13/cobra"
)

// addDemo adds `oriel demo`, which makes traffic to look at.
func addDemo(root *cobra.Command) { root.AddCommand(demo.Command()) }
