package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
)

// Options say how the demo runs. The zero value of a field means its default.
type Options struct {
	Endpoint string        // where OTLP/gRPC goes, host:port; default 127.0.0.1:4317
	Rate     float64       // visits a second; default 20
	Duration time.Duration // how long; default until ctx ends
	History  time.Duration // how much of the past to fill with synthetic traffic; default none
	Seed     uint64        // of the chance; default from the clock
	Log      *slog.Logger  // what the demo says about itself; default slog.Default()
}

// flushTimeout is how long the end waits for requests in flight and for telemetry that is still queued.
const flushTimeout = 8 * time.Second

// maxVisits bounds visits in flight: visitors who would come on top of them go away.
const maxVisits = 512

// Run opens the shop, lets visitors in until ctx or the duration ends, and
// closes it. It waits for the endpoint to be up first. Ending by ctx is no error.
func Run(ctx context.Context, o Options) error {
	o.setDefaults()
	conn, err := grpc.NewClient(o.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("endpoint %q: %w", o.Endpoint, err)
	}
	defer conn.Close()
	if !waitUntilUp(ctx, conn, o.Log) {
		return nil // told to stop before anything began
	}
	if o.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Duration)
		defer cancel()
	}
	out := outlet{conn: conn, report: reportRarely(o.Log)}
	shop, err := startLive(ctx, &bookinfo, newDice(o.Seed), out)
	if err != nil {
		return err
	}
	o.Log.Info("the bookshop is open", "services", len(shop.services), "visits_per_second", o.Rate, "otlp", o.Endpoint)
	var history sync.WaitGroup
	if o.History > 0 {
		history.Go(func() { fillHistory(ctx, o, out) })
	}
	visits := shop.receiveVisitors(ctx, o.Rate)
	history.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	err = shop.close(closing)
	o.Log.Info("the bookshop is closed", "visits", visits)
	return err
}

func (o *Options) setDefaults() {
	if o.Endpoint == "" {
		o.Endpoint = "127.0.0.1:4317"
	}
	if o.Rate == 0 {
		o.Rate = 20
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// waitUntilUp returns true when the endpoint has answered, false when ctx ended before.
func waitUntilUp(ctx context.Context, conn *grpc.ClientConn, log *slog.Logger) bool {
	for said := false; ; {
		conn.Connect()
		state := conn.GetState()
		if state == connectivity.Ready {
			return true
		}
		if state == connectivity.TransientFailure && !said {
			log.Info("waiting for Oriel to listen", "otlp", conn.Target())
			said = true
		}
		if !conn.WaitForStateChange(ctx, state) {
			return false
		}
	}
}

// reportRarely makes a reporter that speaks at most every ten seconds.
func reportRarely(log *slog.Logger) func(error) {
	var last atomic.Int64
	return func(err error) {
		now := time.Now().UnixNano()
		if before := last.Load(); now-before > int64(10*time.Second) && last.CompareAndSwap(before, now) {
			log.Warn("telemetry was not accepted", "error", err)
		}
	}
}

func fillHistory(ctx context.Context, o Options, out outlet) {
	began := time.Now()
	visits, err := fillPast(ctx, &bookinfo, newDice(o.Seed+1), out, began.Add(-o.History), began, o.Rate)
	switch {
	case err != nil:
		o.Log.Warn("the past is not complete", "visits", visits, "error", err)
	case ctx.Err() == nil:
		o.Log.Info("the past is filled with synthetic visits", "history", o.History, "visits", visits, "took", time.Since(began).Round(time.Millisecond))
	}
}

// receiveVisitors lets visitors in, each in their own time, until ctx ends and the last has left.
func (l *live) receiveVisitors(ctx context.Context, rate float64) (visits int) {
	var wg sync.WaitGroup
	defer wg.Wait()
	places := make(chan struct{}, maxVisits)
	for next := time.Now(); ; {
		next = next.Add(l.dice.until(rate))
		select {
		case <-ctx.Done():
			return visits
		case <-time.After(time.Until(next)):
		}
		select {
		case places <- struct{}{}:
			visits++
			wg.Go(func() {
				defer func() { <-places }()
				l.visit(context.WithoutCancel(ctx))
			})
		default:
		}
	}
}

// visit is one request to the gateway from outside of the mesh, without a trace of its own.
func (l *live) visit(ctx context.Context) error {
	v := l.dice.visit(l.mesh.visits)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, v.method, "http://gateway"+fillID(v.path, l.dice.product()), nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "bookshop-visitor/1")
	r.Header.Set("X-Forwarded-For", l.dice.address())
	answer, err := l.network.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return errors.Join(err, answer.Body.Close())
}
