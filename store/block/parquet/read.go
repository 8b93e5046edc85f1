package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
)

// ErrDamaged says that bytes of a file are not those that were written.
var ErrDamaged = errors.New("damaged data")

// Reader reads columns of one file. It verifies the checksum of all that it
// reads. Safe for concurrent use.
type Reader struct {
	r    io.ReaderAt
	dir  *Directory
	zstd *zstd.Decoder
}

// NewReader reads from r, whose directory is dir.
func NewReader(r io.ReaderAt, dir *Directory) *Reader {
	return &Reader{r: r, dir: dir, zstd: decoder}
}

var decoder = func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}()

// Directory of the file.
func (r *Reader) Directory() *Directory { return r.dir }

// part reads and verifies size bytes of a chunk and decompresses them into a
// buffer with slack behind it.
func (r *Reader) part(c *Chunk, off, size, raw, crc uint32) ([]byte, error) {
	buf := make([]byte, size, size+slack)
	if _, err := r.r.ReadAt(buf, c.Off+int64(off)); err != nil {
		return nil, fmt.Errorf("%w: column %s at byte %d: %w", ErrDamaged, c.Name, c.Off+int64(off), err)
	}
	if checksum(buf) != crc {
		return nil, fmt.Errorf("%w: column %s at byte %d: checksum differs", ErrDamaged, c.Name, c.Off+int64(off))
	}
	if c.Codec == codecNone {
		return buf, nil
	}
	out, err := r.zstd.DecodeAll(buf, make([]byte, 0, int(raw)+slack))
	if err != nil || len(out) != int(raw) {
		return nil, fmt.Errorf("%w: column %s at byte %d: %w", ErrDamaged, c.Name, c.Off+int64(off), errCorrupt)
	}
	if cap(out)-len(out) < slack {
		out = append(make([]byte, 0, len(out)+slack), out...)
	}
	return out, nil
}

func (c *Chunk) damaged(what error) error {
	return fmt.Errorf("%w: column %s: %w", ErrDamaged, c.Name, what)
}

// Column decodes a whole column of a row group. Strings of a plain column come
// as a dictionary with one value a row. Without withDict, Dict stays empty if the column has a
// dictionary in the file.
func (r *Reader) Column(g *Group, c *Chunk, withDict bool) (*Column, error) {
	out := &Column{Name: c.Name, Type: c.Type}
	var nums []int64 // dictionary of a number column
	var err error
	if c.Encoding == encDict {
		if c.Type.IsText() && withDict {
			out.Dict, err = r.Dict(c)
		} else if !c.Type.IsText() {
			nums, err = r.numDict(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if c.Type.IsText() {
		out.IDs = make([]uint32, g.Rows)
	} else {
		out.Nums = make([]int64, g.Rows)
		if c.Present < int64(g.Rows) {
			out.Valid = NewBits(g.Rows)
		}
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		end := int(p.Row) + c.pageRows(g, i)
		body, err := r.part(c, p.Off, p.Size, p.Raw, p.CRC)
		if err == nil {
			err = decodePage(out, c, body, int(p.Row), end, nums)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// decodePage fills the rows [from, to) of out.
func decodePage(out *Column, c *Chunk, body []byte, from, to int, dict []int64) error {
	if len(body) < 4 {
		return c.damaged(errCorrupt)
	}
	n := binary.LittleEndian.Uint32(body)
	if uint64(n) > uint64(len(body)-4) {
		return c.damaged(errCorrupt)
	}
	levels := make([]uint32, to-from)
	if err := decodeHybrid(levels, body[4:4+n:cap(body)], 1); err != nil {
		return c.damaged(err)
	}
	present := 0
	for _, l := range levels {
		if l > 1 {
			return c.damaged(errCorrupt)
		}
		present += int(l)
	}
	if out.Valid != nil {
		for i, l := range levels {
			if l != 0 {
				out.Valid.Set(from + i)
			}
		}
	}
	var err error
	if c.Type.IsText() {
		err = decodeText(out, c, body[4+n:], levels, present, out.IDs[from:to])
	} else {
		err = decodeNums(c, body[4+n:], levels, present, out.Nums[from:to], dict)
	}
	if err != nil {
		return c.damaged(err)
	}
	return nil
}

func decodeText(out *Column, c *Chunk, body []byte, levels []uint32, present int, ids []uint32) error {
	if c.Encoding == encDict {
		if err := decodeIDs(ids[:present], body, c.Distinct); err != nil {
			return err
		}
		spread(ids, levels, present, 1)
		return nil
	}
	for i, l := range levels {
		if l == 0 {
			continue
		}
		size := 16
		if c.Type != Fixed16 {
			if len(body) < 4 {
				return errCorrupt
			}
			size, body = int(binary.LittleEndian.Uint32(body)), body[4:]
		}
		if size > len(body) {
			return errCorrupt
		}
		out.Dict.Add(body[:size])
		ids[i] = uint32(out.Dict.Len())
		body = body[size:]
	}
	return nil
}

// decodeIDs reads dictionary indexes and checks them.
func decodeIDs(ids []uint32, body []byte, distinct uint32) error {
	if len(ids) == 0 {
		return nil
	}
	if len(body) == 0 {
		return errCorrupt
	}
	if err := decodeHybrid(ids, body[1:], uint(body[0])); err != nil {
		return err
	}
	top := uint32(0)
	for _, id := range ids {
		top = max(top, id)
	}
	if top >= distinct {
		return errCorrupt
	}
	return nil
}

// spread moves the first present values to the rows whose level is 1, adding
// add to each, and sets the others to zero.
func spread[T uint32 | int64](v []T, levels []uint32, present int, add T) {
	if present == len(levels) {
		if add != 0 {
			for i := range v {
				v[i] += add
			}
		}
		return
	}
	k := present
	for i := len(levels) - 1; i >= 0; i-- {
		if levels[i] != 0 {
			k--
			v[i] = v[k] + add
		} else {
			v[i] = 0
		}
	}
}

func decodeNums(c *Chunk, body []byte, levels []uint32, present int, nums, dict []int64) error {
	width := 8
	switch {
	case present == 0:
		return nil
	case c.Encoding == encDict:
		ids := make([]uint32, present)
		if err := decodeIDs(ids, body, uint32(len(dict))); err != nil {
			return err
		}
		for i, id := range ids {
			nums[i] = dict[id]
		}
	case c.Encoding == encDelta && c.Type == Int32:
		v, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, body)
		if err != nil || len(v) != present {
			return errCorrupt
		}
		for i, x := range v {
			nums[i] = int64(x)
		}
	case c.Encoding == encDelta:
		v, err := new(delta.BinaryPackedEncoding).DecodeInt64(nums[:0:len(nums)], body)
		if err != nil || len(v) != present {
			return errCorrupt
		}
		copy(nums, v)
	case c.Type == Bool:
		if len(body) < (present+7)/8 {
			return errCorrupt
		}
		for i := range present {
			nums[i] = int64(body[i>>3] >> (i & 7) & 1)
		}
	case len(body) < width*present:
		return errCorrupt
	case c.Type == Fixed8:
		for i := range present {
			nums[i] = int64(binary.BigEndian.Uint64(body[8*i:]))
		}
	default:
		for i := range present {
			nums[i] = int64(binary.LittleEndian.Uint64(body[8*i:]))
		}
	}
	spread(nums, levels, present, 0)
	return nil
}

// Dict decodes the whole dictionary of a text column.
func (r *Reader) Dict(c *Chunk) (d Dict, err error) {
	var raw int
	for i := range c.Frames {
		raw += int(c.Frames[i].Raw)
	}
	d.Blob, d.Ends = make([]byte, 0, raw), make([]uint32, 0, c.Distinct)
	for i := range c.Frames {
		if err := r.frame(c, i, d.Add); err != nil {
			return d, err
		}
	}
	return d, nil
}

// frame calls yield for each value of one part of a dictionary.
func (r *Reader) frame(c *Chunk, i int, yield func([]byte)) error {
	f := &c.Frames[i]
	raw, err := r.part(c, f.Off, f.Size, f.Raw, f.CRC)
	if err != nil {
		return err
	}
	for range f.Count {
		size := 16
		if c.Type != Fixed16 {
			if len(raw) < 4 {
				return c.damaged(errCorrupt)
			}
			size, raw = int(binary.LittleEndian.Uint32(raw)), raw[4:]
		}
		if size > len(raw) {
			return c.damaged(errCorrupt)
		}
		yield(raw[:size])
		raw = raw[size:]
	}
	return nil
}

func (r *Reader) numDict(c *Chunk) ([]int64, error) {
	if len(c.Frames) == 0 {
		return nil, nil
	}
	f := &c.Frames[0]
	raw, err := r.part(c, f.Off, f.Size, f.Raw, f.CRC)
	if err != nil {
		return nil, err
	}
	width := 8
	if c.Type == Int32 {
		width = 4
	}
	if len(raw) != width*int(c.Distinct) {
		return nil, c.damaged(errCorrupt)
	}
	out := make([]int64, c.Distinct)
	for i := range out {
		if width == 4 {
			out[i] = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		} else {
			out[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	}
	return out, nil
}

// Find looks a value up in the sorted dictionary of a text column. Its cost is
// one part of the dictionary. ok is false if the column does not have it; a column without a
// dictionary cannot say, and answers with an error.
func (r *Reader) Find(c *Chunk, v []byte) (id uint32, ok bool, err error) {
	if c.Encoding != encDict {
		return 0, false, fmt.Errorf("column %s has no dictionary", c.Name)
	}
	if !c.MayHave(v) {
		return 0, false, nil
	}
	i := sort.Search(len(c.Frames), func(i int) bool { return bytes.Compare(c.Frames[i].FirstValue, v) > 0 }) - 1
	if i < 0 {
		return 0, false, nil
	}
	id = c.Frames[i].First
	err = r.frame(c, i, func(x []byte) {
		if !ok {
			if ok = bytes.Equal(x, v); !ok {
				id++
			}
		}
	})
	return id, ok, err
}

// HasDict says that Find works on the column.
func (c *Chunk) HasDict() bool { return c.Encoding == encDict }

// Values fills in the given values of a text column's dictionary: out[k] is
// value ids[k]. Its cost is the parts of the dictionary that hold them. ids are ascending.
func (r *Reader) Values(c *Chunk, ids []uint32) ([][]byte, error) {
	out := make([][]byte, 0, len(ids))
	for len(ids) > 0 {
		i := sort.Search(len(c.Frames), func(i int) bool { return c.Frames[i].First > ids[0] }) - 1
		if i < 0 || ids[0] >= c.Distinct {
			return nil, c.damaged(errCorrupt)
		}
		at := c.Frames[i].First
		err := r.frame(c, i, func(v []byte) {
			for len(ids) > 0 && ids[0] == at {
				out = append(out, v)
				ids = ids[1:]
			}
			at++
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// verifiedChunk reads all bytes of a chunk and checks each part of it.
func (r *Reader) verifiedChunk(c *Chunk) ([]byte, error) {
	data := make([]byte, c.Size)
	if _, err := r.r.ReadAt(data, c.Off); err != nil {
		return nil, c.damaged(err)
	}
	for i := range c.Frames {
		f := &c.Frames[i]
		if checksum(data[f.Off:f.Off+f.Size]) != f.CRC {
			return nil, c.damaged(errors.New("checksum of a dictionary differs"))
		}
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		if checksum(data[p.Off:p.Off+p.Size]) != p.CRC {
			return nil, c.damaged(errors.New("checksum of a page differs"))
		}
	}
	return data, nil
}

// Gather reads the given rows, ascending, of a column: row k of the result is
// row rows[k] of the group. Its cost is the pages and the parts of the dictionary that hold them.
func (r *Reader) Gather(g *Group, c *Chunk, rows []int) (*Column, error) {
	out := &Column{Name: c.Name, Type: c.Type}
	var nums []int64
	if c.Type.IsText() {
		out.IDs = make([]uint32, len(rows))
	} else {
		out.Nums, out.Valid = make([]int64, len(rows)), NewBits(len(rows))
		if c.Encoding == encDict {
			var err error
			if nums, err = r.numDict(c); err != nil {
				return nil, err
			}
		}
	}
	for k := 0; k < len(rows); {
		at := sort.Search(len(c.Pages), func(i int) bool { return int(c.Pages[i].Row) > rows[k] }) - 1
		begin := int(c.Pages[at].Row)
		end := begin + c.pageRows(g, at)
		page, err := r.page(c, at, end-begin, nums)
		if err != nil {
			return nil, err
		}
		for ; k < len(rows) && rows[k] < end; k++ {
			row := rows[k] - begin
			switch {
			case c.Type.IsText() && c.Encoding == encDict:
				out.IDs[k] = page.IDs[row]
			case c.Type.IsText():
				if id := page.IDs[row]; id != 0 {
					out.Dict.Add(page.Dict.Get(int(id - 1)))
					out.IDs[k] = uint32(out.Dict.Len())
				}
			case page.Valid.Get(row):
				out.Nums[k] = page.Nums[row]
				out.Valid.Set(k)
			}
		}
	}
	if c.Type.IsText() && c.Encoding == encDict {
		return out, r.gatherDict(c, out)
	}
	return out, nil
}

// page decodes one page into a column of its own.
func (r *Reader) page(c *Chunk, at, rows int, nums []int64) (*Column, error) {
	p := &c.Pages[at]
	body, err := r.part(c, p.Off, p.Size, p.Raw, p.CRC)
	if err != nil {
		return nil, err
	}
	out := &Column{Type: c.Type}
	if c.Type.IsText() {
		out.IDs = make([]uint32, rows)
	} else {
		out.Nums, out.Valid = make([]int64, rows), NewBits(rows)
	}
	return out, decodePage(out, c, body, 0, rows, nums)
}

// gatherDict gives out a dictionary of the values that its rows have.
func (r *Reader) gatherDict(c *Chunk, out *Column) error {
	used := slices.Clone(out.IDs)
	slices.Sort(used)
	used = slices.Compact(used)
	if len(used) > 0 && used[0] == 0 {
		used = used[1:]
	}
	for i := range used {
		used[i]--
	}
	values, err := r.Values(c, used)
	if err != nil {
		return err
	}
	for _, v := range values {
		out.Dict.Add(v)
	}
	for k, id := range out.IDs {
		if id != 0 {
			i, _ := slices.BinarySearch(used, id-1)
			out.IDs[k] = uint32(i + 1)
		}
	}
	return nil
}

// Run finds the rows of a dictionary value in a column that the rows are sorted
// by, nulls first. Its cost is the pages that a binary search needs.
func (r *Reader) Run(g *Group, c *Chunk, id uint32) (rows []int, err error) {
	last := sort.Search(len(c.Pages), func(i int) bool {
		page, pageErr := r.page(c, i, c.pageRows(g, i), nil)
		if pageErr != nil {
			err = pageErr
			return true
		}
		return page.IDs[0] > id+1
	})
	// Page last is the first that begins with a higher value.
	for i := last - 1; i >= 0 && err == nil; i-- {
		page, pageErr := r.page(c, i, c.pageRows(g, i), nil)
		if pageErr != nil {
			return nil, pageErr
		}
		first, _ := slices.BinarySearch(page.IDs, id+1)
		var found []int
		for k := first; k < len(page.IDs) && page.IDs[k] == id+1; k++ {
			found = append(found, int(c.Pages[i].Row)+k)
		}
		rows = append(found, rows...)
		if first > 0 {
			break
		}
	}
	return rows, err
}

// pageRows is the number of rows of page i.
func (c *Chunk) pageRows(g *Group, i int) int {
	if i+1 < len(c.Pages) {
		return int(c.Pages[i+1].Row - c.Pages[i].Row)
	}
	return g.Rows - int(c.Pages[i].Row)
}
