// Package semconv reads what a span's attributes say, whichever version of the
// semantic conventions, or which proxy, wrote them.
//
// Begin with Read, which makes Facts of a span; keys.go names the attributes.
//
// Source: https://opentelemetry.io/docs/specs/semconv/ v1.37 and, for the old
// names, v1.20; Zipkin's tags: https://zipkin.io/pages/instrumenting.html;
// Envoy's tags: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/tracing
package semconv

import "github.com/oriel-io/oriel/wire/otlp"

// Facts are what the service map, the store and searches need of a span. Byte
// slices alias the span and are nil where it says nothing.
type Facts struct {
	Category   Category
	HTTPStatus uint16 // 0: none
	GRPCStatus uint8  // 0: none, or OK
	// Proxy says that a proxy such as Envoy recorded the span on behalf of a service.
	Proxy bool

	PeerService []byte // logical name of the service that a client span calls
	// ServerAddress is the host, without port, that serves the request: the
	// other side of a client span, the own side of a server span.
	ServerAddress []byte
	ServerPort    uint16

	DBSystem, DBName             []byte
	MessagingSystem, Destination []byte
	RPCSystem, RPCService        []byte
	UpstreamCluster              []byte // Envoy's cluster that the request was sent to
	Revision                     []byte // version of the service, as Istio's proxy tells it
}

// Read makes the facts of a span in one scan of its attributes. f are the
// fields of the same span. It allocates nothing.
//
// Where several generations of a name are set, the newest wins. Where several
// attributes can name the server, names win over the URL's host and that over
// plain addresses, because an address seldom tells who was called.
func Read(span otlp.Span, f *otlp.SpanFields) Facts {
	var facts Facts
	var v values
	for key, value := range span.Attrs().All() {
		v.note(key, value)
	}
	facts.HTTPStatus = v.httpStatus
	facts.GRPCStatus = v.grpcStatus
	facts.Category = v.category(f)
	facts.Proxy = v.proxy
	facts.PeerService = either(v.servicePeer, v.peerService)
	facts.DBSystem = either(v.dbSystemName, v.dbSystem)
	facts.DBName = either(v.dbNamespace, v.dbName)
	facts.MessagingSystem = v.messagingSystem
	facts.Destination = either(v.destinationName, v.destination)
	facts.RPCSystem = either(v.rpcSystemName, v.rpcSystem)
	facts.RPCService = v.rpcService
	facts.UpstreamCluster = either(v.upstreamCluster, v.upstreamClusterName)
	facts.Revision = v.revision
	facts.ServerAddress, facts.ServerPort = v.server(f.Kind)
	return facts
}

// values holds what one scan has found, before the newest and best are chosen.
type values struct {
	httpStatus, serverPort, peerPort, hostPort uint16
	httpIsNew, errorTag, clientGone, proxy     bool
	grpcStatus                                 uint8

	servicePeer, peerService                      []byte
	serverAddress, peerName, peerHostname         []byte
	hostName, urlFull, httpURL, httpHost          []byte
	upstreamAddress, peerAddress, peerIP          []byte
	dbSystemName, dbSystem, dbNamespace, dbName   []byte
	messagingSystem, destinationName, destination []byte
	rpcSystemName, rpcSystem, rpcService          []byte
	upstreamCluster, upstreamClusterName          []byte
	revision                                      []byte
}

func (v *values) note(key []byte, value otlp.Value) {
	switch string(key) {
	case HTTPResponseStatusCode:
		if status := httpStatus(value); status != 0 {
			v.httpStatus, v.httpIsNew = status, true
		}
	case httpStatusCode:
		if !v.httpIsNew {
			v.httpStatus = httpStatus(value)
		}
	case RPCResponseStatusCode, rpcGRPCStatusCode, grpcStatusCode, grpcStatusHeader:
		if code := grpcStatus(value); code != 0 {
			v.grpcStatus = code
		}
	case ErrorTag:
		v.errorTag = isError(value)
	case ResponseFlags:
		v.clientGone = hasFlag(value.Text(), "DC")
	case Component:
		v.proxy = string(value.Text()) == "proxy"
	case ServicePeerName:
		v.servicePeer = value.Text()
	case PeerService:
		v.peerService = value.Text()
	case ServerAddress:
		v.serverAddress = value.Text()
	case netPeerName:
		v.peerName = value.Text()
	case peerHostname:
		v.peerHostname = value.Text()
	case netHostName:
		v.hostName = value.Text()
	case URLFull:
		v.urlFull = value.Text()
	case httpURL:
		v.httpURL = value.Text()
	case httpHost:
		v.httpHost = value.Text()
	case UpstreamAddress:
		v.upstreamAddress = value.Text()
	case PeerAddress:
		v.peerAddress = value.Text()
	case NetworkPeerAddress, netPeerIP, netSockPeerAddr:
		v.peerIP = value.Text()
	case ServerPort:
		v.serverPort = number(value)
	case netPeerPort, peerPort:
		v.peerPort = number(value)
	case netHostPort:
		v.hostPort = number(value)
	case DBSystemName:
		v.dbSystemName = value.Text()
	case dbSystem:
		v.dbSystem = value.Text()
	case DBNamespace:
		v.dbNamespace = value.Text()
	case dbName:
		v.dbName = value.Text()
	case MessagingSystem:
		v.messagingSystem = value.Text()
	case MessagingDestinationName:
		v.destinationName = value.Text()
	case messagingDestination:
		v.destination = value.Text()
	case RPCSystemName:
		v.rpcSystemName = value.Text()
	case rpcSystem:
		v.rpcSystem = value.Text()
	case RPCService:
		v.rpcService = value.Text()
	case UpstreamCluster:
		v.upstreamCluster = value.Text()
	case IstioCanonicalRevision:
		v.revision = value.Text()
	case UpstreamClusterName:
		v.upstreamClusterName = value.Text()
	}
}

// server chooses who serves the request. The peer attributes of a server span
// name its caller, and are left aside there.
func (v *values) server(kind otlp.Kind) (host []byte, port uint16) {
	if len(v.serverAddress) > 0 {
		return hostPort(v.serverAddress, v.serverPort)
	}
	serves := kind == otlp.KindServer || kind == otlp.KindConsumer
	if serves && len(v.hostName) > 0 {
		return hostPort(v.hostName, v.hostPort)
	}
	if name := either(v.peerName, v.peerHostname); !serves && len(name) > 0 {
		return hostPort(name, v.peerPort)
	}
	if host, port = urlHost(either(v.urlFull, v.httpURL)); len(host) > 0 {
		return host, port
	}
	if len(v.httpHost) > 0 {
		return hostPort(v.httpHost, 0)
	}
	if serves {
		return nil, either16(v.serverPort, v.hostPort)
	}
	if len(v.upstreamAddress) > 0 {
		return hostPort(v.upstreamAddress, 0)
	}
	if len(v.peerAddress) > 0 && !v.proxy { // a proxy writes its own client's address there
		return hostPort(v.peerAddress, v.peerPort)
	}
	return hostPort(v.peerIP, either16(v.peerPort, v.serverPort))
}

func either(a, b []byte) []byte {
	if len(a) > 0 {
		return a
	}
	if len(b) > 0 {
		return b
	}
	return nil
}

func either16(a, b uint16) uint16 {
	if a != 0 {
		return a
	}
	return b
}
