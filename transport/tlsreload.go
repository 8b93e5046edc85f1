package transport

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
)

// tlsSource is TLS settings that follow their files. A new tls.Config is made only
// when the files have changed, so sessions can be resumed until then, and not longer: a
// client that the new authorities do not know must not come back with an old ticket.
type tlsSource struct {
	log   *slog.Logger
	every time.Duration // 0: the files are read once
	files []string
	load  func() (*tls.Config, error)

	current atomic.Pointer[tls.Config]

	reading sync.Mutex // guards the rest; whoever does not get it uses current
	read    time.Time
	sum     [sha256.Size]byte
}

func newTLSSource(log *slog.Logger, every time.Duration, files []string, load func() (*tls.Config, error)) (*tlsSource, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &tlsSource{log: log, every: every, files: files, load: load, read: time.Now()}
	s.sum, _ = checksum(files) // what cannot be read is load's to tell
	loaded, err := load()
	if err != nil {
		return nil, err
	}
	s.current.Store(loaded)
	s.tellExpired(loaded)
	return s, nil
}

// config is the settings for the next handshake. Read only.
func (s *tlsSource) config() *tls.Config {
	if s.every > 0 && s.reading.TryLock() {
		defer s.reading.Unlock()
		if time.Since(s.read) >= s.every {
			s.reload()
			s.read = time.Now()
		}
	}
	return s.current.Load()
}

// reload reads the files again. The caller holds reading.
func (s *tlsSource) reload() {
	sum, err := checksum(s.files)
	if err == nil && sum == s.sum {
		return
	}
	var loaded *tls.Config
	if err == nil {
		loaded, err = s.load()
	}
	if err != nil {
		// A certificate and its key cannot be replaced in one step: the next time may be better.
		s.log.Error("new TLS files cannot be used; the old ones stay in force", "files", s.files, "error", err)
		return
	}
	s.sum = sum
	s.current.Store(loaded)
	s.log.Info("read new TLS files", "files", s.files)
	s.tellExpired(loaded)
}

func (s *tlsSource) tellExpired(loaded *tls.Config) {
	for _, pair := range loaded.Certificates {
		if leaf, err := x509.ParseCertificate(pair.Certificate[0]); err == nil && time.Now().After(leaf.NotAfter) {
			s.log.Warn("the certificate has expired; peers will refuse it", "files", s.files, "expired", leaf.NotAfter)
		}
	}
}

func checksum(files []string) (sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	for _, file := range files {
		if file == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return sum, err
		}
		fmt.Fprintf(hash, "%d\n", len(text))
		hash.Write(text)
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}

// credentials are for a gRPC client.
func (s *tlsSource) credentials() credentials.TransportCredentials {
	current := credentials.NewTLS(s.config())
	if s.every == 0 {
		return current
	}
	return reloadingCredentials{current, s}
}

// reloadingCredentials make each handshake with the newest settings.
type reloadingCredentials struct {
	credentials.TransportCredentials // for all but the handshake
	source                           *tlsSource
}

func (c reloadingCredentials) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(c.source.config()).ClientHandshake(ctx, authority, conn)
}

func (c reloadingCredentials) Clone() credentials.TransportCredentials {
	return reloadingCredentials{c.TransportCredentials.Clone(), c.source}
}
