package otlp

// ChunkBytes cuts b into batches of at most maxBytes bytes each, in the order of
// b. It cuts inside a metric where it must, as Chunk does. An item that is
// larger on its own is a batch by itself, and the only one that is too large. If b is
// small enough, or maxBytes is not positive, it is b alone.
func ChunkBytes(b *Batch, maxBytes int) []*Batch {
	if maxBytes <= 0 || b.Size() <= maxBytes || b.items == 0 {
		return []*Batch{b}
	}
	w := newRewrite(b, 1)
	defer w.release()
	c := byteChunker{rewrite: w, max: maxBytes, group: -1, scope: -1}
	w.walk(c.add)
	return w.batches()
}

// byteChunker fills one part after the other.
type byteChunker struct {
	*rewrite
	max int

	size         int // of the part that is being filled, at most
	group, scope int // that the part ends in, -1: none

	measuredGroups, measuredScopes int // how many there were when their heads were measured
	groupHead, scopeHead           int // bytes of the frames that are being visited
}

// frameBytes is what a tag and a length take at most.
const frameBytes = 6

func (c *byteChunker) add(g Group, s Scope, item []byte, at piece) {
	if c.measuredGroups != len(c.groups) {
		c.measuredGroups, c.groupHead = len(c.groups), frameBytes+sizeOthers(g.Msg, 2)
	}
	if c.measuredScopes != len(c.scopes) {
		c.measuredScopes, c.scopeHead = len(c.scopes), frameBytes+sizeOthers(s.Msg, 2)
	}
	count, size := c.old.countItem(item), at.to-at.from
	if c.size > 0 && c.size+c.frames()+size > c.max {
		c.next()
	}
	if whole := c.frames() + size; whole <= c.max || count < 2 {
		c.fill(at, count, whole)
		return
	}
	rest := pointsOf(item)
	frames := c.groupHead + c.scopeHead + frameBytes + len(appendOthers(nil, item, rest.data, rest.data)) + frameBytes + len(rest.head)
	for count > 0 {
		take := rest.within(c.max - frames)
		at := c.replace(func(out []byte) []byte { return rest.appendMetric(out, item, take) })
		c.fill(at, take, c.frames()+at.to-at.from)
		if count -= take; count > 0 {
			c.next()
		}
	}
}

// frames is what the group and the scope that are being visited add to the part.
func (c *byteChunker) frames() (size int) {
	if c.group != len(c.groups)-1 {
		size = c.groupHead
	}
	if c.scope != len(c.scopes)-1 {
		size += c.scopeHead
	}
	return size
}

func (c *byteChunker) fill(at piece, count, size int) {
	c.keep(len(c.parts)-1, at, count)
	c.size += size
	c.group, c.scope = len(c.groups)-1, len(c.scopes)-1
}

func (c *byteChunker) next() {
	c.parts = append(c.parts, part{})
	c.size, c.group, c.scope = 0, -1, -1
}

// within is how many of the points that are left fit into so many bytes; one at least.
func (p *points) within(bytes int) (n int) {
	for rest := p.rest; len(rest) > 0; n++ {
		_, after, found := nextLen(rest, 1)
		if bytes -= len(rest) - len(after); n > 0 && (!found || bytes < 0) {
			return n
		}
		rest = after
	}
	return max(1, n)
}
