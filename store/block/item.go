package block

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// items puts the OTLP messages of the rows together again. They hold what came
// in; attributes stand in the order of their keys, then those that have no column, and
// other fields in the order of their numbers as far as they have columns.
func (g *gathered) items() ([][]byte, error) {
	cols := map[string]*parquet.Column{}
	var attrs []attrColumn
	var names []string
	g.scan.part.columns(func(name string, _ int64) { names = append(names, name) })
	for _, name := range append(names, colParentID) {
		c, err := g.scan.column(name, true)
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		cols[name] = c
		if key, typ, ok := attrName(name); ok && typ != parquet.JSON {
			attrs = append(attrs, attrColumn{key, typ, c})
		}
	}
	sortAttrs(attrs)
	out := make([][]byte, g.scan.n)
	for row := range out {
		a := assembler{cols: cols, attrs: attrs, row: row}
		if g.table == plan.Spans {
			out[row] = a.span()
		} else {
			out[row] = a.log()
		}
	}
	return out, nil
}

// attrName splits the name of an attribute column.
func attrName(name string) (key string, typ parquet.Type, ok bool) {
	rest, ok := strings.CutPrefix(name, attrPrefix)
	if !ok {
		return "", 0, false
	}
	for _, t := range attrTypes {
		if key, ok := strings.CutSuffix(rest, t.suffix); ok {
			return key, t.typ, true
		}
	}
	return "", 0, false
}

type attrColumn struct {
	key string
	typ parquet.Type
	col *parquet.Column
}

// assembler makes one message.
type assembler struct {
	cols  map[string]*parquet.Column
	attrs []attrColumn
	row   int

	rest   []byte
	fields uint64 // bit n: rest has field n
	b      []byte
}

func (a *assembler) num(name string) (int64, bool) {
	c := a.cols[name]
	if c == nil || !hasNum(c, a.row) {
		return 0, false
	}
	return c.Nums[a.row], true
}

func (a *assembler) text(name string) ([]byte, bool) { return textOf(a.cols[name], a.row) }

func textOf(c *parquet.Column, row int) ([]byte, bool) {
	if c == nil || row >= len(c.IDs) || c.IDs[row] == 0 {
		return nil, false
	}
	return c.Dict.Get(int(c.IDs[row] - 1)), true
}

// putText and its like append a field from its column, unless rest has it.
func (a *assembler) putText(num uint32, name string) {
	if v, ok := a.text(name); ok && len(v) > 0 && !a.inRest(num) {
		a.b = protoscan.AppendBytes(a.b, num, v)
	}
}

func (a *assembler) putID8(num uint32, name string) {
	if v, ok := a.num(name); ok {
		a.b = protoscan.AppendBytes(a.b, num, binary.BigEndian.AppendUint64(nil, uint64(v)))
	}
}

func (a *assembler) putInt(num uint32, name string) {
	if v, ok := a.num(name); ok && v != 0 && !a.inRest(num) {
		a.b = protoscan.AppendVarint(a.b, num, uint64(v))
	}
}

func (a *assembler) putTime(num uint32, nanos uint64) {
	if nanos != 0 && !a.inRest(num) {
		a.b = protoscan.AppendFixed64(a.b, num, nanos)
	}
}

// takeRest reads the rest column and which fields it has.
func (a *assembler) takeRest() {
	a.rest, _ = a.text(colRest)
	for msg := a.rest; len(msg) > 0; {
		f, err := protoscan.Next(msg)
		if err != nil {
			return
		}
		a.fields |= 1 << min(f.Num, 63)
		msg = msg[f.Size:]
	}
}

func (a *assembler) inRest(num uint32) bool { return a.fields>>num&1 != 0 }

// span makes a Span message.
func (a *assembler) span() []byte {
	a.takeRest()
	a.putText(1, colTraceID)
	a.putID8(2, colSpanID)
	a.putID8(4, colParentID)
	a.putText(5, colName)
	a.putInt(6, colKind)
	start, _ := a.num(colTime)
	duration, _ := a.num(colDuration)
	a.putTime(7, uint64(start))
	a.putTime(8, uint64(start)+uint64(duration))
	a.putAttrs(9)
	status, _ := a.num(colStatus)
	message, _ := a.text(colStatusMessage)
	if (status != 0 || len(message) > 0) && !a.inRest(15) {
		var mark int
		a.b, mark = protoscan.Open(a.b, 15)
		if len(message) > 0 {
			a.b = protoscan.AppendBytes(a.b, 2, message)
		}
		if status != 0 {
			a.b = protoscan.AppendVarint(a.b, 3, uint64(status))
		}
		a.b = protoscan.Close(a.b, mark)
	}
	return append(a.b, bytes.TrimPrefix(a.rest, noEnd)...)
}

// log makes a LogRecord message.
func (a *assembler) log() []byte {
	a.takeRest()
	time, _ := a.num(colTime)
	a.putTime(1, uint64(time))
	a.putInt(2, colSeverity)
	a.putText(3, colSeverityText)
	if v, ok := a.text(colBody); ok && !a.inRest(5) {
		a.b = protoscan.AppendBytes(a.b, 5, protoscan.AppendBytes(nil, 1, v))
	}
	a.putAttrs(6)
	a.putText(9, colTraceID)
	a.putID8(10, colSpanID)
	observed, _ := a.num(colObserved)
	a.putTime(11, uint64(observed))
	a.putText(12, colName)
	return append(a.b, bytes.TrimPrefix(a.rest, noTime)...)
}

// putAttrs appends the attributes that have columns, except those that rest
// has in full because the column could not keep them.
func (a *assembler) putAttrs(num uint32) {
	inRest := originals(a.rest, num)
	for _, at := range a.attrs {
		if inRest[at.key] {
			continue
		}
		var v otlp.Value
		if at.col.Type.IsText() {
			s, ok := textOf(at.col, a.row)
			switch {
			case !ok:
				continue
			case at.typ == parquet.Bytes:
				a.b = appendKeyValue(a.b, num, at.key, protoscan.AppendBytes(nil, 7, s))
				continue
			}
			v = otlp.StringValue(s)
		} else {
			if !hasNum(at.col, a.row) {
				continue
			}
			switch n := at.col.Nums[a.row]; at.typ {
			case parquet.Int64:
				v = otlp.IntValue(n)
			case parquet.Double:
				v = otlp.DoubleValue(math.Float64frombits(uint64(n)))
			default:
				v = otlp.BoolValue(n != 0)
			}
		}
		a.b = otlp.AppendAttr(a.b, num, at.key, v)
	}
}

func appendKeyValue(b []byte, num uint32, key string, value []byte) []byte {
	b, mark := protoscan.Open(b, num)
	b = protoscan.AppendBytes(b, 1, key)
	b = protoscan.AppendBytes(b, 2, value)
	return protoscan.Close(b, mark)
}

// originals are the keys of attributes in rest whose column does not hold the
// value as it came: arrays, maps, broken text. Other attributes in rest had no column.
func originals(rest []byte, num uint32) map[string]bool {
	var keys map[string]bool
	for len(rest) > 0 {
		f, err := protoscan.Next(rest)
		if err != nil {
			break
		}
		if f.Num == num && f.Type == protoscan.Len {
			key, value, plain := splitKeyValue(f.Body)
			v, ok := anyValue(value)
			if ok && (!plain || v.Num == 5 || v.Num == 6 || v.Num == 1 && !utf8.Valid(v.Body) || v.Num == 2 && v.Int > 1) {
				if keys == nil {
					keys = map[string]bool{}
				}
				keys[string(key)] = true
			}
		}
		rest = rest[f.Size:]
	}
	return keys
}

func sortAttrs(attrs []attrColumn) {
	slices.SortFunc(attrs, func(a, b attrColumn) int { return strings.Compare(a.key, b.key) })
}
