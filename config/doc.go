// Package config reads OpenTelemetry Collector YAML into typed Config structs
// and reports everything that is wrong with it, each thing with file, line,
// column, YAML path and what to write instead.
//
// Begin with Load (text to Document), then Document.Decode (a block to a
// struct). Problem is the one form of complaint.
package config
