package upstreamcluster

import "sync"

// proxies remembers by their resources which service each proxy stands before.
// Where no tag tells it, only inbound spans do, but all spans must get the same
// name and namespace, or one service would show as two.
//
// Proxies that send equal resources cannot be told apart. If they stand before
// different services, the part that differs is not known from then on.
type proxies struct {
	mu    sync.Mutex // guards known
	known map[uint64]*proxy
}

// proxy is what is known about proxies with one resource.
type proxy struct {
	service, namespace           string // empty: not known
	manyServices, manyNamespaces bool
}

// maxProxies bounds proxies; at it we begin anew, and soon know those that are alive.
const maxProxies = 16384

func newProxies() *proxies { return &proxies{known: map[uint64]*proxy{}} }

// learn notes what an inbound span tells about the proxy with the resource's hash.
func (p *proxies) learn(resource uint64, says local) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.known[resource]
	if known == nil {
		if len(p.known) >= maxProxies {
			clear(p.known)
		}
		known = &proxy{}
		p.known[resource] = known
	}
	merge(&known.service, &known.manyServices, says.service)
	merge(&known.namespace, &known.manyNamespaces, says.namespace)
}

func merge(known *string, many *bool, says []byte) {
	switch {
	case len(says) == 0 || *many || string(says) == *known:
	case *known == "":
		*known = string(says)
	default:
		*known, *many = "", true
	}
}

// of is what is known about the proxy with the resource's hash; found is false
// if it has told nothing yet.
func (p *proxies) of(resource uint64) (known proxy, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.known[resource]; known != nil {
		return *known, true
	}
	return proxy{}, false
}
