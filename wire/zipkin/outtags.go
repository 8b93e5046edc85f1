package zipkin

import "github.com/oriel-io/oriel/wire/otlp"

// outTags are the tags of a span that is being written: each key once, in the
// order in which they came. Keys and texts alias the batch.
//
// Up to fewKeys, a set of 64 bits finds nearly all keys new; a span with more is odd or hostile and gets a map.
type outTags struct {
	list []outTag
	seen uint64
	at   map[string]int // indexes in list, of more than fewKeys
}

const fewKeys = 64

type outTag struct {
	key, text []byte
	taken     bool // it is no tag any more
}

func (o *outTags) reset() {
	clear(o.list)
	o.list, o.seen, o.at = o.list[:0], 0, nil
}

// find is the index of a key, taken or not; -1 if there is none.
func (o *outTags) find(key []byte) int {
	if o.at != nil {
		if i, found := o.at[string(key)]; found {
			return i
		}
		return -1
	}
	if o.seen&otlp.KeyBit(key) == 0 {
		return -1
	}
	for i := len(o.list) - 1; i >= 0; i-- { // of one that was put again, the last counts
		if string(o.list[i].key) == string(key) {
			return i
		}
	}
	return -1
}

// put sets a tag. One that was there keeps its place; one that was taken comes to the end.
func (o *outTags) put(key, text []byte) {
	if i := o.find(key); i >= 0 && !o.list[i].taken {
		o.list[i].text = text
		return
	}
	o.list = append(o.list, outTag{key: key, text: text})
	o.seen |= otlp.KeyBit(key)
	switch {
	case o.at != nil:
		o.at[string(key)] = len(o.list) - 1
	case len(o.list) > fewKeys:
		o.at = make(map[string]int, 4*fewKeys)
		for i, t := range o.list {
			o.at[string(t.key)] = i
		}
	}
}

// get is the text of a tag.
func (o *outTags) get(key []byte) (text []byte, found bool) {
	if i := o.find(key); i >= 0 && !o.list[i].taken {
		return o.list[i].text, true
	}
	return nil, false
}

// take removes a tag and returns its text.
func (o *outTags) take(key []byte) (text []byte, found bool) {
	text, found = o.get(key)
	if found {
		o.list[o.find(key)].taken = true
	}
	return text, found
}

// takeTrue removes a tag that is true and says whether it was.
func (o *outTags) takeTrue(key []byte) bool {
	if text, _ := o.get(key); string(text) != "true" {
		return false
	}
	o.take(key)
	return true
}

// some says that there is a tag.
func (o *outTags) some() bool {
	for _, t := range o.list {
		if !t.taken {
			return true
		}
	}
	return false
}
