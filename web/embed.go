// Package web holds the built pages of the web UI. The TypeScript sources lie
// beside it in src; `npm run build` writes dist, which is not kept in version
// control. Without a build the package still compiles and Files is empty.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the content of dist: index.html, hashed files below assets, and
// beside each of them a .gz and a .br with the same content, compressed. It
// has no index.html if the UI was not built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is a constant and valid path
	}
	return files
}
