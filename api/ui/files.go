package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
)

// files serves the built UI from memory or disk: what has a hash in its name
// for ever, the rest with an ETag. Pages of the UI (/map, /trace) are index.html,
// which decides by the address what to show.
type files struct {
	fs     fs.FS
	byName map[string]*file
}

// file is one file with its compressed forms, by their Content-Encoding.
type file struct {
	contentType string
	etag        string // of the content, without the encoding
	immutable   bool
	forms       map[string]string // encoding -> name in fs; "" is plain
}

// encodings in the order in which we like them, with the suffix of their files.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func newFiles(from fs.FS, log *slog.Logger) http.Handler {
	if from == nil {
		return http.HandlerFunc(notBuilt)
	}
	f := &files{fs: from, byName: map[string]*file{}}
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") || path.Base(name)[0] == '.' {
			return err
		}
		return f.add(name)
	})
	if err != nil {
		log.Error("read the files of the UI", "error", err)
	}
	if f.byName["index.html"] == nil {
		return http.HandlerFunc(notBuilt)
	}
	return f
}

func (f *files) add(name string) error {
	data, err := fs.ReadFile(f.fs, name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	entry := &file{
		contentType: mime.TypeByExtension(path.Ext(name)),
		etag:        hex.EncodeToString(sum[:10]),
		immutable:   strings.HasPrefix(name, "assets/"), // where Vite puts what it gives a hash
		forms:       map[string]string{"": name},
	}
	switch path.Ext(name) { // the machine's own table may not know or agree
	case ".js":
		entry.contentType = "text/javascript; charset=utf-8"
	case ".css":
		entry.contentType = "text/css; charset=utf-8"
	case ".svg":
		entry.contentType = "image/svg+xml"
	case ".webmanifest", ".json", ".map":
		entry.contentType = "application/json"
	case "":
		entry.contentType = "application/octet-stream"
	}
	for _, e := range encodings {
		if _, err := fs.Stat(f.fs, name+e.suffix); err == nil {
			entry.forms[e.name] = name + e.suffix
		}
	}
	f.byName[name] = entry
	return nil
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET is possible here", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	entry := f.byName[name]
	// A page lies one segment below the folder of index.html, which is what
	// the relative addresses in it need. No file's name, no page's address has a dot.
	if entry == nil && !strings.ContainsAny(name, "/.") {
		entry = f.byName["index.html"]
	}
	if entry == nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	f.send(w, r, entry)
}

func (f *files) send(w http.ResponseWriter, r *http.Request, entry *file) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if entry.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	form, encoding := entry.forms[""], ""
	for _, e := range encodings {
		if name := entry.forms[e.name]; name != "" && accepts(r, e.name) {
			form, encoding = name, e.name
			break
		}
	}
	etag := `"` + entry.etag + encoding + `"`
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	data, err := fs.ReadFile(f.fs, form)
	if err != nil {
		h.Del("ETag")
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", entry.contentType)
	h.Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data) // the client may be gone; HEAD's body is dropped by net/http
}

// notBuilt is the page of a binary without UI.
func notBuilt(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" && strings.Contains(path.Base(r.URL.Path), ".") {
		http.Error(w, "the web UI is not part of this build", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(notBuiltPage))
}

const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Oriel without its web UI</title>
<h1>This build has no web UI</h1>
<p>Oriel runs, receives and answers, but its pages were not built into the binary.</p>
<p>In the source folder: <code>make build</code> builds the pages and the binary with them (it needs Node).</p>
<p>The data is here as JSON all the same: <a href="api/v1/status">api/v1/status</a>, <a href="api/v1/map">api/v1/map</a>,
<a href="api/v1/traces">api/v1/traces</a>.</p>
</html>
`
