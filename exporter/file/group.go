package file

import (
	"container/list"
	"hash/maphash"
	"path"
	"strings"
	"sync"

	"github.com/oriel-io/oriel/wire/otlp"
)

// groups are the files of group_by. Most MaxOpenFiles of them are open.
type groups struct {
	cfg  *Config
	make func(path string) *output

	mu     sync.Mutex               // guards what is below; output.mu may be taken with it held
	open   map[string]*list.Element // of *output, by path
	recent *list.List               // the one that was used last comes first
	begun  map[uint64]struct{}      // hashes of the paths that were emptied once
	seed   maphash.Seed
}

func newGroups(cfg *Config, make func(path string) *output) *groups {
	return &groups{cfg: cfg, make: make, open: map[string]*list.Element{}, recent: list.New(), begun: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

// maxBegun bounds what is remembered of files that were closed. Beyond it, a file is continued rather than emptied.
const maxBegun = 1 << 16

// write appends a record to the file of a segment. A file stays open while
// it is written to: mu is held.
func (g *groups) write(segment string, record []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	out, err := g.output(groupPath(g.cfg.Path, segment))
	if err != nil {
		return err
	}
	return out.write(record)
}

// output finds the file or opens it, and closes another one for it if there are too many.
func (g *groups) output(path string) (*output, error) {
	if e := g.open[path]; e != nil {
		g.recent.MoveToFront(e)
		return e.Value.(*output), nil
	}
	perm, err := g.cfg.permissions()
	if err != nil {
		return nil, err
	}
	if err := makeFolder(path, perm); err != nil {
		return nil, err
	}
	for g.recent.Len() >= g.cfg.GroupBy.MaxOpenFiles {
		if err := g.forget(g.recent.Back()); err != nil {
			return nil, err
		}
	}
	out := g.make(path)
	hash := maphash.String(g.seed, path)
	_, again := g.begun[hash]
	if err := out.open(!g.cfg.Append && !again && len(g.begun) < maxBegun); err != nil {
		return nil, err
	}
	if len(g.begun) < maxBegun {
		g.begun[hash] = struct{}{}
	}
	g.open[path] = g.recent.PushFront(out)
	return out, nil
}

func (g *groups) forget(e *list.Element) error {
	out := g.recent.Remove(e).(*output)
	delete(g.open, out.path)
	return out.close()
}

// close closes all files. It may be called twice.
func (g *groups) close() (first error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.recent.Len() > 0 {
		if err := g.forget(g.recent.Back()); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// groupPath puts a segment into the pattern. The path never leaves what stands
// before the *, whatever the resource says.
func groupPath(pattern, segment string) string {
	before, after, _ := strings.Cut(pattern, "*")
	prefix := path.Clean(before)
	if strings.HasSuffix(before, "/") && prefix != "/" {
		prefix += "/"
	}
	for _, up := range []string{".", ".."} { // one of them, as upstream does
		if strings.HasPrefix(segment, up+"/") {
			segment = segment[len(up):]
			break
		}
	}
	if full := path.Clean(prefix + segment + after); strings.HasPrefix(full, prefix) {
		return full
	}
	return path.Join(prefix, path.Join("/", segment+after))
}

// part is what of a batch goes into one file.
type part struct {
	batch   *otlp.Batch // nil if its resources hold nothing
	segment string
	ok      bool // the resources name a segment
}

// split takes a batch apart by the segment that its resources name.
func (g *groups) split(batch *otlp.Batch) []part {
	var parts []part
	index := map[string]int{}
	route := map[*byte]int{} // by the first byte of the group
	for group := range batch.Groups() {
		if len(group.Msg) == 0 {
			continue
		}
		v, _ := group.Resource().Attrs().Get(g.cfg.GroupBy.ResourceAttribute)
		key := "-"
		if v.Kind == otlp.String {
			key = "+" + string(v.Text())
		}
		i, known := index[key]
		if !known {
			i = len(parts)
			index[key] = i
			parts = append(parts, part{segment: key[1:], ok: key[0] == '+'})
		}
		route[&group.Msg[0]] = i
	}
	if len(parts) == 1 {
		parts[0].batch = batch
	}
	if len(parts) < 2 {
		return parts
	}
	for i, b := range otlp.Split(batch, len(parts), func(group otlp.Group, _ otlp.Scope, _ []byte) int { return route[&group.Msg[0]] }) {
		parts[i].batch = b
	}
	return parts
}
