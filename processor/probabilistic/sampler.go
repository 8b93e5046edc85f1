package probabilistic

import (
	"encoding/binary"
	"errors"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// sampler decides about items. An item is kept if its randomness, 56 bits of
// chance that all its spans share, is not below the threshold.
type sampler struct {
	cfg       Config
	mode      string
	never     bool // sampling_percentage 0
	threshold sampling.Threshold
	ratio     float64 // of mode proportional
}

// Mode hash_seed chooses by 14 bits of a hash.
const (
	hashBits    = 14
	hashBuckets = 1 << hashBits
)

func newSampler(cfg Config) *sampler {
	s := &sampler{cfg: cfg, mode: cfg.Mode}
	percentage := min(cfg.SamplingPercentage, 100)
	if s.ratio = float64(percentage) / 100; s.ratio == 0 {
		s.never = true
		return s
	}
	switch s.mode {
	case modeEqualizing:
		// Validate has seen to it that the ratio is in range.
		s.threshold, _ = sampling.ProbabilityToThresholdWithPrecision(s.ratio, cfg.SamplingPrecision)
	case modeProportional:
	default:
		s.mode = modeHashSeed
		// In 32 bits and rounded down, as always, so that an update chooses the same traces.
		accepted := uint32(percentage * float32(hashBuckets/100.0))
		if accepted == 0 {
			s.never = true
			return s
		}
		// 100 % rejects nothing, so the shifted number is in range.
		s.threshold, _ = sampling.UnsignedToThreshold(uint64(hashBuckets-accepted) << (56 - hashBits))
	}
	return s
}

// policy is by what a decision was made; counters name it.
type policy uint8

const (
	missingRandomness policy = iota
	traceIDHash
	traceIDW3C
	samplingRandomness
	samplingPriority
	attributeHash // its name is that of the attribute
	policies
)

// evidence is what is known about an item.
type evidence struct {
	random sampling.Randomness
	policy policy
	err    error // why the sampling information could not be read, or makes no sense

	// carries: the item's sampling information was read and may be written.
	carries bool
	// threshold is the one that the item came with, if has is set.
	threshold sampling.Threshold
	has       bool
}

func (e *evidence) chooseBy(p policy, random sampling.Randomness) { e.policy, e.random = p, random }

// nothing is the evidence before anything is known.
func nothing() evidence {
	return evidence{random: sampling.AllProbabilitiesRandomness}
}

// Why evidence is refused. Upstream's processor recommends other modes then.
var (
	errMissing      = errors.New("the item has nothing to choose by")
	errInconsistent = errors.New("the item's threshold says that it should not be here")
	errRandomness   = errors.New("the item has sampling randomness, which mode hash_seed does not look at")
	errThreshold    = errors.New("the item has a sampling threshold, which mode hash_seed does not look at")
)

// check refuses evidence that contradicts itself.
func (e *evidence) check() (contradicts bool) {
	switch {
	case e.err != nil:
	case e.policy == missingRandomness:
		e.err = errMissing
	case e.carries && e.has && !e.threshold.ShouldSample(e.random):
		e.err = errInconsistent
		return true
	}
	return false
}

// decide is the threshold for checked evidence.
func (s *sampler) decide(e *evidence) sampling.Threshold {
	switch {
	case e.err != nil && s.cfg.FailClosed:
		return sampling.NeverSampleThreshold
	case e.err != nil:
		return sampling.AlwaysSampleThreshold
	case s.never:
		return sampling.NeverSampleThreshold
	case s.mode == modeEqualizing && e.has && sampling.ThresholdLessThan(s.threshold, e.threshold):
		return e.threshold
	case s.mode == modeProportional:
		before := 1.0
		if e.has {
			before = e.threshold.Probability()
		}
		threshold, err := sampling.ProbabilityToThresholdWithPrecision(before*s.ratio, s.cfg.SamplingPrecision)
		if err != nil { // too small to be written
			return sampling.NeverSampleThreshold
		}
		return threshold
	}
	return s.threshold
}

// raise is the threshold that a kept item leaves with; it can only be made
// higher. changed is false if the item keeps its own.
func (e *evidence) raise(to sampling.Threshold) (changed bool) {
	if e.has && sampling.ThresholdGreater(e.threshold, to) {
		return false
	}
	e.threshold, e.has = to, true
	return true
}

// hashed is randomness out of a hash, FNV-1a of the seed and the bytes: its 14 decisive
// bits come first, and the rest is made of what is left of it.
func (s *sampler) hashed(data []byte) sampling.Randomness {
	const offset, prime = 2166136261, 16777619
	hash := uint32(offset)
	for _, c := range binary.LittleEndian.AppendUint32(make([]byte, 0, 4), s.cfg.HashSeed) {
		hash = (hash ^ uint32(c)) * prime
	}
	for _, c := range data {
		hash = (hash ^ uint32(c)) * prime
	}
	bucket := uint64(hash % hashBuckets)
	rest := uint64(hash >> (32 - hashBits))
	mixed := rest ^ rest<<10
	random, _ := sampling.UnsignedToRandomness((hashBuckets-1-bucket)<<42 | mixed<<14 | bucket) // 56 bits
	return random
}

// ofTraceID is the randomness of a W3C trace id: its last 56 bits.
func ofTraceID(id otlp.TraceID) sampling.Randomness {
	return sampling.TraceIDToRandomness(pcommon.TraceID(id))
}
