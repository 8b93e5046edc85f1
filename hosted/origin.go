package hosted

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/wire/otlp"
	upstream "go.opentelemetry.io/collector/component"
)

// Our factories with their origin.
type (
	receiverFactory struct {
		component.ReceiverFactory[Config]
		*origin
	}
	processorFactory struct {
		component.ProcessorFactory[Config]
		*origin
	}
	exporterFactory struct {
		component.ExporterFactory[Config]
		*origin
	}
	connectorFactory struct {
		component.ConnectorFactory[Config]
		*origin
	}
	extensionFactory struct {
		component.ExtensionFactory[Config]
		*origin
	}
)

// Describe says what upstream says of their stability.
func (f receiverFactory) Describe() component.Description {
	return f.rated(f.ReceiverFactory.Describe())
}

// Describe says what upstream says of their stability.
func (f processorFactory) Describe() component.Description {
	return f.rated(f.ProcessorFactory.Describe())
}

// Describe says what upstream says of their stability.
func (f exporterFactory) Describe() component.Description {
	return f.rated(f.ExporterFactory.Describe())
}

// Describe says what upstream says of their stability.
func (f connectorFactory) Describe() component.Description {
	return f.rated(f.ConnectorFactory.Describe())
}

// Describe says what upstream says of their stability.
func (f extensionFactory) Describe() component.Description {
	return f.rated(f.ExtensionFactory.Describe())
}

// rated adds the stability: one word, or one for each signal where they differ.
func (o *origin) rated(d component.Description) component.Description {
	var words, each []string
	for signal := noSignal; signal <= otlp.Metrics; signal++ {
		if level := o.stability[signal]; level != upstream.StabilityLevelUndefined {
			words = append(words, strings.ToLower(level.String()))
			each = append(each, signal.String()+" "+words[len(words)-1])
		}
	}
	if d.Stability = strings.Join(each, ", "); len(slices.Compact(words)) == 1 {
		d.Stability = words[0]
	}
	return d
}

// origin is the factory of theirs behind one of ours.
type origin struct {
	kind      component.Kind
	upstream  upstream.Factory
	stability map[otlp.Signal]upstream.StabilityLevel // of an extension for noSignal
	emits     component.Signals                       // of a connector
	// make adds what upstream makes for one signal.
	make func(b *build, signal otlp.Signal, cfg upstream.Config, out outlet)
}

// config is a Config that holds nothing yet.
func (o *origin) config() Config { return Config{origin: o} }

// bySignal is a factory of one component for each signal.
type bySignal interface {
	upstream.Factory
	TracesStability() upstream.StabilityLevel
	LogsStability() upstream.StabilityLevel
	MetricsStability() upstream.StabilityLevel
}

func signalOrigin(kind component.Kind, f bySignal) *origin {
	return &origin{kind: kind, upstream: f, stability: map[otlp.Signal]upstream.StabilityLevel{
		otlp.Traces: f.TracesStability(), otlp.Logs: f.LogsStability(), otlp.Metrics: f.MetricsStability(),
	}}
}

// signals are those that the factory has code for.
func (o *origin) signals() (s component.Signals) {
	for signal, level := range o.stability {
		if level != upstream.StabilityLevelUndefined {
			s |= component.SignalsOf(signal)
		}
	}
	return s
}

// aliases are the old names that upstream still takes.
func (o *origin) aliases() []string {
	if old, ok := o.upstream.(interface{ DeprecatedAlias() upstream.Type }); ok && old.DeprecatedAlias().String() != "" {
		return []string{old.DeprecatedAlias().String()}
	}
	return nil
}

func (o *origin) typ() string { return o.upstream.Type().String() }

func (o *origin) summary() string {
	return fmt.Sprintf("The %s %s of the upstream collector.", o.typ(), o.kind)
}

// page is upstream's documentation of the component at the version that the
// program has; "" if it is not one of theirs, or the program does not know its modules.
func (o *origin) page() string {
	// The type of its settings stands in the component's own module.
	t := reflect.TypeOf(o.upstream.CreateDefaultConfig())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var own debug.Module
	for _, m := range modules() {
		if (t.PkgPath() == m.Path || strings.HasPrefix(t.PkgPath(), m.Path+"/")) && len(m.Path) > len(own.Path) {
			own = *m
		}
	}
	for prefix, repository := range map[string]string{
		"go.opentelemetry.io/collector/":                             "https://github.com/open-telemetry/opentelemetry-collector",
		"github.com/open-telemetry/opentelemetry-collector-contrib/": "https://github.com/open-telemetry/opentelemetry-collector-contrib",
	} {
		if folder, ok := strings.CutPrefix(own.Path, prefix); ok {
			return repository + "/tree/" + own.Version + "/" + folder
		}
	}
	return ""
}

// modules are those that this program is built from. Programs of tests do not know them.
var modules = sync.OnceValue(func() []*debug.Module {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Deps
	}
	return nil
})
