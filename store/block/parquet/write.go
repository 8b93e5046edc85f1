package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const magic = "PAR1"

// Writer makes one file. Not safe for concurrent use.
type Writer struct {
	w    io.WriterAt
	at   int64
	err  error
	dir  Directory
	enc  *encoder
	name string // of the schema
	// fixed are columns that the schema has in any case.
	fixed map[string]Type
}

// NewWriter begins a file; schema is the name of its root.
func NewWriter(w io.WriterAt, schema string) *Writer {
	out := &Writer{w: w, enc: newEncoder(), name: schema, fixed: map[string]Type{}}
	out.write([]byte(magic))
	return out
}

// Declare puts a column into the schema even if no row group has a value of it.
func (w *Writer) Declare(name string, t Type) { w.fixed[name] = t }

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.w.WriteAt(b, w.at)
	}
	w.at += int64(len(b))
}

// AppendRowGroup encodes n rows. order is the order of the rows in the file,
// nil for the order they have. Columns without any value are left out; readers see
// nulls.
func (w *Writer) AppendRowGroup(n int, order []uint32, columns []Column) error {
	g := Group{Rows: n}
	for i := range columns {
		c := &columns[i]
		if c.Type.IsText() && c.Dict.Len() == 0 {
			continue
		}
		ch := w.enc.chunk(c, n, order)
		if ch.Present == 0 {
			continue
		}
		w.place(&g, ch, w.enc.out)
	}
	w.add(g)
	return w.err
}

// CopyRowGroup copies a row group of another file as it is, after verifying each checksum.
func (w *Writer) CopyRowGroup(r *Reader, group int) error {
	from := &r.dir.Groups[group]
	g := Group{Rows: from.Rows}
	for i := range from.Chunks {
		ch := from.Chunks[i]
		data, err := r.verifiedChunk(&ch)
		if err != nil {
			return err
		}
		w.place(&g, ch, data)
	}
	w.add(g)
	return w.err
}

func (w *Writer) place(g *Group, ch Chunk, data []byte) {
	ch.Off = w.at
	w.write(data)
	g.Chunks = append(g.Chunks, ch)
}

func (w *Writer) add(g Group) {
	slices.SortFunc(g.Chunks, func(a, b Chunk) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	w.dir.Groups = append(w.dir.Groups, g)
}

// Close writes the footer and returns the directory and the size of the file.
func (w *Writer) Close() (*Directory, int64, error) {
	meta := format.FileMetaData{Version: 2, CreatedBy: "oriel", NumRows: 0}
	types := maps.Clone(w.fixed)
	for _, g := range w.dir.Groups {
		for _, c := range g.Chunks {
			types[c.Name] = c.Type
		}
	}
	names := slices.Sorted(maps.Keys(types))
	meta.Schema = append(meta.Schema, format.SchemaElement{Name: w.name, NumChildren: thrift.New(int32(len(names)))})
	for _, name := range names {
		meta.Schema = append(meta.Schema, schemaElement(name, types[name]))
	}
	for i := range w.dir.Groups {
		g := &w.dir.Groups[i]
		rg := format.RowGroup{NumRows: int64(g.Rows), Ordinal: int16(i)}
		for _, name := range names {
			c := g.Chunk(name)
			if c == nil {
				null := w.nullChunk(name, types[name], g.Rows)
				c = &null
			}
			column := columnMeta(c, g.Rows)
			rg.TotalByteSize += column.MetaData.TotalUncompressedSize
			rg.TotalCompressedSize += column.MetaData.TotalCompressedSize
			rg.Columns = append(rg.Columns, column)
		}
		meta.NumRows += rg.NumRows
		meta.RowGroups = append(meta.RowGroups, rg)
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		return nil, 0, fmt.Errorf("encode parquet footer: %w", err)
	}
	w.write(footer)
	w.write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))), magic...))
	return &w.dir, w.at, w.err
}

// nullChunk writes a column of nothing, which a row group needs when another one has the column.
func (w *Writer) nullChunk(name string, t Type, rows int) Chunk {
	ch := Chunk{Name: name, Type: t, Encoding: encPlain, Codec: codecOf(t), Max: -1, Off: w.at}
	w.enc.out, w.enc.ids = w.enc.out[:0], resize(w.enc.ids, rows)
	clear(w.enc.ids)
	w.enc.pagesOf(&ch, rows, max(rows, 1), func([]uint32, int) {})
	ch.Size = int64(len(w.enc.out))
	w.write(w.enc.out)
	return ch
}

func schemaElement(name string, t Type) format.SchemaElement {
	e := format.SchemaElement{Name: name, RepetitionType: thrift.New(format.Optional)}
	switch t {
	case String:
		e.Type = thrift.New(format.ByteArray)
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType.Value = new(format.StringType)
	case JSON:
		e.Type = thrift.New(format.ByteArray)
		e.ConvertedType = thrift.New(deprecated.Json)
		e.LogicalType.Value = new(format.JsonType)
	case Bytes:
		e.Type = thrift.New(format.ByteArray)
	case Fixed16, Fixed8:
		e.Type = thrift.New(format.FixedLenByteArray)
		e.TypeLength = thrift.New(int32(16))
		if t == Fixed8 {
			e.TypeLength = thrift.New(int32(8))
		}
	case Int64:
		e.Type = thrift.New(format.Int64)
	case Time:
		e.Type = thrift.New(format.Int64)
		e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: false, Unit: format.TimeUnit{Value: new(format.NanoSeconds)}}
	case Int32:
		e.Type = thrift.New(format.Int32)
	case Double:
		e.Type = thrift.New(format.Double)
	case Bool:
		e.Type = thrift.New(format.Boolean)
	}
	return e
}

func columnMeta(c *Chunk, rows int) format.ColumnChunk {
	m := format.ColumnMetaData{
		Type:                  schemaElement(c.Name, c.Type).Type.V,
		Encoding:              []format.Encoding{format.RLE, c.Encoding.parquet()},
		PathInSchema:          []string{c.Name},
		Codec:                 c.Codec.parquet(),
		NumValues:             int64(rows),
		TotalUncompressedSize: c.RawSize,
		TotalCompressedSize:   c.Size,
		DataPageOffset:        c.Off + int64(c.DataAt),
		Statistics:            format.Statistics{NullCount: int64(rows) - c.Present},
	}
	if c.DataAt > 0 {
		m.DictionaryPageOffset = c.Off
		m.Encoding = append(m.Encoding, format.Plain)
	}
	if c.Min <= c.Max && (c.Type == Time || c.Type == Int64) {
		m.Statistics.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(c.Min))
		m.Statistics.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(c.Max))
	}
	return format.ColumnChunk{FileOffset: c.Off, MetaData: m}
}

type pageHeader struct {
	dict              bool
	values, raw, size int
	encoding          format.Encoding
	crc               uint32
}

// appendPageHeader encodes a PageHeader in Thrift's compact protocol by hand: there is one
// for each few thousand values, and its shape is fixed.
func appendPageHeader(b []byte, h pageHeader) []byte {
	i32 := func(delta byte, v int32) {
		b = append(b, delta<<4|5)
		b = binary.AppendVarint(b, int64(v))
	}
	pageType := format.DataPage
	if h.dict {
		pageType = format.DictionaryPage
	}
	i32(1, int32(pageType))
	i32(1, int32(h.raw))
	i32(1, int32(h.size))
	i32(1, int32(h.crc))
	if h.dict {
		b = append(b, 3<<4|12) // field 7, struct
		i32(1, int32(h.values))
		i32(1, int32(format.Plain))
	} else {
		b = append(b, 1<<4|12) // field 5, struct
		i32(1, int32(h.values))
		i32(1, int32(h.encoding))
		i32(1, int32(format.RLE))
		i32(1, int32(format.RLE))
	}
	return append(b, 0, 0)
}
