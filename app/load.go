package app

import (
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
	doc, problems, err := loadDocument(o)
	if err != nil || doc == nil {
		return nil, problems, err
	}
	plan, found := pipeline.NewPlan(doc, components.List(open))
	problems = append(problems, found...)
	problems.Sort()
	return plan, problems, nil
}

// loadDocument reads what --config and --set name. The Document is nil if nothing could be read.
func loadDocument(o Options) (*config.Document, config.Problems, error) {
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
	sources := []config.Source{{Name: "built-in", Text: []byte(AllInOne)}}
	if len(o.Config) > 0 {
		sources = nil
	}
	for _, uri := range o.Config {
		source, err := lookup.ReadSource(uri)
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, source)
	}
	for _, flag := range o.Set {
		source, err := config.SetSource(flag)
		if err != nil {
			return nil, nil, &usageError{err}
		}
		sources = append(sources, source)
	}
	doc, problems := config.Load(lookup, sources...)
	return doc, append(gateNotes(o.FeatureGates), problems...), nil
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
