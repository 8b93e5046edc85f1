package app

import (
	"context"
	"crypto/sha256"
	"os"
	"slices"
	"sync"
	"time"
)

// watchEvery is how often files are looked at. Looking beats being told by the system: it works on network
// and overlay file systems, and when a folder of links is swapped as Kubernetes does it.
const watchEvery = time.Second

// sources are the files that the configuration was read from, those of ${file:...} included.
type sources struct {
	mu    sync.Mutex // guards files
	files []source   // in the order of reading
}

type source struct {
	path string
	sum  fingerprint // of what was read
}

type fingerprint [sha256.Size]byte

// begin forgets the files of the load before.
func (s *sources) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = nil
}

// add notes what was read; nothing, if it could not be. What is not a file, such as a pipe, can be read only once.
func (s *sources) add(path string, text []byte) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() || path == "-" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.files, func(f source) bool { return f.path == path }) {
		s.files = append(s.files, source{path, sha256.Sum256(text)})
	}
}

// changed says whether a file is not as it was read; now tells one change from the next.
func (s *sources) changed() (now fingerprint, changed bool) {
	s.mu.Lock()
	files := slices.Clone(s.files)
	s.mu.Unlock()
	all := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file.path)
		if err != nil {
			text = nil // it may be about to be replaced; if it stays away, that is a change
		}
		sum := sha256.Sum256(text)
		changed = changed || sum != file.sum
		all.Write(sum[:])
	}
	return fingerprint(all.Sum(nil)), changed
}

// watch says on out when files have changed and stayed so for one look, until ctx ends.
func (s *sources) watch(ctx context.Context, out chan<- struct{}) {
	var last, told fingerprint
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, changed := s.changed()
		if changed && now == last && now != told { // whoever writes has finished
			told = now
			select {
			case out <- struct{}{}:
			default: // it was said already
			}
		}
		if !changed {
			told = fingerprint{} // back to what runs, and perhaps to what was told before
		}
		last = now
	}
}
