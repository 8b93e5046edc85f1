package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/oriel-io/oriel/config"
)

// TLSConfig is what servers and clients have in common, with upstream's keys.
type TLSConfig struct {
	// PEM files of the own certificate and its key.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// The same as text.
	CertPEM config.Secret `yaml:"cert_pem"`
	KeyPEM  config.Secret `yaml:"key_pem"`
	// PEM file, or text, of the authorities that the peer's certificate is checked against.
	CAFile string `yaml:"ca_file"`
	CAPEM  string `yaml:"ca_pem"`
	// 1.2 (default) or 1.3.
	MinVersion string `yaml:"min_version"`
	// 1.2 or 1.3; no limit by default.
	MaxVersion string `yaml:"max_version"`

	IncludeSystemCACertsPool bool               `yaml:"include_system_ca_certs_pool"`
	CipherSuites             config.Unsupported `yaml:"cipher_suites"`
	CurvePreferences         config.Unsupported `yaml:"curve_preferences"`
	ReloadInterval           config.Unsupported `yaml:"reload_interval"`
	TPM                      config.Unsupported `yaml:"tpm"`
}

// TLSServerConfig is the `tls:` block of a server.
type TLSServerConfig struct {
	TLSConfig `yaml:",inline"`
	// Ask clients for a certificate, and check it against this PEM file.
	ClientCAFile string `yaml:"client_ca_file"`

	ClientCAFileReload config.Unsupported `yaml:"client_ca_file_reload"`
}

// TLSClientConfig is the `tls:` block of a client.
type TLSClientConfig struct {
	TLSConfig `yaml:",inline"`
	// Speak without TLS.
	Insecure bool `yaml:"insecure"`
	// Take any certificate. The peer may be anybody.
	InsecureSkipVerify bool `yaml:"insecure_skip_verify"`
	// Name that the server's certificate must have, if it is not the host of the endpoint.
	ServerName string `yaml:"server_name_override"`
}

var tlsVersions = map[string]uint16{"": 0, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// Validate checks versions and that certificate and key come together.
func (c *TLSConfig) Validate() error {
	for key, v := range map[string]string{"min_version": c.MinVersion, "max_version": c.MaxVersion} {
		if _, ok := tlsVersions[v]; !ok {
			return &config.Problem{Where: key, What: fmt.Sprintf("%q is not a TLS version that is still safe", v), Fix: key + `: "1.3"`}
		}
	}
	if (c.CertFile == "" && c.CertPEM == "") != (c.KeyFile == "" && c.KeyPEM == "") {
		return &config.Problem{What: "a certificate needs its key, and a key its certificate", Fix: "cert_file: server.crt\nkey_file: server.key"}
	}
	return nil
}

// Validate requires a certificate.
func (c *TLSServerConfig) Validate() error {
	if c.CertFile == "" && c.CertPEM == "" {
		return &config.Problem{What: "a TLS server needs a certificate", Fix: "cert_file: server.crt\nkey_file: server.key"}
	}
	return nil
}

// load reads the files.
func (c *TLSConfig) load() (*tls.Config, error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tlsVersions[c.MaxVersion]}
	if c.MinVersion != "" {
		out.MinVersion = tlsVersions[c.MinVersion]
	}
	if c.CertFile != "" || c.CertPEM != "" {
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
	if c.CAFile != "" || c.CAPEM != "" {
		pool, err := certPool(c.CAPEM, c.CAFile, c.IncludeSystemCACertsPool)
		if err != nil {
			return nil, err
		}
		out.RootCAs = pool
	}
	return out, nil
}

// Load makes the server's TLS settings from its files.
func (c *TLSServerConfig) Load() (*tls.Config, error) {
	out, err := c.load()
	if err != nil {
		return nil, err
	}
	if c.ClientCAFile != "" {
		if out.ClientCAs, err = certPool("", c.ClientCAFile, false); err != nil {
			return nil, err
		}
		out.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return out, nil
}

// Load makes the client's TLS settings from its files.
func (c *TLSClientConfig) Load() (*tls.Config, error) {
	out, err := c.load()
	if err != nil {
		return nil, err
	}
	out.ServerName = c.ServerName
	out.InsecureSkipVerify = c.InsecureSkipVerify
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
