// Command gen writes the TypeScript types of the UI's API from the Go structs,
// so that neither side can drift: api/ui/types.go is the only source.
//
//	go generate ./api/ui
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen types.go types.gen.ts")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	src, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	out, err := Generate(from, src)
	if err != nil {
		return err
	}
	return os.WriteFile(to, out, 0o644)
}
