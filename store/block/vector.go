package block

import (
	"context"
	"math"
	"strings"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// scan is the work of one query on one part: columns are read once, when first needed.
type scan struct {
	ctx  context.Context
	part part
	n    int
	cols map[string]*parquet.Column
	dict map[string]bool    // the column came with its dictionary
	made map[string]*vector // derived, by column and key
}

func newScan(ctx context.Context, p part) *scan {
	return &scan{ctx: ctx, part: p, n: p.rows(), cols: map[string]*parquet.Column{}, dict: map[string]bool{}, made: map[string]*vector{}}
}

func (s *scan) column(name string, dict bool) (*parquet.Column, error) {
	c, ok := s.cols[name]
	if ok && (!dict || s.dict[name]) {
		return c, nil
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	c, err := s.part.column(name, dict)
	if err != nil {
		return nil, err
	}
	s.cols[name], s.dict[name] = c, dict
	return c, nil
}

// vector is one column as values of one kind. Rows without a value are null.
type vector struct {
	kind  plan.ValueKind
	col   *parquet.Column
	table []plan.Value // of a text column whose values stand for others, by id - 1; Null is possible
}

func (v *vector) text() bool { return v.col.Type.IsText() }

// null says that the row has no value.
func (v *vector) null(row int) bool {
	if v.text() {
		return row >= len(v.col.IDs) || v.col.IDs[row] == 0 || v.table != nil && v.table[v.col.IDs[row]-1].Kind == plan.Null
	}
	return !hasNum(v.col, row)
}

// value of a row.
func (v *vector) value(row int) plan.Value {
	if v.text() {
		if row >= len(v.col.IDs) || v.col.IDs[row] == 0 {
			return plan.Value{}
		}
		return v.entry(v.col.IDs[row] - 1)
	}
	if !hasNum(v.col, row) {
		return plan.Value{}
	}
	return numValue(v.kind, v.col.Nums[row])
}

// entry is the value with index i of a text column's dictionary.
func (v *vector) entry(i uint32) plan.Value {
	if v.table != nil {
		return v.table[i]
	}
	return plan.Value{Kind: v.kind, Str: string(v.col.Dict.Get(int(i)))}
}

func (v *vector) entries() int {
	if v.table != nil {
		return len(v.table)
	}
	return v.col.Dict.Len()
}

func numValue(kind plan.ValueKind, n int64) plan.Value {
	switch kind {
	case plan.Float:
		return plan.Fl(math.Float64frombits(uint64(n)))
	case plan.Bytes:
		var b [8]byte
		for i := range b {
			b[i] = byte(n >> (56 - 8*i))
		}
		return plan.Raw(b[:])
	}
	return plan.Value{Kind: kind, Int: n}
}

// source is where values of a field come from.
type source struct {
	name string // of the column
	kind plan.ValueKind
	how  derivation
	key  string // of an attribute
}

// derivation says how values follow from the column.
type derivation uint8

const (
	direct        derivation = iota
	resourceAttr             // an attribute of the resource message
	restAttr                 // an attribute among the fields without a column
	resourceBytes            // the resource message
	itemBytes                // the item put together again; in Select only
)

var intrinsics = map[string]source{
	plan.TraceID:       {name: colTraceID, kind: plan.Bytes},
	plan.SpanID:        {name: colSpanID, kind: plan.Bytes},
	plan.ParentID:      {name: colParentID, kind: plan.Bytes},
	plan.Name:          {name: colName, kind: plan.String},
	plan.Kind:          {name: colKind, kind: plan.Int},
	plan.Status:        {name: colStatus, kind: plan.Int},
	plan.StatusMessage: {name: colStatusMessage, kind: plan.String},
	plan.Time:          {name: colTime, kind: plan.Int},
	plan.Duration:      {name: colDuration, kind: plan.Int},
	plan.Service:       {name: colService, kind: plan.String},
	plan.ScopeName:     {name: colScope, kind: plan.String},
	plan.Category:      {name: colCategory, kind: plan.Int},
	plan.HTTPStatus:    {name: colHTTPStatus, kind: plan.Int},
	plan.Severity:      {name: colSeverity, kind: plan.Int},
	plan.SeverityText:  {name: colSeverityText, kind: plan.String},
	plan.Body:          {name: colBody, kind: plan.String},
	plan.Resource:      {name: colResourceProto, kind: plan.Bytes, how: resourceBytes},
	plan.Spec:          {name: colRest, kind: plan.Bytes, how: itemBytes},
}

var attrKinds = [len(attrTypes)]plan.ValueKind{plan.String, plan.Int, plan.Float, plan.Bool, plan.Bytes, plan.String}

// sources lists where the part may have values of a field, the first one that
// has a value of a row wins. item is how many of them are the item's own.
func (s *scan) sources(f plan.Field) (list []source, item int) {
	if f.Scope == plan.Intrinsic {
		if src, ok := intrinsics[f.Name]; ok && (src.how != direct || s.part.has(src.name)) {
			return []source{src}, 1
		}
		return nil, 0
	}
	if f.Scope != plan.ResourceAttr {
		for i := range attrTypes {
			if name := attrPrefix + f.Name + attrTypes[i].suffix; s.part.has(name) {
				list = append(list, source{name: name, kind: attrKinds[i]})
			}
		}
		if keys := s.part.overflow(); len(keys) > 0 && (keys[string(overflowKey([]byte(f.Name)))] > 0 || keys[""] > 0) {
			list = append(list, source{name: colRest, how: restAttr, key: f.Name})
		}
	}
	item = len(list)
	if f.Scope != plan.ItemAttr && s.part.has(colResourceProto) {
		list = append(list, source{name: colResourceProto, how: resourceAttr, key: f.Name})
	}
	return list, item
}

// vector reads the values of a source; nil if no row has one.
func (s *scan) vector(src source) (*vector, error) {
	if src.how == restAttr || src.how == resourceAttr || src.how == resourceBytes {
		return s.derived(src)
	}
	if src.how == itemBytes {
		return s.items()
	}
	c, err := s.column(src.name, true)
	if c == nil || err != nil {
		return nil, err
	}
	return &vector{kind: src.kind, col: c}, nil
}

func (s *scan) derived(src source) (*vector, error) {
	id := src.name + "\x00" + src.key
	if v, ok := s.made[id]; ok {
		return v, nil
	}
	v, err := s.derive(src)
	s.made[id] = v
	return v, err
}

// derive makes the vector of a source whose values follow from those of a
// column. If none does, the column's rows are not even read.
func (s *scan) derive(src source) (*vector, error) {
	if src.how == resourceAttr {
		d, ok, err := s.part.dict(src.name)
		if err != nil {
			return nil, err
		}
		if _, some := s.deriveAll(src, &d); ok && !some {
			return nil, nil
		}
	}
	c, err := s.column(src.name, true)
	if err != nil || c == nil {
		return nil, err
	}
	table, some := s.deriveAll(src, &c.Dict)
	if !some {
		return nil, nil
	}
	return &vector{col: c, table: table}, nil
}

func (s *scan) deriveAll(src source, d *parquet.Dict) (table []plan.Value, some bool) {
	table = make([]plan.Value, d.Len())
	for i := range table {
		switch msg := d.Get(i); src.how {
		case resourceBytes:
			table[i] = plan.Raw(otlp.Group{Msg: msg}.Resource().Msg)
		case resourceAttr:
			table[i] = firstAttr(otlp.Group{Msg: msg}.Resource().Attrs(), src.key)
		case restAttr:
			table[i] = restValue(msg, src.key, s.part)
		}
		some = some || table[i].Kind != plan.Null
	}
	return table, some
}

// restValue finds an attribute among the fields of an item that have no column.
func restValue(msg []byte, key string, p part) plan.Value {
	num := uint32(9) // of a span
	if !p.has(colKind) {
		num = 6 // of a log record
	}
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return plan.Value{}
		}
		if f.Num == num {
			// The reader of attributes wants a span around them.
			attrs := otlp.Span(protoscan.AppendBytes(nil, 9, f.Body)).Attrs()
			if v, ok := attrs.Get(key); ok {
				return cell(v)
			}
		}
		msg = msg[f.Size:]
	}
	return plan.Value{}
}

// firstAttr is the first attribute with the key, as a cell.
func firstAttr(attrs otlp.Attrs, key string) plan.Value {
	v, _ := attrs.Get(key)
	return cell(v)
}

// cell is an attribute's value as queries see it.
func cell(v otlp.Value) plan.Value {
	switch v.Kind {
	case otlp.String:
		return plan.Str(strings.ToValidUTF8(string(v.Text()), "\uFFFD"))
	case otlp.Bool:
		return plan.B(v.Bool())
	case otlp.Int:
		return plan.I(v.Int())
	case otlp.Double:
		return plan.Fl(v.Double())
	case otlp.Bytes:
		return plan.Raw(v.Raw())
	case otlp.Array, otlp.Map:
		return plan.Str(string(appendJSON(nil, v)))
	}
	return plan.Value{}
}
