package servicegraph

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/oriel-io/oriel/internal/loghist"
)

// Rows and a builder's state are kept in two small formats of the same frame:
//
//	byte      'R' rows or 'S' state
//	byte      version, 1
//	...       body: uvarints, and strings as uvarint length + bytes
//	4 bytes   CRC-32C of all before, little-endian
//
// A node is written once and then referred to by number:
//
//	nodes     uvarint n, n times: byte kind, name, namespace, version, system
//	rows      uvarint n, n times: minute varint (Unix time / 60 s), nodes, edges
//	  nodes     uvarint n, n times: uvarint node, stats
//	  edges     uvarint n, n times: uvarint from, uvarint to, stats
//	stats     uvarints ok, error, throttle, fault, sum, slow; 16 bytes slow trace if slow > 0 or set (flag byte);
//	          uvarint n, n times: uvarint bucket (difference to the one before), uvarint count
const (
	rowsMagic     = 'R'
	stateMagic    = 'S'
	formatVersion = 1
)

// ErrDamaged is wrapped by errors about encoded rows or state that cannot be read.
var ErrDamaged = errors.New("damaged service graph data")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendRows encodes rows. Equal rows have equal encodings.
func AppendRows(b []byte, rows []*Row) []byte {
	start := len(b)
	e := encoder{b: append(b, rowsMagic, formatVersion), numbers: map[Node]uint64{}}
	for _, row := range rows {
		for _, node := range sortedKeys(row.Nodes, compareNodes) {
			e.number(node)
		}
		for _, edge := range sortedKeys(row.Edges, compareEdges) {
			e.number(edge.From)
			e.number(edge.To)
		}
	}
	e.nodes(e.order)
	e.uint(uint64(len(rows)))
	for _, row := range rows {
		e.b = binary.AppendVarint(e.b, row.Minute/minuteNanos)
		e.uint(uint64(len(row.Nodes)))
		for _, node := range sortedKeys(row.Nodes, compareNodes) {
			e.uint(e.numbers[node])
			e.stats(row.Nodes[node])
		}
		e.uint(uint64(len(row.Edges)))
		for _, edge := range sortedKeys(row.Edges, compareEdges) {
			e.uint(e.numbers[edge.From])
			e.uint(e.numbers[edge.To])
			e.stats(row.Edges[edge])
		}
	}
	return appendSum(e.b, start)
}

// ParseRows reads what AppendRows wrote.
//
// Errors: ErrDamaged.
func ParseRows(data []byte) ([]*Row, error) {
	d, err := open(data, rowsMagic)
	if err != nil {
		return nil, err
	}
	nodes := d.nodes()
	n := d.count(3)
	rows := make([]*Row, 0, n)
	for range n {
		row := newRow(d.minute())
		for range d.count(8) {
			node := d.node(nodes)
			row.Nodes[node] = d.stats()
		}
		for range d.count(9) {
			edge := Edge{d.node(nodes), d.node(nodes)}
			row.Edges[edge] = d.stats()
		}
		rows = append(rows, row)
	}
	return rows, d.end()
}

func appendSum(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// encoder appends to b.
type encoder struct {
	b       []byte
	numbers map[Node]uint64
	order   []Node
}

func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) number(n Node) {
	if _, ok := e.numbers[n]; !ok {
		e.numbers[n] = uint64(len(e.order))
		e.order = append(e.order, n)
	}
}

func (e *encoder) nodes(list []Node) {
	e.uint(uint64(len(list)))
	for _, n := range list {
		e.b = append(e.b, byte(n.Kind))
		e.text(n.Name)
		e.text(n.Namespace)
		e.text(n.Version)
		e.text(n.System)
	}
}

func (e *encoder) stats(s *Stats) {
	for _, v := range [...]uint64{s.OK, s.Error, s.Throttle, s.Fault, s.SumNanos, s.SlowNanos} {
		e.uint(v)
	}
	if s.SlowTrace == ([16]byte{}) {
		e.b = append(e.b, 0)
	} else {
		e.b = append(append(e.b, 1), s.SlowTrace[:]...)
	}
	e.uint(uint64(len(s.Latency.Buckets)))
	last := int16(0)
	for _, bucket := range s.Latency.Buckets {
		e.uint(uint64(bucket.Index - last))
		e.uint(bucket.Count)
		last = bucket.Index
	}
}

// decoder reads b; the first error stays and makes all further values zero.
type decoder struct {
	b    []byte
	size int
	err  error
}

// open checks the frame.
func open(data []byte, magic byte) (*decoder, error) {
	if len(data) < 6 || data[0] != magic {
		return nil, fmt.Errorf("%w: no header", ErrDamaged)
	}
	if data[1] != formatVersion {
		return nil, fmt.Errorf("%w: version %d, want %d", ErrDamaged, data[1], formatVersion)
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		return nil, fmt.Errorf("%w: checksum does not match", ErrDamaged)
	}
	return &decoder{b: body[2:], size: len(body)}, nil
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s at byte %d", ErrDamaged, what, d.size-len(d.b))
		d.b = nil
	}
}

func (d *decoder) end() error {
	if d.err == nil && len(d.b) > 0 {
		d.fail("bytes after the end")
	}
	return d.err
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("bad number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads how many elements of at least size bytes follow. A count that
// the rest cannot hold is an error before anything is allocated for it.
func (d *decoder) count(size int) int {
	v := d.uint()
	if v > uint64(len(d.b)/size) {
		d.fail("count too large")
		return 0
	}
	return int(v)
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.b) {
		d.fail("text too long")
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) text() string { return string(d.bytes(d.count(1))) }

func (d *decoder) minute() int64 {
	v, n := binary.Varint(d.b)
	const most = int64(1<<63-1) / minuteNanos
	if n <= 0 || v > most || v < -most {
		d.fail("bad minute")
		return 0
	}
	d.b = d.b[n:]
	return v * minuteNanos
}

func (d *decoder) nodes() []Node {
	list := make([]Node, d.count(5))
	for i := range list {
		list[i] = Node{Kind: NodeKind(d.byte()), Name: d.text(), Namespace: d.text(), Version: d.text(), System: d.text()}
		if list[i].Kind > Job {
			d.fail("unknown kind of node")
		}
	}
	return list
}

func (d *decoder) node(list []Node) Node {
	at := d.uint()
	if at >= uint64(len(list)) {
		d.fail("unknown node")
		return Node{}
	}
	return list[at]
}

func (d *decoder) stats() *Stats {
	s := &Stats{}
	for _, v := range [...]*uint64{&s.OK, &s.Error, &s.Throttle, &s.Fault, &s.SumNanos, &s.SlowNanos} {
		*v = d.uint()
	}
	if d.byte() != 0 {
		copy(s.SlowTrace[:], d.bytes(16))
	}
	index := uint64(0)
	for i := range d.count(2) {
		step := d.uint()
		index += step
		if index > 1<<15-1 || i > 0 && step == 0 {
			d.fail("buckets out of order")
			break
		}
		s.Latency.Buckets = append(s.Latency.Buckets, loghist.Bucket{Index: int16(index), Count: d.uint()})
	}
	return s
}

func sortedKeys[K comparable](m map[K]*Stats, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

func compareNodes(a, b Node) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Version, b.Version), cmp.Compare(a.System, b.System))
}

func compareEdges(a, b Edge) int {
	return cmp.Or(compareNodes(a.From, b.From), compareNodes(a.To, b.To))
}
