package file

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Old files are named as upstream names them: the time stands in front of the extension,
// data-2022-09-14T05-02-14.173.json.
const stampLayout = "2006-01-02T15-04-05.000"

// freeName is a name for the file that is set aside. It is later than the one before, also within a
// millisecond and when the clock was set back: prune keeps the latest.
func (o *output) freeName() string {
	at := o.now().In(o.zone())
	if next := o.aside.Add(time.Millisecond); next.After(at) {
		at = next
	}
	prefix, ext := o.nameParts()
	for ; ; at = at.Add(time.Millisecond) {
		name := filepath.Join(filepath.Dir(o.path), prefix+at.Format(stampLayout)+ext)
		if _, err := os.Lstat(name); err != nil {
			o.aside = at
			return name
		}
	}
}

func (o *output) zone() *time.Location {
	if o.rotation != nil && o.rotation.LocalTime {
		return time.Local
	}
	return time.UTC
}

func (o *output) nameParts() (prefix, ext string) {
	base := filepath.Base(o.path)
	ext = filepath.Ext(base)
	return strings.TrimSuffix(base, ext) + "-", ext
}

// prune removes the old files that are too many or too old. That it cannot is
// logged: the next rotation tries again.
func (o *output) prune() {
	dir := filepath.Dir(o.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		o.log.Warn("old files cannot be listed", "folder", dir, "error", err)
		return
	}
	prefix, ext := o.nameParts()
	type old struct {
		name string
		at   time.Time
	}
	var files []old
	for _, e := range entries {
		stamp, hasPrefix := strings.CutPrefix(e.Name(), prefix)
		stamp, hasExt := strings.CutSuffix(stamp, ext)
		if at, err := time.ParseInLocation(stampLayout, stamp, o.zone()); err == nil && hasPrefix && hasExt && !e.IsDir() {
			files = append(files, old{e.Name(), at})
		}
	}
	slices.SortFunc(files, func(a, b old) int { return b.at.Compare(a.at) }) // newest first
	oldest := o.now().Add(-time.Duration(o.rotation.MaxDays) * 24 * time.Hour)
	for i, f := range files {
		tooMany := o.rotation.MaxBackups > 0 && i >= o.rotation.MaxBackups
		tooOld := o.rotation.MaxDays > 0 && f.at.Before(oldest)
		if !tooMany && !tooOld {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.name)); err != nil {
			o.log.Warn("an old file cannot be removed", "file", f.name, "error", err)
		}
	}
}
