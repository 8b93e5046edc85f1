package demo

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Command is `oriel demo`. It ends with SIGINT, SIGTERM or the command's context.
func Command() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a small bookshop that makes traffic to look at",
		Long: `Run a small bookshop, made after Istio's Bookinfo, that makes traffic to look at:
some fifteen HTTP services on loopback in this one process, which send traces and
logs by OpenTelemetry's SDK to a running Oriel. Version 3 of reviews takes a tenth
of its traffic and is faulty; the map shows it in red within a minute.

--history fills the time before the start as well. Those spans are synthetic:
made up in the same shapes, without any service having worked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Rate <= 0 || o.Rate > 1000 {
				return fmt.Errorf("--rate %g: want more than 0 and at most 1000 visits a second", o.Rate)
			}
			if o.History < 0 || o.Duration < 0 {
				return fmt.Errorf("--history and --duration are lengths of time, such as 1h or 90s")
			}
			o.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends it at once
			return Run(ctx, o)
		},
	}
	cmd.Flags().StringVar(&o.Endpoint, "endpoint", "127.0.0.1:4317", "where to send OTLP/gRPC, host:port")
	cmd.Flags().Float64Var(&o.Rate, "rate", 20, "visits a second; each makes some 16 spans")
	cmd.Flags().DurationVar(&o.Duration, "duration", 0, "end after this time (0: run until interrupted)")
	cmd.Flags().DurationVar(&o.History, "history", 0, "fill this much of the past with synthetic traffic, for example 1h")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 0, "make the chance repeatable (0: from the clock)")
	return cmd
}
