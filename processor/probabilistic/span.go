package probabilistic

import (
	"strconv"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"github.com/oriel-io/oriel/wire/otlp"
)

// fieldTraceState is Span.trace_state.
const fieldTraceState = 3

// span decides about one span. What was decided for a kept one is in its
// tracestate, as ot=rv:…;th:…, for the next sampler. out is its message, in scratch if it changed.
func (s *sampler) span(span otlp.Span, scratch []byte) (out []byte, by policy, keep bool) {
	state, e := s.readSpan(span)
	if e.check() {
		state.OTelValue().ClearTValue()
		e.has = false
	}
	threshold := s.decide(&e)
	switch spanPriority(span) {
	case drop:
		threshold, e.policy = sampling.NeverSampleThreshold, samplingPriority
	case must:
		threshold, e.policy = sampling.AlwaysSampleThreshold, samplingPriority
	}
	if !threshold.ShouldSample(e.random) {
		return nil, e.policy, false
	}
	if !e.carries {
		return span, e.policy, true
	}
	if e.raise(threshold) {
		// An error would say that the threshold falls, which raise has excluded.
		_ = state.OTelValue().UpdateTValueWithSampling(threshold)
	}
	var text strings.Builder
	_ = state.Serialize(&text) // a Builder takes everything
	if text.String() == string(otlp.LastLen(span, fieldTraceState)) {
		return span, e.policy, true
	}
	return otlp.ReplaceField(scratch, span, fieldTraceState, []byte(text.String())), e.policy, true
}

// readSpan is what the span's ids and tracestate say.
func (s *sampler) readSpan(span otlp.Span) (state sampling.W3CTraceState, e evidence) {
	e = nothing()
	if text := otlp.LastLen(span, fieldTraceState); len(text) > 0 {
		state, e.err = sampling.NewW3CTraceState(string(text))
	}
	random, hasRandom := state.OTelValue().RValueRandomness()
	e.threshold, e.has = state.OTelValue().TValueThreshold()
	id := span.TraceID()
	switch {
	case s.never:
		e.chooseBy(samplingPriority, e.random)
		e.carries = true // what could be read is written again, as upstream does
	case s.mode == modeHashSeed:
		if !id.IsZero() {
			e.chooseBy(traceIDHash, s.hashed(id[:]))
		}
		switch {
		case e.err != nil:
		case hasRandom:
			e.err = errRandomness
		case e.has:
			e.err = errThreshold
		default:
			e.carries = true
			state.OTelValue().SetRValue(e.random)
		}
	case e.err != nil:
	default:
		e.carries = true
		if hasRandom {
			e.chooseBy(samplingRandomness, random)
		} else if !id.IsZero() {
			e.chooseBy(traceIDW3C, ofTraceID(id))
		}
	}
	return state, e
}

type priority uint8

const (
	undecided priority = iota
	must
	drop
)

// spanPriority reads the attribute sampling.priority of OpenTracing: 0 drops
// the span, anything above keeps it.
func spanPriority(span otlp.Span) priority {
	v, found := span.Attrs().Get("sampling.priority")
	if !found {
		return undecided
	}
	number := -1.0
	switch v.Kind {
	case otlp.Int:
		number = float64(v.Int())
	case otlp.Double:
		number = v.Double()
	case otlp.String: // the type may have been lost on the way
		if parsed, err := strconv.ParseFloat(string(v.Text()), 64); err == nil {
			number = parsed
		}
	}
	switch {
	case number == 0:
		return drop
	case number > 0:
		return must
	}
	return undecided
}
