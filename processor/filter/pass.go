package filter

import (
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/ottl"
)

// pass is one batch on its way through the rules.
type pass struct {
	*processor
	env    *ottl.Env
	group  otlp.Group
	scope  otlp.Scope
	item   []byte
	drops  bool // the resource is dropped
	failed [stepCount][]failure

	room, room2 []byte           // of items that are shortened
	made        *bytepool.Buffer // bytes of the new batch, if there is one
}

// run asks the rules about everything in the batch.
func (s *pass) run(b *otlp.Batch) *otlp.Batch {
	visit := s.span
	switch {
	case len(s.rules[stepPart]) == 0:
		visit = func(g otlp.Group, scope otlp.Scope, item []byte) ([]byte, bool) {
			return item, !s.dropsItem(g, scope, item)
		}
	case b.Signal() == otlp.Metrics:
		visit = s.metric
	}
	return otlp.PruneInto(b, func(size int) []byte {
		s.made = bytepool.Get(size)
		return s.made.Bytes()
	}, visit)
}

// dropsItem asks about a resource once, and about each item.
func (s *pass) dropsItem(g otlp.Group, scope otlp.Scope, item []byte) bool {
	if !same(s.group.Msg, g.Msg) {
		s.group, s.scope = g, otlp.Scope{}
		s.env.EnterGroup(g)
		s.drops = s.any(stepResource)
	}
	if s.drops {
		return true
	}
	if !same(s.scope.Msg, scope.Msg) {
		s.scope = scope
		s.env.EnterScope(scope)
	}
	s.item = item
	s.env.EnterItem(item)
	return s.any(stepItem)
}

// same says whether two messages are one. Those that have items are not empty.
func same(a, b []byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// any says whether one of the rules holds.
func (s *pass) any(step int) bool {
	for i := range s.rules[step] {
		is, err := s.rules[step][i].holds(s)
		if err != nil {
			failed := &s.failed[step][i]
			if failed.count++; failed.first == nil {
				failed.first = err
			}
			if s.mode == Propagate {
				return false
			}
			continue
		}
		if is {
			return true
		}
	}
	return false
}

// span drops a span or some of its events.
func (s *pass) span(g otlp.Group, scope otlp.Scope, item []byte) ([]byte, bool) {
	if s.dropsItem(g, scope, item) {
		return nil, false
	}
	left, _ := otlp.DropFields(s.room[:0], item, fieldEvents, func(event []byte) bool {
		s.env.EnterEvent(event)
		return s.any(stepPart)
	})
	if len(left) != len(item) {
		s.room = left
	}
	return left, true
}

// Field of a Span that holds events, and of the data of a Metric that holds points.
const (
	fieldEvents = 11
	fieldPoints = 1
)

// metric drops a metric or some of its data points, and the metric with its last one.
func (s *pass) metric(g otlp.Group, scope otlp.Scope, item []byte) ([]byte, bool) {
	if s.dropsItem(g, scope, item) {
		return nil, false
	}
	field, data := otlp.Metric(item).Data()
	if field == 0 {
		return item, true
	}
	left, kept := otlp.DropFields(s.room[:0], data, fieldPoints, func(point []byte) bool {
		s.env.EnterPoint(point, field)
		return s.any(stepPart)
	})
	switch {
	case kept == 0:
		return nil, false
	case len(left) == len(data):
		return item, true
	}
	s.room = left
	s.room2 = otlp.ReplaceField(s.room2[:0], item, field, left)
	return s.room2, true
}

// forget drops what belongs to the batch.
func (s *pass) forget() {
	s.env.Forget()
	s.group, s.scope, s.item, s.made = otlp.Group{}, otlp.Scope{}, nil, nil
	const keep = 64 << 10
	if cap(s.room)+cap(s.room2) > keep {
		s.room, s.room2 = nil, nil
	}
}
