package otlp

import (
	"encoding/binary"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// SpanEdit collects changes to one span; see EditSpans.
type SpanEdit struct {
	itemEdit
}

// SetKind gives the span a kind.
func (e *SpanEdit) SetKind(k Kind) { e.setVarint(6, uint64(k)) }

// SetName gives the span a name.
func (e *SpanEdit) SetName(name []byte) { e.setBytes(5, name) }

// SetStatus gives the span a status.
func (e *SpanEdit) SetStatus(code StatusCode, message []byte) {
	body := protoscan.AppendVarint(protoscan.AppendBytes(nil, 2, message), 3, uint64(code))
	e.setBytes(15, body)
}

// LogEdit collects changes to one log record; see EditLogs.
type LogEdit struct {
	itemEdit
}

// SetSeverity gives the record a severity number, 1 to 24, and its text.
func (e *LogEdit) SetSeverity(number uint8, text []byte) {
	e.setVarint(2, uint64(number))
	e.setBytes(3, text)
}

// SetBody gives the record a body.
func (e *LogEdit) SetBody(v Value) { e.setBytes(5, v.append(nil)) }

// SetTrace gives the record the ids of the span that it belongs to.
func (e *LogEdit) SetTrace(trace TraceID, span SpanID) {
	e.setBytes(9, trace[:])
	e.setBytes(10, span[:])
}

// itemEdit is what all items have in common.
type itemEdit struct {
	// Attrs are the item's attributes.
	Attrs AttrEdit
	// Resource are the attributes of the resource, for this item alone: a change
	// moves the item to a group that has that resource, behind the others.
	Resource AttrEdit
	fields   []fieldEdit
}

func (e *itemEdit) reset(g Group, attrs Attrs) {
	e.Attrs.reset(attrs)
	e.Resource.reset(g.Resource().Attrs())
	e.fields = e.fields[:0]
}

func (e *itemEdit) changed() bool { return e.Attrs.changed() || len(e.fields) > 0 }

func (e *itemEdit) setVarint(num uint32, v uint64) {
	e.set(num, protoscan.AppendVarint(nil, num, v))
}

func (e *itemEdit) setBytes(num uint32, v []byte) {
	e.set(num, protoscan.AppendBytes(nil, num, v))
}

func (e *itemEdit) set(num uint32, encoded []byte) {
	if old := findField(e.fields, num); old != nil {
		old.encoded = encoded
		return
	}
	e.fields = append(e.fields, fieldEdit{num: num, encoded: encoded})
}

// EditSpans calls edit for each span of a traces batch and returns a batch with
// the changes: b itself if there are none. The SpanEdit is only valid during the
// call; all that is not changed is copied as it is.
func EditSpans(b *Batch, edit func(g Group, s Scope, span Span, e *SpanEdit)) *Batch {
	return EditSpansInto(b, nil, edit)
}

// EditSpansInto is EditSpans for a caller that has room: if a new batch is made,
// alloc is asked for at least so many bytes, which the batch then has.
func EditSpansInto(b *Batch, alloc func(size int) []byte, edit func(g Group, s Scope, span Span, e *SpanEdit)) *Batch {
	var e SpanEdit
	return editItems(b, alloc, &e.itemEdit, Span(nil).Attrs().num, func(g Group, s Scope, item []byte) { edit(g, s, item, &e) })
}

// EditLogs is EditSpans for the records of a logs batch.
func EditLogs(b *Batch, edit func(g Group, s Scope, record LogRecord, e *LogEdit)) *Batch {
	return EditLogsInto(b, nil, edit)
}

// EditLogsInto is EditLogs with alloc as EditSpansInto has it.
func EditLogsInto(b *Batch, alloc func(size int) []byte, edit func(g Group, s Scope, record LogRecord, e *LogEdit)) *Batch {
	var e LogEdit
	return editItems(b, alloc, &e.itemEdit, LogRecord(nil).Attrs().num, func(g Group, s Scope, item []byte) { edit(g, s, item, &e) })
}

func editItems(b *Batch, alloc func(size int) []byte, e *itemEdit, attrs uint32, edit func(g Group, s Scope, item []byte)) *Batch {
	w := newRewrite(b, 1)
	defer w.release()
	w.alloc = alloc
	var moved *Builder
	var scratch []byte
	w.walk(func(g Group, s Scope, item []byte, at piece) {
		e.reset(g, Attrs{item, attrs})
		edit(g, s, item)
		switch {
		case e.Resource.changed():
			if moved == nil {
				moved = NewBuilder(b.signal)
			}
			scratch = splice(scratch[:0], item, &e.Attrs, e.fields)
			moved.move(g, s, &e.Resource, scratch)
		case e.changed():
			w.keep(0, w.replace(func(out []byte) []byte { return splice(out, item, &e.Attrs, e.fields) }), 1)
		default:
			w.keep(0, at, 1)
		}
	})
	rest := w.batches()[0]
	if moved == nil {
		if rest == nil {
			return b
		}
		return rest
	}
	return Merge(rest, moved.Batch())
}

// EditResources calls edit for each resource group and returns a batch with the
// changes: b itself if there are none.
func EditResources(b *Batch, edit func(r Resource, e *AttrEdit)) *Batch {
	return EditGroups(b, func(g Group, e *GroupEdit) { edit(g.Resource(), &e.Resource) })
}

// GroupEdit collects changes to one resource group; see EditGroups.
type GroupEdit struct {
	// Resource are the attributes of the group's resource.
	Resource AttrEdit
	// SchemaURL is the group's schema if it has none; "" leaves it so.
	SchemaURL string
}

// EditGroups is EditResources for changes to more than attributes. The GroupEdit is only valid during the call.
func EditGroups(b *Batch, edit func(g Group, e *GroupEdit)) *Batch {
	var out, resource, schema []byte
	var e GroupEdit
	data := b.Bytes()
	copied := 0 // bytes of data that out holds
	for rest := data; len(rest) > 0; {
		f, err := protoscan.Next(rest)
		if err != nil {
			break
		}
		rest = rest[f.Size:]
		if f.Num != 1 {
			continue
		}
		g := Group{f.Body}
		e.Resource.reset(g.Resource().Attrs())
		e.SchemaURL = ""
		edit(g, &e)
		if schema = schema[:0]; e.SchemaURL != "" && len(g.SchemaURL()) == 0 {
			schema = protoscan.AppendBytes(schema, 3, e.SchemaURL)
		}
		if !e.Resource.changed() && len(schema) == 0 {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(data)+len(data)/8)
		}
		end := len(data) - len(rest)
		out = append(out, data[copied:end-f.Size]...)
		copied = end
		resource = appendResource(resource[:0], g, &e.Resource)
		out = binary.AppendUvarint(protoscan.AppendTag(out, 1, protoscan.Len), uint64(len(resource)+sizeOthers(g.Msg, 1)+len(schema)))
		out = appendOthers(append(out, resource...), g.Msg, 1, 1)
		out = append(out, schema...) // behind an empty one that may be there: the last one counts
	}
	if copied == 0 {
		return b
	}
	return trusted(b.signal, append(out, data[copied:]...), b.items)
}

// appendResource appends the group's Resource field with its attributes edited.
func appendResource(out []byte, g Group, e *AttrEdit) []byte {
	out, mark := protoscan.Open(out, 1)
	return protoscan.Close(splice(out, g.Resource().Msg, e, nil), mark)
}
