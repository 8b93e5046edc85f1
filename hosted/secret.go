package hosted

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/oriel-io/oriel/config"
	upstream "go.opentelemetry.io/collector/component"
)

// secretKey is how keys are named whose values must not be printed. Upstream's
// types say it of most, but not of keys that a component reads with code of its own.
var secretKey = regexp.MustCompile(`(?i)pass|secret|token|credential|authorization|api_?key|cookie`)

// isSecret says whether the value at a path must not be printed: its name says
// so, or upstream's type for it, or that of what it is in.
func isSecret(cfg upstream.Config, path []string) bool {
	t, v := bare(reflect.TypeOf(cfg), reflect.ValueOf(cfg))
	for _, name := range path {
		if secretKey.MatchString(name) {
			return true
		}
		if t == nil {
			continue
		}
		if t, v = below(t, v, name); t != nil {
			t, v = bare(t, v)
		}
		if t != nil && strings.HasSuffix(t.PkgPath(), "/configopaque") {
			return true
		}
	}
	return false
}

// reveal lets all but secrets be seen where a configuration is printed.
func reveal(block *config.Node, cfg upstream.Config) {
	var visit func(n *config.Node, path []string)
	visit = func(n *config.Node, path []string) {
		for i, item := range n.Items {
			visit(item, append(path, strconv.Itoa(i)))
		}
		for _, e := range n.Entries {
			visit(e.Value, append(path, e.Key))
		}
		if len(n.Items) == 0 && len(n.Entries) == 0 && !isSecret(cfg, path) {
			n.Reveal()
		}
	}
	visit(block, nil)
}
