package component

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/oriel-io/oriel/wire/otlp"
)

// ID names a component in a configuration: type, or type/name.
type ID struct{ Type, Name string }

const maxName = 1024 // bytes

// validName has no blanks, control signs or symbols, as upstream's have not.
var validName = regexp.MustCompile(`^[^\pZ\pC\pS]+$`)

// ParseID reads "type" or "type/name".
func ParseID(s string) (ID, error) {
	typ, name, found := strings.Cut(s, "/")
	typ, name = strings.TrimSpace(typ), strings.TrimSpace(name)
	if typ == "" || found && name == "" {
		return ID{}, fmt.Errorf("%q is not a component id; want type or type/name", s)
	}
	if found && (!validName.MatchString(name) || len(name) > maxName) {
		return ID{}, fmt.Errorf("the name in %q has a blank or a symbol in it, or is longer than %d bytes", s, maxName)
	}
	return ID{typ, name}, nil
}

func (id ID) String() string {
	if id.Name == "" {
		return id.Type
	}
	return id.Type + "/" + id.Name
}

// Kind is the section of the configuration that a component stands in.
type Kind string

const (
	KindReceiver  Kind = "receiver"
	KindProcessor Kind = "processor"
	KindExporter  Kind = "exporter"
	KindConnector Kind = "connector"
	KindExtension Kind = "extension"
)

// Factory is what the list of components holds: the type-erased form of the
// generic factories below. Only they implement it.
type Factory interface {
	Describe() Description
	// NewConfig returns a pointer to a Config that holds the defaults.
	NewConfig() any
}

// Description is what help, validation and the reference pages show.
type Description struct {
	Kind    Kind
	Type    string
	Aliases []string // old names that a YAML may still use
	Summary string
	Signals Signals // carried; of a connector, those taken in
	Emits   Signals // of a connector
	// Stability is what the makers say of a component that is hosted: "beta". Empty for ours.
	Stability string
}

// SignalValidator is a processor's Config that may be right for one signal and wrong
// for another: it is asked for the signal of each pipeline that names it. Its problems are those of a Validate method.
type SignalValidator interface {
	ValidateSignal(signal otlp.Signal) error
}

// ReceiverFactory makes receivers. One receiver serves all pipelines that name
// it: next dispatches by the batch's signal.
type ReceiverFactory[C any] struct {
	Type, Summary string
	Aliases       []string
	Signals       Signals
	Default       func() C
	New           func(cfg C, set Settings, next Sink) (Component, error)
}

func (f ReceiverFactory[C]) Describe() Description {
	return Description{Kind: KindReceiver, Type: f.Type, Aliases: f.Aliases, Summary: f.Summary, Signals: f.Signals}
}
func (f ReceiverFactory[C]) NewConfig() any { c := f.Default(); return &c }

// NewReceiver builds from what NewConfig returned.
func (f ReceiverFactory[C]) NewReceiver(cfg any, set Settings, next Sink) (Component, error) {
	return f.New(*cfg.(*C), set, next)
}

// ProcessorFactory makes processors, one for each pipeline that names it.
type ProcessorFactory[C any] struct {
	Type, Summary string
	Aliases       []string
	Signals       Signals
	Default       func() C
	New           func(cfg C, set Settings, next Sink) (Stage, error)
}

func (f ProcessorFactory[C]) Describe() Description {
	return Description{Kind: KindProcessor, Type: f.Type, Aliases: f.Aliases, Summary: f.Summary, Signals: f.Signals}
}
func (f ProcessorFactory[C]) NewConfig() any { c := f.Default(); return &c }

// NewProcessor builds from what NewConfig returned.
func (f ProcessorFactory[C]) NewProcessor(cfg any, set Settings, next Sink) (Stage, error) {
	return f.New(*cfg.(*C), set, next)
}

// ExporterFactory makes exporters. One exporter serves all pipelines that name it.
type ExporterFactory[C any] struct {
	Type, Summary string
	Aliases       []string
	Signals       Signals
	Default       func() C
	New           func(cfg C, set Settings) (Stage, error)
}

func (f ExporterFactory[C]) Describe() Description {
	return Description{Kind: KindExporter, Type: f.Type, Aliases: f.Aliases, Summary: f.Summary, Signals: f.Signals}
}
func (f ExporterFactory[C]) NewConfig() any { c := f.Default(); return &c }

// NewExporter builds from what NewConfig returned.
func (f ExporterFactory[C]) NewExporter(cfg any, set Settings) (Stage, error) {
	return f.New(*cfg.(*C), set)
}

// ConnectorFactory makes connectors: exporter of some pipelines and receiver
// of others. next dispatches by the batch's signal.
type ConnectorFactory[C any] struct {
	Type, Summary string
	Aliases       []string
	Signals       Signals // taken in
	Emits         Signals
	Default       func() C
	New           func(cfg C, set Settings, next Sink) (Stage, error)
}

func (f ConnectorFactory[C]) Describe() Description {
	return Description{Kind: KindConnector, Type: f.Type, Aliases: f.Aliases, Summary: f.Summary, Signals: f.Signals, Emits: f.Emits}
}
func (f ConnectorFactory[C]) NewConfig() any { c := f.Default(); return &c }

// NewConnector builds from what NewConfig returned.
func (f ConnectorFactory[C]) NewConnector(cfg any, set Settings, next Sink) (Stage, error) {
	return f.New(*cfg.(*C), set, next)
}

// ExtensionFactory makes extensions.
type ExtensionFactory[C any] struct {
	Type, Summary string
	Aliases       []string
	Default       func() C
	New           func(cfg C, set Settings) (Component, error)
}

func (f ExtensionFactory[C]) Describe() Description {
	return Description{Kind: KindExtension, Type: f.Type, Aliases: f.Aliases, Summary: f.Summary}
}
func (f ExtensionFactory[C]) NewConfig() any { c := f.Default(); return &c }

// NewExtension builds from what NewConfig returned.
func (f ExtensionFactory[C]) NewExtension(cfg any, set Settings) (Component, error) {
	return f.New(*cfg.(*C), set)
}
