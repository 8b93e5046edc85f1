package parquet

import (
	"encoding/binary"
	"errors"

	"github.com/parquet-go/parquet-go/format"
)

// Directory says where everything in a file lies.
type Directory struct{ Groups []Group }

// Group is one row group.
type Group struct {
	Rows   int
	Chunks []Chunk // sorted by name
}

// Chunk finds a column, nil if the group has no value of it.
func (g *Group) Chunk(name string) *Chunk {
	lo, hi := 0, len(g.Chunks)
	for lo < hi {
		mid := (lo + hi) / 2
		if g.Chunks[mid].Name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(g.Chunks) && g.Chunks[lo].Name == name {
		return &g.Chunks[lo]
	}
	return nil
}

// Chunk is one column of a row group. Offsets of frames and pages are relative to Off.
type Chunk struct {
	Name     string
	Type     Type
	Encoding encoding
	Codec    codec
	Off      int64 // in the file
	Size     int64
	RawSize  int64
	DataAt   uint32 // of the first data page's header
	Present  int64  // rows that are not null
	Distinct uint32 // values of the dictionary
	Min, Max int64  // of numbers; Min > Max if there are none
	Frames   []Frame
	Pages    []Page
	Bloom    bloom
}

// Frame is a part of a dictionary that can be read alone.
type Frame struct {
	Off, Size, Raw uint32
	First, Count   uint32 // values
	CRC            uint32
	FirstValue     []byte // text only
}

// Page is the body of a data page.
type Page struct {
	Off, Size, Raw uint32
	Row            uint32 // of the row group
	CRC            uint32
}

// MayHave is false if the column certainly has no such text value.
func (c *Chunk) MayHave(v []byte) bool {
	if c.Encoding != encDict || len(c.Frames) == 0 {
		return c.Encoding != encDict
	}
	return c.Bloom == nil || c.Bloom.has(v)
}

type encoding uint8

const (
	encDict encoding = iota
	encPlain
	encDelta
	lastEncoding = encDelta
)

func (e encoding) parquet() format.Encoding {
	switch e {
	case encDict:
		return format.RLEDictionary
	case encDelta:
		return format.DeltaBinaryPacked
	}
	return format.Plain
}

type codec uint8

const (
	codecNone codec = iota
	codecZstd
)

func (c codec) parquet() format.CompressionCodec {
	if c == codecZstd {
		return format.Zstd
	}
	return format.Uncompressed
}

var errDirectory = errors.New("parquet: directory does not decode")

// Append encodes the directory. All integers are varints; the order of fields
// is that of the structs above.
func (d *Directory) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(d.Groups)))
	for i := range d.Groups {
		g := &d.Groups[i]
		b = binary.AppendUvarint(b, uint64(g.Rows))
		b = binary.AppendUvarint(b, uint64(len(g.Chunks)))
		for k := range g.Chunks {
			b = g.Chunks[k].append(b)
		}
	}
	return b
}

func (c *Chunk) append(b []byte) []byte {
	b = appendText(b, []byte(c.Name))
	b = append(b, byte(c.Type), byte(c.Encoding), byte(c.Codec))
	for _, v := range [...]uint64{uint64(c.Off), uint64(c.Size), uint64(c.RawSize), uint64(c.DataAt), uint64(c.Present), uint64(c.Distinct)} {
		b = binary.AppendUvarint(b, v)
	}
	b = binary.AppendVarint(binary.AppendVarint(b, c.Min), c.Max)
	b = binary.AppendUvarint(b, uint64(len(c.Frames)))
	for _, f := range c.Frames {
		for _, v := range [...]uint32{f.Off, f.Size, f.Raw, f.First, f.Count} {
			b = binary.AppendUvarint(b, uint64(v))
		}
		b = binary.LittleEndian.AppendUint32(b, f.CRC)
		b = appendText(b, f.FirstValue)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Pages)))
	for _, p := range c.Pages {
		for _, v := range [...]uint32{p.Off, p.Size, p.Raw, p.Row} {
			b = binary.AppendUvarint(b, uint64(v))
		}
		b = binary.LittleEndian.AppendUint32(b, p.CRC)
	}
	return appendText(b, c.Bloom)
}

func appendText(b, v []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(v))), v...) }

// ParseDirectory decodes what Append wrote and checks that it holds together:
// pages and frames lie within their chunk, chunks within the first fileSize bytes, rows and
// values add up. The result aliases b.
func ParseDirectory(b []byte, fileSize int64) (*Directory, error) {
	p := parser{b: b}
	d := &Directory{Groups: make([]Group, p.count(4))}
	for i := range d.Groups {
		g := &d.Groups[i]
		g.Rows = int(p.num(1 << 31))
		g.Chunks = make([]Chunk, p.count(16))
		for k := range g.Chunks {
			c := &g.Chunks[k]
			p.chunk(c)
			if p.bad || !c.consistent(g.Rows, fileSize) || k > 0 && g.Chunks[k-1].Name >= c.Name {
				return nil, errDirectory
			}
		}
	}
	if p.bad || len(p.b) != 0 {
		return nil, errDirectory
	}
	return d, nil
}

// consistent checks what the readers rely on.
func (c *Chunk) consistent(rows int, fileSize int64) bool {
	if c.Type == 0 || c.Type > lastType || c.Encoding > lastEncoding || c.Codec > codecZstd ||
		c.Off < 0 || c.Size < 0 || c.Off > fileSize || c.Size > fileSize-c.Off || c.Present > int64(rows) {
		return false
	}
	within := func(off, size uint32) bool { return int64(off)+int64(size) <= c.Size }
	next := uint32(0)
	for i := range c.Frames {
		f := &c.Frames[i]
		if !within(f.Off, f.Size) || f.First != next || f.Count == 0 || f.Raw > 1<<30 || f.Count > f.Raw {
			return false
		}
		next += f.Count
	}
	if c.Encoding == encDict && next != c.Distinct || len(c.Bloom)%bloomBlock != 0 {
		return false
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		if !within(p.Off, p.Size) || p.Raw > 1<<30 || int(p.Row) >= rows ||
			i == 0 && p.Row != 0 || i > 0 && p.Row <= c.Pages[i-1].Row {
			return false
		}
	}
	return len(c.Pages) > 0 || rows == 0
}

// parser reads varints and remembers whether one was bad.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) num(limit uint64) uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || v > limit {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) signed() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

// count reads a number of things that take at least size bytes each.
func (p *parser) count(size int) int {
	n := p.num(1 << 31)
	if n > uint64(len(p.b)/size) {
		p.bad, p.b = true, nil
		return 0
	}
	return int(n)
}

func (p *parser) bytes(n int) []byte {
	if n > len(p.b) {
		p.bad, p.b = true, nil
		return make([]byte, n&7)
	}
	v := p.b[:n:n]
	p.b = p.b[n:]
	return v
}

func (p *parser) text() []byte { return p.bytes(p.count(1)) }

func (p *parser) crc() uint32 {
	if v := p.bytes(4); len(v) == 4 {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (p *parser) chunk(c *Chunk) {
	const u32 = 1<<32 - 1
	c.Name = string(p.text())
	if kinds := p.bytes(3); len(kinds) == 3 {
		c.Type, c.Encoding, c.Codec = Type(kinds[0]), encoding(kinds[1]), codec(kinds[2])
	}
	c.Off, c.Size, c.RawSize = int64(p.num(1<<62)), int64(p.num(1<<62)), int64(p.num(1<<62))
	c.DataAt, c.Present, c.Distinct = uint32(p.num(u32)), int64(p.num(1<<62)), uint32(p.num(u32))
	c.Min, c.Max = p.signed(), p.signed()
	c.Frames = make([]Frame, p.count(10))
	for i := range c.Frames {
		c.Frames[i] = Frame{Off: uint32(p.num(u32)), Size: uint32(p.num(u32)), Raw: uint32(p.num(u32)),
			First: uint32(p.num(u32)), Count: uint32(p.num(u32)), CRC: p.crc(), FirstValue: p.text()}
	}
	c.Pages = make([]Page, p.count(8))
	for i := range c.Pages {
		c.Pages[i] = Page{Off: uint32(p.num(u32)), Size: uint32(p.num(u32)), Raw: uint32(p.num(u32)), Row: uint32(p.num(u32)), CRC: p.crc()}
	}
	if bits := p.text(); len(bits) > 0 {
		c.Bloom = bits
	}
}
