package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// TelemetryProcessor is one of service.telemetry.logs.processors or traces.processors.
type TelemetryProcessor struct {
	// Gathers before it sends.
	Batch *BatchProcessor `yaml:"batch"`
	// Sends each at once.
	Simple *struct {
		// Where to.
		Exporter TelemetryExporter `yaml:"exporter"`
	} `yaml:"simple"`
}

// Validate asks for one of the two.
func (p *TelemetryProcessor) Validate() error {
	if (p.Batch == nil) == (p.Simple == nil) {
		return &Problem{What: "want one of batch and simple", Fix: "batch:\n  exporter:\n    otlp:\n      protocol: grpc\n      endpoint: http://localhost:4317"}
	}
	return nil
}

// BatchProcessor gathers.
type BatchProcessor struct {
	// Milliseconds until what was gathered is sent.
	ScheduleDelay int `yaml:"schedule_delay"`
	// Milliseconds after which a sending is given up.
	ExportTimeout int `yaml:"export_timeout"`
	// How many may wait; more are dropped and counted.
	MaxQueueSize int `yaml:"max_queue_size"`
	// How many are sent at once at most.
	MaxExportBatchSize int `yaml:"max_export_batch_size"`
	// Where to.
	Exporter TelemetryExporter `yaml:"exporter"`
}

// SetDefaults are those of the schema.
func (b *BatchProcessor) SetDefaults() {
	b.ScheduleDelay, b.ExportTimeout, b.MaxQueueSize, b.MaxExportBatchSize = 5000, 30_000, 2048, 512
}

// Validate checks the numbers.
func (b *BatchProcessor) Validate() error {
	for _, n := range []struct {
		key   string
		value int
	}{{"schedule_delay", b.ScheduleDelay}, {"export_timeout", b.ExportTimeout}, {"max_queue_size", b.MaxQueueSize}, {"max_export_batch_size", b.MaxExportBatchSize}} {
		if n.value < 1 {
			return Problemf(n.key, "%d is less than 1", n.value)
		}
	}
	if b.MaxExportBatchSize > b.MaxQueueSize {
		return &Problem{Where: "max_export_batch_size", What: fmt.Sprintf("%d is more than max_queue_size, %d", b.MaxExportBatchSize, b.MaxQueueSize),
			Fix: fmt.Sprintf("max_export_batch_size: %d", b.MaxQueueSize)}
	}
	return nil
}

// TelemetryExporter is where own telemetry is sent.
type TelemetryExporter struct {
	// A server that speaks OTLP.
	OTLP *TelemetryOTLP `yaml:"otlp"`

	Console Unsupported `yaml:"console"`
	Zipkin  Unsupported `yaml:"zipkin"`
}

// Validate asks for the server.
func (e *TelemetryExporter) Validate() error {
	if e.OTLP == nil {
		return &Problem{What: "has no otlp, which is what own telemetry can be sent with", Fix: "otlp:\n  protocol: grpc\n  endpoint: http://localhost:4317"}
	}
	return nil
}

// TelemetryOTLP is a server for own telemetry.
type TelemetryOTLP struct {
	// grpc or http/protobuf.
	Protocol string `yaml:"protocol"`
	// URL of the server: http:// is without TLS. With http/protobuf a path may follow, in place of /v1/traces, /v1/logs or /v1/metrics.
	Endpoint string `yaml:"endpoint"`
	// Headers to send: a list of name and value.
	Headers TelemetryHeaders `yaml:"headers"`
	// Headers to send, in the form a=b,c=d.
	HeadersList Secret `yaml:"headers_list"`
	// gzip or none (default).
	Compression string `yaml:"compression"`
	// Milliseconds that one sending may take. 10000 by default.
	Timeout int `yaml:"timeout"`
	// No TLS, where the endpoint does not say.
	Insecure bool `yaml:"insecure"`
	// File of the certificate authorities that the server's certificate is checked with.
	Certificate string `yaml:"certificate"`
	// File of the certificate to show to the server.
	ClientCertificate string `yaml:"client_certificate"`
	// File of its key.
	ClientKey string `yaml:"client_key"`
	// cumulative (default) is the only one.
	TemporalityPreference string `yaml:"temporality_preference"`
	// explicit_bucket_histogram (default) is the only one.
	DefaultHistogramAggregation string `yaml:"default_histogram_aggregation"`
}

// TelemetryHeaders are headers by name.
type TelemetryHeaders map[string]Secret

// UnmarshalConfig takes the schema's list of name and value, and the map of older versions.
func (h *TelemetryHeaders) UnmarshalConfig(n *Node) error {
	*h = TelemetryHeaders{}
	switch n.Kind {
	case Null:
	case Map:
		for _, e := range n.Entries {
			(*h)[e.Key] = Secret(e.Value.Text)
		}
	case List:
		for i, item := range n.Items {
			name, value := item.Get("name"), item.Get("value")
			if name == nil || name.Text == "" {
				return &Problem{Where: fmt.Sprintf("[%d]", i), What: "has no name", Fix: "- name: Authorization\n  value: ${env:TOKEN}"}
			}
			if value != nil {
				(*h)[name.Text] = Secret(value.Text)
			}
		}
	default:
		return Problemf("", "is %s, want a list of name and value", n.Kind)
	}
	return nil
}

// Validate checks what can be checked without the server.
func (o *TelemetryOTLP) Validate() error {
	switch {
	case o.Protocol != "grpc" && o.Protocol != "http/protobuf":
		return &Problem{Where: "protocol", What: fmt.Sprintf("%q is not supported", o.Protocol), Fix: "protocol: http/protobuf  # or grpc"}
	case o.Endpoint == "":
		return &Problem{Where: "endpoint", What: "is not set", Fix: "endpoint: http://localhost:4318"}
	case o.Compression != "" && o.Compression != "gzip" && o.Compression != "none":
		return &Problem{Where: "compression", What: fmt.Sprintf("%q is not known", o.Compression), Fix: "compression: gzip  # or none"}
	case o.TemporalityPreference != "" && o.TemporalityPreference != "cumulative":
		return &Problem{Where: "temporality_preference", What: fmt.Sprintf("%q is not supported", o.TemporalityPreference), Fix: "temporality_preference: cumulative"}
	case o.DefaultHistogramAggregation != "" && o.DefaultHistogramAggregation != "explicit_bucket_histogram":
		return &Problem{Where: "default_histogram_aggregation", What: fmt.Sprintf("%q is not supported", o.DefaultHistogramAggregation), Fix: "default_histogram_aggregation: explicit_bucket_histogram"}
	case (o.ClientCertificate == "") != (o.ClientKey == ""):
		return &Problem{Where: "client_certificate", What: "and client_key go together", Fix: "client_certificate: client.pem\nclient_key: client-key.pem"}
	}
	if _, err := url.Parse(o.URL()); err != nil {
		return &Problem{Where: "endpoint", What: fmt.Sprintf("%q is not a URL", o.Endpoint), Fix: "endpoint: http://localhost:4318"}
	}
	return nil
}

// URL is the endpoint with its scheme.
func (o *TelemetryOTLP) URL() string {
	switch {
	case strings.Contains(o.Endpoint, "://"):
		return o.Endpoint
	case o.Insecure:
		return "http://" + o.Endpoint
	}
	return "https://" + o.Endpoint
}

// Patience is how long one sending may take.
func (o *TelemetryOTLP) Patience() time.Duration {
	if o.Timeout <= 0 {
		return 10 * time.Second
	}
	return time.Duration(o.Timeout) * time.Millisecond
}

// AllHeaders are both forms of headers together.
func (o *TelemetryOTLP) AllHeaders() map[string]Secret {
	out := map[string]Secret{}
	for pair := range strings.SplitSeq(string(o.HeadersList), ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			if plain, err := url.PathUnescape(strings.TrimSpace(value)); err == nil {
				value = plain
			}
			out[strings.TrimSpace(name)] = Secret(value)
		}
	}
	for name, value := range o.Headers {
		out[name] = value
	}
	return out
}
