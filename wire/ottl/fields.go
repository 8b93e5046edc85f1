package ottl

import (
	"encoding/binary"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// fields are the fields of one message by number, as far as they are not
// repeated: of each, the last one counts. A condition that asks for four fields reads
// the message once.
type fields struct {
	bodies  [maxField + 1][]byte
	numbers [maxField + 1]uint64
	hasBody uint32 // bits of the fields that are set
	hasNum  uint32
}

// maxField is the highest number of a field that conditions ask for: a span's flags.
const maxField = 16

func (f *fields) read(msg []byte) {
	f.hasBody, f.hasNum = 0, 0
	for len(msg) > 1 {
		// Nearly all fields have one byte of tag and one of length.
		num, typ := msg[0]>>3, msg[0]&7
		switch {
		case msg[0] >= 0x80 || num == 0:
		case typ == protoscan.Len && msg[1] < 0x80 && int(msg[1])+2 <= len(msg):
			end := 2 + int(msg[1])
			f.bodies[num] = msg[2:end:end]
			f.hasBody |= 1 << num
			msg = msg[end:]
			continue
		case typ == protoscan.I64 && len(msg) >= 9:
			f.numbers[num] = binary.LittleEndian.Uint64(msg[1:])
			f.hasNum |= 1 << num
			msg = msg[9:]
			continue
		case typ == protoscan.Varint && msg[1] < 0x80:
			f.numbers[num] = uint64(msg[1])
			f.hasNum |= 1 << num
			msg = msg[2:]
			continue
		}
		field, err := protoscan.Next(msg)
		if err != nil {
			return
		}
		if field.Num <= maxField {
			if field.Type == protoscan.Len {
				f.bodies[field.Num] = field.Body
				f.hasBody |= 1 << field.Num
			} else {
				f.numbers[field.Num] = field.Int
				f.hasNum |= 1 << field.Num
			}
		}
		msg = msg[field.Size:]
	}
}

// body is the content of a field that has a length, nil if it is not set.
func (f *fields) body(num int) []byte {
	if f.hasBody&(1<<num) == 0 {
		return nil
	}
	return f.bodies[num]
}

// number is a number, 0 if it is not set.
func (f *fields) number(num int) uint64 {
	if f.hasNum&(1<<num) == 0 {
		return 0
	}
	return f.numbers[num]
}

// uint32 is a number of 32 bits without a sign.
func (f *fields) uint32(num int) int64 { return int64(uint32(f.number(num))) }

// int32 is an enum, or a number of 32 bits with a sign.
func (f *fields) int32(num int) int64 { return int64(int32(f.number(num))) }

// known are the fields of what an Env has entered, read when they are asked for.
type known struct {
	fields
	at uint64 // Env.entered of what was read
}

// ofItem are the fields of the item.
func (e *Env) ofItem() *fields { return e.itemFields.of(e.entered[levelItem], e.item) }

// ofPart are the fields of the event or data point.
func (e *Env) ofPart() *fields { return e.partFields.of(e.entered[levelPart], e.part) }

func (k *known) of(at uint64, msg []byte) *fields {
	if k.at != at {
		k.at = at
		k.read(msg)
	}
	return &k.fields
}
