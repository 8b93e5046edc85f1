// Package budget counts the bytes of telemetry that a process holds, against a
// limit, so that a request can be refused before it is inflated or read.
//
// Whoever holds telemetry counts it: a server from the moment that it admits a
// request until it has answered, a queue and a batch processor while batches
// wait. Bytes that are handed from one to the other are counted twice for a moment,
// which errs on the safe side.
package budget

import (
	"sync"
	"sync/atomic"
)

// Budget is bytes held and their limit. The zero value has no limit. A nil
// *Budget admits everything and counts nothing. Safe for concurrent use.
type Budget struct {
	held    atomic.Int64
	limit   atomic.Int64 // 0: none
	refused atomic.Int64
	shut    atomic.Int64 // how many have shut it

	mu     sync.Mutex // guards the rest, and writes to limit
	base   int64
	limits map[*int64]bool // those of Restrict
}

// SetLimit sets the most bytes that Admit lets in where nobody restricts it; 0 is no limit.
func (b *Budget) SetLimit(bytes int64) {
	if b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.base = bytes
		b.settle()
	}
}

// Restrict sets a limit that stands in place of SetLimit's until end is called; of several the smallest.
func (b *Budget) Restrict(bytes int64) (end func()) {
	if b == nil {
		return func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limits == nil {
		b.limits = map[*int64]bool{}
	}
	b.limits[&bytes] = true
	b.settle()
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.limits, &bytes)
		b.settle()
	}
}

// settle chooses the limit in force. The caller holds mu.
func (b *Budget) settle() {
	limit := b.base
	first := true
	for bytes := range b.limits {
		if first || *bytes < limit {
			limit, first = *bytes, false
		}
	}
	b.limit.Store(limit)
}

// Shut makes Admit refuse everything until end is called. What is held stays.
func (b *Budget) Shut() (end func()) {
	if b == nil {
		return func() {}
	}
	b.shut.Add(1)
	return sync.OnceFunc(func() { b.shut.Add(-1) })
}

// Limit is the most bytes that Admit lets in, 0 if there is no limit.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit.Load()
}

// Admit counts bytes more if they fit under the limit. The caller gives them back with Free.
func (b *Budget) Admit(bytes int64) bool {
	if b == nil {
		return true
	}
	held := b.held.Add(bytes)
	if limit := b.limit.Load(); limit > 0 && held > limit || b.shut.Load() > 0 {
		b.held.Add(-bytes)
		b.refused.Add(1)
		return false
	}
	return true
}

// Hold counts bytes that were admitted already and are now kept, whatever the limit.
func (b *Budget) Hold(bytes int64) {
	if b != nil {
		b.held.Add(bytes)
	}
}

// Free gives back what Admit or Hold counted.
func (b *Budget) Free(bytes int64) {
	if b != nil {
		b.held.Add(-bytes)
	}
}

// Held is what is counted now.
func (b *Budget) Held() int64 {
	if b == nil {
		return 0
	}
	return b.held.Load()
}

// Full says whether so many bytes more would be refused; it counts nothing.
func (b *Budget) Full(bytes int64) bool {
	if b == nil {
		return false
	}
	limit := b.limit.Load()
	return limit > 0 && b.held.Load()+bytes > limit || b.shut.Load() > 0
}

// Refuse counts a refusal for which Full was the reason.
func (b *Budget) Refuse() {
	if b != nil {
		b.refused.Add(1)
	}
}

// Refused is how often something was refused.
func (b *Budget) Refused() int64 {
	if b == nil {
		return 0
	}
	return b.refused.Load()
}
