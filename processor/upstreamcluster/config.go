// Package upstreamcluster is the upstreamcluster processor: it reads what Envoy
// in an Istio mesh writes into a span's attribute upstream_cluster, and states it
// in OpenTelemetry's terms. Spans of others pass as they are.
//
//	inbound|9080|http|productpage.default.svc.cluster.local    served by the pod of this proxy
//	outbound|9080|v1|reviews.default.svc.cluster.local         called by it
//
// Begin with Config. cluster.go reads the names, read.go what else a span tells,
// processor.go changes the spans, learn.go remembers which service a proxy stands before.
//
// What it sets, only where it is absent unless said otherwise:
//   - The kind: SERVER for inbound and CLIENT for outbound spans, where the recorded
//     kind contradicts that. Istio's Zipkin tracer once recorded CLIENT for all.
//   - inbound: server.port, and on the resource service.name and service.namespace
//     of the local service. A service.name that says nothing (unknown_service,
//     istio-proxy) is replaced; Istio's "productpage.default" is taken apart when the
//     cluster, a tag or node_id confirms that default is the namespace; any other stays.
//   - outbound: server.address, server.port, and for services in Kubernetes
//     peer.service and service.peer.namespace.
//   - All other spans of a proxy, outbound ones and those without a cluster, get the
//     resource of its inbound spans, so that one service does not show as two.
//
// Istio's tags istio.canonical_service and istio.namespace, on the span or the
// resource, name the local service before the cluster does, and so does node_id for
// the namespace. Names that are not
// in this form (PassthroughCluster, or clusters of an Envoy without Istio) are
// counted and left alone. A gateway's span is CLIENT: it is named outbound, as in
// Istio itself, although it also received the request.
//
// Source: https://istio.io/latest/docs/ops/diagnostic-tools/proxy-cmd/ shows such
// names; BuildSubsetKey in Istio's pilot/pkg/model makes them.
package upstreamcluster

import (
	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// Config is the `upstreamcluster:` block.
type Config struct {
	// Span attributes that may hold the name of the cluster. The first one that can be read counts.
	Attributes []string `yaml:"attributes"`
	// Set the kind to SERVER for inbound and to CLIENT for outbound spans where the recorded one contradicts it.
	SetKind bool `yaml:"set_kind"`
	// Set names, namespaces, addresses and ports of the local and the called service.
	SetNames bool `yaml:"set_names"`
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "upstreamcluster",
	Summary: "Sets kind, service names and ports of Envoy's spans by their upstream_cluster.",
	Signals: component.SignalsOf(otlp.Traces),
	Default: func() Config {
		return Config{Attributes: []string{semconv.UpstreamCluster, semconv.UpstreamClusterName}, SetKind: true, SetNames: true}
	},
	New: newProcessor,
}

// Validate reports what is wrong.
func (c *Config) Validate() error {
	if len(c.Attributes) == 0 {
		return &config.Problem{
			Where: "attributes",
			What:  "is empty, so there is no cluster to read",
			Fix:   "attributes: [" + semconv.UpstreamCluster + ", " + semconv.UpstreamClusterName + "]  # the default",
		}
	}
	return nil
}
