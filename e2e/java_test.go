//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// runJavaAgent runs java/Shop.java under OpenTelemetry's Java agent, which alone knows of telemetry.
func runJavaAgent(t *testing.T, protocol string, c *collector) (ids []string) {
	t.Helper()
	agent := cached(t, "tools-java", "java/opentelemetry-javaagent-*.jar")
	name, address := "grpc", c.grpc
	if protocol == "http" {
		name, address = "http/protobuf", c.http
	}
	env := []string{
		"OTEL_JAVAAGENT_ENABLED=true", // it keeps away from `java Shop.java` otherwise, as a tool of the JDK
		"OTEL_SERVICE_NAME=java-" + protocol, "OTEL_EXPORTER_OTLP_PROTOCOL=" + name, "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + address,
		"OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_METRICS_EXPORTER=otlp", "OTEL_LOGS_EXPORTER=otlp", "OTEL_METRIC_EXPORT_INTERVAL=2000",
	}
	return runClientEnv(t, env, []string{onPath(t, "java"), "-javaagent:" + agent, "java/Shop.java", strconv.Itoa(sdkTraces)})
}

// checkJavaAgent looks for a CLIENT span with a SERVER child and a log record in each trace, and for the metrics of the JVM.
func checkJavaAgent(t *testing.T, o *oriel, c *collector, service string, ids []string) {
	t.Helper()
	var list traceList
	eventually(t, 20*time.Second, func() (err error) {
		if list, err = o.traces("service=" + service + "&limit=200"); err == nil && len(list.Traces) != sdkTraces {
			err = fmt.Errorf("%s: %d traces, want %d", service, len(list.Traces), sdkTraces)
		}
		return err
	})
	for _, tr := range list.Traces {
		if !slices.Contains(ids, tr.TraceID) || tr.Spans != 2 {
			t.Errorf("trace %+v is not one of those that %s sent, with 2 spans", tr, service)
		}
	}
	tr, err := o.trace(ids[7])
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tr.Names, []string{"GET", "GET /basket"}) || !slices.Equal(tr.Columns.Kind, []int{kindClient, kindServer}) {
		t.Errorf("%s: names %v, kinds %v", ids[7], tr.Names, tr.Columns.Kind)
	}
	var logs logList
	eventually(t, 10*time.Second, func() error {
		if err := o.ask("/api/v1/traces/"+ids[7]+"/logs", &logs); err != nil {
			return err
		}
		if len(logs.Logs) != 1 || logs.Logs[0].Body != "a basket is slow" || logs.Logs[0].Service != service {
			return fmt.Errorf("%s: log records %+v, want one", ids[7], logs.Logs)
		}
		return nil
	})
	eventually(t, 10*time.Second, func() error {
		lines, err := readMetrics(c.metrics)
		if err != nil {
			return err
		}
		if len(points(lines, service, "jvm.memory.used")) == 0 {
			return fmt.Errorf("no metrics of the JVM from %s", service)
		}
		return nil
	})
}

// Brave, Zipkin's own client for Java, in each encoding that it has.
func TestBrave(t *testing.T) {
	t.Parallel()
	cached(t, "tools-java", "java/brave-*.jar")
	jars := filepath.Join(filepath.Dir(cached(t, "tools-java", "java/zipkin-reporter-brave-*.jar")), "*")
	o := start(t)
	for encoding, path := range map[string]string{"JSON_V1": "v1", "THRIFT": "v1", "JSON_V2": "v2", "PROTO3": "v2"} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			url := "http://" + o.zipkin + "/api/" + path + "/spans"
			ids := runClient(t, []string{onPath(t, "java"), "-cp", jars, "java/BraveClient.java", url, encoding, strconv.Itoa(sdkTraces)})
			service := map[string]string{"JSON_V1": "brave-json-v1", "THRIFT": "brave-thrift", "JSON_V2": "brave-json-v2", "PROTO3": "brave-proto3"}[encoding]
			var list traceList
			eventually(t, 20*time.Second, func() (err error) {
				if list, err = o.traces("service=" + service + "&limit=200"); err == nil && len(list.Traces) != sdkTraces {
					err = fmt.Errorf("%s: %d traces, want %d", service, len(list.Traces), sdkTraces)
				}
				return err
			})
			for _, tr := range list.Traces {
				if !slices.Contains(ids, tr.TraceID) || tr.Spans != 2 || tr.Faults == 0 {
					t.Errorf("trace %+v is not one of those that were sent, with 2 spans and a fault", tr)
				}
			}
			tr, err := o.trace(ids[3])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(tr.Names, []string{"get /basket", "select baskets"}) || !slices.Equal(tr.Columns.Kind, []int{kindServer, kindClient}) || !slices.Equal(tr.Columns.Parent, []int{-1, 0}) {
				t.Errorf("%s: names %v, kinds %v, parents %v", ids[3], tr.Names, tr.Columns.Kind, tr.Columns.Parent)
			}
		})
	}
}
