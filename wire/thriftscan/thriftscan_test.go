package thriftscan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
)

// dump writes what a struct says, as far as it can be read.
func dump(b *strings.Builder, r *Reader, t Type, depth int) {
	switch t {
	case Bool:
		fmt.Fprint(b, r.Bool())
	case Byte:
		fmt.Fprint(b, r.Byte())
	case I16:
		fmt.Fprint(b, r.I16())
	case I32:
		fmt.Fprint(b, r.I32())
	case I64:
		fmt.Fprint(b, r.I64())
	case Double:
		fmt.Fprint(b, r.Double())
	case String:
		fmt.Fprintf(b, "%q", r.Bytes())
	case Struct:
		if depth == 0 {
			r.Skip(t)
			return
		}
		for f := (Field{}); r.Next(&f); {
			fmt.Fprintf(b, "<%d:%d ", f.ID, f.Type)
			dump(b, r, f.Type, depth-1)
		}
		b.WriteString(">")
	case List, Set:
		if depth == 0 {
			r.Skip(t)
			return
		}
		elem, n := r.list()
		fmt.Fprintf(b, "[%d*%d", n, elem)
		for r.More(&n) {
			dump(b, r, elem, depth-1)
		}
		b.WriteString("]")
	default:
		r.Skip(t)
	}
}

// dumpReference does the same with Thrift's own library.
func dumpReference(b *strings.Builder, p thrift.TProtocol, t thrift.TType, depth int) (err error) {
	ctx := context.Background()
	show := func(v any, err error) error {
		if err == nil {
			fmt.Fprint(b, v)
		}
		return err
	}
	switch t {
	case thrift.BOOL:
		v, err := p.ReadBool(ctx)
		return show(v, err)
	case thrift.BYTE:
		v, err := p.ReadByte(ctx)
		return show(v, err)
	case thrift.I16:
		v, err := p.ReadI16(ctx)
		return show(v, err)
	case thrift.I32:
		v, err := p.ReadI32(ctx)
		return show(v, err)
	case thrift.I64:
		v, err := p.ReadI64(ctx)
		return show(v, err)
	case thrift.DOUBLE:
		v, err := p.ReadDouble(ctx)
		return show(v, err)
	case thrift.STRING:
		v, err := p.ReadString(ctx)
		return show(fmt.Sprintf("%q", v), err)
	case thrift.STRUCT:
		if depth == 0 {
			return p.Skip(ctx, t)
		}
		if _, err := p.ReadStructBegin(ctx); err != nil {
			return err
		}
		for {
			_, typ, id, err := p.ReadFieldBegin(ctx)
			if err != nil {
				return err
			}
			if typ == thrift.STOP {
				b.WriteString(">")
				return p.ReadStructEnd(ctx)
			}
			fmt.Fprintf(b, "<%d:%d ", id, typ)
			if err := dumpReference(b, p, typ, depth-1); err != nil {
				return err
			}
		}
	case thrift.LIST, thrift.SET:
		if depth == 0 {
			return p.Skip(ctx, t)
		}
		elem, n, err := p.ReadListBegin(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "[%d*%d", n, elem)
		for range n {
			if err := dumpReference(b, p, elem, depth-1); err != nil {
				return err
			}
		}
		b.WriteString("]")
		return nil
	default:
		return p.Skip(ctx, t)
	}
}

func reference(msg []byte, compact bool) (thrift.TProtocol, *thrift.TMemoryBuffer) {
	buffer := thrift.NewTMemoryBufferLen(len(msg))
	buffer.Write(msg)
	if compact {
		return thrift.NewTCompactProtocolConf(buffer, nil), buffer
	}
	return thrift.NewTBinaryProtocolConf(buffer, nil), buffer
}

func ours(msg []byte, compact bool) Reader {
	if compact {
		return Compact(msg)
	}
	return Binary(msg)
}

// FuzzStruct holds Reader to Thrift's own library: same verdict, same values, same extent.
func FuzzStruct(f *testing.F) {
	for _, compact := range []bool{false, true} {
		f.Add(sample(f, compact), compact)
		f.Add(nested(compact, 70), compact)
	}
	f.Add([]byte{15, 0, 1, 12, 0x7f, 0xff, 0xff, 0xff}, false)
	f.Add([]byte{13, 0, 1, 11, 11, 0, 0, 0, 0, 0}, false)
	f.Add([]byte{0x1b, 0x00, 0x1b, 0x02, 0x88, 1, 'a', 1, 'b', 1, 'c', 1, 'd', 0}, true)
	f.Fuzz(func(t *testing.T, msg []byte, compact bool) {
		r := ours(msg, compact)
		var got, want strings.Builder
		dump(&got, &r, Struct, 8)
		p, left := reference(msg, compact)
		err := dumpReference(&want, p, thrift.STRUCT, 8)
		if r.Err() != nil {
			stated := strings.Contains(r.Err().What, "varint") || strings.Contains(r.Err().What, "elements, but")
			if err == nil && !stated {
				t.Fatalf("% x: got %v, the library reads it", msg, r.Err())
			}
			if r.Err().Offset < 0 || r.Err().Offset > len(msg) {
				t.Fatalf("error at byte %d of %d", r.Err().Offset, len(msg))
			}
			return
		}
		if err != nil {
			t.Fatalf("% x: read, but the library says %v", msg, err)
		}
		if got.String() != want.String() || r.Offset() != len(msg)-left.Len() {
			t.Fatalf("% x:\n got %s, %d bytes\nwant %s, %d bytes", msg, got.String(), r.Offset(), want.String(), len(msg)-left.Len())
		}
	})
}

// FuzzMessage does the same for the headers of messages.
func FuzzMessage(f *testing.F) {
	for _, compact := range []bool{false, true} {
		p, buffer := reference(nil, compact)
		if err := p.WriteMessageBegin(f.Context(), "emitBatch", thrift.ONEWAY, 7); err != nil {
			f.Fatal(err)
		}
		f.Add(buffer.Bytes(), compact)
	}
	f.Add([]byte("\x00\x00\x00\x01a\x04\x00\x00\x00\x07"), false)
	f.Fuzz(func(t *testing.T, msg []byte, compact bool) {
		r := ours(msg, compact)
		name, kind := r.Message()
		p, left := reference(msg, compact)
		wantName, wantKind, _, err := p.ReadMessageBegin(t.Context())
		if r.Err() != nil {
			if err == nil && !strings.Contains(r.Err().What, "varint") {
				t.Fatalf("% x: got %v, the library reads it", msg, r.Err())
			}
			return
		}
		if err != nil || string(name) != wantName || kind != MessageKind(wantKind) || r.Offset() != len(msg)-left.Len() {
			t.Fatalf("% x: got %q %d, want %q %d, %v", msg, name, kind, wantName, wantKind, err)
		}
	})
}

// sample is a struct with a field of each type.
func sample(t testing.TB, compact bool) []byte {
	t.Helper()
	ctx := context.Background()
	p, buffer := reference(nil, compact)
	field := func(typ thrift.TType, id int16, write func() error) {
		if err := errors.Join(p.WriteFieldBegin(ctx, "", typ, id), write(), p.WriteFieldEnd(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.WriteStructBegin(ctx, ""); err != nil {
		t.Fatal(err)
	}
	field(thrift.BOOL, 1, func() error { return p.WriteBool(ctx, true) })
	field(thrift.BOOL, 2, func() error { return p.WriteBool(ctx, false) })
	field(thrift.BYTE, 40, func() error { return p.WriteByte(ctx, -3) })
	field(thrift.I16, 41, func() error { return p.WriteI16(ctx, -300) })
	field(thrift.I32, 30, func() error { return p.WriteI32(ctx, 1<<30) })
	field(thrift.I64, -1, func() error { return p.WriteI64(ctx, -1<<63) })
	field(thrift.DOUBLE, 5, func() error { return p.WriteDouble(ctx, 2.5) })
	field(thrift.STRING, 6, func() error { return p.WriteString(ctx, "text") })
	field(thrift.LIST, 7, func() error {
		errs := []error{p.WriteListBegin(ctx, thrift.BOOL, 16)}
		for i := range 16 {
			errs = append(errs, p.WriteBool(ctx, i%3 == 0))
		}
		return errors.Join(errs...)
	})
	field(thrift.MAP, 8, func() error {
		return errors.Join(p.WriteMapBegin(ctx, thrift.STRING, thrift.I32, 1), p.WriteString(ctx, "k"), p.WriteI32(ctx, 9))
	})
	field(thrift.STRUCT, 9, func() error {
		return errors.Join(p.WriteStructBegin(ctx, ""), p.WriteFieldBegin(ctx, "", thrift.BOOL, 3), p.WriteBool(ctx, true), p.WriteFieldStop(ctx), p.WriteStructEnd(ctx))
	})
	if err := errors.Join(p.WriteFieldStop(ctx), p.WriteStructEnd(ctx)); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// nested is structs in structs.
func nested(compact bool, levels int) []byte {
	field := []byte{12, 0, 1}
	if compact {
		field = []byte{0x1c}
	}
	var msg []byte
	for range levels {
		msg = append(msg, field...)
	}
	return append(msg, make([]byte, levels+1)...)
}

func TestSample(t *testing.T) {
	for _, compact := range []bool{false, true} {
		r := ours(sample(t, compact), compact)
		var got strings.Builder
		dump(&got, &r, Struct, 8)
		want := `<1:2 true<2:2 false<40:3 -3<41:6 -300<30:8 1073741824<-1:10 -9223372036854775808<5:4 2.5<6:11 "text"` +
			`<7:15 [16*2truefalsefalsetruefalsefalsetruefalsefalsetruefalsefalsetruefalsefalsetrue]<8:13 <9:12 <3:2 true>>`
		if r.Err() != nil || got.String() != want {
			t.Errorf("compact %v: %v\n got %s\nwant %s", compact, r.Err(), got.String(), want)
		}
	}
}

// What is wrong is said with the place.
func TestErrors(t *testing.T) {
	deep := nested(true, 1000)
	for want, msg := range map[string]Reader{
		"the message ends inside of a struct (byte 0)":               Binary(nil),
		"a text takes 16 bytes, but 2 are left (byte 7)":             Binary([]byte{11, 0, 1, 0, 0, 0, 16, 'a', 'b'}),
		"a negative size -1 (byte 7)":                                Binary([]byte{11, 0, 1, 255, 255, 255, 255}),
		"2000000000 elements, but 1 bytes are left (byte 8)":         Binary([]byte{15, 0, 1, 12, 0x77, 0x35, 0x94, 0, 0}),
		"a value of the unknown type 7 (byte 3)":                     Binary([]byte{7, 0, 1, 0}),
		"a field of the unknown type 14 (byte 1)":                    Compact([]byte{0x1e}),
		"a varint that does not end within ten bytes (byte 1)":       Compact([]byte("\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
		"a value that nests deeper than 64 (byte 64)":                Compact(deep),
		"an i64 takes 8 bytes, but 0 are left (byte 3)":              Binary([]byte{10, 0, 1}),
		"a list of the unknown type 15 (byte 2)":                     Compact([]byte{0x19, 0x1f, 0}),
		"a message of version 0x8002; want 0x8001 (byte 4)":          Binary([]byte{0x80, 2, 0, 1}),
		"a message that begins with 0x8222; want 0x82 and version 1": Compact([]byte{0x82, 0x22, 0, 0}),
	} {
		r := msg
		if strings.HasPrefix(want, "a message") {
			r.Message()
		} else {
			r.Skip(Struct)
		}
		if r.Err() == nil || !strings.HasPrefix(r.Err().Error(), want) {
			t.Errorf("got %v, want %s", r.Err(), want)
		}
		if n := r.List(Struct); n != 0 || r.More(&n) || r.I64() != 0 || r.Bytes() != nil {
			t.Errorf("after %q it reads on", want)
		}
	}
}

// A list of another type than expected cannot be taken for what it is not.
func TestListType(t *testing.T) {
	for msg, want := range map[string]string{
		"\x0c\x00\x00\x00\x01\x00": "",
		"\x08\x00\x00\x00\x00":     "",
		"\x08\x00\x00\x00\x01\x00": "a list of elements of type 8; want type 12 (byte 5)",
	} {
		r := Binary([]byte(msg))
		r.List(Struct)
		if got := r.Err(); (got == nil) != (want == "") || got != nil && got.Error() != want {
			t.Errorf("%q: got %v, want %q", msg, got, want)
		}
	}
}

func BenchmarkSkip(b *testing.B) {
	for _, compact := range []bool{false, true} {
		msg := sample(b, compact)
		b.Run(fmt.Sprintf("compact=%v", compact), func(b *testing.B) {
			b.SetBytes(int64(len(msg)))
			b.ReportAllocs()
			for b.Loop() {
				r := ours(msg, compact)
				if r.Skip(Struct); r.Err() != nil {
					b.Fatal(r.Err())
				}
			}
		})
	}
}
