// Command oriel collects, keeps and shows telemetry.
package main

import (
	"os"

	"github.com/oriel-io/oriel/app"
)

func main() { os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr)) }
