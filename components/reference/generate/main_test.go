package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/components/reference"
	"github.com/oriel-io/oriel/config"
)

const testRoot = "../../.."

// TestUpToDate fails when a Config struct was changed and its pages were not.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	wanted, err := files(testRoot)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range wanted {
		if have, err := os.ReadFile(filepath.Join(testRoot, name)); err != nil || !bytes.Equal(have, text) {
			t.Errorf("%s lags behind the Config structs; run: go generate ./components/reference", name)
		}
	}
	stale, err := stalePages(testRoot, wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stale {
		t.Errorf("%s is of a component that is gone; run: go generate ./components/reference", name)
	}
}

// TestEveryKeyIsExplained asks for a comment on every field that a configuration can set.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	r := reference.New(components.List(nil), nil)
	var err error
	if r.Comments, err = newSources(testRoot).comments(r); err != nil {
		t.Fatal(err)
	}
	for _, field := range r.Undescribed() {
		t.Errorf("%s has no comment above its field", field)
	}
}

func hasKeys(typ reflect.Type) bool {
	for i := range typ.NumField() {
		if typ.Field(i).Tag.Get("yaml") != "" {
			return true
		}
	}
	return false
}

// TestOwnReadersDescribeThemselves asks a struct that reads its own YAML to say what it takes, if its fields do not tell.
func TestOwnReadersDescribeThemselves(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, where string) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(typ.Elem(), where)
		case reflect.Struct:
			if _, describes := reflect.New(typ).Interface().(config.Describer); describes {
				return
			}
			if _, reads := reflect.New(typ).Interface().(config.Unmarshaler); reads && !hasKeys(typ) {
				t.Errorf("%s: %s has an UnmarshalConfig and no DescribeConfig; see the package comment of config", where, typ)
			}
			for i := range typ.NumField() {
				walk(typ.Field(i).Type, where+"."+typ.Field(i).Name)
			}
		}
	}
	for _, f := range components.List(nil) {
		about := f.Describe()
		walk(reflect.TypeOf(f.NewConfig()), string(about.Kind)+" "+about.Type)
	}
}
