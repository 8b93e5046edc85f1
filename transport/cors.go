package transport

import (
	"net/http"
	"slices"
	"strings"

	"github.com/oriel-io/oriel/config"
	"github.com/rs/cors"
)

// CORSConfig is the `cors:` block of an HTTP server, with upstream's keys.
type CORSConfig struct {
	// Origins of pages that may send, as https://app.example or with one * as https://*.example; "*" is any.
	AllowedOrigins []string `yaml:"allowed_origins"`
	// Headers that pages may send beside Accept, Accept-Language, Content-Type and Content-Language.
	// X-Requested-With if the list is empty; "*" is any.
	AllowedHeaders []string `yaml:"allowed_headers"`
	// Headers of answers that pages may read.
	ExposedHeaders []string `yaml:"exposed_headers"`
	// Seconds for which a browser may keep the answer to its question. Its own default by default.
	MaxAge int `yaml:"max_age"`
}

// Validate checks what would have no effect, or too much.
func (c *CORSConfig) Validate() error {
	switch {
	case len(c.AllowedOrigins) == 0 && len(c.AllowedHeaders) > 0:
		return &config.Problem{Where: "allowed_origins", What: "is empty, so that allowed_headers has no effect",
			Fix: "allowed_origins: [https://app.example]", Note: true}
	case c.MaxAge < 0:
		return &config.Problem{Where: "max_age", What: "is negative", Fix: "max_age: 7200"}
	}
	return nil
}

// wrap answers the questions of browsers, and tells them with each answer what pages may read.
func (c *CORSConfig) wrap(next http.Handler) http.Handler {
	if c == nil || len(c.AllowedOrigins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: c.AllowedOrigins, AllowCredentials: true, AllowedHeaders: c.headers(), ExposedHeaders: c.ExposedHeaders, MaxAge: c.MaxAge,
	}).Handler(next)
}

// headers are those that are allowed, with those that always are.
func (c *CORSConfig) headers() []string {
	always := []string{"Accept", "Accept-Language", "Content-Type", "Content-Language"}
	if len(c.AllowedHeaders) == 0 {
		return append(always, "X-Requested-With")
	}
	return append(always, c.AllowedHeaders...)
}

// preflights are the patterns at which browsers ask for those of routes that name a
// method; the others are asked at themselves.
func (c *CORSConfig) preflights(routes map[string]http.Handler) (patterns []string) {
	if c == nil {
		return nil
	}
	for pattern := range routes {
		if _, path, ok := strings.Cut(pattern, " "); ok {
			patterns = append(patterns, "OPTIONS "+strings.TrimSpace(path))
		}
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}
