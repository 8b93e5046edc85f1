package block

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// head holds the rows since the last cut, in columns, and answers queries
// about them. Rows are only ever appended, so a reader that remembers the number of
// rows needs the lock just to take a column's slices.
type head struct {
	mu     sync.RWMutex // guards what is below
	tables [2]*table    // spans, logs
}

func newHead() *head {
	return &head{tables: [2]*table{newTable(plan.Spans), newTable(plan.Logs)}}
}

func (h *head) table(t plan.Table) *table { return h.tables[t-plan.Spans] }

func (h *head) rows() int { return h.tables[0].rows + h.tables[1].rows }

// count is rows for readers that are not the applier.
func (h *head) count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rows()
}

// bytes estimates the memory of the head.
func (h *head) bytes() (n int) {
	for _, t := range h.tables {
		for _, b := range t.cols {
			n += b.bytes()
		}
		n += 4*cap(t.prev) + 4*cap(t.last)
	}
	return n
}

// table is the columns of one kind of row.
type table struct {
	kind     plan.Table
	rows     int
	min, max int64 // of time
	cols     map[string]*builder
	attrs    map[string]*attr // by key
	columns  int              // of attributes
	overflow map[string]int64 // keys without a column, with their rows
	guess    []*attr          // by position: the key there in the row before

	traceID, spanID, parentID                            *builder
	name, kindCol, status, statusMessage, time, duration *builder
	service, scope, category, httpStatus                 *builder
	resource, resourceProto, scopeProto, rest            *builder
	observed, severity, severityText, body, arrival      *builder

	resources []resourceIDs // by id of resourceProto - 1
	last      []int32       // by id of traceID - 1: its newest row
	prev      []int32       // by row: the row before of the same trace, -1 if none
}

// resourceIDs are the columns that follow from the resource.
type resourceIDs struct{ json, service uint32 }

// attr is an attribute key of a table.
type attr struct {
	key  string
	cols [len(attrTypes)]*builder // nil until a value of the type comes
	row  int                      // the last row that had the key
}

func newTable(kind plan.Table) *table {
	t := &table{kind: kind, cols: map[string]*builder{}, attrs: map[string]*attr{}, overflow: map[string]int64{}}
	col := func(name string, typ parquet.Type) *builder {
		b := &builder{Column: parquet.Column{Name: name, Type: typ}}
		t.cols[name] = b
		return b
	}
	t.traceID = col(colTraceID, parquet.Fixed16)
	t.spanID = col(colSpanID, parquet.Fixed8)
	t.time = col(colTime, parquet.Time)
	t.name = col(colName, parquet.String)
	t.service = col(colService, parquet.String)
	t.scope = col(colScope, parquet.String)
	t.resource = col(colResource, parquet.JSON)
	t.resourceProto = col(colResourceProto, parquet.Bytes)
	t.scopeProto = col(colScopeProto, parquet.Bytes)
	t.rest = col(colRest, parquet.Bytes)
	t.rest.Plain = true
	if kind == plan.Spans {
		t.parentID = col(colParentID, parquet.Fixed8)
		t.kindCol = col(colKind, parquet.Int32)
		t.status = col(colStatus, parquet.Int32)
		t.statusMessage = col(colStatusMessage, parquet.String)
		t.duration = col(colDuration, parquet.Int64)
		t.category = col(colCategory, parquet.Int32)
		t.httpStatus = col(colHTTPStatus, parquet.Int32)
		return t
	}
	t.observed = col(colObserved, parquet.Time)
	t.severity = col(colSeverity, parquet.Int32)
	t.severityText = col(colSeverityText, parquet.String)
	t.body = col(colBody, parquet.String)
	t.body.Plain = true
	t.arrival = col(colArrival, parquet.Int64)
	return t
}

// attrTypes are the types of attribute columns; the name of one is
// "attr." key ":" type.
var attrTypes = [...]struct {
	suffix string
	typ    parquet.Type
}{
	{":string", parquet.String},
	{":int", parquet.Int64},
	{":double", parquet.Double},
	{":bool", parquet.Bool},
	{":bytes", parquet.Bytes},
	{":json", parquet.JSON}, // an array or a map
}

// attr finds or makes an attribute key; nil if there are too many. at is its
// position in the item.
func (t *table) attr(at int, key []byte) *attr {
	if at < len(t.guess) && t.guess[at].key == string(key) {
		return t.guess[at]
	}
	a := t.attrs[string(key)]
	if a == nil {
		if len(key) > maxKeyBytes || !utf8.Valid(key) || len(t.attrs) >= maxAttrColumns {
			return nil
		}
		a = &attr{key: string(key), row: -1}
		t.attrs[a.key] = a
	}
	switch {
	case at < len(t.guess):
		t.guess[at] = a
	case at == len(t.guess) && at < 64:
		t.guess = append(t.guess, a)
	}
	return a
}

// column finds or makes the column for values of a type; nil if there are too many.
func (t *table) column(a *attr, typ int) *builder {
	if a.cols[typ] == nil {
		if t.columns >= maxAttrColumns {
			return nil
		}
		t.columns++
		b := &builder{Column: parquet.Column{Name: attrPrefix + a.key + attrTypes[typ].suffix, Type: attrTypes[typ].typ}}
		a.cols[typ], t.cols[b.Name] = b, b
	}
	return a.cols[typ]
}

// setResource sets the columns of row that follow from the resource.
func (t *table) setResource(row int, proto uint32) {
	ids := t.resources[proto-1]
	t.resourceProto.id(row, proto)
	t.resource.id(row, ids.json)
	t.service.id(row, ids.service)
}

// link chains the row to the others of its trace.
func (t *table) link(row int, traceID uint32) {
	for len(t.prev) <= row {
		t.prev = append(t.prev, -1)
	}
	for len(t.last) < int(traceID) {
		t.last = append(t.last, -1)
	}
	t.prev[row], t.last[traceID-1] = t.last[traceID-1], int32(row)
}

func (t *table) tick(time int64) {
	if t.rows == 0 {
		t.min, t.max = time, time
	}
	t.min, t.max = min(t.min, time), max(t.max, time)
	t.rows++
}

// maxOverflowKeys bounds the list of keys without a column.
const maxOverflowKeys = 4096

func (t *table) noteOverflow(key []byte) {
	if n, ok := t.overflow[string(overflowKey(key))]; ok {
		t.overflow[string(overflowKey(key))] = n + 1
		return
	}
	if len(t.overflow) < maxOverflowKeys {
		t.overflow[string(overflowKey(key))]++
		return
	}
	t.overflow[""]++ // some key: readers then look into every row
}

// overflowKey is how a key stands in the list of those without a column.
func overflowKey(key []byte) []byte {
	key = key[:min(len(key), maxKeyBytes)]
	if utf8.Valid(key) {
		return key
	}
	return bytes.ToValidUTF8(key, []byte("\uFFFD"))
}
