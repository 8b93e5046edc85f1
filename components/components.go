// Package components is the list of all that a configuration can name. Adding
// a component to the program is one line here; there is no other registration.
package components

import (
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/exporter/debug"
	"github.com/oriel-io/oriel/exporter/file"
	nopexporter "github.com/oriel-io/oriel/exporter/nop"
	otlpexporter "github.com/oriel-io/oriel/exporter/otlp"
	"github.com/oriel-io/oriel/exporter/otlphttp"
	"github.com/oriel-io/oriel/exporter/store"
	zipkinexporter "github.com/oriel-io/oriel/exporter/zipkin"
	"github.com/oriel-io/oriel/extension/healthcheck"
	"github.com/oriel-io/oriel/extension/pprof"
	"github.com/oriel-io/oriel/extension/zpages"
	"github.com/oriel-io/oriel/hosted"
	"github.com/oriel-io/oriel/processor/attributes"
	"github.com/oriel-io/oriel/processor/batch"
	"github.com/oriel-io/oriel/processor/filter"
	"github.com/oriel-io/oriel/processor/memorylimiter"
	"github.com/oriel-io/oriel/processor/probabilistic"
	"github.com/oriel-io/oriel/processor/resource"
	"github.com/oriel-io/oriel/processor/resourcedetection"
	"github.com/oriel-io/oriel/processor/upstreamcluster"
	"github.com/oriel-io/oriel/receiver/jaeger"
	nopreceiver "github.com/oriel-io/oriel/receiver/nop"
	otlpreceiver "github.com/oriel-io/oriel/receiver/otlp"
	zipkinreceiver "github.com/oriel-io/oriel/receiver/zipkin"
)

// List makes the list. open is how the store exporter gets its engine.
func List(open store.Opener) []component.Factory {
	return []component.Factory{
		// Receivers
		jaeger.Factory,
		nopreceiver.Factory,
		otlpreceiver.Factory,
		zipkinreceiver.Factory,
		// Processors
		attributes.Factory,
		batch.Factory,
		filter.Factory(hosted.Processor(filterprocessor.NewFactory())),
		memorylimiter.Factory,
		probabilistic.Factory,
		resource.Factory,
		resourcedetection.Factory,
		upstreamcluster.Factory,
		// Exporters
		debug.Factory,
		file.Factory,
		nopexporter.Factory,
		otlpexporter.Factory,
		otlphttp.Factory,
		store.Factory(open),
		zipkinexporter.Factory,
		// Extensions
		healthcheck.Factory,
		pprof.Factory,
		zpages.Factory,
		// Components of the upstream collector, with their own documentation. Any other
		// of theirs is one more line.
		hosted.Receiver(filelogreceiver.NewFactory()),
		hosted.Receiver(hostmetricsreceiver.NewFactory()),
		hosted.Processor(transformprocessor.NewFactory()),
		hosted.Extension(filestorage.NewFactory()),
	}
}
