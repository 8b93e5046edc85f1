//go:build !linux

package transport

// readyReads is for systems where reads can wait without a buffer.
type readyReads struct{}
