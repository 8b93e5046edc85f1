package block

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"

	"github.com/oriel-io/oriel/internal/wal/disk"
	"github.com/oriel-io/oriel/store/block/parquet"
	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
)

// block is an immutable folder: meta, index, spans.parquet, logs.parquet and
// graph. Its files stay open while somebody reads, also after it was removed.
type block struct {
	dir  string
	meta *meta
	fs   disk.FS
	size int64

	files [2]disk.File // spans, logs; nil if there are none
	users atomic.Int64 // whoever reads, plus one while the engine has the block
	bad   atomic.Bool  // damage was found; left out from then on

	// remove, if set, is called when the last user is gone.
	remove atomic.Pointer[func()]

	mu    sync.Mutex // guards what is below; loaded when first needed, dropped by the cache
	index *index
	graph []*servicegraph.Row
}

func blockName(id uint64) string { return fmt.Sprintf("%016x", id) }

// openBlock reads the meta of a block and checks that its files have their sizes.
func openBlock(fs disk.FS, dir string) (*block, error) {
	data, err := fs.ReadFile(dir + "/meta")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	m, err := parseMeta(data)
	if err != nil {
		return nil, err
	}
	b := &block{dir: dir, meta: m, fs: fs, size: int64(len(data))}
	b.users.Store(1)
	for _, f := range m.Files {
		b.size += f.Size
	}
	for i, name := range fileNames {
		want := m.file(name)
		if want == nil {
			continue
		}
		f, err := fs.Open(dir+"/"+name, false)
		if err == nil {
			b.files[i] = f
			var size int64
			if size, err = f.Size(); err == nil && size != want.Size {
				err = fmt.Errorf("%d bytes, want %d", size, want.Size)
			}
		}
		if err != nil {
			b.release()
			return nil, fmt.Errorf("%w: %s: %w", errDamaged, name, err)
		}
	}
	return b, nil
}

// acquire keeps the files open until release.
func (b *block) acquire() { b.users.Add(1) }

func (b *block) release() {
	if b.users.Add(-1) > 0 {
		return
	}
	b.forget()
	for _, f := range b.files {
		if f != nil {
			f.Close()
		}
	}
	if remove := b.remove.Load(); remove != nil {
		(*remove)()
	}
}

// checked reads a whole file and verifies it.
func (b *block) checked(name string) ([]byte, error) {
	want := b.meta.file(name)
	if want == nil {
		return nil, nil
	}
	data, err := b.fs.ReadFile(b.dir + "/" + name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errDamaged, name, err)
	}
	if int64(len(data)) != want.Size || crc32.Checksum(data, castagnoli) != want.CRC {
		return nil, fmt.Errorf("%w: %s: checksum differs", errDamaged, name)
	}
	return data, nil
}

// load gives the index, from memory if it is there.
func (b *block) load(c *cache) (*index, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.index == nil {
		data, err := b.checked("index")
		if err != nil {
			return nil, err
		}
		sizes := [2]int64{-1, -1}
		for i, name := range fileNames {
			if f := b.meta.file(name); f != nil {
				sizes[i] = f.Size
			}
		}
		if b.index, err = parseIndex(data, sizes); err != nil {
			return nil, err
		}
		c.add(b, 3*int64(len(data)))
	}
	return b.index, nil
}

// rows gives the service-graph rows.
func (b *block) rows(c *cache) ([]*servicegraph.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.graph == nil {
		data, err := b.checked("graph")
		if err != nil || data == nil {
			return nil, err
		}
		rows, err := servicegraph.ParseRows(data)
		if err != nil {
			return nil, fmt.Errorf("%w: graph: %w", errDamaged, err)
		}
		b.graph = rows
		c.add(b, 4*int64(len(data)))
	}
	return b.graph, nil
}

func (b *block) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.index, b.graph = nil, nil
}

// cache bounds the memory of loaded indexes: the block that was loaded longest
// ago is forgotten first. Loading one again costs a few milliseconds.
type cache struct {
	mu    sync.Mutex // guards what is below; never held together with a block's
	limit int64
	used  int64
	order []cached
}

type cached struct {
	b    *block
	size int64
}

func (c *cache) add(b *block, size int64) {
	c.mu.Lock()
	c.order = append(c.order, cached{b, size})
	c.used += size
	var out []*block
	for c.used > c.limit && len(c.order) > 1 {
		out = append(out, c.order[0].b)
		c.used -= c.order[0].size
		c.order = c.order[1:]
	}
	c.mu.Unlock()
	for _, old := range out {
		if old != b {
			go old.forget() // the caller holds b.mu, and another reader may hold old's and wait for us
		}
	}
}

// draft is a block in the making, in a folder that Open throws away.
type draft struct {
	fs    disk.FS
	root  string // folder of the blocks
	dir   string
	meta  meta
	index index
}

func newDraft(fs disk.FS, root string, id uint64) (*draft, error) {
	d := &draft{fs: fs, root: root, dir: root + "/" + tmpPrefix + blockName(id), meta: meta{Version: metaVersion, ID: id}}
	if err := disk.RemoveAll(fs, d.dir); err != nil {
		return nil, err
	}
	return d, fs.MkdirAll(d.dir)
}

const tmpPrefix = "tmp-"

// table writes one Parquet file with what fill puts into it. Its schema has
// all columns that are not attributes, so that SQL finds them.
func (d *draft) table(i int, groups []groupIndex, fill func(*parquet.Writer) error) error {
	name := fileNames[i]
	f, err := d.fs.Open(d.dir+"/"+name, true)
	if err != nil {
		return err
	}
	w := parquet.NewWriter(f, schemaNames[i])
	for name, b := range newTable(tableKinds[i]).cols {
		w.Declare(name, b.Type)
	}
	if tableKinds[i] == plan.Spans {
		w.Declare(colParentOffset, parquet.Int32)
	}
	err = fill(w)
	var dir *parquet.Directory
	var size int64
	if err == nil {
		dir, size, err = w.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	d.index.tables[i] = &tableIndex{dir: dir, groups: groups}
	d.meta.Files = append(d.meta.Files, fileMeta{Name: name, Size: size})
	for k, g := range groups {
		if d.meta.Groups == 0 && k == 0 {
			d.meta.Min, d.meta.Max = g.min, g.max
		}
		d.meta.Min, d.meta.Max = min(d.meta.Min, g.min), max(d.meta.Max, g.max)
	}
	d.meta.Groups += len(groups)
	return nil
}

// file writes a file that is verified as a whole.
func (d *draft) file(name string, data []byte) error {
	d.meta.Files = append(d.meta.Files, fileMeta{Name: name, Size: int64(len(data)), CRC: crc32.Checksum(data, castagnoli)})
	return disk.WriteFile(d.fs, d.dir+"/"+name, data)
}

// publish makes the draft a block. It is there, whole, or not at all: the one
// step that counts is the rename.
func (d *draft) publish() (*block, error) {
	if err := d.file("index", d.index.encode()); err != nil {
		return nil, err
	}
	data, err := d.meta.encode()
	if err != nil {
		return nil, err
	}
	if err := disk.WriteFile(d.fs, d.dir+"/meta", data); err != nil {
		return nil, err
	}
	if err := d.fs.SyncDir(d.dir); err != nil {
		return nil, err
	}
	to := d.root + "/" + blockName(d.meta.ID)
	if err := d.fs.Rename(d.dir, to); err != nil {
		return nil, err
	}
	if err := d.fs.SyncDir(d.root); err != nil {
		return nil, err
	}
	return openBlock(d.fs, to)
}

// discard removes what was written.
func (d *draft) discard() { _ = disk.RemoveAll(d.fs, d.dir) }
