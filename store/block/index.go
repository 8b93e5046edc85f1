package block

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
)

// meta is the file "meta" of a block: its checksum in hex, a line feed, and
// this as JSON. A folder whose meta does not check is not a block.
type meta struct {
	Version int    `json:"version"`
	ID      uint64 `json:"id"`
	// Sources are the blocks that this one replaces; they are removed when it is there.
	Sources []uint64 `json:"sources,omitempty"`
	// WAL is the last WAL segment whose content is in this block or in an older one.
	WAL     uint64     `json:"wal"`
	Level   int        `json:"level"`   // how often its rows were merged
	Created int64      `json:"created"` // Unix nanoseconds when its newest rows arrived
	Arrival int64      `json:"arrival"` // number of the next log record to come
	Spans   int64      `json:"spans"`
	Logs    int64      `json:"logs"`
	Min     int64      `json:"min"` // of the rows' times
	Max     int64      `json:"max"`
	Groups  int        `json:"row_groups"`
	Files   []fileMeta `json:"files"`
}

type fileMeta struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	CRC  uint32 `json:"crc32c,omitempty"` // 0: pages have their own
}

const metaVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = parquet.ErrDamaged

func (m *meta) encode() ([]byte, error) {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x\n%s\n", crc32.Checksum(body, castagnoli), body), nil
}

func parseMeta(data []byte) (*meta, error) {
	if len(data) < 11 || data[8] != '\n' {
		return nil, fmt.Errorf("%w: meta has no checksum", errDamaged)
	}
	body := data[9 : len(data)-1]
	if fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli)) != string(data[:8]) {
		return nil, fmt.Errorf("%w: checksum of meta differs", errDamaged)
	}
	m := &meta{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: meta: %w", errDamaged, err)
	}
	if m.Version != metaVersion {
		return nil, fmt.Errorf("meta version %d is not known; a newer release wrote it", m.Version)
	}
	return m, nil
}

func (m *meta) file(name string) *fileMeta {
	for i := range m.Files {
		if m.Files[i].Name == name {
			return &m.Files[i]
		}
	}
	return nil
}

// index is the file "index" of a block: where everything in its Parquet files
// lies, and what lets row groups be skipped.
type index struct {
	tables [2]*tableIndex // spans, logs; nil if there is no such file
	size   int            // of the encoded index
}

type tableIndex struct {
	dir    *parquet.Directory
	groups []groupIndex
}

// groupIndex is what the index knows about a row group beside its columns.
type groupIndex struct {
	min, max int64            // of time
	overflow map[string]int64 // attribute keys without a column, with their rows
}

var fileNames = [2]string{"spans.parquet", "logs.parquet"}

// encode: for each table a flag byte; if 1: uvarint groups, for each group
// varint min and max, uvarint keys, for each key uvarint length, key, uvarint rows;
// then uvarint length and the directory.
func (x *index) encode() []byte {
	var b []byte
	for _, t := range x.tables {
		if t == nil {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(append(b, 1), uint64(len(t.groups)))
		for _, g := range t.groups {
			b = binary.AppendVarint(binary.AppendVarint(b, g.min), g.max)
			b = binary.AppendUvarint(b, uint64(len(g.overflow)))
			for _, key := range slices.Sorted(maps.Keys(g.overflow)) {
				b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
				b = binary.AppendUvarint(b, uint64(g.overflow[key]))
			}
		}
		dir := t.dir.Append(nil)
		b = append(binary.AppendUvarint(b, uint64(len(dir))), dir...)
	}
	return b
}

// parseIndex decodes an index; sizes are those of the Parquet files, negative for none.
func parseIndex(b []byte, sizes [2]int64) (*index, error) {
	r := reader{b: b}
	x := &index{size: len(b)}
	for i := range x.tables {
		if r.uint() == 0 {
			continue
		}
		t := &tableIndex{groups: make([]groupIndex, r.count(3))}
		for k := range t.groups {
			g := &t.groups[k]
			g.min, g.max = r.int(), r.int()
			for range r.count(2) {
				if g.overflow == nil {
					g.overflow = map[string]int64{}
				}
				key := string(r.bytes())
				g.overflow[key] = int64(r.uint())
			}
		}
		dir := r.bytes()
		if r.bad || sizes[i] < 0 {
			return nil, fmt.Errorf("%w: index", errDamaged)
		}
		var err error
		if t.dir, err = parquet.ParseDirectory(dir, sizes[i]); err != nil {
			return nil, fmt.Errorf("%w: index: %w", errDamaged, err)
		}
		if len(t.dir.Groups) != len(t.groups) {
			return nil, fmt.Errorf("%w: index has %d row groups, its directory %d", errDamaged, len(t.groups), len(t.dir.Groups))
		}
		x.tables[i] = t
	}
	if r.bad || len(r.b) != 0 {
		return nil, fmt.Errorf("%w: index", errDamaged)
	}
	return x, nil
}

// reader reads varints and remembers whether one was bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() {
	r.b, r.bad = nil, true
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads a number of things that take at least size bytes each.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.count(1)
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// tableOf is the index of a table in the arrays of this package.
func tableOf(t plan.Table) int { return int(t - plan.Spans) }
