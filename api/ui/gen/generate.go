package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

const header = `// Generated from api/ui/types.go by "go generate ./api/ui". Do not edit.

/** 32 lower-case hex digits. */
export type TraceId = string & { readonly __brand?: "TraceId" };
/** 16 lower-case hex digits. */
export type SpanId = string & { readonly __brand?: "SpanId" };
/** An instant in Unix nanoseconds as a decimal string: a JSON number would lose digits. BigInt() reads it. */
export type InstantNs = string & { readonly __brand?: "InstantNs" };
/** An instant in Unix milliseconds. */
export type InstantMs = number & { readonly __brand?: "InstantMs" };
/** A length of time in nanoseconds. */
export type Nanos = number & { readonly __brand?: "Nanos" };
/** A length of time in milliseconds. */
export type Millis = number & { readonly __brand?: "Millis" };
`

// Generate makes the TypeScript of all exported types of a Go file: structs
// become interfaces; string types with constants become unions.
func Generate(name string, src []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBufferString(header)
	values := constants(file)
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.TypeSpec)
			doc := spec.Doc
			if doc == nil {
				doc = gen.Doc
			}
			out.WriteByte('\n')
			writeDoc(out, "", doc)
			if err := writeType(out, spec, values); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", set.Position(spec.Pos()), spec.Name.Name, err)
			}
		}
	}
	return out.Bytes(), nil
}

// constants lists the string constants of each named type, in order.
func constants(file *ast.File) map[string][]string {
	values := map[string][]string{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			typ, ok := spec.Type.(*ast.Ident)
			if !ok {
				continue
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					values[typ.Name] = append(values[typ.Name], lit.Value)
				}
			}
		}
	}
	return values
}

func writeType(out *bytes.Buffer, spec *ast.TypeSpec, values map[string][]string) error {
	switch t := spec.Type.(type) {
	case *ast.StructType:
		fmt.Fprintf(out, "export interface %s {\n", spec.Name.Name)
		for _, field := range t.Fields.List {
			if err := writeField(out, field); err != nil {
				return err
			}
		}
		out.WriteString("}\n")
		return nil
	case *ast.Ident:
		if union := values[spec.Name.Name]; t.Name == "string" && len(union) > 0 {
			fmt.Fprintf(out, "export type %s = %s;\n", spec.Name.Name, strings.Join(union, " | "))
			return nil
		}
	}
	return fmt.Errorf("only structs and string types with constants are supported")
}

func writeField(out *bytes.Buffer, field *ast.Field) error {
	if field.Tag == nil || len(field.Names) != 1 {
		return fmt.Errorf("a field needs one name and a json tag")
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return err
	}
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	typ, err := tsType(name, field.Type)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if field.Doc != nil {
		writeDoc(out, "  ", field.Doc)
	} else {
		writeDoc(out, "  ", field.Comment)
	}
	mark := ""
	if options == "omitempty" {
		mark = "?"
	}
	fmt.Fprintf(out, "  %s%s: %s;\n", name, mark, typ)
	return nil
}

// tsType is the TypeScript of a Go type; the name of the JSON field tells the unit.
func tsType(name string, expr ast.Expr) (string, error) {
	switch t := expr.(type) {
	case *ast.Ident:
		return scalar(name, t.Name), nil
	case *ast.StarExpr:
		return tsType(name, t.X)
	case *ast.ArrayType:
		elem, err := tsType(name, t.Elt)
		if err != nil {
			return "", err
		}
		if t.Len == nil {
			return elem + "[]", nil
		}
		n, err := strconv.Atoi(t.Len.(*ast.BasicLit).Value)
		if err != nil {
			return "", err
		}
		return "[" + strings.TrimSuffix(strings.Repeat(elem+", ", n), ", ") + "]", nil
	}
	return "", fmt.Errorf("%T has no TypeScript form", expr)
}

func scalar(name, goType string) string {
	switch goType {
	case "string":
		switch {
		case strings.HasSuffix(name, "Ns"):
			return "InstantNs"
		case name == "traceId" || name == "slowTrace":
			return "TraceId"
		case name == "spanId" || name == "parentId":
			return "SpanId"
		}
		return "string"
	case "bool":
		return "boolean"
	case "int64", "float64":
		switch {
		case name == "from" || name == "to" || name != "tookMs" && name != "stepMs" && name != "retentionMs" && strings.HasSuffix(name, "Ms"):
			return "InstantMs"
		case strings.HasSuffix(name, "Ms"):
			return "Millis"
		case strings.HasSuffix(name, "Ns"):
			return "Nanos"
		}
		return "number"
	case "int", "int8", "int16", "int32", "uint64", "uint32":
		return "number"
	}
	return goType // another type of the file
}

func writeDoc(out *bytes.Buffer, indent string, doc *ast.CommentGroup) {
	lines := strings.Split(strings.TrimSpace(doc.Text()), "\n")
	if len(lines) == 1 {
		if lines[0] != "" {
			fmt.Fprintf(out, "%s/** %s */\n", indent, lines[0])
		}
		return
	}
	fmt.Fprintf(out, "%s/**\n", indent)
	for _, line := range lines {
		fmt.Fprintf(out, "%s\n", strings.TrimRight(indent+" * "+line, " "))
	}
	fmt.Fprintf(out, "%s */\n", indent)
}
