package inflate

import "errors"

// GzipCount is how many bytes the members in src decompress to, without
// decompressing them: as far as src goes or is good, and until there are
// more than enough. It takes hardly more time for a bomb than for the bytes of src.
func GzipCount(src []byte, enough int) int {
	return count(src, enough, func(d *decoder) error {
		for {
			if err := d.gzipHeader(); err != nil {
				return err
			}
			if err := d.deflate(); err != nil {
				return err
			}
			if len(d.src)-d.at < 8 {
				return errEnd
			}
			d.at += 8
		}
	})
}

// ZlibCount is GzipCount for zlib's format.
func ZlibCount(src []byte, enough int) int {
	return count(src, enough, func(d *decoder) error {
		if err := d.zlibHeader(); err != nil {
			return err
		}
		return d.deflate()
	})
}

// errEnd ends a count.
var errEnd = errors.New("counted enough")

func count(src []byte, enough int, read func(d *decoder) error) int {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.begin(nil, src, nil)
	d.counting, d.enough = true, enough
	// What ends the count, if not the data, is in the data: that far it is counted.
	_ = read(d)
	d.counting = false
	return d.n
}

// countBlock is block without an output.
func (d *decoder) countBlock() error {
	for d.n <= d.enough {
		d.fill()
		e := d.lookup(&d.literals)
		used := uint(e & 0xff)
		if used > d.have || e&isSpecial != 0 && e&isEnd == 0 {
			return errEnd
		}
		bits := d.bits
		d.use(used)
		switch {
		case e&isLiteral != 0:
			d.n++
			continue
		case e&isSpecial != 0:
			return nil
		}
		d.n += int(e>>16) + int(bits&(1<<used-1)>>(e>>8&15))
		d.fill()
		e = d.lookup(&d.offsets)
		if used = uint(e & 0xff); e&isSpecial != 0 || used > d.have {
			return errEnd
		}
		d.use(used)
	}
	return errEnd
}
