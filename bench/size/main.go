// Command size says how large a Go program is without symbols, and what in it is
// large: by section, and by module with its largest packages.
//
//	go build -o /tmp/oriel ./cmd/oriel && go run ./bench/size /tmp/oriel
//
// The program must be built with symbols; what `-ldflags '-s -w'` leaves out is not counted. Begin with measure.
package main

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	top := flag.Int("top", 25, "how many modules to list")
	packages := flag.Int("packages", 2, "how many packages of each module to list")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: size [-top n] [-packages n] program")
		os.Exit(2)
	}
	r, err := measure(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
	r.print(os.Stdout, *top, *packages)
}

// report is what was measured, in bytes.
type report struct {
	stripped uint64 // the file without symbols and debug information
	sections []part
	modules  []module // largest first
	symbols  uint64   // in all modules
}

type part struct {
	name  string
	bytes uint64
}

type module struct {
	part
	packages []part // largest first
}

// measure reads an ELF file.
func measure(path string) (*report, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w; it must be built without -ldflags -s", path, err)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	paths := []string{info.Main.Path}
	for _, d := range info.Deps {
		paths = append(paths, d.Path)
	}
	r := &report{}
	for _, s := range file.Sections {
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_SYMTAB || s.Type == elf.SHT_STRTAB || strings.HasPrefix(s.Name, ".debug_") || strings.HasPrefix(s.Name, ".zdebug_") {
			continue
		}
		r.stripped += s.FileSize
		r.sections = append(r.sections, part{s.Name, s.FileSize})
	}
	slices.SortFunc(r.sections, largest)
	r.attribute(file, symbols, paths)
	return r, nil
}

func largest(a, b part) int {
	return cmp.Or(cmp.Compare(b.bytes, a.bytes), strings.Compare(a.name, b.name))
}

// attribute adds up symbols by package and module.
func (r *report) attribute(file *elf.File, symbols []elf.Symbol, paths []string) {
	byModule := map[string]map[string]uint64{}
	for _, s := range symbols {
		if s.Size == 0 || int(s.Section) >= len(file.Sections) || file.Sections[s.Section].Type == elf.SHT_NOBITS {
			continue
		}
		pkg := packageOf(s.Name)
		mod := moduleOf(pkg, paths)
		if byModule[mod] == nil {
			byModule[mod] = map[string]uint64{}
		}
		byModule[mod][pkg] += s.Size
		r.symbols += s.Size
	}
	for name, packages := range byModule {
		m := module{part: part{name: name}}
		for pkg, bytes := range packages {
			m.bytes += bytes
			m.packages = append(m.packages, part{pkg, bytes})
		}
		slices.SortFunc(m.packages, largest)
		r.modules = append(r.modules, m)
	}
	slices.SortFunc(r.modules, func(a, b module) int { return largest(a.part, b.part) })
}

// shared is what the linker makes for the whole program: type descriptions, tables of functions.
const shared = "(the linker's)"

// packageOf is the import path in a symbol's name: "github.com/a/b%2ec.(*T).Method[...]".
func packageOf(symbol string) string {
	if strings.HasPrefix(symbol, "type:") || strings.HasPrefix(symbol, "go:") {
		return shared
	}
	name, _, _ := strings.Cut(symbol, "[") // type arguments have import paths of their own
	name, _, _ = strings.Cut(name, "(")
	slash := strings.LastIndexByte(name, '/')
	dot := strings.IndexByte(name[slash+1:], '.')
	if dot < 0 {
		return shared
	}
	return strings.ReplaceAll(name[:slash+1+dot], "%2e", ".")
}

// moduleOf is the module of a package, by the longest path that fits.
func moduleOf(pkg string, paths []string) string {
	best := ""
	for _, path := range paths {
		if (pkg == path || strings.HasPrefix(pkg, path+"/")) && len(path) > len(best) {
			best = path
		}
	}
	switch {
	case best != "" || pkg == shared:
		return cmp.Or(best, pkg)
	case pkg == "main":
		return paths[0]
	}
	return "the standard library"
}

func (r *report) print(w io.Writer, top, packages int) {
	fmt.Fprintf(w, "%s MB without symbols\n\n", mb(r.stripped))
	for _, s := range r.sections {
		if s.bytes >= 100_000 {
			fmt.Fprintf(w, "%8s  %s\n", mb(s.bytes), s.name)
		}
	}
	fmt.Fprintf(w, "\ncode and data by module, %s MB; the rest are tables that grow with it\n\n", mb(r.symbols))
	for i, m := range r.modules {
		if i == top {
			var rest uint64
			for _, m := range r.modules[top:] {
				rest += m.bytes
			}
			fmt.Fprintf(w, "%8s  %d more modules\n", mb(rest), len(r.modules)-top)
			break
		}
		fmt.Fprintf(w, "%8s  %s\n", mb(m.bytes), m.name)
		for j, p := range m.packages {
			if j == packages || len(m.packages) == 1 {
				break
			}
			fmt.Fprintf(w, "%8s      %s %s\n", "", mb(p.bytes), strings.TrimPrefix(p.name, m.name+"/"))
		}
	}
}

// mb is in millions of bytes, as file sizes are usually told.
func mb(bytes uint64) string { return fmt.Sprintf("%.2f", float64(bytes)/1e6) }
