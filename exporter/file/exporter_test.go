package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/pdata/plog"
)

// logs is a batch of one record for each service, each in a resource of its own.
func logs(t testing.TB, text string, services ...string) *otlp.Batch {
	t.Helper()
	tree := plog.NewLogs()
	for _, service := range services {
		group := tree.ResourceLogs().AppendEmpty()
		if service != "" {
			group.Resource().Attributes().PutStr("fileexporter.path_segment", service)
		}
		group.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr(text)
	}
	body, err := (&plog.ProtoMarshaler{}).MarshalLogs(tree)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := otlp.New(otlp.Logs, body)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

type rig struct {
	*exporter
	dropped []string
}

func start(t *testing.T, cfg Config) *rig {
	t.Helper()
	r := &rig{}
	made, err := Factory.New(cfg, component.Settings{
		Log: slog.New(slog.DiscardHandler),
		Drop: func(batch *otlp.Batch, reason string) {
			r.dropped = append(r.dropped, fmt.Sprint(batch.Items(), " ", reason))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.exporter = made.(*exporter)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := r.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	return r
}

func (r *rig) export(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := r.Consume(t.Context(), logs(t, text, "a")); err != nil {
			t.Fatal(err)
		}
	}
}

func testConfig(t *testing.T) Config {
	cfg := Factory.Default()
	cfg.Path = filepath.Join(t.TempDir(), "out.json")
	return cfg
}

// read gives the bodies of what is in a file, as upstream's readers would see
// it: a line that is broken is passed by, a record that is broken ends the file.
func read(t *testing.T, cfg Config, path string) (bodies []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	add := func(tree plog.Logs) {
		for _, g := range tree.ResourceLogs().All() {
			bodies = append(bodies, g.ScopeLogs().At(0).LogRecords().At(0).Body().Str())
		}
	}
	if cfg.Format == "json" && cfg.Compression == "" {
		for line := range bytes.Lines(data) {
			if tree, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line); err == nil && bytes.HasSuffix(line, []byte("\n")) {
				add(tree)
			} else {
				bodies = append(bodies, "broken")
			}
		}
		return bodies
	}
	for len(data) > 0 {
		if len(data) < 4 || len(data)-4 < int(binary.BigEndian.Uint32(data)) {
			return append(bodies, "broken")
		}
		size := 4 + int(binary.BigEndian.Uint32(data))
		record := data[4:size]
		data = data[size:]
		if cfg.Compression != "" {
			d, err := zstd.NewReader(nil)
			if err != nil {
				t.Fatal(err)
			}
			if record, err = d.DecodeAll(record, nil); err != nil {
				t.Fatal(err)
			}
		}
		var tree plog.Logs
		if cfg.Format == "proto" {
			tree, err = (&plog.ProtoUnmarshaler{}).UnmarshalLogs(record)
		} else {
			tree, err = (&plog.JSONUnmarshaler{}).UnmarshalLogs(record)
		}
		if err != nil {
			t.Fatal(err)
		}
		add(tree)
	}
	return bodies
}

func want(t *testing.T, cfg Config, path string, bodies ...string) {
	t.Helper()
	if got := read(t, cfg, path); !slices.Equal(got, bodies) {
		t.Fatalf("%s holds %.300q, want %.300q", filepath.Base(path), got, bodies)
	}
}

// formats are all forms of a file.
var formats = []Config{{Format: "json"}, {Format: "proto"}, {Format: "json", Compression: "zstd"}, {Format: "proto", Compression: "zstd"}}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		cfg := testConfig(t)
		cfg.Format, cfg.Compression = f.Format, f.Compression
		os.WriteFile(cfg.Path, []byte("of an earlier run"), 0o644)
		r := start(t, cfg)
		r.export(t, "one", "two\n", "three")
		want(t, cfg, cfg.Path, "one", "two\n", "three") // before Shutdown
	}
}

// The line is what upstream's marshaler writes.
func TestLine(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	start(t, cfg).export(t, "x")
	got, _ := os.ReadFile(cfg.Path)
	const line = `{"resourceLogs":[{"resource":{"attributes":[{"key":"fileexporter.path_segment","value":{"stringValue":"a"}}]},"scopeLogs":[{"scope":{},"logRecords":[{"body":{"stringValue":"x"}}]}]}]}` + "\n"
	if string(got) != line {
		t.Errorf("got %s", got)
	}
}

// A configuration that is loaded again does not empty the file of the one before.
func TestLoadedAgain(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	first := start(t, cfg)
	first.export(t, "one")
	if err := first.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	made, err := Factory.New(cfg, component.Settings{Log: slog.New(slog.DiscardHandler), Process: &component.Process{Again: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := made.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, cfg, cfg.Path, "one")
}

// Whatever a crash left at the end, what follows can be read.
func TestTornEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format string
		append bool
	}{{"json", true}, {"json", false}, {"proto", true}, {"proto", false}} {
		cfg := testConfig(t)
		cfg.Format = c.format
		if cfg.Append = c.append; !c.append {
			cfg.Rotation = &Rotation{MaxMegabytes: 1}
		}
		first := start(t, cfg)
		first.export(t, "one", "two")
		first.Shutdown(t.Context())
		whole, _ := os.ReadFile(cfg.Path)
		for cut := len(whole)/2 + 1; cut < len(whole); cut++ {
			os.WriteFile(cfg.Path, whole[:cut], 0o644)
			again := start(t, cfg)
			again.export(t, "three")
			again.Shutdown(t.Context())
			if c.format == "json" {
				second := "broken"
				if cut == len(whole)-1 { // only the end of the line is missing
					second = "two"
				}
				want(t, cfg, cfg.Path, "one", second, "three")
				continue
			}
			want(t, cfg, cfg.Path, "three")
			aside, _ := filepath.Glob(strings.TrimSuffix(cfg.Path, ".json") + "-*.json")
			if len(aside) != 1 {
				t.Fatalf("set aside: %q", aside)
			}
			want(t, cfg, aside[0], "one", "broken")
			os.Remove(aside[0])
		}
		os.WriteFile(cfg.Path, whole, 0o644)
		start(t, cfg).export(t, "three")
		want(t, cfg, cfg.Path, "one", "two", "three")
	}
}

// fullDisk takes room bytes and then fails as a full disk does: in the middle of a write.
type fullDisk struct {
	osFile
	mu         sync.Mutex
	room       int
	noTruncate bool
}

func (f *fullDisk) Write(data []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(data) <= f.room {
		f.room -= len(data)
		return f.osFile.Write(data)
	}
	n, err := f.osFile.Write(data[:f.room])
	if err == nil {
		err = &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	f.room = 0
	return n, err
}

func (f *fullDisk) Truncate(size int64) error {
	if f.noTruncate {
		return errors.New("cannot")
	}
	return f.osFile.Truncate(size)
}

// A full disk refuses batches, retryably, and leaves a file that can be read; when
// there is room again it goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, noTruncate := range []bool{false, true} {
			cfg := testConfig(t)
			cfg.Format, cfg.Compression = f.Format, f.Compression
			r := start(t, cfg)
			r.export(t, "one")
			disk := &fullDisk{osFile: r.single.file, room: 10, noTruncate: noTruncate}
			r.single.file = disk
			r.single.wrap = func(f osFile) osFile { disk.osFile = f; return disk }
			for range 2 {
				if err := r.Consume(t.Context(), logs(t, "two", "a")); !errors.Is(err, syscall.ENOSPC) || component.IsPermanent(err) {
					t.Fatalf("got %v", err)
				}
			}
			disk.room = 1 << 20
			r.export(t, "three")
			switch {
			case !noTruncate:
				want(t, cfg, cfg.Path, "one", "three")
			case r.format.lines():
				want(t, cfg, cfg.Path, "one", "broken", "three")
			default:
				want(t, cfg, cfg.Path, "three") // the other one was set aside
			}
		}
	}
}

// A real device that is always full.
func TestDevFull(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	cfg := testConfig(t)
	cfg.Path = "/dev/full"
	if err := start(t, cfg).Consume(t.Context(), logs(t, "x", "a")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Rotation = &Rotation{MaxMegabytes: 1, MaxBackups: 2}
	cfg.Path = filepath.Join(filepath.Dir(cfg.Path), "made", "out.json") // rotation makes the folder, as upstream does
	r := start(t, cfg)
	now := time.Date(2022, 9, 14, 5, 2, 14, 173e6, time.UTC)
	r.single.now = func() time.Time { return now }
	half := strings.Repeat("x", 600<<10)
	os.WriteFile(filepath.Join(filepath.Dir(cfg.Path), "out-other.json"), nil, 0o600) // is not ours
	for i := range 5 {
		r.export(t, fmt.Sprint(i, half))
	}
	entries, _ := os.ReadDir(filepath.Dir(cfg.Path))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if wanted := []string{"out-2022-09-14T05-02-14.175.json", "out-2022-09-14T05-02-14.176.json", "out-other.json", "out.json"}; !slices.Equal(names, wanted) {
		t.Errorf("got %q, want %q", names, wanted)
	}
	want(t, cfg, cfg.Path, fmt.Sprint(4, half))
	want(t, cfg, filepath.Join(filepath.Dir(cfg.Path), names[1]), fmt.Sprint(3, half))

	r.single.rotation.MaxDays = 2
	now = now.Add(49 * time.Hour)
	r.export(t, half)
	if old, _ := filepath.Glob(filepath.Dir(cfg.Path) + "/out-20*.json"); len(old) != 1 {
		t.Errorf("after two days there are %q", old)
	}
}

// A record that is larger than a file may be has a file of its own.
func TestRotationLargeRecord(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Rotation = &Rotation{MaxMegabytes: 1}
	r := start(t, cfg)
	large := strings.Repeat("x", 2<<20)
	r.export(t, "small", large, "small")
	want(t, cfg, cfg.Path, "small")
	old, _ := filepath.Glob(filepath.Dir(cfg.Path) + "/out-*.json")
	if len(old) != 2 {
		t.Fatalf("got %q", old)
	}
	want(t, cfg, old[1], large)
}

func TestGroups(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	dir := filepath.Dir(cfg.Path)
	cfg.Path, cfg.GroupBy.Enabled, cfg.GroupBy.MaxOpenFiles = dir+"/*.json", true, 2
	os.WriteFile(dir+"/b.json", []byte("of an earlier run"), 0o644)
	r := start(t, cfg)
	for _, text := range []string{"one", "two"} { // three files, two of them open
		if err := r.Consume(t.Context(), logs(t, text, "a", "b", "sub/c", "", "a")); err != nil {
			t.Fatal(err)
		}
		if open := r.groups.recent.Len(); open != 2 {
			t.Errorf("%d files are open", open)
		}
	}
	want(t, cfg, dir+"/a.json", "one", "one", "two", "two")
	want(t, cfg, dir+"/b.json", "one", "two")
	want(t, cfg, dir+"/sub/c.json", "one", "two")
	if err := r.Consume(t.Context(), logs(t, "x", strings.Repeat("long", 100), "a\x00b")); err != nil {
		t.Error(err)
	}
	no, bad := "1 its resource does not name a file (group_by.resource_attribute)", "1 its resource names a file that cannot be"
	if wanted := []string{no, no, bad, bad}; !slices.Equal(r.dropped, wanted) {
		t.Errorf("dropped %q", r.dropped)
	}
}

func TestGroupPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, segment, want string }{
		{"/data/*.json", "orders", "/data/orders.json"},
		{"/data/*.json", "a/b", "/data/a/b.json"},
		{"/data/*.json", "/etc/passwd", "/data/etc/passwd.json"},
		{"/data/*.json", "../etc/my_config", "/data/etc/my_config.json"},
		{"/data/*.json", "../../../etc/x", "/data/etc/x.json"},
		{"/data/*.json", "a/../../../etc/x", "/data/etc/x.json"},
		{"/data/*.json", "./a", "/data/a.json"},
		{"/data/*.json", "..", "/data/...json"},
		{"/data/*/x.json", "..", "/data/x.json"},
		{"/data/x-*.json", "../../y", "/data/x-/y.json"},
		{"/data/x-*.json", "/../../y", "/data/x-/y.json"},
		{"./data/*.json", "a", "data/a.json"},
		{"/*", "../a", "/a"},
	} {
		if got := groupPath(c.pattern, c.segment); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.pattern, c.segment, got, c.want)
		}
	}
}

// FuzzGroupPath: no segment leads out of the folder.
func FuzzGroupPath(f *testing.F) {
	f.Add("../../etc/passwd")
	f.Add("./../x")
	f.Fuzz(func(t *testing.T, segment string) {
		if got := groupPath("/data/*.json", segment); !strings.HasPrefix(got, "/data/") || got != filepath.Clean(got) {
			t.Fatal(got)
		}
	})
}

func TestStart(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Path = filepath.Join(filepath.Dir(cfg.Path), "deep", "er", "out.json")
	made, err := Factory.New(cfg, component.Settings{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "create_directory: true") {
		t.Errorf("got %v", err)
	}
	cfg.CreateDirectory, cfg.DirectoryPermissions = true, "0700"
	start(t, cfg).export(t, "x")
	if info, err := os.Stat(filepath.Dir(cfg.Path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"path: x":                                  "",
		"path: x\nrotation:":                       "",
		"format: json":                             "path: is missing",
		"path: x\nformat: text":                    `format: "text" is not known`,
		"path: x\ncompression: lz4":                `compression: "lz4" is not known`,
		"path: x\nappend: true\ncompression: zstd": "append: cannot be combined with compression",
		"path: x\nappend: true\nrotation:":         "append: cannot be combined with rotation",
		"path: x\nflush_interval: -1s":             "flush_interval: -1s is negative",
		"path: x\ndirectory_permissions: 0755":     "directory_permissions: has no effect without create_directory",
		"path: x\ncreate_directory: true\ndirectory_permissions: 999":  `directory_permissions: "999" is not an octal number`,
		"path: x\ncreate_directory: true\ndirectory_permissions: 0755": "",
		"path: x\ngroup_by: {enabled: true}":                           "path: \"x\" has not exactly one *",
		"path: '*/x'\ngroup_by: {enabled: true}":                       "path: \"*/x\" has not exactly one *",
		"path: a/*\ngroup_by: {enabled: true, resource_attribute: ''}": "group_by.resource_attribute: is empty",
		"path: a/*\ngroup_by: {enabled: true}":                         "",
		"path: x\nencoding: otlp_encoding":                             "encoding: is not supported yet",
		"path: ./filename\nrotation: {max_megabytes: 10, max_days: 3, max_backups: 3, localtime: true}\nformat: proto\ncompression: zstd": "",
	} {
		text := "exporters:\n  file:\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
		doc, problems := config.Load(config.Lookup{}, config.Source{Name: "c.yaml", Text: []byte(text)})
		cfg := Factory.Default()
		problems = append(problems, doc.Blocks[0].Decode(&cfg)...)
		if got := fmt.Sprint(problems.Err()); (want == "") != (len(problems) == 0) || !strings.Contains(got, want) && want != "" {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
		if strings.HasSuffix(text, "path: x\n    rotation:\n") && (cfg.Rotation == nil || cfg.Rotation.MaxBackups != 100) {
			t.Errorf("rotation is %+v", cfg.Rotation)
		}
	}
}
