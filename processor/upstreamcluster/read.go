package upstreamcluster

import (
	"bytes"
	"hash/maphash"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

// local names the service that a proxy stands before; nil parts are not told.
type local struct{ service, namespace []byte }

// told is what a span tells about its request.
type told struct {
	cluster
	isCluster bool
	isUnknown bool   // there is a name, and none that can be read
	tags      local  // Istio's
	node      []byte // namespace of the proxy

	// What the span has already.
	hasAddress, hasPort, hasPeer, hasPeerNamespace bool
}

// readSpan reads one span. names are the attributes that may hold the cluster.
func readSpan(span otlp.Span, names []string) (t told) {
	best := len(names)
	for key, value := range span.Attrs().All() {
		switch string(key) {
		case semconv.IstioCanonicalService:
			t.tags.service = tag(value)
		case semconv.IstioNamespace:
			t.tags.namespace = tag(value)
		case semconv.NodeID:
			t.node = nodeNamespace(value.Text())
		case semconv.ServerAddress:
			t.hasAddress = true
		case semconv.ServerPort:
			t.hasPort = true
		case semconv.PeerService:
			t.hasPeer = true
		case semconv.PeerNamespace:
			t.hasPeerNamespace = true
		}
		for i, name := range names[:best] {
			if string(key) != name {
				continue
			}
			if c, ok := parseCluster(value.Text()); ok {
				t.cluster, t.isCluster, best = c, true, i
			} else {
				t.isUnknown = true
			}
			break
		}
	}
	return t
}

// tag is the value of a tag of Istio's; "unknown" is its word for none.
func tag(v otlp.Value) []byte {
	if text := v.Text(); string(text) != "unknown" && len(text) > 0 {
		return text
	}
	return nil
}

// sender is what a resource tells about the proxy.
type sender struct {
	hash            uint64
	name, namespace []byte // service.name and service.namespace
	tags            local  // Istio's
	isOne           bool   // it names a service, or a single proxy
}

var seed = maphash.MakeSeed()

func readResource(r otlp.Resource) (s sender) {
	s.hash = maphash.Bytes(seed, r.Msg)
	for key, value := range r.Attrs().All() {
		switch string(key) {
		case semconv.ServiceName:
			s.name = value.Text()
		case semconv.ServiceNamespace:
			s.namespace = value.Text()
		case semconv.IstioCanonicalService:
			s.tags.service = tag(value)
		case semconv.IstioNamespace:
			s.tags.namespace = tag(value)
		case semconv.HostName, semconv.K8sPodName, semconv.K8sPodUID, semconv.ServiceInstanceID:
			s.isOne = s.isOne || len(value.Text()) > 0
		}
	}
	s.isOne = s.isOne || !saysNothing(s.name)
	return s
}

// saysNothing is true of what stands in service.name when nobody has set it:
// OpenTelemetry's and Zipkin's fallbacks, and the proxy's own name.
func saysNothing(name []byte) bool {
	switch string(name) {
	case "", "unknown", "unknown-service", "envoy", "istio-proxy":
		return true
	}
	return bytes.HasPrefix(name, []byte("unknown_service"))
}

// local is what the span and its resource tell about the local service.
func (t *told) local(s *sender) local {
	is := t.tags.or(s.tags).or(local{namespace: t.node})
	if !t.inbound {
		return is
	}
	service, namespace := kubernetesName(t.host)
	if service == nil {
		service = t.host
	}
	return is.or(local{service, namespace})
}

// or fills in what is not told.
func (l local) or(other local) local {
	if len(l.service) == 0 {
		l.service = other.service
	}
	if len(l.namespace) == 0 {
		l.namespace = other.namespace
	}
	return l
}

func (l local) equal(other local) bool {
	return bytes.Equal(l.service, other.service) && bytes.Equal(l.namespace, other.namespace)
}

// rename is what has to be set on the resource; nil parts stay as they are.
func (l local) rename(s *sender) (change local) {
	if len(s.namespace) == 0 && len(l.namespace) > 0 {
		change.namespace = l.namespace
	}
	if before, found := bytes.CutSuffix(s.name, l.namespace); found && len(l.namespace) > 0 && len(before) > 1 && before[len(before)-1] == '.' {
		change.service = before[:len(before)-1]
	} else if len(l.service) > 0 && saysNothing(s.name) {
		change.service = l.service
	}
	return change
}
