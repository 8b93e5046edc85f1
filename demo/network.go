package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// network knows on which loopback port each service listens and, like a mesh's
// proxy, picks the version for each request. It is complete before the first
// request, and then read only.
type network struct {
	dice  *dice
	hosts map[string]*host
}

// host is one name with the versions that serve it.
type host struct {
	weights []int
	doors   []*http.Transport
}

func newNetwork(d *dice) *network {
	return &network{dice: d, hosts: map[string]*host{}}
}

// add says that a version of the name is served at the address.
func (n *network) add(name string, weight int, address string) {
	h := n.hosts[name]
	if h == nil {
		h = &host{}
		n.hosts[name] = h
	}
	h.weights = append(h.weights, weight)
	h.doors = append(h.doors, &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		},
	})
}

// RoundTrip sends a request to one of the versions of the URL's host name.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	h := n.hosts[r.URL.Hostname()]
	if h == nil {
		return nil, fmt.Errorf("no service %q in the demo", r.URL.Hostname())
	}
	return h.doors[n.dice.pick(h.weights)].RoundTrip(r)
}

// close gives up idle connections.
func (n *network) close() {
	for _, h := range n.hosts {
		for _, door := range h.doors {
			door.CloseIdleConnections()
		}
	}
}
