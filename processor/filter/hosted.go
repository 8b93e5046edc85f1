package filter

import (
	"errors"
	"fmt"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
)

// engine is the hosted filter processor.
type engine interface {
	component.Factory
	NewProcessor(cfg any, set component.Settings, next component.Sink) (component.Stage, error)
}

// hosted makes a processor of upstream's for the rest of a plan. signal is the
// key that the rest stands under.
func (c *Config) hosted(p *plan, signal string, set component.Settings, next component.Sink) (component.Stage, error) {
	block := c.node
	if !p.whole {
		block = p.block(signal, c.ErrorMode)
	}
	if c.engine == nil || block == nil {
		return nil, errors.New("some conditions do not run on bytes, and there is no other engine")
	}
	cfg := c.engine.NewConfig()
	if err := config.Decode(block, "", cfg).Fatal().Err(); err != nil {
		return nil, fmt.Errorf("upstream's filter processor: %w", err)
	}
	return c.engine.NewProcessor(cfg, set, next)
}

// block is a configuration with the rest alone.
func (p *plan) block(signal string, mode ErrorMode) *config.Node {
	lists := &config.Node{Kind: config.Map}
	for _, l := range p.rest {
		if len(l.conditions) == 0 {
			continue
		}
		items := &config.Node{Kind: config.List}
		for _, text := range l.conditions {
			items.Items = append(items.Items, &config.Node{Kind: config.Scalar, Text: text})
		}
		lists.Entries = append(lists.Entries, config.Entry{Key: l.key, Value: items})
	}
	return &config.Node{Kind: config.Map, Entries: []config.Entry{
		{Key: "error_mode", Value: &config.Node{Kind: config.Scalar, Text: string(mode)}},
		{Key: signal, Value: lists},
	}}
}
