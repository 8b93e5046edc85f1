package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/internal/certtest"
	"github.com/oriel-io/oriel/internal/upstreamtest"
	"github.com/oriel-io/oriel/wire/otlp"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

func start(t *testing.T, change func(*Config)) component.Stage {
	t.Helper()
	cfg := Factory.Default()
	cfg.TLS.Insecure = true
	change(&cfg)
	if err := cfg.GRPCClientConfig.Validate(); err != nil {
		t.Fatal(err)
	}
	e, err := Factory.New(cfg, component.Settings{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Shutdown(context.Background()) })
	return e
}

func batchOf(t *testing.T, signal otlp.Signal, body []byte) *otlp.Batch {
	t.Helper()
	b, err := otlp.New(signal, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The upstream collector's receiver gets what was sent: each signal, in each compression, merged, lent and as it came.
func TestToUpstream(t *testing.T) {
	t.Parallel()
	r := upstreamtest.NewReceiver(t, nil)
	s := upstreamtest.NewSample(t, 300)
	for _, compression := range []string{"gzip", "zstd", "snappy", "none"} {
		e := start(t, func(c *Config) { c.Endpoint, c.Compression = r.GRPC, compression })
		for _, b := range []*otlp.Batch{batchOf(t, otlp.Traces, s.Traces), batchOf(t, otlp.Logs, s.Logs), batchOf(t, otlp.Metrics, s.Metrics)} {
			if err := e.Consume(t.Context(), b); err != nil {
				t.Fatalf("%s %s: %v", compression, b.Signal(), err)
			}
			if got := r.Take(); len(got) != 1 || !bytes.Equal(got[0], b.Bytes()) {
				t.Errorf("%s %s: other bytes arrived", compression, b.Signal())
			}
		}
		lender := bytepool.Get(len(s.Traces))
		copy(lender.Bytes(), s.Traces)
		merged := otlp.Merge(batchOf(t, otlp.Traces, lender.Bytes()), batchOf(t, otlp.Traces, s.Traces))
		err := component.Lend(t.Context(), e, merged, lender)
		lender.Release()
		if got := r.Take(); err != nil || len(got) != 1 || len(got[0]) != 2*len(s.Traces) {
			t.Errorf("%s: the merged batch: %d requests (%v)", compression, len(got), err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(s.Traces)
		z.Close()
		if err := e.Consume(t.Context(), batchOf(t, otlp.Traces, s.Traces).WithEncoded("gzip", packed.Bytes())); err != nil {
			t.Fatal(err)
		}
		if got := r.Take(); len(got) != 1 || !bytes.Equal(got[0], s.Traces) {
			t.Errorf("%s: the compressed batch: %d requests", compression, len(got))
		}
	}
}

func TestToUpstreamWithTLS(t *testing.T) {
	t.Parallel()
	dir, authority := t.TempDir(), certtest.NewAuthority(t, "test")
	cert, key := authority.Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	ca, certFile, keyFile := certtest.Write(t, dir, "ca.crt", authority.PEM), certtest.Write(t, dir, "x.crt", cert), certtest.Write(t, dir, "x.key", key)
	r := upstreamtest.NewReceiver(t, map[string]any{"cert_file": certFile, "key_file": keyFile, "client_ca_file": ca, "reload_interval": "1h"})
	batch := batchOf(t, otlp.Traces, upstreamtest.NewSample(t, 3).Traces)
	with := start(t, func(c *Config) {
		c.Endpoint, c.TLS.Insecure, c.TLS.CAFile, c.TLS.CertFile, c.TLS.KeyFile = r.GRPC, false, ca, certFile, keyFile
	})
	if err := with.Consume(t.Context(), batch); err != nil || len(r.Take()) != 1 {
		t.Errorf("with a certificate: %v", err)
	}
	without := start(t, func(c *Config) { c.Endpoint, c.TLS.Insecure, c.TLS.CAFile = r.GRPC, false, ca })
	if err := without.Consume(t.Context(), batch); err == nil || component.IsPermanent(err) {
		t.Errorf("without one: %v", err)
	}
}

// What upstream's receiver answers when its pipeline cannot take a batch.
func TestUpstreamRefuses(t *testing.T) {
	t.Parallel()
	r := upstreamtest.NewReceiver(t, nil)
	e := start(t, func(c *Config) { c.Endpoint = r.GRPC })
	batch := batchOf(t, otlp.Traces, upstreamtest.NewSample(t, 3).Traces)
	r.Answer(errors.New("queue is full"))
	if err := e.Consume(t.Context(), batch); err == nil || component.IsPermanent(err) || !strings.Contains(err.Error(), "Unavailable: queue is full") {
		t.Errorf("retryable: %v", err)
	}
	r.Answer(consumererror.NewPermanent(errors.New("malformed")))
	if err := e.Consume(t.Context(), batch); !component.IsPermanent(err) {
		t.Errorf("permanent: %v", err)
	}
}
