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

// Origin is what there is to say of a hosted component: where its documentation
// stands, and how stable its authors say it is.
type Origin struct {
	Kind component.Kind
	Type string
	// Module and Version are those of the Go module; empty in a program without build information.
	Module, Version string
	// Stability is upstream's word for each signal, "beta"; of a connector for the signal
	// that it takes, and of an extension for 0.
	Stability map[otlp.Signal]string
	// URL is upstream's page about the component at that version; empty if it is not one of theirs.
	URL string
}

// OriginOf describes a factory of the list in components; ok is false for one of our own.
func OriginOf(f component.Factory) (o Origin, ok bool) {
	if from, isHosted := f.(interface{ from() *origin }); isHosted {
		return from.from().describe(), true
	}
	return Origin{}, false
}

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

func (o *origin) from() *origin { return o }

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

func (o *origin) describe() Origin {
	out := Origin{Kind: o.kind, Type: o.typ(), Stability: map[otlp.Signal]string{}}
	for signal, level := range o.stability {
		if level != upstream.StabilityLevelUndefined {
			out.Stability[signal] = strings.ToLower(level.String())
		}
	}
	// The type of its settings stands in the component's own module.
	t := reflect.TypeOf(o.upstream.CreateDefaultConfig())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	for _, m := range modules() {
		if (pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/")) && len(m.Path) > len(out.Module) {
			out.Module, out.Version = m.Path, m.Version
		}
	}
	for prefix, repository := range map[string]string{
		"go.opentelemetry.io/collector/":                             "https://github.com/open-telemetry/opentelemetry-collector",
		"github.com/open-telemetry/opentelemetry-collector-contrib/": "https://github.com/open-telemetry/opentelemetry-collector-contrib",
	} {
		if folder, ok := strings.CutPrefix(out.Module, prefix); ok {
			out.URL = repository + "/tree/" + out.Version + "/" + folder
		}
	}
	return out
}

// modules are those that this program is built from.
var modules = sync.OnceValue(func() []*debug.Module {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Deps
	}
	return nil
})
