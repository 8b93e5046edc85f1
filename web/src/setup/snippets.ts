import type { ListenerStatus, Status } from "../api/types.gen";

/** A step of a way in: what to do, and text to paste. Words in ‹› are marked: they are filled in or to be changed. */
export interface Step {
  title: string;
  note: string;
  code: string;
}

export interface Snippet {
  id: string;
  name: string;
  steps: readonly Step[];
}

/** Where this process can be reached by the one who reads the page. */
export interface Addresses {
  host: string;
  grpc: string;
  http: string;
  zipkin: string;
}

/**
 * Addresses for the snippets: the ports that are open, on the host by which the page was opened. A
 * listener on loopback is named as it is, since nobody else reaches it.
 */
export function addressesOf(status: Status | undefined, pageHost: string): Addresses {
  const listeners = status?.listeners ?? [];
  const find = (test: (listener: ListenerStatus) => boolean, port: string) => {
    const listener = listeners.find((one) => one.open && test(one)) ?? listeners.find(test);
    return listener ? reachable(listener.address, pageHost) : `${bracket(pageHost)}:${port}`;
  };
  const named = (name: RegExp, protocol: RegExp) => (one: ListenerStatus) =>
    name.test(one.name) && protocol.test(one.protocol);
  return {
    host: pageHost,
    grpc: find(named(/otlp/i, /grpc/), "4317"),
    http: find(named(/otlp/i, /http/), "4318"),
    zipkin: find(named(/zipkin/i, /http/), "9411"),
  };
}

/** host:port as seen from outside: a wildcard address becomes the page's host. */
export function reachable(address: string, pageHost: string): string {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = address.slice(colon + 1);
  const any = host === "" || host === "0.0.0.0" || host === "::";
  return `${bracket(any ? pageHost : host)}:${port}`;
}

function bracket(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** The ways in, with this process's addresses. Sources: the OpenTelemetry documentation of each language. */
export function snippetsFor(at: Addresses): readonly Snippet[] {
  const [grpcHost, grpcPort] = split(at.grpc);
  const env = (service: string) =>
    `export OTEL_SERVICE_NAME=‹${service}›
export OTEL_RESOURCE_ATTRIBUTES=service.version=‹v1›
export OTEL_EXPORTER_OTLP_ENDPOINT=http://‹${at.http}›
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
  const start = { title: "Start your service with it", note: "addresses are filled in" };
  return [
    {
      id: "java",
      name: "Java",
      steps: [
        {
          title: "Add the agent",
          note: "no code change, any JVM from 8 up",
          code: `agent=https://github.com/open-telemetry/opentelemetry-java-instrumentation
curl -LO $agent/releases/latest/download/opentelemetry-javaagent.jar`,
        },
        {
          ...start,
          code: `${env("reviews")}\njava -javaagent:opentelemetry-javaagent.jar -jar ‹reviews.jar›`,
        },
      ],
    },
    {
      id: "python",
      name: "Python",
      steps: [
        {
          title: "Install the packages",
          note: "into your environment",
          code: "pip install opentelemetry-distro opentelemetry-exporter-otlp\nopentelemetry-bootstrap -a install",
        },
        { ...start, code: `${env("productpage")}\nopentelemetry-instrument python ‹productpage.py›` },
      ],
    },
    {
      id: "node",
      name: "Node",
      steps: [
        {
          title: "Install the packages",
          note: "beside your service",
          code: "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node",
        },
        {
          ...start,
          code: `${env("ratings")}\nnode --require @opentelemetry/auto-instrumentations-node/register ‹server.js›`,
        },
      ],
    },
    {
      id: "go",
      name: "Go",
      steps: [
        {
          title: "Set up the exporter",
          note: "once, at the start of main",
          code: `exporter, err := otlptracegrpc.New(ctx,
	otlptracegrpc.WithEndpoint("‹${at.grpc}›"),
	otlptracegrpc.WithInsecure())
if err != nil {
	return err
}
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)
otel.SetTextMapPropagator(propagation.TraceContext{})`,
        },
        {
          ...start,
          note: "and wrap handlers and clients with otelhttp",
          code: `OTEL_SERVICE_NAME=‹details› OTEL_RESOURCE_ATTRIBUTES=service.version=‹v1› go run ‹.›`,
        },
      ],
    },
    {
      id: "dotnet",
      name: ".NET",
      steps: [
        {
          title: "Install the automatic instrumentation",
          note: "no code change",
          code: `agent=https://github.com/open-telemetry/opentelemetry-dotnet-instrumentation
curl -LO $agent/releases/latest/download/otel-dotnet-auto-install.sh
sh otel-dotnet-auto-install.sh`,
        },
        {
          ...start,
          code: `${env("checkout")}\n. $HOME/.otel-dotnet-auto/instrument.sh\ndotnet ‹Checkout.dll›`,
        },
      ],
    },
    {
      id: "envoy",
      name: "Envoy",
      steps: [
        {
          title: "Add a tracer",
          note: "to the HTTP connection manager",
          code: `tracing:
  provider:
    name: envoy.tracers.opentelemetry
    typed_config:
      "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
      service_name: ‹gateway›
      grpc_service:
        envoy_grpc: { cluster_name: oriel }`,
        },
        {
          title: "Name the cluster",
          note: "addresses are filled in",
          code: `clusters:
- name: oriel
  type: STRICT_DNS
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: { http2_protocol_options: {} }
  load_assignment:
    cluster_name: oriel
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: { address: ‹${grpcHost}›, port_value: ‹${grpcPort}› }`,
        },
      ],
    },
    {
      id: "zipkin",
      name: "Zipkin",
      steps: [
        {
          title: "Point the reporter here",
          note: "JSON v2, or v1",
          code: `http://‹${at.zipkin}›/api/v2/spans`,
        },
      ],
    },
    {
      id: "curl",
      name: "curl",
      steps: [
        {
          title: "Send one span by hand",
          note: "in Zipkin's JSON",
          code: curl(at.zipkin),
        },
      ],
    },
  ];
}

/** What a collector that runs already needs. */
export function collectorSnippet(at: Addresses): string {
  return `exporters:
  otlp/oriel:
    endpoint: ‹${at.grpc}›
    tls:
      insecure: true
service:
  pipelines:
    traces:
      # beside those that are there
      exporters: [‹otlp/oriel›]`;
}

/** Zipkin's JSON, because it can be written by hand. */
function curl(zipkin: string): string {
  return `curl -sS http://‹${zipkin}›/api/v2/spans -H 'content-type: application/json' -d '[{
  "traceId": "'$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')'",
  "id": "'$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')'",
  "name": "GET /hello", "kind": "SERVER",
  "timestamp": '$(date +%s)'000000, "duration": 42000,
  "localEndpoint": {"serviceName": "‹hello›"}
}]'`;
}

function split(address: string): [host: string, port: string] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon), address.slice(colon + 1)];
}
