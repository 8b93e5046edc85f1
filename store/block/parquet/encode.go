package parquet

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
)

const (
	// PageRows is the number of rows of a data page, unless the column is constant.
	PageRows = 4096
	// frameBytes is the size of the parts in which a dictionary is compressed.
	frameBytes = 32 << 10
	// plainPageBytes is the size that a page of text without a dictionary aims at.
	plainPageBytes = 1 << 20
	// maxNumDict is the most distinct numbers that become a dictionary.
	maxNumDict = 1024
	// maxDictBytes is the largest dictionary; columns with more are written plain.
	maxDictBytes = 64 << 20
	bloomMin     = 64      // fewer distinct values are not worth a filter
	bloomMax     = 1 << 15 // more would cost more bytes than the filter saves reads
)

// encoder makes column chunks; it is reused for all columns of a file.
type encoder struct {
	zstd    *zstd.Encoder
	out     []byte // the chunk in the making
	body    []byte
	ids     []uint32
	nums    []int64
	raw     []byte
	delta   delta.BinaryPackedEncoding
	deltaIn []byte
}

func newEncoder() *encoder {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<17), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return &encoder{zstd: z}
}

// chunk encodes a column of n rows in the given order of rows (nil: as they
// are) and describes it; offsets are relative to the begin of the chunk.
func (e *encoder) chunk(c *Column, n int, order []uint32) Chunk {
	e.out = e.out[:0]
	ch := Chunk{Name: c.Name, Type: c.Type, Codec: codecOf(c.Type)}
	switch {
	case c.Type.IsText() && (c.Plain || len(c.Dict.Blob) > maxDictBytes):
		e.gatherIDs(c, n, order, nil)
		e.plainText(&ch, &c.Dict, n)
	case c.Type.IsText():
		used := c.Dict.Len()
		values, rank := c.Dict.sorted()
		e.gatherIDs(c, n, order, rank)
		ch.Encoding = encDict
		e.textDict(&ch, &c.Dict, values)
		ch.Distinct = uint32(used)
		e.pages(&ch, n, func(ids []uint32, valid int) { e.body = e.appendIDs(e.body, ids, used) })
	default:
		e.gatherNums(c, n, order)
		e.numbers(&ch, n)
	}
	ch.Size = int64(len(e.out))
	return ch
}

// codecOf is the codec of a column; random ids do not compress.
func codecOf(t Type) codec {
	if t == Fixed8 || t == Fixed16 {
		return codecNone
	}
	return codecZstd
}

// gatherIDs sets e.ids: 0 for null, else rank+1, in row order.
func (e *encoder) gatherIDs(c *Column, n int, order, rank []uint32) {
	e.ids = resize(e.ids, n)
	for i := range n {
		row := i
		if order != nil {
			row = int(order[i])
		}
		id := uint32(0)
		if row < len(c.IDs) {
			id = c.IDs[row]
		}
		if id != 0 && rank != nil {
			id = rank[id-1] + 1
		}
		e.ids[i] = id
	}
}

// gatherNums sets e.nums to the values in row order and e.ids to 0 for null, 1 otherwise.
func (e *encoder) gatherNums(c *Column, n int, order []uint32) {
	e.ids, e.nums = resize(e.ids, n), resize(e.nums, n)
	for i := range n {
		row := i
		if order != nil {
			row = int(order[i])
		}
		e.ids[i], e.nums[i] = 0, 0
		if row < len(c.Nums) && (c.Valid == nil || c.Valid.Get(row)) {
			e.ids[i], e.nums[i] = 1, c.Nums[row]
		}
	}
}

// textDict writes the dictionary page: frames that can be read one by one.
func (e *encoder) textDict(ch *Chunk, d *Dict, values []uint32) {
	e.body = e.body[:0]
	limit := frameBytes
	if ch.Type == Fixed16 {
		limit = frameBytes / 2
	}
	total := 0
	for at := 0; at < len(values); {
		e.raw = e.raw[:0]
		first := at
		for at < len(values) && (at == first || len(e.raw) < limit) {
			v := d.Get(int(values[at]))
			if ch.Type != Fixed16 {
				e.raw = binary.LittleEndian.AppendUint32(e.raw, uint32(len(v)))
			}
			e.raw = append(e.raw, v...)
			at++
		}
		total += len(e.raw)
		begin := len(e.body)
		e.body = e.compress(ch, e.body, e.raw)
		ch.Frames = append(ch.Frames, Frame{Off: uint32(begin), Size: uint32(len(e.body) - begin), Raw: uint32(len(e.raw)),
			First: uint32(first), Count: uint32(at - first), CRC: checksum(e.body[begin:]),
			FirstValue: append([]byte(nil), d.Get(int(values[first]))...)})
	}
	e.endDict(ch, len(values), total)
	if n := len(values); n >= bloomMin && n <= bloomMax {
		ch.Bloom = newBloom(n)
		for i := range n {
			ch.Bloom.add(d.Get(i))
		}
	}
}

// endDict writes the dictionary page with the body e.body.
func (e *encoder) endDict(ch *Chunk, count, raw int) {
	e.out = appendPageHeader(e.out, pageHeader{dict: true, values: count, raw: raw, size: len(e.body), crc: checksum(e.body)})
	at := uint32(len(e.out))
	for i := range ch.Frames {
		ch.Frames[i].Off += at
	}
	e.out = append(e.out, e.body...)
	ch.DataAt = uint32(len(e.out))
	ch.RawSize = int64(raw) + int64(at)
}

func (e *encoder) compress(ch *Chunk, dst, src []byte) []byte {
	if ch.Codec == codecNone {
		return append(dst, src...)
	}
	return e.zstd.EncodeAll(src, dst)
}

// pages writes the data pages. values appends the encoded values of the rows
// ids to e.body, which holds the definition levels already.
func (e *encoder) pages(ch *Chunk, n int, values func(ids []uint32, row int)) {
	step := PageRows
	if ch.Distinct <= 1 && ch.Encoding == encDict {
		step = max(n, 1)
	}
	e.pagesOf(ch, n, step, values)
}

// pagesOf is pages with step rows each.
func (e *encoder) pagesOf(ch *Chunk, n, step int, values func(ids []uint32, row int)) {
	for row := 0; row < n; row += step {
		ids := e.ids[row:min(row+step, n)]
		e.body = append(e.body[:0], 0, 0, 0, 0)
		levels := e.levels(ids)
		e.body = appendHybrid(e.body, levels, 1)
		binary.LittleEndian.PutUint32(e.body, uint32(len(e.body)-4))
		for _, l := range levels {
			ch.Present += int64(l)
		}
		values(ids, row)
		raw := len(e.body)
		e.raw = e.compress(ch, e.raw[:0], e.body)
		begin := len(e.out)
		sum := checksum(e.raw)
		e.out = appendPageHeader(e.out, pageHeader{values: len(ids), encoding: ch.Encoding.parquet(), raw: raw, size: len(e.raw), crc: sum})
		ch.RawSize += int64(len(e.out) - begin + raw)
		ch.Pages = append(ch.Pages, Page{Off: uint32(len(e.out)), Size: uint32(len(e.raw)), Raw: uint32(raw), Row: uint32(row), CRC: sum})
		e.out = append(e.out, e.raw...)
	}
}

// levels is 1 for each row that is not null.
func (e *encoder) levels(ids []uint32) []uint32 {
	levels := make([]uint32, len(ids))
	for i, id := range ids {
		if id != 0 {
			levels[i] = 1
		}
	}
	return levels
}

// appendIDs appends the dictionary indexes of the rows that are not null.
func (e *encoder) appendIDs(b []byte, ids []uint32, distinct int) []byte {
	width := bitWidth(max(distinct-1, 0))
	b = append(b, byte(width))
	present := make([]uint32, 0, len(ids))
	for _, id := range ids {
		if id != 0 {
			present = append(present, id-1)
		}
	}
	return appendHybrid(b, present, width)
}

func (e *encoder) plainText(ch *Chunk, d *Dict, n int) {
	ch.Encoding = encPlain
	// Pages of about 1 MiB, so that one long text can be read alone.
	average := len(d.Blob)/max(d.Len(), 1) + 1
	e.pagesOf(ch, n, max(min(PageRows, plainPageBytes/average), 16), func(ids []uint32, _ int) {
		for _, id := range ids {
			if id != 0 {
				v := d.Get(int(id - 1))
				if ch.Type != Fixed16 {
					e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(v)))
				}
				e.body = append(e.body, v...)
			}
		}
	})
}

// numbers writes a number column: few distinct values as a dictionary,
// integers as deltas, the rest plain.
func (e *encoder) numbers(ch *Chunk, n int) {
	ch.Min, ch.Max = 0, -1
	for i, v := range e.nums[:n] {
		if e.ids[i] != 0 {
			if ch.Min > ch.Max {
				ch.Min, ch.Max = v, v
			}
			ch.Min, ch.Max = min(ch.Min, v), max(ch.Max, v)
		}
	}
	if ch.Type != Bool && ch.Type != Fixed8 && e.numDict(ch, n) {
		return
	}
	switch ch.Type {
	case Int64, Time, Int32:
		ch.Encoding = encDelta
	default:
		ch.Encoding = encPlain
	}
	e.pages(ch, n, func(ids []uint32, row int) {
		present := make([]int64, 0, len(ids))
		for i, id := range ids {
			if id != 0 {
				present = append(present, e.nums[row+i])
			}
		}
		e.body = e.appendNums(e.body, ch, present)
	})
}

func (e *encoder) appendNums(b []byte, ch *Chunk, v []int64) []byte {
	switch {
	case ch.Encoding == encDelta && ch.Type == Int32:
		small := make([]int32, len(v))
		for i := range v {
			small[i] = int32(v[i])
		}
		e.deltaIn, _ = e.delta.EncodeInt32(e.deltaIn[:0], small)
		return append(b, e.deltaIn...)
	case ch.Encoding == encDelta:
		e.deltaIn, _ = e.delta.EncodeInt64(e.deltaIn[:0], v)
		return append(b, e.deltaIn...)
	case ch.Type == Bool:
		at := len(b)
		for range (len(v) + 7) / 8 {
			b = append(b, 0)
		}
		for i, x := range v {
			b[at+i>>3] |= byte(x&1) << (i & 7)
		}
		return b
	case ch.Type == Fixed8:
		for _, x := range v {
			b = binary.BigEndian.AppendUint64(b, uint64(x))
		}
		return b
	}
	return appendPlain(b, ch.Type, v)
}

func appendPlain(b []byte, t Type, v []int64) []byte {
	for _, x := range v {
		if t == Int32 {
			b = binary.LittleEndian.AppendUint32(b, uint32(x))
		} else {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
	}
	return b
}

// numDict tries to write the column as a dictionary; false if it has too many values.
func (e *encoder) numDict(ch *Chunk, n int) bool {
	t := numTable{}
	for i, v := range e.nums[:n] {
		if e.ids[i] == 0 {
			continue
		}
		id, ok := t.id(v)
		if !ok {
			for k := range i { // undo
				e.ids[k] = min(e.ids[k], 1)
			}
			return false
		}
		e.ids[i] = id + 1
	}
	ch.Encoding, ch.Distinct = encDict, uint32(len(t.values))
	e.raw = appendPlain(e.raw[:0], ch.Type, t.values)
	e.body = e.compress(ch, e.body[:0], e.raw)
	if len(t.values) > 0 {
		ch.Frames = []Frame{{Size: uint32(len(e.body)), Raw: uint32(len(e.raw)), Count: uint32(len(t.values)), CRC: checksum(e.body)}}
	}
	e.endDict(ch, len(t.values), len(e.raw))
	used := len(t.values)
	e.pages(ch, n, func(ids []uint32, _ int) { e.body = e.appendIDs(e.body, ids, used) })
	return true
}

// numTable gives numbers their index of first appearance, for up to maxNumDict.
type numTable struct {
	slots  [4 * maxNumDict]uint32
	values []int64
}

func (t *numTable) id(v int64) (uint32, bool) {
	h := uint64(v) * 0x9e3779b97f4a7c15 >> 52
	for {
		s := t.slots[h]
		if s == 0 {
			if len(t.values) == maxNumDict {
				return 0, false
			}
			t.values = append(t.values, v)
			t.slots[h] = uint32(len(t.values))
			return uint32(len(t.values) - 1), true
		}
		if t.values[s-1] == v {
			return s - 1, true
		}
		h = (h + 1) % (4 * maxNumDict)
	}
}

// checksum is the CRC that Parquet wants of a page.
func checksum(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
