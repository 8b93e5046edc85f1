package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Load makes the server's TLS settings from its files. protocols are what ALPN
// offers. log, which may be nil, is told of new files that cannot be used.
func (c *TLSServerConfig) Load(log *slog.Logger, protocols ...string) (*tls.Config, error) {
	every := c.ReloadInterval
	if c.ClientCAFileReload && c.ClientCAFile != "" && (every == 0 || every > clientCAInterval) {
		every = clientCAInterval
	}
	source, err := newTLSSource(log, every, []string{c.CertFile, c.KeyFile, c.ClientCAFile}, func() (*tls.Config, error) {
		out, err := c.load()
		if err != nil {
			return nil, err
		}
		out.NextProtos = protocols
		if c.ClientCAFile != "" {
			if out.ClientCAs, err = certPool("", c.ClientCAFile, c.IncludeSystemCACertsPool); err != nil {
				return nil, err
			}
			out.ClientAuth = tls.RequireAndVerifyClientCert
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	loaded := source.config()
	if every > 0 {
		loaded = loaded.Clone()
		loaded.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return source.config(), nil }
	}
	return loaded, nil
}

// clientCAInterval is how soon client_ca_file_reload sees a change.
const clientCAInterval = time.Second

// source makes the client's TLS settings from its files.
func (c *TLSClientConfig) source(log *slog.Logger) (*tlsSource, error) {
	return newTLSSource(log, c.ReloadInterval, []string{c.CertFile, c.KeyFile, c.CAFile}, func() (*tls.Config, error) {
		out, err := c.load()
		if err != nil {
			return nil, err
		}
		out.ServerName = c.ServerName
		out.InsecureSkipVerify = c.InsecureSkipVerify
		return out, nil
	})
}

// load reads the own certificate and the authorities.
func (c *TLSConfig) load() (*tls.Config, error) {
	out := &tls.Config{MinVersion: c.minVersion(), MaxVersion: tlsVersions[c.MaxVersion]}
	suites := tlsSuites()
	for _, name := range c.CipherSuites {
		out.CipherSuites = append(out.CipherSuites, suites[name])
	}
	for _, name := range c.CurvePreferences {
		out.CurvePreferences = append(out.CurvePreferences, tlsCurves[name])
	}
	if c.hasCert() {
		cert, err := textOrFile(string(c.CertPEM), c.CertFile)
		if err != nil {
			return nil, err
		}
		key, err := textOrFile(string(c.KeyPEM), c.KeyFile)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("read certificate %s: %w", c.CertFile, err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	if c.hasCA() {
		pool, err := certPool(c.CAPEM, c.CAFile, c.IncludeSystemCACertsPool)
		if err != nil {
			return nil, err
		}
		out.RootCAs = pool
	}
	return out, nil
}

func textOrFile(text, file string) ([]byte, error) {
	if text != "" {
		return []byte(text), nil
	}
	return os.ReadFile(file)
}

func certPool(text, file string, system bool) (*x509.CertPool, error) {
	pem, err := textOrFile(text, file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if system {
		if pool, err = x509.SystemCertPool(); err != nil {
			return nil, err
		}
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}
