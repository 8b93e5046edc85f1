package block

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// position is where a row stands in an answer: the values that it is ordered
// by, then its identity, which for groups is their keys.
type position struct {
	keys   []plan.Value
	id     identity
	before int // rows of the pages up to here; in tokens only
}

// identity orders rows that are equal in all that the query orders by.
type identity struct {
	time        int64
	trace, span []byte // of spans; zero ids are zeros
	last        int64  // kind of a span, arrival of a log record
}

func (a *identity) compare(b *identity) int {
	return cmp.Or(cmp.Compare(a.time, b.time), bytes.Compare(a.trace, b.trace), bytes.Compare(a.span, b.span), cmp.Compare(a.last, b.last))
}

func compareKeys(orders []plan.Order, a, b []plan.Value) int {
	for i, o := range orders {
		if c := orderValues(a[i], b[i], o.Desc); c != 0 {
			return c
		}
	}
	return 0
}

// encode makes the token of a page: the cells, then the identity.
func (p *position) encode() []byte {
	b := binary.AppendUvarint([]byte{positionVersion}, uint64(len(p.keys)))
	for _, v := range p.keys {
		b = append(b, byte(v.Kind))
		b = appendText(b, []byte(v.Str))
		b = binary.AppendVarint(b, v.Int)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float))
	}
	b = binary.AppendVarint(b, p.id.time)
	b = appendText(appendText(b, p.id.trace), p.id.span)
	b = binary.AppendVarint(b, p.id.last)
	return binary.AppendUvarint(b, uint64(p.before))
}

const positionVersion = 1

func appendText(b, s []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

func parsePosition(token []byte) (*position, error) {
	bad := fmt.Errorf("%w: the page token %q was not made by this store", plan.ErrInvalid, token)
	if len(token) == 0 || token[0] != positionVersion {
		return nil, bad
	}
	r := reader{b: token[1:]}
	p := &position{keys: make([]plan.Value, r.count(11))}
	for i := range p.keys {
		v := &p.keys[i]
		if len(r.b) == 0 {
			return nil, bad
		}
		v.Kind, r.b = plan.ValueKind(r.b[0]), r.b[1:]
		v.Str, v.Int = string(r.bytes()), r.int()
		if len(r.b) < 8 {
			return nil, bad
		}
		v.Float, r.b = math.Float64frombits(binary.LittleEndian.Uint64(r.b)), r.b[8:]
	}
	p.id = identity{time: r.int(), trace: r.bytes(), span: r.bytes(), last: r.int()}
	p.before = int(min(r.uint(), 1<<40))
	if r.bad || len(r.b) > 0 {
		return nil, bad
	}
	return p, nil
}

// identities reads the identities of some rows, ascending.
func identities(p part, spans bool, rows []int) ([]identity, error) {
	out := make([]identity, len(rows))
	names := []string{colTime, colArrival}
	if spans {
		names = []string{colTime, colKind, colTraceID, colSpanID}
	}
	var cols [4]*parquet.Column
	for i, name := range names {
		var err error
		if cols[i], err = p.gather(name, rows); err != nil {
			return nil, err
		}
	}
	num := func(c *parquet.Column, k int) int64 {
		if c != nil && hasNum(c, k) {
			return c.Nums[k]
		}
		return 0
	}
	for k := range out {
		out[k] = identity{time: num(cols[0], k), last: num(cols[1], k)}
		if !spans {
			continue
		}
		out[k].trace, out[k].span = make([]byte, 16), make([]byte, 8)
		if c := cols[2]; c != nil && k < len(c.IDs) && c.IDs[k] != 0 {
			copy(out[k].trace, c.Dict.Get(int(c.IDs[k]-1)))
		}
		binary.BigEndian.PutUint64(out[k].span, uint64(num(cols[3], k)))
	}
	return out, nil
}
