// Command storeload fills a running all-in-one Oriel over OTLP/gRPC as fast as
// it acknowledges, and then asks it questions, all from outside. It prints
// one table for docs/benchmarks.md.
//
//	bin/oriel --data /tmp/store &
//	go run ./bench/storeload -pid $! -spans 10000000
//
// The spans are like those of Envoys in a mesh of eight services: traces of 8
// to 20 spans, twelve attributes, some 600 bytes each in OTLP. Every trace has ids
// and a request id of its own, and its times are those of the moment it is sent.
//
// payload.go makes the requests, send.go sends them, ask.go measures answers,
// proc.go reads what the process used.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"
)

// options are the flags.
type options struct {
	grpc, api, zipkin, data          string
	pid, perRequest, conns, inFlight int
	spans                            int64
	rate                             float64
	settle                           time.Duration
	rounds                           int
}

func main() {
	var o options
	flag.StringVar(&o.grpc, "grpc", "127.0.0.1:4317", "OTLP/gRPC address")
	flag.StringVar(&o.api, "api", "127.0.0.1:8420", "address of the UI's API")
	flag.StringVar(&o.zipkin, "zipkin", "127.0.0.1:9411", "address of the Zipkin API; empty: do not ask it")
	flag.StringVar(&o.data, "data", "", "the store's folder, to measure bytes a span")
	flag.IntVar(&o.pid, "pid", 0, "process to measure")
	flag.Int64Var(&o.spans, "spans", 10_000_000, "spans to send; 0: only ask")
	flag.Float64Var(&o.rate, "rate", 0, "spans a second; 0: as fast as they are acknowledged")
	flag.IntVar(&o.perRequest, "req", 1000, "spans a request")
	flag.IntVar(&o.conns, "conns", 2, "connections")
	flag.IntVar(&o.inFlight, "conc", 8, "requests in flight, over all connections")
	flag.DurationVar(&o.settle, "settle", 20*time.Second, "how long to wait between load and questions")
	flag.IntVar(&o.rounds, "rounds", 20, "how often each question is asked; traces by id 25 times as often")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "storeload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	defer out.Flush()
	row := func(what, format string, args ...any) {
		fmt.Fprintf(out, "| %s\t| %s\t|\n", what, fmt.Sprintf(format, args...))
	}
	row("figure", "value")
	row("---", "---")

	var known sample
	if o.spans > 0 {
		before, err := usage(o.pid)
		if err != nil {
			return err
		}
		sent, err := send(ctx, o)
		if err != nil {
			return err
		}
		after, err := usage(o.pid)
		if err != nil {
			return err
		}
		known = sent.known
		row("spans acknowledged", "%d in %.1f s", sent.spans, sent.took.Seconds())
		row("spans/s", "%.0f", float64(sent.spans)/sent.took.Seconds())
		row("requests sent again", "%d", sent.retried)
		row("acknowledgement, p50 / p99 ms", "%s", sent.acks)
		if o.pid > 0 {
			row("CPU-s per M spans", "%.2f", (after.cpu-before.cpu).Seconds()/(float64(sent.spans)/1e6))
			row("RSS at the end / peak MiB", "%d / %d", after.rss>>20, after.peak>>20)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(o.settle):
		}
		if o.pid > 0 {
			settled, err := usage(o.pid)
			if err != nil {
				return err
			}
			row("CPU-s per M spans, with what followed", "%.2f", (settled.cpu-before.cpu).Seconds()/(float64(sent.spans)/1e6))
			row("RSS after settling MiB", "%d", settled.rss>>20)
		}
	}
	return ask(ctx, o, known, row)
}
