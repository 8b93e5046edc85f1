package main

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/oriel-io/oriel/components/reference"
	"github.com/oriel-io/oriel/config"
)

// sources reads packages of the module, each once.
type sources struct {
	root     string
	packages map[string]*pkg // by folder
}

// pkg is what is known of a package: its comment, and those of the fields of its structs as "Type.Field",
// "Type.Field.Inner" where a struct has no name.
type pkg struct {
	doc    string
	fields map[string]string
}

func newSources(root string) *sources { return &sources{root, map[string]*pkg{}} }

// comments are those of all fields of the reference that have one.
func (s *sources) comments(r *reference.Reference) (reference.Comments, error) {
	out := reference.Comments{}
	var failed error
	shapes(r, func(f config.Field) {
		name, ours := strings.CutPrefix(f.Go, reference.Module)
		if !ours {
			return
		}
		slash := strings.LastIndexByte(name, '/')
		dot := slash + 1 + strings.IndexByte(name[slash+1:], '.')
		p, err := s.load(name[:dot])
		if err != nil {
			failed = err
			return
		}
		if text := p.fields[name[dot+1:]]; text != "" {
			out[name] = text
		}
	})
	return out, failed
}

var packageName = regexp.MustCompile(`^Package \w+`)

// about is what a package says of itself, for people who use it: in Markdown, without what is for people who change it.
func (s *sources) about(folder string) (string, error) {
	p, err := s.load(folder)
	if err != nil {
		return "", err
	}
	var parser comment.Parser
	doc := parser.Parse(p.doc)
	var printer comment.Printer
	kept := doc.Content[:0]
	for _, block := range doc.Content {
		text := string(printer.Comment(&comment.Doc{Content: []comment.Block{block}}))
		if !strings.Contains(text, "Begin with") && !strings.Contains(text, ".go") {
			kept = append(kept, block)
		}
	}
	doc.Content = kept
	text := packageName.ReplaceAllString(string(printer.Markdown(doc)), "This component")
	return strings.TrimSpace(text), nil
}

func (s *sources) load(folder string) (*pkg, error) {
	if p := s.packages[folder]; p != nil {
		return p, nil
	}
	p := &pkg{fields: map[string]string{}}
	s.packages[folder] = p
	files, err := filepath.Glob(filepath.Join(s.root, folder, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no sources in %s", folder)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if file.Doc != nil {
			p.doc = file.Doc.Text()
		}
		p.read(file)
	}
	return p, nil
}

func (p *pkg) read(file *ast.File) {
	for _, decl := range file.Decls {
		types, ok := decl.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				p.readType(t.Name.Name, t.Type)
			}
		}
	}
}

// readType takes the comments of a struct's fields, through pointers, lists and maps.
func (p *pkg) readType(name string, t ast.Expr) {
	switch t := t.(type) {
	case *ast.StarExpr:
		p.readType(name, t.X)
	case *ast.ArrayType:
		p.readType(name, t.Elt)
	case *ast.MapType:
		p.readType(name, t.Value)
	case *ast.StructType:
		for _, f := range t.Fields.List {
			text := f.Doc.Text()
			if text == "" {
				text = f.Comment.Text()
			}
			for _, field := range f.Names {
				p.fields[name+"."+field.Name] = strings.Join(strings.Fields(text), " ")
				p.readType(name+"."+field.Name, f.Type)
			}
		}
	}
}
