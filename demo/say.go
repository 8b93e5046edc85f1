package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
)

// What live.go and past.go both put into spans and logs.

func (q query) spanName() string {
	if q.table == "" {
		return q.operation
	}
	return q.operation + " " + q.table
}

// attributes follow OpenTelemetry's conventions for database client spans,
// https://opentelemetry.io/docs/specs/semconv/database/database-spans/.
func (q query) attributes(s storeSpec, id string) []attribute.KeyValue {
	attrs := []attribute.KeyValue{
		attribute.String("db.system.name", s.system),
		attribute.String("db.namespace", s.namespace),
		attribute.String("db.operation.name", q.operation),
		attribute.String("db.query.text", q.text),
		attribute.String("server.address", s.name),
		attribute.Int("server.port", s.port),
	}
	if q.table != "" {
		attrs = append(attrs, attribute.String("db.collection.name", q.table))
	}
	if id != "" {
		attrs = append(attrs, attribute.String("product.id", id))
	}
	return attrs
}

func poolAttributes(name string, size int) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("pool.name", name), attribute.Int("pool.size", size)}
}

// gaveUp is the failure of a request that got no connection in time.
func gaveUp(b borrow, size int) *failure {
	return &failure{http.StatusGatewayTimeout, fmt.Sprintf("gave up after %d ms for pool %s of size %d", b.wait.Milliseconds(), b.pool, size)}
}

func (t *telemetry) sayWaited(ctx context.Context, at time.Time, pool string, waited time.Duration) {
	t.say(ctx, at, log.SeverityWarn, fmt.Sprintf("waited %d ms for pool %s", waited.Milliseconds(), pool),
		attribute.String("pool.name", pool), attribute.Int64("wait.ms", waited.Milliseconds()))
}
