package probabilistic

import (
	"errors"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Log records have no tracestate; these attributes say the same.
const (
	attrThreshold  = "sampling.threshold"
	attrRandomness = "sampling.randomness"

	fieldAttributes = 6 // LogRecord.attributes
)

// record decides about one log record; see span.
func (s *sampler) record(record otlp.LogRecord, scratch []byte) (out []byte, by policy, keep bool) {
	e, random := s.readRecord(record)
	cleared := e.check()
	if cleared {
		e.has = false
	}
	threshold := s.decide(&e)
	if wanted, has := s.recordPriority(record); has {
		threshold, e.policy = wanted, samplingPriority
	}
	if !threshold.ShouldSample(e.random) {
		return nil, e.policy, false
	}
	text := ""
	if e.carries && e.raise(threshold) {
		text = threshold.TValue()
	}
	if text == "" && random == "" && !cleared {
		return record, e.policy, true
	}
	return writeRecord(record, scratch, text, random, cleared), e.policy, true
}

// writeRecord gives the record its new attributes; "" leaves one alone.
func writeRecord(record otlp.LogRecord, scratch []byte, threshold, randomness string, cleared bool) []byte {
	out, _ := otlp.DropFields(scratch, record, fieldAttributes, func(attr []byte) bool {
		key := string(otlp.LastLen(attr, 1))
		return key == attrThreshold && (threshold != "" || cleared) || key == attrRandomness && randomness != ""
	})
	if len(out) == len(record) { // nothing was left away, and this is the record itself
		out = append(scratch, record...)
	}
	if randomness != "" {
		out = otlp.AppendTextAttr(out, fieldAttributes, attrRandomness, []byte(randomness))
	}
	if threshold != "" {
		out = otlp.AppendTextAttr(out, fieldAttributes, attrThreshold, []byte(threshold))
	}
	return out
}

// readRecord is what the record's ids and attributes say. write is the
// randomness that it must be given, "" if none.
func (s *sampler) readRecord(record otlp.LogRecord) (e evidence, write string) {
	e = nothing()
	var random sampling.Randomness
	hasRandom := false
	if text := textOf(record, attrThreshold); text != "" {
		threshold, err := sampling.TValueToThreshold(text)
		e.err = err
		if err == nil {
			e.threshold, e.has = threshold, true
		}
	}
	if text := textOf(record, attrRandomness); text != "" {
		var err error
		random, err = sampling.RValueToRandomness(text)
		e.err = errors.Join(e.err, err)
		hasRandom = err == nil
	}
	id := record.Fields().TraceID
	switch {
	case s.never:
		e.chooseBy(samplingPriority, e.random)
		e.carries = true
	case s.mode == modeHashSeed:
		s.hashRecord(record, id, &e)
		switch {
		case e.err != nil:
		case hasRandom:
			e.err = errRandomness
		case e.has:
			e.err = errThreshold
		default:
			e.carries = true
			if e.policy != missingRandomness {
				write = e.random.RValue()
			}
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
	return e, write
}

// hashRecord chooses by the trace id, or the attribute that the configuration names.
func (s *sampler) hashRecord(record otlp.LogRecord, id otlp.TraceID, e *evidence) {
	if s.cfg.AttributeSource == sourceTraceID && !id.IsZero() {
		e.chooseBy(traceIDHash, s.hashed(id[:]))
		return
	}
	if s.cfg.FromAttribute == "" {
		return
	}
	v, found := record.Attrs().Get(s.cfg.FromAttribute)
	if !found {
		return
	}
	data := v.Raw()
	if v.Kind != otlp.Bytes {
		data = v.AppendText(nil)
	}
	if len(data) > 0 {
		e.chooseBy(attributeHash, s.hashed(data))
	}
}

// recordPriority is the threshold that the attribute sampling_priority asks for, in percent.
func (s *sampler) recordPriority(record otlp.LogRecord) (threshold sampling.Threshold, has bool) {
	if s.cfg.SamplingPriority == "" {
		return threshold, false
	}
	v, _ := record.Attrs().Get(s.cfg.SamplingPriority)
	ratio := 0.0
	switch v.Kind {
	case otlp.Double:
		ratio = v.Double() / 100
	case otlp.Int:
		ratio = float64(v.Int()) / 100
	}
	if ratio == 0 {
		return threshold, false
	}
	threshold, err := sampling.ProbabilityToThresholdWithPrecision(ratio, s.cfg.SamplingPrecision)
	return threshold, err == nil
}

func textOf(record otlp.LogRecord, key string) string {
	v, _ := record.Attrs().Get(key)
	return string(v.Text())
}
