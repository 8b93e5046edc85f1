package zipkin

import (
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"

	"github.com/oriel-io/oriel/internal/jsonscan"
	"github.com/oriel-io/oriel/wire/otlp"
)

// reader turns one body into one batch. It is used again for the next body.
type reader struct {
	scan jsonscan.Scanner
	opts Options
	path string // of the error, built from the inside out

	tagKind otlp.ValueKind // of a tag's value: String, or parsed

	span        span
	v1          bool // the span has something that only version 1 has
	annotations []annotation
	binary      []binaryAnnotation

	text                  []byte // of the span: addresses and values that had to be written out
	resource, scope, item []byte // of the span being written
	out                   *otlp.Builder
	size                  int // of the largest batch that out has made
}

// annotation is one of either version; the endpoint is version 1's.
type annotation struct {
	time     uint64 // nanoseconds
	value    []byte
	endpoint endpoint
}

// binaryAnnotation is version 1's tag.
type binaryAnnotation struct {
	key, text []byte
	kind      otlp.ValueKind
	endpoint  endpoint
}

func newReader() *reader { return &reader{out: otlp.NewBuilder(otlp.Traces)} }

// What a reader may hold for the next body, so that a strange one does not
// hold memory for ever.
const (
	keep      = 1 << 10 // entries of a kind
	keepBatch = 4 << 20 // bytes of a batch
)

// release lets go of the body and puts the reader back.
func (r *reader) release() {
	r.scan.Reset(nil)
	r.span.plain.Release(keep << 8)
	r.span = span{
		plain:    r.span.plain,
		resource: recycle(r.span.resource, keep), links: recycle(r.span.links, keep), events: recycle(r.span.events, keep),
	}
	r.annotations, r.binary = recycle(r.annotations, keep), recycle(r.binary, keep)
	r.text, r.resource, r.scope, r.item = recycle(r.text, keep<<4), recycle(r.resource, keep<<4), recycle(r.scope, keep<<4), recycle(r.item, keep<<8)
	if r.out.Items() > 0 || r.size > keepBatch { // an error left spans behind, or there is much room to let go
		r.out, r.size = otlp.NewBuilder(otlp.Traces), 0
	}
	readers.Put(r)
}

// recycle empties a slice and drops what its elements refer to.
func recycle[T any](s []T, most int) []T {
	if cap(s) > most {
		return nil
	}
	clear(s[:cap(s)])
	return s[:0]
}

func (r *reader) batch(body []byte, opts Options) (*otlp.Batch, error) {
	r.opts, r.path, r.tagKind = opts, "", otlp.String
	if opts.ParseStringTags && opts.Format != ThriftV1 {
		r.tagKind = parsed
	}
	var err *Error
	switch opts.Format {
	case Proto:
		err = r.readProto(body)
	case ThriftV1:
		err = r.readThrift(body)
	default:
		err = r.readJSON(body)
	}
	if err != nil {
		return nil, err
	}
	batch := r.out.Batch()
	r.size = max(r.size, batch.Size())
	return batch, nil
}

// begin forgets the span before.
func (r *reader) begin() {
	r.span.reset()
	r.span.debug = r.opts.Debug
	r.v1, r.annotations, r.binary, r.text = false, r.annotations[:0], r.binary[:0], r.text[:0]
}

// finish writes the span out, or says what is wrong with it.
func (r *reader) finish() (wrong string) {
	sp := &r.span
	switch {
	case sp.traceID.IsZero():
		return "traceId is missing or zero"
	case sp.id.IsZero():
		return "id is missing or zero"
	case sp.start+sp.duration > math.MaxInt64:
		return "timestamp + duration is after the year 2262"
	case r.v1:
		r.emitV1()
	default:
		for i := range r.annotations {
			sp.events = append(sp.events, event{r.annotations[i].time, r.annotations[i].value})
		}
		r.emit()
	}
	return ""
}

// at puts a step in front of the error's path.
func (r *reader) at(step string) { r.path = step + r.path }

// atIndex is at for an element of a list.
func (r *reader) atIndex(i int) { r.at("[" + strconv.Itoa(i) + "]") }

// maxMicros is the year 2262 in microseconds, in nanoseconds the last time that fits.
const maxMicros = math.MaxInt64 / 1000

// addressText is the text of an address of 4 or 16 bytes, "" if it is empty.
// Other bytes are written in hexadecimal, after a question mark.
func (r *reader) addressText(raw []byte) []byte {
	mark := len(r.text)
	if addr, ok := netip.AddrFromSlice(raw); ok {
		r.text = addr.Unmap().AppendTo(r.text)
	} else if len(raw) > 0 {
		r.text = hex.AppendEncode(append(r.text, '?'), raw)
	}
	return r.text[mark:len(r.text):len(r.text)]
}
