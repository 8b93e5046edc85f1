package block

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"github.com/oriel-io/oriel/wire/semconv"
)

// ingester appends batches to a head, in the order of the WAL, and feeds the
// service graph. One goroutine uses it.
type ingester struct {
	head    *head
	graph   *servicegraph.Builder
	seen    seen
	arrival int64 // of the next log record
	rest    []byte
	key     []byte
}

// add appends a batch that arrived at now and returns how many of its items were new.
func (g *ingester) add(batch *otlp.Batch, now int64) (added int) {
	g.head.mu.Lock()
	defer g.head.mu.Unlock()
	switch batch.Signal() {
	case otlp.Traces:
		t := g.head.table(plan.Spans)
		for group := range batch.Groups() {
			resource, sum := g.resource(t, group)
			source := g.graph.Source(group.Resource())
			for scope := range group.Scopes() {
				ids := g.scope(t, scope)
				for span := range scope.Spans() {
					if g.span(t, span, resource, ids, sum, source, now) {
						added++
					}
				}
			}
		}
		g.graph.Settle(now)
	case otlp.Logs:
		t := g.head.table(plan.Logs)
		for group := range batch.Groups() {
			resource, _ := g.resource(t, group)
			for scope := range group.Scopes() {
				ids := g.scope(t, scope)
				for record := range scope.LogRecords() {
					g.log(t, record, resource, ids)
					added++
				}
			}
		}
	}
	return added
}

// resource interns a resource group without its scopes, and hashes it.
func (g *ingester) resource(t *table, group otlp.Group) (id uint32, sum uint64) {
	g.key = withoutField(g.key[:0], group.Msg, 2)
	id, _ = t.resourceProto.intern(g.key)
	if int(id) > len(t.resources) {
		r := group.Resource()
		json, _ := t.resource.intern(appendAttrsJSON(nil, r.Attrs()))
		service, _ := t.service.intern(r.ServiceName())
		t.resources = append(t.resources, resourceIDs{json, service})
	}
	return id, xxhash.Sum64(g.key)
}

// scopeIDs are the columns that follow from the instrumentation scope.
type scopeIDs struct {
	proto, name uint32
	sum         uint64 // hash of the scope
}

func (g *ingester) scope(t *table, s otlp.Scope) (ids scopeIDs) {
	g.key = withoutField(g.key[:0], s.Msg, 2)
	ids.proto, _ = t.scopeProto.intern(g.key)
	ids.name, _ = t.scope.intern(s.Name())
	ids.sum = xxhash.Sum64(g.key)
	return ids
}

// withoutField appends msg without the fields num.
func withoutField(b, msg []byte, num uint32) []byte {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return b
		}
		if f.Num != num {
			b = append(b, msg[:f.Size]...)
		}
		msg = msg[f.Size:]
	}
	return b
}

// span appends a span unless it is there already.
func (g *ingester) span(t *table, span otlp.Span, resource uint32, scope scopeIDs, sum uint64, source servicegraph.Source, now int64) bool {
	f := span.Fields()
	id := binary.BigEndian.Uint64(f.SpanID[:])
	if !g.seen.add(newFingerprint(span, id, sum^scope.sum<<1)) {
		return false
	}
	facts := semconv.Read(span, &f)
	g.graph.Add(source, &f, &facts, now)

	row := t.rows
	start, duration := int64(f.Start), int64(0)
	if f.End > f.Start {
		duration = int64(f.End - f.Start)
	}
	if !f.TraceID.IsZero() {
		t.traceID.text(row, f.TraceID[:])
		t.link(row, t.traceID.IDs[row])
	}
	if !f.SpanID.IsZero() {
		t.spanID.num(row, int64(id))
	}
	if !f.ParentID.IsZero() {
		t.parentID.num(row, int64(binary.BigEndian.Uint64(f.ParentID[:])))
	}
	g.rest = g.rest[:0]
	if f.End == 0 && start != 0 {
		g.rest = append(g.rest, noEnd...)
	}
	if !t.name.text(row, f.Name) {
		g.rest = protoscan.AppendBytes(g.rest, 5, f.Name)
	}
	t.kindCol.num(row, int64(f.Kind))
	t.status.num(row, int64(f.Status))
	brokenStatus := len(f.StatusMessage) > 0 && !t.statusMessage.text(row, f.StatusMessage)
	t.time.num(row, start)
	t.duration.num(row, duration)
	t.category.num(row, int64(facts.Category))
	if facts.HTTPStatus != 0 {
		t.httpStatus.num(row, int64(facts.HTTPStatus))
	}
	t.setResource(row, resource)
	t.scope.id(row, scope.name)
	t.scopeProto.id(row, scope.proto)
	g.fields(t, row, span, 9, func(fl *protoscan.Field) bool {
		switch fl.Num {
		case 1, 2, 4, 5, 7:
			return false
		case 6:
			return fl.Int != uint64(f.Kind)
		case 8:
			return fl.Int < f.Start && fl.Int != 0
		case 15:
			return brokenStatus || !plainStatus(fl.Body)
		}
		return true
	})
	t.tick(start)
	return true
}

// noEnd and noTime at the begin of rest_proto say that a span had no end, and a
// log record no time, though the columns have one.
var (
	noEnd  = protoscan.AppendFixed64(nil, 8, 0)
	noTime = protoscan.AppendFixed64(nil, 1, 0)
)

// plainStatus says that a Status message is written as it would be from its
// columns: message, then code, neither of them empty.
func plainStatus(msg []byte) bool {
	for last := uint32(0); len(msg) > 0; {
		f, err := protoscan.Next(msg)
		switch {
		case err != nil || f.Num <= last:
			return false
		case f.Num == 2 && len(f.Body) == 0:
			return false
		case f.Num == 3 && (f.Int == 0 || f.Int > uint64(otlp.StatusError)):
			return false
		case f.Num != 2 && f.Num != 3:
			return false
		}
		last = f.Num
		msg = msg[f.Size:]
	}
	return true
}

// log appends a log record.
func (g *ingester) log(t *table, record otlp.LogRecord, resource uint32, scope scopeIDs) {
	f := record.Fields()
	row := t.rows
	g.rest = g.rest[:0]
	time := int64(f.Time)
	if f.Time == 0 {
		time = int64(f.ObservedTime)
		g.rest = append(g.rest, noTime...)
	}
	t.time.num(row, time)
	if f.ObservedTime != 0 {
		t.observed.num(row, int64(f.ObservedTime))
	}
	if !f.TraceID.IsZero() {
		t.traceID.text(row, f.TraceID[:])
		t.link(row, t.traceID.IDs[row])
	}
	if !f.SpanID.IsZero() {
		t.spanID.num(row, int64(binary.BigEndian.Uint64(f.SpanID[:])))
	}
	t.severity.num(row, int64(f.Severity))
	if len(f.SeverityText) > 0 && !t.severityText.text(row, f.SeverityText) {
		g.rest = protoscan.AppendBytes(g.rest, 3, f.SeverityText)
	}
	if len(f.EventName) > 0 && !t.name.text(row, f.EventName) {
		g.rest = protoscan.AppendBytes(g.rest, 12, f.EventName)
	}
	rawBody := false
	switch f.Body.Kind {
	case otlp.Empty:
	case otlp.String:
		rawBody = !t.body.text(row, f.Body.Text())
	default:
		t.body.text(row, appendJSON(nil, f.Body))
		rawBody = true
	}
	t.setResource(row, resource)
	t.scope.id(row, scope.name)
	t.scopeProto.id(row, scope.proto)
	t.arrival.num(row, g.arrival)
	g.arrival++
	g.fields(t, row, record, 6, func(fl *protoscan.Field) bool {
		switch fl.Num {
		case 1, 3, 9, 10, 11, 12:
			return false
		case 2:
			return fl.Int != uint64(f.Severity)
		case 5:
			return rawBody
		}
		return true
	})
	t.tick(time)
}

// fields sets the attribute columns of row from the fields attrs of msg, and
// the rest column from those that keep says have no column of their own.
func (g *ingester) fields(t *table, row int, msg []byte, attrs uint32, keep func(*protoscan.Field) bool) {
	for at := 0; len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			break
		}
		if f.Num == attrs && f.Type == protoscan.Len {
			if !setAttr(t, row, at, f.Body) {
				g.rest = append(g.rest, msg[:f.Size]...)
			}
			at++
		} else if keep(&f) {
			g.rest = append(g.rest, msg[:f.Size]...)
		}
		msg = msg[f.Size:]
	}
	if len(g.rest) > 0 {
		t.rest.text(row, g.rest)
	}
}

// setAttr sets the column of one KeyValue. It reports false if the column
// alone does not reproduce it.
func setAttr(t *table, row, at int, kv []byte) bool {
	key, value, plain := splitKeyValue(kv)
	f, ok := anyValue(value)
	a := t.attr(at, key)
	if a == nil {
		t.noteOverflow(key)
		return false
	}
	again := a.row == row
	a.row = row
	if again || !ok { // of a key that comes twice the first value counts, be it empty
		return false
	}
	b := t.column(a, attrType(f.Num))
	if b == nil {
		t.noteOverflow(key)
		return false
	}
	switch f.Num {
	case 1, 7:
		return b.text(row, f.Body) && plain
	case 2:
		v := int64(0)
		if f.Int != 0 {
			v = 1
		}
		b.num(row, v)
		return f.Int <= 1 && plain
	case 3, 4:
		b.num(row, int64(f.Int))
		return plain
	default:
		// The reader of attributes in place wants an item around them.
		for _, v := range otlp.Span(protoscan.AppendBytes(nil, 9, kv)).Attrs().All() {
			b.text(row, appendJSON(nil, v))
		}
		return false
	}
}

// attrType is the index in attrTypes for a field number of AnyValue.
func attrType(num uint32) int {
	return [...]int{1: 0, 2: 3, 3: 1, 4: 2, 5: 5, 6: 5, 7: 4}[num]
}

// splitKeyValue reads a KeyValue; plain is false if it has other fields.
func splitKeyValue(kv []byte) (key, value []byte, plain bool) {
	plain = true
	for len(kv) > 0 {
		f, err := protoscan.Next(kv)
		if err != nil {
			return key, value, false
		}
		switch f.Num {
		case 1:
			key = f.Body
		case 2:
			value = f.Body
		default:
			plain = false
		}
		kv = kv[f.Size:]
	}
	return key, value, plain
}

// anyValue is the field of an AnyValue that counts: the last one.
func anyValue(msg []byte) (out protoscan.Field, ok bool) {
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return out, false
		}
		if f.Num >= 1 && f.Num <= 7 {
			out, ok = f, true
		}
		msg = msg[f.Size:]
	}
	return out, ok
}
