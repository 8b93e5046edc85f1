package zipkin

// A tagClass says what becomes of a tag. Classes from firstResource on are
// resource attributes, in the order in which they are written.
type tagClass uint8

const (
	plainTag         tagClass = iota // an attribute of the span
	errorTag                         // error: the status, and an attribute unless it is "true"
	statusCodeTag                    // otel.status_code
	statusTextTag                    // otel.status_description
	traceStateTag                    // w3c.tracestate
	spanKindTag                      // span.kind, of spans without a kind of their own
	sharedTag                        // zipkin.shared, of a span that was OTLP on its way
	debugTag                         // zipkin.debug, likewise
	absentStartTag                   // written again if it is still true
	linkTag                          // otlp.link.N
	scopeNameTag                     // otel.scope.name, otel.library.name
	scopeVersionTag                  // otel.scope.version, otel.library.version
	serviceSourceTag                 // otlp.service.name.source: the key that the service's name came from
	localIPTag                       // net.host.ip, if the local endpoint has none; likewise:
	localPortTag                     // net.host.port
	remoteServiceTag                 // peer.service
	remoteIPTag                      // net.peer.ip
	remotePortTag                    // net.peer.port
	firstResource
)

// Names of attributes and tags that both directions use.
const (
	keyShared        = "zipkin.shared"
	keyDebug         = "zipkin.debug"
	keyAbsentStart   = "otel.zipkin.absentField.startTime"
	keyServiceSource = "otlp.service.name.source"
	keyTraceState    = "w3c.tracestate"
	keyStatusCode    = "otel.status_code"
	keyStatusText    = "otel.status_description"
	keyScopeName     = "otel.scope.name"
	keyScopeVersion  = "otel.scope.version"
	keyLinkPrefix    = "otlp.link."
	keyLocalIP       = "net.host.ip"
	keyLocalPort     = "net.host.port"
	keyRemoteService = "peer.service"
	keyRemoteIP      = "net.peer.ip"
	keyRemotePort    = "net.peer.port"

	// noService stands for "no service name" in what upstream's exporter writes.
	noService = "OTLPResourceNoServiceName"
)

var specialTags = map[string]tagClass{
	"error":                errorTag,
	keyStatusCode:          statusCodeTag,
	keyStatusText:          statusTextTag,
	keyTraceState:          traceStateTag,
	"span.kind":            spanKindTag,
	keyShared:              sharedTag,
	keyDebug:               debugTag,
	keyAbsentStart:         absentStartTag,
	keyScopeName:           scopeNameTag,
	keyScopeVersion:        scopeVersionTag,
	"otel.library.name":    scopeNameTag,
	"otel.library.version": scopeVersionTag,
	keyServiceSource:       serviceSourceTag,
	keyLocalIP:             localIPTag,
	keyLocalPort:           localPortTag,
	keyRemoteService:       remoteServiceTag,
	keyRemoteIP:            remoteIPTag,
	keyRemotePort:          remotePortTag,
}

// resourceTags are the tags that describe who sends the span: the resource
// attributes of the semantic conventions that upstream's receiver knows, and
// those of OpenCensus.
//
// Source: https://opentelemetry.io/docs/specs/semconv/resource/ v1.12 to v1.38.
var resourceTags = [...]string{
	"service.name", "service.namespace", "service.instance.id", "service.version",
	"deployment.environment", "deployment.environment.name",
	"cloud.provider", "cloud.account.id", "cloud.region", "cloud.availability_zone", "cloud.platform",
	"aws.ecs.container.arn", "aws.ecs.cluster.arn", "aws.ecs.launchtype", "aws.ecs.task.arn", "aws.ecs.task.family", "aws.ecs.task.revision",
	"aws.eks.cluster.arn", "aws.log.group.names", "aws.log.group.arns", "aws.log.stream.names", "aws.log.stream.arns",
	"container.name", "container.id", "container.runtime", "container.image.name", "container.image.tag",
	"device.id", "device.model.identifier", "device.model.name", "device.manufacturer",
	"faas.name", "faas.id", "faas.version", "faas.instance", "faas.max_memory",
	"host.id", "host.name", "host.type", "host.arch", "host.image.name", "host.image.id", "host.image.version",
	"k8s.cluster.name", "k8s.node.name", "k8s.node.uid", "k8s.namespace.name", "k8s.pod.uid", "k8s.pod.name",
	"k8s.container.name", "k8s.container.restart_count", "k8s.replicaset.uid", "k8s.replicaset.name",
	"k8s.deployment.uid", "k8s.deployment.name", "k8s.statefulset.uid", "k8s.statefulset.name",
	"k8s.daemonset.uid", "k8s.daemonset.name", "k8s.job.uid", "k8s.job.name", "k8s.cronjob.uid", "k8s.cronjob.name",
	"os.type", "os.description", "os.name", "os.version",
	"process.pid", "process.executable.name", "process.executable.path", "process.command", "process.command_line", "process.command_args",
	"process.owner", "process.runtime.name", "process.runtime.version", "process.runtime.description",
	"telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "telemetry.auto.version",
	"webengine.name", "webengine.version", "webengine.description",
	"opencensus.starttime", "opencensus.exporterversion", "opencensus.resourcetype",
}

// classes is all tags that are not plain. Before it stands a filter that few
// other keys pass, as it takes a tenth of the time of the map: for each first byte
// of a key, the set of lengths, and the set of last bytes by their low six bits.
var classes, mayBeSpecial = func() (map[string]tagClass, [256]struct{ lengths, lasts uint64 }) {
	all := make(map[string]tagClass, len(specialTags)+len(resourceTags))
	for key, class := range specialTags {
		all[key] = class
	}
	for i, key := range resourceTags {
		all[key] = firstResource + tagClass(i)
	}
	for i := range 128 {
		all[linkKey(i)] = linkTag
	}
	var filter [256]struct{ lengths, lasts uint64 }
	for key := range all {
		filter[key[0]].lengths |= 1 << len(key)
		filter[key[0]].lasts |= 1 << (key[len(key)-1] & 63)
	}
	return all, filter
}()

func classOf(key []byte) tagClass {
	n := len(key)
	if n == 0 || n > 63 {
		return plainTag
	}
	filter := &mayBeSpecial[key[0]]
	if filter.lengths>>n&(filter.lasts>>(key[n-1]&63))&1 == 0 {
		return plainTag
	}
	return classes[string(key)]
}
