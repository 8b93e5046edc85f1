// Package app assembles a process from a configuration: components, stores
// and APIs; it owns signals and the order of shutdown, and holds no logic of its own.
//
// Begin with Main (the command line), then Run (one process from start to end).
package app

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// Version is set by the linker.
var Version = ""

// AllInOne is the configuration that runs without --config.
//
//go:embed allinone.yaml
var AllInOne string

// Exit codes of the program.
const (
	exitOK    = 0
	exitError = 1 // it could not start or run, or the configuration has problems
	exitUsage = 2 // the command line is wrong
)

// Main runs the command line and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	root := newCommand(stdout, stderr)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(*usageError)):
		fmt.Fprintln(stderr, err)
		return exitUsage
	case errors.Is(err, errSilent):
		return exitError
	}
	fmt.Fprintln(stderr, "oriel:", err)
	return exitError
}

// errSilent is a failure that was told.
var errSilent = errors.New("failed")

// usageError is a wrong command line.
type usageError struct{ err error }

func (e *usageError) Error() string {
	return "oriel: " + e.err.Error() + "\nrun oriel --help for what there is"
}

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	o := Options{Stdout: stdout, Stderr: stderr}
	root := &cobra.Command{
		Use:   "oriel",
		Short: "Collect, keep and show traces, logs and metrics",
		Long: `Oriel takes in what services say about themselves, keeps it and answers questions about it.

Without --config it runs everything on this machine: OTLP on 4317 and 4318, Zipkin on 9411, the UI and APIs on 8420, data under ./oriel-data.
With --config it runs that OpenTelemetry Collector configuration.`,
		Example: `  oriel
  oriel --config gateway.yaml
  oriel validate --config gateway.yaml
  oriel demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(), // upstream has --version too
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return Run(cmd.Context(), o) },
	}
	root.SetVersionTemplate("oriel {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	runFlags(root, &o)

	run := &cobra.Command{Use: "run", Short: "The same as oriel without a command", Args: noArgs, RunE: root.RunE}
	runFlags(run, &o)
	root.AddCommand(run, validateCommand(&o), printConfigCommand(&o), explainCommand(), componentsCommand(), featuregateCommand(),
		healthcheckCommand(), manCommand(), versionCommand())
	addDemo(root)
	return root
}

func runFlags(cmd *cobra.Command, o *Options) {
	f := cmd.Flags()
	configFlag(cmd, o)
	f.StringVar(&o.Data, "data", "./oriel-data", "folder of the embedded store")
	f.StringVar(&o.UI, "ui", "127.0.0.1:8420", "address of the UI and APIs when there is a store; off for none")
	f.BoolVar(&o.Watch, "watch", false, "load the configuration again when one of its files changes, as SIGHUP does")
	f.DurationVar(&o.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "how long to drain after SIGTERM before the rest is dropped")
}

func configFlag(cmd *cobra.Command, o *Options) {
	f := cmd.Flags()
	f.StringArrayVar(&o.Config, "config", nil, "configuration file, or file:, env:, yaml:, http:, https: URI; repeated ones merge, the later wins")
	f.StringArrayVar(&o.Set, "set", nil, "one value over those of the files: receivers.otlp.protocols.grpc.endpoint=127.0.0.1:4317; a::b=c where a key has dots")
	f.StringArrayVar(&o.FeatureGates, "feature-gates", nil, "taken so that upstream's command lines work; there are no gates")
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("unknown command or argument %q", args[0])}
	}
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "oriel", version())
			return err
		},
	}
}

// version is what the linker set, or what the Go tool knows of the sources.
func version() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "dev"
}
