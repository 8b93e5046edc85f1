package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	lib "github.com/parquet-go/parquet-go"
)

// buffer is a file in memory.
type buffer struct{ b []byte }

func (f *buffer) WriteAt(b []byte, off int64) (int, error) {
	f.b = append(f.b[:off], b...)
	return len(b), nil
}

// randomColumns makes columns of each type and of many shapes: constant, few
// values, many, runs, nearly all null, shorter than the rows.
func randomColumns(r *rand.Rand, n int) []Column {
	var out []Column
	for t := String; t <= lastType; t++ {
		for shape := range 6 {
			c := Column{Name: fmt.Sprintf("c%d.%d", t, shape), Type: t}
			distinct := []int{1, 3, 100, n + 1, 2, 5000}[shape]
			length := n
			if shape == 4 {
				length = n / 2
			}
			c.Valid = NewBits(length)
			for row := range length {
				v := r.IntN(distinct)
				if shape == 2 {
					v = row / 20 % distinct // runs
				}
				null := shape == 4 && r.IntN(50) > 0 || shape == 5 && r.IntN(3) == 0
				if t.IsText() {
					c.putText(v, null)
				} else {
					c.putNum(row, v, null)
				}
			}
			if shape == 3 {
				c.Plain, c.Valid = t.IsText(), nil
			}
			out = append(out, c)
		}
	}
	return out
}

func (c *Column) putText(v int, null bool) {
	if null {
		c.IDs = append(c.IDs, 0)
		return
	}
	text := []byte(fmt.Sprintf("value-%016d", v))
	switch {
	case c.Type == Fixed16:
		text = text[6:]
	case v%7 == 0:
		text = text[:0]
	}
	for i := range min(c.Dict.Len(), 200) { // few values: keep the dictionary free of repetitions
		if bytes.Equal(c.Dict.Get(i), text) {
			c.IDs = append(c.IDs, uint32(i+1))
			return
		}
	}
	c.Dict.Add(text)
	c.IDs = append(c.IDs, uint32(c.Dict.Len()))
}

func (c *Column) putNum(row, v int, null bool) {
	n := int64(v)
	switch c.Type {
	case Bool:
		n &= 1
	case Double:
		n = int64(math.Float64bits(float64(v) / 3))
	case Int64, Fixed8, Time:
		n *= -0x123456789
	}
	c.Nums = append(c.Nums, n)
	if !null {
		c.Valid.Set(row)
	}
}

// texts is the column as text, in row order.
func texts(c *Column, n int) []string {
	out := make([]string, n)
	for row := range n {
		out[row] = "null"
		switch {
		case c == nil:
		case c.Type.IsText() && row < len(c.IDs) && c.IDs[row] != 0:
			out[row] = fmt.Sprintf("%q", c.Dict.Get(int(c.IDs[row]-1)))
		case !c.Type.IsText() && row < len(c.Nums) && (c.Valid == nil || c.Valid.Get(row)):
			out[row] = fmt.Sprint(c.Nums[row])
		}
	}
	return out
}

// write makes a file of two row groups, the second without the even columns.
func write(t testing.TB, columns []Column, n int, order []uint32) ([]byte, *Reader) {
	t.Helper()
	f := &buffer{}
	w := NewWriter(f, "row")
	err := w.AppendRowGroup(n, order, columns)
	var odd []Column
	for i := range columns {
		if i%2 == 1 {
			odd = append(odd, columns[i])
		}
	}
	if err = errors.Join(err, w.AppendRowGroup(n, nil, odd)); err != nil {
		t.Fatal(err)
	}
	dir, size, err := w.Close()
	if err != nil || size != int64(len(f.b)) {
		t.Fatalf("%d bytes of %d, %v", size, len(f.b), err)
	}
	parsed, err := ParseDirectory(dir.Append(nil), size)
	if err != nil {
		t.Fatal(err)
	}
	return f.b, NewReader(bytes.NewReader(f.b), parsed)
}

// TestRoundTrip writes columns and reads them back, whole, by row and by value.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 7, 8, 9, 1000, PageRows, 2*PageRows + 77} {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		columns := randomColumns(r, n)
		order := make([]uint32, n)
		for i, row := range r.Perm(n) {
			order[i] = uint32(row)
		}
		_, reader := write(t, columns, n, order)
		g := &reader.Directory().Groups[0]
		for i := range columns {
			plain := texts(&columns[i], n)
			want := make([]string, n)
			for k, row := range order {
				want[k] = plain[row]
			}
			checkColumn(t, reader, g, &columns[i], want, r)
		}
	}
}

func checkColumn(t *testing.T, reader *Reader, g *Group, c *Column, want []string, r *rand.Rand) {
	t.Helper()
	chunk := g.Chunk(c.Name)
	if chunk == nil {
		if slices.ContainsFunc(want, func(s string) bool { return s != "null" }) {
			t.Errorf("%s is not in the file", c.Name)
		}
		return
	}
	got, err := reader.Column(g, chunk, true)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	if all := texts(got, len(want)); !slices.Equal(want, all) {
		t.Fatalf("%d rows, %s: %s", len(want), c.Name, cmp.Diff(want, all))
	}
	var rows []int
	var some []string
	for row := range want {
		if r.IntN(len(want)) < 20 {
			rows, some = append(rows, row), append(some, want[row])
		}
	}
	got, err = reader.Gather(g, chunk, rows)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	if diff := cmp.Diff(some, texts(got, len(rows))); diff != "" {
		t.Fatalf("%d rows, %s, gathered: %s", len(want), c.Name, diff)
	}
	if !chunk.HasDict() || !c.Type.IsText() {
		return
	}
	for i := range min(c.Dict.Len(), 50) {
		v := c.Dict.Get(i)
		if id, ok, err := reader.Find(chunk, v); err != nil || !ok {
			t.Errorf("%s: %q not found: %d, %v", c.Name, v, id, err)
		}
		if _, ok, err := reader.Find(chunk, append([]byte("no "), v...)); err != nil || ok {
			t.Errorf("%s: found what is not there (%v)", c.Name, err)
		}
	}
}

// TestLibrary reads a file with parquet-go, which shares only metadata structs
// and integer packing with the writer.
func TestLibrary(t *testing.T) {
	t.Parallel()
	const n = 2*PageRows + 77
	columns := randomColumns(rand.New(rand.NewPCG(1, 1)), n)
	file, _ := write(t, columns, n, nil)
	f, err := lib.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for number, group := range f.RowGroups() {
		for i, path := range f.Schema().Columns() {
			at := slices.IndexFunc(columns, func(c Column) bool { return c.Name == path[0] })
			c := &columns[at]
			if number == 1 && at%2 == 0 {
				c = &Column{Type: c.Type}
			}
			if want, got := texts(c, n), libraryTexts(t, group.ColumnChunks()[i], c.Type); !slices.Equal(want, got) {
				t.Fatalf("row group %d, %s: %s", number, path[0], cmp.Diff(want, got))
			}
		}
	}
}

func libraryTexts(t *testing.T, chunk lib.ColumnChunk, typ Type) (out []string) {
	t.Helper()
	pages := chunk.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]lib.Value, page.NumValues())
		if k, _ := page.Values().ReadValues(values); k != len(values) {
			t.Fatalf("%d of %d values", k, len(values))
		}
		for _, v := range values {
			out = append(out, libraryText(v, typ))
		}
	}
}

func libraryText(v lib.Value, typ Type) string {
	switch {
	case v.IsNull():
		return "null"
	case typ.IsText():
		return fmt.Sprintf("%q", v.ByteArray())
	case typ == Fixed8:
		n := int64(0)
		for _, b := range v.ByteArray() {
			n = n<<8 | int64(b)
		}
		return fmt.Sprint(n)
	case typ == Double:
		return fmt.Sprint(int64(math.Float64bits(v.Double())))
	case typ == Bool:
		if v.Boolean() {
			return "1"
		}
		return "0"
	case typ == Int32:
		return fmt.Sprint(v.Int32())
	}
	return fmt.Sprint(v.Int64())
}

// TestCopy copies a row group into another file.
func TestCopy(t *testing.T) {
	t.Parallel()
	const n = 1000
	columns := randomColumns(rand.New(rand.NewPCG(2, 1)), n)
	_, reader := write(t, columns, n, nil)
	f := &buffer{}
	w := NewWriter(f, "row")
	for i := range reader.Directory().Groups {
		if err := w.CopyRowGroup(reader, i); err != nil {
			t.Fatal(err)
		}
	}
	dir, _, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	again := NewReader(bytes.NewReader(f.b), dir)
	for i := range columns {
		checkColumn(t, again, &dir.Groups[0], &columns[i], texts(&columns[i], n), rand.New(rand.NewPCG(2, 2)))
	}
}

// TestFlippedBits changes bits of a file: a column reads as it was, or not at all.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	const n = 500
	columns := randomColumns(rand.New(rand.NewPCG(3, 1)), n)
	file, reader := write(t, columns, n, nil)
	g, r := &reader.Directory().Groups[0], rand.New(rand.NewPCG(4, 4))
	refused := 0
	for range 2000 {
		i := r.IntN(len(columns))
		chunk := g.Chunk(columns[i].Name)
		if chunk == nil {
			continue
		}
		at, bit := chunk.Off+r.Int64N(chunk.Size), byte(1)<<r.IntN(8)
		file[at] ^= bit
		got, err := reader.Column(g, chunk, true)
		file[at] ^= bit
		switch {
		case errors.Is(err, ErrDamaged):
			refused++
		case err != nil:
			t.Errorf("%s: %v", chunk.Name, err)
		case !slices.Equal(texts(got, n), texts(&columns[i], n)): // page headers are for other readers
			t.Errorf("%s: byte %d flipped unnoticed", chunk.Name, at)
		}
	}
	if refused < 1000 {
		t.Errorf("damage was found %d times of 2,000", refused)
	}
}

// FuzzDirectory parses arbitrary bytes; what parses must encode to itself.
func FuzzDirectory(f *testing.F) {
	_, reader := write(f, randomColumns(rand.New(rand.NewPCG(5, 1)), 20)[:8], 20, nil)
	f.Add(reader.Directory().Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDirectory(b, 1<<20)
		if err != nil {
			return
		}
		again, err := ParseDirectory(d.Append(nil), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(d, again) {
			t.Errorf("%+v became %+v", d, again)
		}
	})
}

// FuzzPage decodes arbitrary pages: no panic, no more rows than there are.
func FuzzPage(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 20, 1, 3, 8, 1}, uint8(1), uint8(0))
	f.Add([]byte{2, 0, 0, 0, 20, 1, 128, 1, 4, 10, 0}, uint8(6), uint8(2))
	f.Fuzz(func(t *testing.T, body []byte, typ, enc uint8) {
		c := Chunk{Type: Type(typ)%lastType + 1, Encoding: encoding(enc) % 3, Distinct: 3}
		body = append(make([]byte, 0, len(body)+slack), body...)
		out := &Column{Type: c.Type, IDs: make([]uint32, 10), Nums: make([]int64, 10), Valid: NewBits(10)}
		if err := decodePage(out, &c, body, 0, 10, []int64{1, 2, 3}); err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
		if c.Type.IsText() {
			for _, id := range out.IDs {
				if c.Encoding == encPlain && int(id) > out.Dict.Len() {
					t.Errorf("id %d of %d values", id, out.Dict.Len())
				}
			}
		}
	})
}
