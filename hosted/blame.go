package hosted

import (
	"errors"
	"slices"
	"strconv"

	"github.com/oriel-io/oriel/config"
)

// maxBlamed bounds how often a block is read again to find the place of one complaint.
const maxBlamed = 200

// blame finds the place of a complaint that names none: the smallest part of
// the block without which upstream no longer complains so. It returns nil if no part, or
// no single one, is to blame.
func blame(block *config.Node, complaint string, read func(*config.Node) error) []string {
	tries := 0
	guilty := func(path []string) bool {
		tries++
		return tries <= maxBlamed && !complains(read(without(block, path)), complaint)
	}
	var at []string
	for n := block; ; n = nodeAt(block, at) {
		var culprits [][]string
		for _, name := range names(n) {
			if path := append(slices.Clone(at), name); guilty(path) {
				culprits = append(culprits, path)
			}
		}
		if len(culprits) > 1 { // a plain value next to it that makes upstream read the rest otherwise
			culprits = slices.DeleteFunc(culprits, func(path []string) bool { return nodeAt(block, path).Kind == config.Scalar })
		}
		if len(culprits) != 1 {
			return at
		}
		at = culprits[0]
	}
}

// names are the keys or indexes right below a node.
func names(n *config.Node) (out []string) {
	for _, e := range n.Entries {
		out = append(out, e.Key)
	}
	for i := range n.Items {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

// without is the tree without the part at path, which is there. Nothing is changed in n.
func without(n *config.Node, path []string) *config.Node {
	out := *n
	out.Entries, out.Items = nil, nil
	for _, e := range n.Entries {
		if e.Key == path[0] {
			if len(path) == 1 {
				continue
			}
			e.Value = without(e.Value, path[1:])
		}
		out.Entries = append(out.Entries, e)
	}
	for i, item := range n.Items {
		if strconv.Itoa(i) == path[0] {
			if len(path) == 1 {
				continue
			}
			item = without(item, path[1:])
		}
		out.Items = append(out.Items, item)
	}
	return &out
}

// complains says whether a leaf of err has the text.
func complains(err error, text string) bool {
	if several := parts(err); len(several) > 0 {
		return slices.ContainsFunc(several, func(e error) bool { return complains(e, text) })
	}
	return err != nil && (err.Error() == text || complains(errors.Unwrap(err), text))
}
