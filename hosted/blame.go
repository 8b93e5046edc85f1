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
// the block without which upstream no longer complains so. It returns the path as far as
// one part alone is to blame. check is what finds complaints in a block; all are those in this one.
func blame(block *config.Node, complaint string, all []string, check func(*config.Node) error) (at []string) {
	left := maxBlamed
	for n := block; n != nil; n = nodeAt(block, at) {
		var guilty, suspects [][]string
		for _, name := range names(n) {
			if left--; left < 0 {
				return at
			}
			path := append(slices.Clone(at), name)
			rest := complaints(check(without(block, path)))
			switch {
			case slices.Contains(rest, complaint):
			case slices.ContainsFunc(rest, func(other string) bool { return !slices.Contains(all, other) }):
				suspects = append(suspects, path) // without it something else is wrong, so it says little
			default:
				guilty = append(guilty, path)
			}
		}
		if len(guilty) == 0 {
			guilty = suspects
		}
		if len(guilty) > 1 { // a plain value beside it makes upstream read the rest otherwise
			guilty = slices.DeleteFunc(guilty, func(path []string) bool { return nodeAt(block, path).Kind == config.Scalar })
		}
		if len(guilty) != 1 {
			return at
		}
		at = guilty[0]
	}
	return at
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

// complaints are the texts of the single errors in err.
func complaints(err error) (out []string) {
	if several := parts(err); len(several) > 0 {
		for _, e := range several {
			out = append(out, complaints(e)...)
		}
		return out
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if several := parts(err); len(several) > 0 {
			return append(out, complaints(err)...)
		}
		out = append(out, err.Error()) // with and without what was put around it
	}
	return out
}
