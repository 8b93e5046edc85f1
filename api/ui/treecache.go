package ui

import (
	"sync"
	"time"

	"github.com/oriel-io/oriel/analysis"
	"github.com/oriel-io/oriel/wire/otlp"
)

// treeCache remembers the trees that were sent, so that an index into one
// still means the same span when details are asked for and more spans have come.
type treeCache struct {
	mu    sync.Mutex // guards the rest
	list  []cachedTree
	spans int
}

type cachedTree struct {
	id   otlp.TraceID
	tree *analysis.Tree
	used time.Time
}

const (
	treeAge   = 10 * time.Minute
	treeSpans = 300_000 // most spans of all trees together, beside the newest tree
)

func newTreeCache() *treeCache { return &treeCache{} }

// put remembers a tree in place of an older one of the same trace.
func (c *treeCache) put(id otlp.TraceID, tree *analysis.Tree, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(func(t *cachedTree) bool { return t.id == id })
	c.list = append(c.list, cachedTree{id, tree, now})
	c.spans += len(tree.Spans)
	c.evict(now)
}

// get finds the tree that was sent last, nil if it is forgotten.
func (c *treeCache) get(id otlp.TraceID, now time.Time) *analysis.Tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evict(now)
	for i := range c.list {
		if c.list[i].id == id {
			found := c.list[i]
			found.used = now
			c.list = append(append(c.list[:i:i], c.list[i+1:]...), found)
			return found.tree
		}
	}
	return nil
}

// evict drops what is old, and the least used while there is too much.
func (c *treeCache) evict(now time.Time) {
	c.drop(func(t *cachedTree) bool { return now.Sub(t.used) > treeAge })
	for len(c.list) > 1 && c.spans > treeSpans {
		first := c.list[0].id
		c.drop(func(t *cachedTree) bool { return t.id == first })
	}
}

func (c *treeCache) drop(which func(*cachedTree) bool) {
	var kept []cachedTree
	for i := range c.list {
		if which(&c.list[i]) {
			c.spans -= len(c.list[i].tree.Spans)
		} else {
			kept = append(kept, c.list[i])
		}
	}
	c.list = kept
}
