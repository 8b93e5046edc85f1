package ottl

import (
	"github.com/oriel-io/oriel/wire/otlp"
)

// level says how often something has to be looked at anew: a test that only
// asks for the resource has the same outcome for all items of a group.
type level uint8

const (
	levelConst level = iota
	levelGroup       // resource
	levelScope
	levelItem // span, log record or metric
	levelPart // span event or data point
)

// Env is what conditions are asked about. Enter the group, the scope, the item
// and its part in this order; an Env remembers what it found out about the outer ones.
// Not safe for concurrent use; make it by Compiler.NewEnv and use it again.
type Env struct {
	group otlp.Group
	scope otlp.Scope
	item  []byte // Span, LogRecord or Metric
	part  []byte // Event or data point
	data  uint32 // of a data point: the field of the Metric that it is in

	entered [levelPart + 1]uint64 // by level: when what it stands for began
	clock   uint64                // counts what was entered
	told    []outcome             // of tests, by the number that Compile gave them
	scratch []byte                // texts that functions make

	itemFields, partFields known
	itemAttrs, partAttrs   attrIndex
}

// outcome is what a test said when it was run last.
type outcome struct {
	at  uint64 // Env.entered of the test's level
	is  bool
	err error
}

// EnterGroup goes to a resource and what stands below it.
func (e *Env) EnterGroup(g otlp.Group) {
	e.group = g
	e.enter(levelGroup)
}

// EnterScope goes to a scope of the group.
func (e *Env) EnterScope(s otlp.Scope) {
	e.scope = s
	e.enter(levelScope)
}

// EnterItem goes to a Span, LogRecord or Metric of the scope.
func (e *Env) EnterItem(item []byte) {
	e.item = item
	e.enter(levelItem)
}

// EnterEvent goes to an event of the span.
func (e *Env) EnterEvent(event otlp.Event) {
	e.part = event
	e.enter(levelPart)
}

// EnterPoint goes to a data point of the metric. data is the field of the Metric that it is in.
func (e *Env) EnterPoint(point []byte, data uint32) {
	e.part, e.data = point, data
	e.enter(levelPart)
}

func (e *Env) enter(l level) {
	e.clock++
	e.entered[l] = e.clock
}

// Forget drops what the Env holds on to, so that it can be kept for later.
func (e *Env) Forget() {
	e.group, e.scope, e.item, e.part = otlp.Group{}, otlp.Scope{}, nil, nil
	e.itemFields, e.partFields = known{}, known{}
	clear(e.itemAttrs.values)
	clear(e.partAttrs.values)
	if cap(e.scratch) > 64<<10 {
		e.scratch = nil
	}
}

// make calls write to append a text to what it is given. The text lives until the
// evaluation ends. write must not evaluate anything.
func (e *Env) make(write func([]byte) []byte) []byte {
	from := len(e.scratch)
	e.scratch = write(e.scratch)
	return e.scratch[from:len(e.scratch):len(e.scratch)]
}
