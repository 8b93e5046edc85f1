package semconv

// Attribute keys of spans. The exported ones are those to write; the
// unexported ones are older names that are still read.
const (
	HTTPResponseStatusCode = "http.response.status_code"
	httpStatusCode         = "http.status_code"
	HTTPRequestMethod      = "http.request.method"
	HTTPRoute              = "http.route"
	URLFull                = "url.full"
	URLPath                = "url.path"
	httpURL                = "http.url"
	httpHost               = "http.host"
	UserAgent              = "user_agent.original"

	RPCSystemName         = "rpc.system.name"
	rpcSystem             = "rpc.system"
	RPCService            = "rpc.service"
	RPCMethod             = "rpc.method"
	RPCResponseStatusCode = "rpc.response.status_code"
	rpcGRPCStatusCode     = "rpc.grpc.status_code"
	grpcStatusCode        = "grpc.status_code" // Envoy, Brave
	grpcStatusHeader      = "grpc-status"      // a custom tag made of the header

	ServicePeerName    = "service.peer.name" // replaces peer.service from v1.39 on
	PeerService        = "peer.service"
	PeerNamespace      = "service.peer.namespace"
	ServerAddress      = "server.address"
	ServerPort         = "server.port"
	ClientAddress      = "client.address"
	NetworkPeerAddress = "network.peer.address"
	NetworkPeerPort    = "network.peer.port"
	netPeerName        = "net.peer.name"
	netPeerPort        = "net.peer.port"
	netPeerIP          = "net.peer.ip"
	netSockPeerAddr    = "net.sock.peer.addr"
	netHostName        = "net.host.name"
	netHostPort        = "net.host.port"
	peerHostname       = "peer.hostname" // OpenTracing
	peerPort           = "peer.port"     // OpenTracing
	PeerAddress        = "peer.address"  // OpenTracing, Envoy

	DBSystemName             = "db.system.name"
	dbSystem                 = "db.system"
	DBNamespace              = "db.namespace"
	dbName                   = "db.name"
	MessagingSystem          = "messaging.system"
	MessagingDestinationName = "messaging.destination.name"
	messagingDestination     = "messaging.destination"

	ErrorTag = "error" // OpenTracing, Zipkin
)

// Tags that Envoy and Istio write.
const (
	Component              = "component" // "proxy"
	UpstreamCluster        = "upstream_cluster"
	UpstreamClusterName    = "upstream_cluster.name"
	UpstreamAddress        = "upstream_address"
	ResponseFlags          = "response_flags"
	IstioCanonicalService  = "istio.canonical_service"
	IstioCanonicalRevision = "istio.canonical_revision"
	IstioNamespace         = "istio.namespace"
	NodeID                 = "node_id" // of the proxy; Istio's begins with sidecar~ or router~
)

// Attribute keys of resources.
const (
	ServiceName       = "service.name"
	ServiceNamespace  = "service.namespace"
	ServiceVersion    = "service.version"
	ServiceInstanceID = "service.instance.id"
	HostName          = "host.name"
	K8sNamespaceName  = "k8s.namespace.name"
	K8sPodName        = "k8s.pod.name"
	K8sPodUID         = "k8s.pod.uid"
)
