package upstreamcluster

import "bytes"

// cluster is the name of an Envoy cluster that Istio made. Slices alias it.
//
//	direction|port|subset|host      subset and, for inbound, host may be empty
//	direction_.port_.subset_.host   the same on gateways that route by SNI
type cluster struct {
	inbound bool
	port    uint16
	host    []byte
}

// parseCluster reads a cluster's name; ok is false if it has another form.
func parseCluster(name []byte) (c cluster, ok bool) {
	name = bytes.TrimSuffix(name, []byte{';'}) // Istio ends the name for statistics with it
	separator := []byte("|")
	if !bytes.Contains(name, separator) {
		separator = []byte("_.")
	}
	direction, rest, _ := bytes.Cut(name, separator)
	port, rest, _ := bytes.Cut(rest, separator)
	_, host, found := bytes.Cut(rest, separator)
	if !found || bytes.Contains(host, separator) {
		return cluster{}, false
	}
	switch string(direction) {
	case "inbound":
		c.inbound = true
	case "outbound":
		if len(host) == 0 {
			return cluster{}, false
		}
	default:
		return cluster{}, false
	}
	c.host = host
	c.port, ok = parsePort(port)
	return c, ok
}

func parsePort(text []byte) (uint16, bool) {
	if len(text) == 0 || len(text) > 5 {
		return 0, false
	}
	n := 0
	for _, d := range text {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return uint16(n), n <= 0xffff
}

// kubernetesName takes the DNS name of a service in Kubernetes apart,
// "reviews.default.svc.cluster.local"; the parts are nil if host is none.
func kubernetesName(host []byte) (service, namespace []byte) {
	service, rest, _ := bytes.Cut(host, []byte{'.'})
	namespace, rest, found := bytes.Cut(rest, []byte{'.'})
	if !found || len(service) == 0 || len(namespace) == 0 || string(rest) != "svc" && !bytes.HasPrefix(rest, []byte("svc.")) {
		return nil, nil
	}
	return service, namespace
}

// nodeNamespace is the Kubernetes namespace in the id that Istio gives a proxy,
// "sidecar~10.0.1.7~productpage-v1-6b746f74dc-9rlmh.default~default.svc.cluster.local";
// nil if the id has another form.
func nodeNamespace(id []byte) []byte {
	if bytes.Count(id, []byte{'~'}) != 3 {
		return nil
	}
	domain := id[bytes.LastIndexByte(id, '~')+1:]
	namespace, rest, _ := bytes.Cut(domain, []byte{'.'})
	if len(namespace) == 0 || string(rest) != "svc" && !bytes.HasPrefix(rest, []byte("svc.")) {
		return nil
	}
	return namespace
}
