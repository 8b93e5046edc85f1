package block

import "github.com/cespare/xxhash/v2"

// seen remembers the newest spans, to keep one copy of what is delivered
// twice. It is two sets: when the young one is full it becomes the old one.
type seen struct {
	young, old fingerprints
}

// seenSpans is how many spans one set holds.
const seenSpans = 1 << 18

// fingerprint is 128 bits of a span, its resource and its scope: two hashes of
// 64 bits, of which one is the random span id in practice.
type fingerprint struct{ sum, id uint64 }

func newFingerprint(span []byte, id, group uint64) fingerprint {
	return fingerprint{xxhash.Sum64(span) ^ group*0x9e3779b97f4a7c15, id | 1<<63}
}

// add reports false if the span is there already.
func (s *seen) add(f fingerprint) bool {
	if s.old.has(f) {
		return false
	}
	if s.young.count == seenSpans {
		s.old, s.young = s.young, fingerprints{}
	}
	return s.young.put(f)
}

// fingerprints is an open hash table; a zero id is a free slot.
type fingerprints struct {
	slots []fingerprint
	count int
}

func (s *fingerprints) has(f fingerprint) bool {
	if len(s.slots) == 0 {
		return false
	}
	mask := uint64(len(s.slots) - 1)
	for at := f.sum & mask; s.slots[at].id != 0; at = (at + 1) & mask {
		if s.slots[at] == f {
			return true
		}
	}
	return false
}

// put reports false if it is there already.
func (s *fingerprints) put(f fingerprint) bool {
	if 2*(s.count+1) > len(s.slots) {
		old := s.slots
		s.slots, s.count = make([]fingerprint, max(1024, 2*len(old))), 0
		for _, f := range old {
			if f.id != 0 {
				s.put(f)
			}
		}
	}
	mask := uint64(len(s.slots) - 1)
	at := f.sum & mask
	for ; s.slots[at].id != 0; at = (at + 1) & mask {
		if s.slots[at] == f {
			return false
		}
	}
	s.slots[at] = f
	s.count++
	return true
}
