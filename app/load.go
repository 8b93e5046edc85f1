package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/components"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/exporter/store"
	"github.com/oriel-io/oriel/pipeline"
)

// load reads and checks the configuration.
//
// Errors: a source cannot be read, or a --set is malformed.
func load(o Options, open store.Opener) (*pipeline.Plan, config.Problems, error) {
	c, err := readConfigWith(o, open)
	if err != nil {
		return nil, nil, err
	}
	return c.plan, c.problems, nil
}

// readable is a configuration that was read, for commands that look at it.
type readable struct {
	sources  []config.Source
	doc      *config.Document // nil if nothing could be read
	plan     *pipeline.Plan   // nil with it
	problems config.Problems
}

func readConfig(o Options) (*readable, error) { return readConfigWith(o, nil) }

func readConfigWith(o Options, open store.Opener) (*readable, error) {
	c := &readable{problems: gateNotes(o.FeatureGates)}
	lookup := config.OSLookup()
	if o.files != nil {
		o.files.begin()
		read := lookup.File
		lookup.File = func(path string) ([]byte, error) {
			text, err := read(path)
			o.files.add(path, text)
			return text, err
		}
	}
	var err error
	if c.sources, err = readSources(o, lookup); err != nil {
		return nil, err
	}
	var found config.Problems
	c.doc, found = config.Load(lookup, c.sources...)
	c.problems = append(c.problems, found...)
	if c.doc != nil {
		c.plan, found = pipeline.NewPlan(c.doc, components.List(open))
		c.problems = append(c.problems, found...)
	}
	c.problems.Sort()
	return c, nil
}

// readSources reads what --config and --set name, all that can be read before it complains of the rest.
func readSources(o Options, lookup config.Lookup) (out []config.Source, err error) {
	if len(o.Config) == 0 {
		out = append(out, config.Source{Name: "built-in", Text: []byte(AllInOne)})
	}
	var unreadable []error
	for _, uri := range o.Config {
		source, err := lookup.ReadSource(uri)
		if err != nil {
			unreadable = append(unreadable, err)
		}
		out = append(out, source)
	}
	for _, flag := range o.Set {
		source, err := config.SetSource(flag)
		if err != nil {
			return nil, &usageError{err}
		}
		out = append(out, source)
	}
	return out, errors.Join(unreadable...)
}

// gateNotes says of upstream's feature gates that they change nothing here.
func gateNotes(gates []string) (notes config.Problems) {
	for _, list := range gates {
		for gate := range strings.SplitSeq(list, ",") {
			if gate = strings.TrimLeft(strings.TrimSpace(gate), "+-"); gate != "" {
				notes = append(notes, &config.Problem{
					File: "--feature-gates", Note: true, What: fmt.Sprintf("the feature gate %s is not known here and changes nothing", gate),
				})
			}
		}
	}
	return notes
}
