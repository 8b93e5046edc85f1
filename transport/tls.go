package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
)

// TLSConfig is what servers and clients have in common, with upstream's keys.
type TLSConfig struct {
	// PEM file of the own certificate, with those of the authorities between it and the root behind it.
	CertFile string `yaml:"cert_file"`
	// PEM file of the certificate's key.
	KeyFile string `yaml:"key_file"`
	// The certificate as PEM text, in place of cert_file.
	CertPEM config.Secret `yaml:"cert_pem"`
	// The key as PEM text, in place of key_file.
	KeyPEM config.Secret `yaml:"key_pem"`
	// PEM file of the authorities that a server's certificate is checked against. The system's by default.
	CAFile string `yaml:"ca_file"`
	// The authorities as PEM text, in place of ca_file.
	CAPEM string `yaml:"ca_pem"`
	// Trust the system's authorities beside those of ca_file, ca_pem or client_ca_file.
	IncludeSystemCACertsPool bool `yaml:"include_system_ca_certs_pool"`
	// Oldest TLS version to speak: 1.2 (default) or 1.3. 1.0 and 1.1 are not safe any more.
	MinVersion string `yaml:"min_version"`
	// Newest TLS version to speak. The newest there is by default.
	MaxVersion string `yaml:"max_version"`
	// Cipher suites for TLS 1.2, by the names of Go's crypto/tls (TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256). Those of TLS 1.3
	// cannot be chosen. A safe list by default.
	CipherSuites []string `yaml:"cipher_suites"`
	// Key exchanges to offer: X25519, P256, P384, P521, X25519MLKEM768. All by default.
	CurvePreferences []string `yaml:"curve_preferences"`
	// How old what was read from the files may be at a handshake; older, and they are read again.
	// Open connections stay. Files that cannot be used are logged and leave the old ones in force. Never by default.
	ReloadInterval time.Duration `yaml:"reload_interval"`

	TPM config.Unsupported `yaml:"tpm"`
}

// TLSServerConfig is the `tls:` block of a server.
type TLSServerConfig struct {
	TLSConfig `yaml:",inline"`
	// Ask clients for a certificate, and check it against the authorities in this PEM file.
	ClientCAFile string `yaml:"client_ca_file"`
	// Read client_ca_file again when it has changed, within a second.
	ClientCAFileReload bool `yaml:"client_ca_file_reload"`
}

// TLSClientConfig is the `tls:` block of a client.
type TLSClientConfig struct {
	TLSConfig `yaml:",inline"`
	// Speak without TLS. Of no effect with ca_file or ca_pem, as upstream.
	Insecure bool `yaml:"insecure"`
	// Take any certificate. The peer may be anybody.
	InsecureSkipVerify bool `yaml:"insecure_skip_verify"`
	// Name that the server's certificate must have, if it is not the host of the endpoint.
	ServerName string `yaml:"server_name_override"`
}

var tlsVersions = map[string]uint16{
	"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

var tlsCurves = map[string]tls.CurveID{
	"P256": tls.CurveP256, "P384": tls.CurveP384, "P521": tls.CurveP521, "X25519": tls.X25519, "X25519MLKEM768": tls.X25519MLKEM768,
}

// tlsSuites are the cipher suites that are safe, by name.
func tlsSuites() map[string]uint16 {
	out := map[string]uint16{}
	for _, suite := range tls.CipherSuites() {
		out[suite.Name] = suite.ID
	}
	return out
}

// Validate reports all that can be seen without reading files.
func (c *TLSConfig) Validate() error {
	problems := c.pairProblems()
	for _, v := range [...][2]string{{"min_version", c.MinVersion}, {"max_version", c.MaxVersion}} {
		switch version, ok := tlsVersions[v[1]]; {
		case !ok:
			problems = append(problems, &config.Problem{Where: v[0], What: fmt.Sprintf("%q is not a version of TLS", v[1]), Fix: v[0] + `: "1.3"  # or "1.2"`})
		case version != 0 && version < tls.VersionTLS12:
			problems = append(problems, &config.Problem{Where: v[0], What: fmt.Sprintf("TLS %s is not safe any more", v[1]), Fix: v[0] + `: "1.2"`, Note: true})
		}
	}
	if most := tlsVersions[c.MaxVersion]; most != 0 && most < c.minVersion() {
		problems = append(problems, &config.Problem{Where: "max_version", What: fmt.Sprintf("%s is older than min_version", c.MaxVersion), Fix: `max_version: "1.3"`})
	}
	if c.ReloadInterval < 0 {
		problems = append(problems, &config.Problem{Where: "reload_interval", What: fmt.Sprintf("%s is negative", c.ReloadInterval), Fix: "reload_interval: 1h"})
	}
	problems = append(problems, unknownNames("cipher_suites", c.CipherSuites, tlsSuites())...)
	problems = append(problems, unknownNames("curve_preferences", c.CurvePreferences, tlsCurves)...)
	return errors.Join(problems...)
}

// pairProblems are about files and texts that exclude or need each other.
func (c *TLSConfig) pairProblems() (problems []error) {
	for _, both := range [...]struct{ file, text, of string }{
		{c.CertFile, string(c.CertPEM), "cert"}, {c.KeyFile, string(c.KeyPEM), "key"}, {c.CAFile, c.CAPEM, "ca"},
	} {
		if both.file != "" && both.text != "" {
			problems = append(problems, &config.Problem{Where: both.of + "_pem", What: "stands beside " + both.of + "_file, and only one of the two can be used", Fix: "remove one of them"})
		}
	}
	if c.hasCert() != (c.KeyFile != "" || c.KeyPEM != "") {
		problems = append(problems, &config.Problem{What: "a certificate needs its key, and a key its certificate", Fix: "cert_file: server.crt\nkey_file: server.key"})
	}
	return problems
}

func unknownNames[V any](key string, names []string, known map[string]V) (problems []error) {
	for i, name := range names {
		if _, ok := known[name]; ok {
			continue
		}
		list := slices.Sorted(maps.Keys(known))
		fix := "known here: " + strings.Join(list, ", ")
		if near := config.Nearest(name, list); near != "" {
			fix = near
		}
		problems = append(problems, &config.Problem{Where: fmt.Sprintf("%s[%d]", key, i), What: fmt.Sprintf("%q is not known, or not safe", name), Fix: fix})
	}
	return problems
}

// Validate requires a certificate.
func (c *TLSServerConfig) Validate() error {
	switch {
	case !c.hasCert():
		return &config.Problem{What: "a TLS server needs a certificate", Fix: "cert_file: server.crt\nkey_file: server.key"}
	case c.ClientCAFileReload && c.ClientCAFile == "":
		return &config.Problem{Where: "client_ca_file_reload", What: "has no effect without client_ca_file", Fix: "client_ca_file: clients-ca.crt", Note: true}
	}
	return nil
}

func (c *TLSConfig) minVersion() uint16 {
	if c.MinVersion == "" {
		return tls.VersionTLS12
	}
	return tlsVersions[c.MinVersion]
}

func (c *TLSConfig) hasCert() bool { return c.CertFile != "" || c.CertPEM != "" }

func (c *TLSConfig) hasCA() bool { return c.CAFile != "" || c.CAPEM != "" }

// plain says that the client speaks without TLS.
func (c *TLSClientConfig) plain() bool { return c.Insecure && !c.hasCA() }
