// Package probabilistic is the probabilistic_sampler processor: it keeps a
// share of all traces or log records, chosen by their ids, so that all collectors with
// the same settings choose the same.
//
// Begin with Config. sampler.go is how a decision is made, span.go and record.go where spans and log
// records say what was decided before.
//
// Keys, defaults and decisions are those of the upstream processor, down to what it
// writes into the tracestate of spans and the attributes of records.
//
// Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
package probabilistic

import (
	"errors"
	"fmt"
	"math"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `probabilistic_sampler:` block.
type Config struct {
	// How much is kept: 15.3 keeps 15.3 %. 100 and more keep all. 0, the default, keeps nothing but what a priority asks for.
	SamplingPercentage float32 `yaml:"sampling_percentage"`
	// Changes which traces are chosen in mode hash_seed. Collectors that share one choose the same traces;
	// tiers behind each other need different ones, or the second keeps all that the first has kept.
	HashSeed uint32 `yaml:"hash_seed"`
	// hash_seed (default): by a hash of the trace id. equalizing: lowers every span's probability to
	// sampling_percentage. proportional: multiplies it by that. The last two follow OpenTelemetry's
	// consistent sampling, with rv and th in the tracestate.
	Mode string `yaml:"mode"`
	// Drop what cannot be decided: without a trace id, with a tracestate that cannot be read. false keeps it.
	FailClosed bool `yaml:"fail_closed"`
	// Hex digits of the threshold that is written, 1 to 14.
	SamplingPrecision int `yaml:"sampling_precision"`
	// Logs only. traceID (default), or record: choose by from_attribute even if the record has a trace id.
	AttributeSource string `yaml:"attribute_source"`
	// Logs only. The attribute to choose by where there is no trace id.
	FromAttribute string `yaml:"from_attribute"`
	// Logs only. An attribute that holds the percentage to keep the record with.
	SamplingPriority string `yaml:"sampling_priority"`
}

const (
	modeHashSeed     = "hash_seed"
	modeEqualizing   = "equalizing"
	modeProportional = "proportional"

	sourceTraceID = "traceID"
	sourceRecord  = "record"
)

// Validate reports all that is wrong.
func (c *Config) Validate() error {
	var problems []error
	ratio := float64(c.SamplingPercentage) / 100
	if math.IsInf(ratio, 0) || math.IsNaN(ratio) || ratio < 0 || ratio > 0 && ratio < sampling.MinSamplingProbability {
		problems = append(problems, &config.Problem{
			Where: "sampling_percentage", What: fmt.Sprintf("%g is not a percentage from 0, or from %.2g, to 100", c.SamplingPercentage, 100*sampling.MinSamplingProbability),
			Fix: "sampling_percentage: 10  # keeps a tenth",
		})
	}
	switch c.Mode {
	case "", modeHashSeed, modeEqualizing, modeProportional:
	default:
		problems = append(problems, &config.Problem{Where: "mode", What: fmt.Sprintf("%q is not known", c.Mode), Fix: "mode: hash_seed  # or equalizing, proportional"})
	}
	switch c.AttributeSource {
	case "", sourceTraceID, sourceRecord:
	default:
		problems = append(problems, &config.Problem{Where: "attribute_source", What: fmt.Sprintf("%q is not known", c.AttributeSource), Fix: "attribute_source: traceID  # or record"})
	}
	if c.SamplingPrecision < 1 || c.SamplingPrecision > sampling.NumHexDigits {
		problems = append(problems, &config.Problem{
			Where: "sampling_precision", What: fmt.Sprintf("%d is not from 1 to %d", c.SamplingPrecision, sampling.NumHexDigits), Fix: "sampling_precision: 4  # the default",
		})
	}
	return errors.Join(problems...)
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "probabilistic_sampler",
	Summary: "Keeps a share of all traces or log records.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs),
	Default: func() Config { return Config{FailClosed: true, SamplingPrecision: 4, AttributeSource: sourceTraceID} },
	New:     newProcessor,
}
