// Package file writes batches to files, in upstream's formats: one JSON object
// a line, or records with their length in front.
//
// Begin with exporter.Consume; record.go makes the bytes of a batch, output.go
// keeps one file whole, rotate.go names and removes old files, group.go spreads batches over
// several files.
package file

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `file:` block, with upstream's keys.
type Config struct {
	// The file to write. With group_by, a * stands for the part that the resource gives.
	Path string `yaml:"path"`
	// Go on at the end of a file that is there. By default it is emptied at start.
	Append bool `yaml:"append"`
	// Begin a new file when one is full, and remove old ones. A file that is there is then continued.
	Rotation *Rotation `yaml:"rotation"`
	// json: one object a line; proto: protobuf with its length in front.
	Format string `yaml:"format"`
	// zstd compresses each batch by itself; it then has its length in front, in JSON, too.
	Compression string `yaml:"compression"`
	// Taken for upstream's files. Nothing waits here: each batch is written at once.
	FlushInterval time.Duration `yaml:"flush_interval"`
	// Write each resource to the file that it names.
	GroupBy GroupBy `yaml:"group_by"`
	// Make the folder of path at start, with its parents.
	CreateDirectory bool `yaml:"create_directory"`
	// Permissions of folders that are made, in octal, less the umask. 0755 by default.
	DirectoryPermissions string `yaml:"directory_permissions"`

	Encoding config.Unsupported `yaml:"encoding"`
}

// Rotation is the `rotation:` block.
type Rotation struct {
	// Size at which a new file is begun.
	MaxMegabytes int `yaml:"max_megabytes"`
	// Old files are removed after so many days of 24 hours. 0: never for their age.
	MaxDays int `yaml:"max_days"`
	// How many old files are kept. 0: all.
	MaxBackups int `yaml:"max_backups"`
	// Name old files by local time rather than UTC.
	LocalTime bool `yaml:"localtime"`
}

// SetDefaults holds upstream's defaults.
func (r *Rotation) SetDefaults() { r.MaxMegabytes, r.MaxBackups = 100, 100 }

// GroupBy is the `group_by:` block.
type GroupBy struct {
	// Rotation is off with it.
	Enabled bool `yaml:"enabled"`
	// The resource attribute that replaces the * in path. A resource without it is dropped and counted.
	ResourceAttribute string `yaml:"resource_attribute"`
	// Most files that are open at once; the one that was not written to for longest is closed for the next one.
	MaxOpenFiles int `yaml:"max_open_files"`
}

// Factory is listed in components/components.go.
var Factory = component.ExporterFactory[Config]{
	Type:    "file",
	Summary: "Writes batches to files as JSON or protobuf.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		return Config{Format: "json", FlushInterval: time.Second, GroupBy: GroupBy{ResourceAttribute: "fileexporter.path_segment", MaxOpenFiles: 100}}
	},
	New: newExporter,
}

// Validate checks what upstream checks.
func (c *Config) Validate() error {
	var problems []error
	bad := func(where, what, fix string) {
		problems = append(problems, &config.Problem{Where: where, What: what, Fix: fix})
	}
	if c.Path == "" {
		bad("path", "is missing", "path: ./telemetry.json")
	}
	if c.Format != "json" && c.Format != "proto" {
		bad("format", fmt.Sprintf("%q is not known", c.Format), "format: json  # or proto")
	}
	if c.Compression != "" && c.Compression != "zstd" {
		bad("compression", fmt.Sprintf("%q is not known", c.Compression), "compression: zstd")
	}
	if c.Append && c.Compression != "" {
		bad("append", "cannot be combined with compression", "remove one of append and compression")
	}
	if c.Append && c.Rotation != nil {
		bad("append", "cannot be combined with rotation, which continues a file by itself", "remove append")
	}
	if c.FlushInterval < 0 {
		bad("flush_interval", fmt.Sprintf("%s is negative", c.FlushInterval), "flush_interval: 1s  # the default")
	}
	if _, err := c.permissions(); err != nil {
		bad("directory_permissions", err.Error(), `directory_permissions: "0755"  # the default`)
	} else if c.DirectoryPermissions != "" && !c.CreateDirectory {
		bad("directory_permissions", "has no effect without create_directory", "create_directory: true")
	}
	return errors.Join(append(problems, c.validateGroups())...)
}

func (c *Config) validateGroups() error {
	if !c.GroupBy.Enabled {
		return nil
	}
	var problems []error
	if prefix, _, _ := strings.Cut(c.Path, "*"); strings.Count(c.Path, "*") != 1 || prefix == "" {
		problems = append(problems, &config.Problem{Where: "path", What: fmt.Sprintf("%q has not exactly one * with something before it, which group_by needs", c.Path), Fix: "path: ./telemetry/*.json"})
	}
	if c.GroupBy.ResourceAttribute == "" {
		problems = append(problems, &config.Problem{Where: "group_by.resource_attribute", What: "is empty", Fix: "resource_attribute: service.name"})
	}
	if c.GroupBy.MaxOpenFiles < 1 {
		problems = append(problems, &config.Problem{Where: "group_by.max_open_files", What: fmt.Sprintf("%d is less than 1", c.GroupBy.MaxOpenFiles), Fix: "max_open_files: 100  # the default"})
	}
	return errors.Join(problems...)
}

// Validate checks the numbers.
func (r *Rotation) Validate() error {
	if r.MaxMegabytes < 0 || r.MaxDays < 0 || r.MaxBackups < 0 {
		return config.Problemf("", "max_megabytes, max_days and max_backups cannot be negative")
	}
	return nil
}

// maxBytes is the size at which a file is full.
func (r *Rotation) maxBytes() int64 {
	if r.MaxMegabytes == 0 {
		return 100 << 20
	}
	return int64(r.MaxMegabytes) << 20
}

// permissions are those of folders that are made.
func (c *Config) permissions() (os.FileMode, error) {
	if c.DirectoryPermissions == "" {
		return 0o755, nil
	}
	bits, err := strconv.ParseUint(c.DirectoryPermissions, 8, 32)
	if err != nil || bits > uint64(os.ModePerm) {
		return 0, fmt.Errorf("%q is not an octal number up to 0777", c.DirectoryPermissions)
	}
	return os.FileMode(bits), nil
}
