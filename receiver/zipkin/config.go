package zipkin

import (
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `zipkin:` block.
type Config struct {
	transport.HTTPConfig `yaml:",inline"`
	// Make integers, decimal fractions and bools of tags that look like them. Thrift has types of its own.
	ParseStringTags bool `yaml:"parse_string_tags"`
}

// Factory is listed in components/components.go.
var Factory = component.ReceiverFactory[Config]{
	Type:    "zipkin",
	Summary: "Receives Zipkin spans over HTTP: version 2 in JSON and protobuf, version 1 in JSON and Thrift.",
	Signals: component.SignalsOf(otlp.Traces),
	Default: func() Config { return Config{HTTPConfig: transport.HTTPConfig{Endpoint: "127.0.0.1:9411"}} },
	New:     newReceiver,
}
