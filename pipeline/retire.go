package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/oriel-io/oriel/selfmon"
)

// Rest is what a retired graph still has to hand on.
type Rest struct {
	done chan struct{}
	errs []error // once done is closed
}

// Done is closed when nothing is left.
func (r *Rest) Done() <-chan struct{} { return r.done }

// Err is what went wrong, once Done is closed.
func (r *Rest) Err() error { return errors.Join(r.errs...) }

// Retire takes the graph out of service so that another can take its place,
// without giving up what was taken in.
//
// Receivers stop within ctx; a request that takes longer is cut off, and its
// sender has had no answer. Processors and exporters then hand on what they
// hold, for which Retire waits as long as grace. What is not handed on by then, because a
// server is away, is sent in the background until rest ends. Extensions are shut
// down last, since their sockets and files may be needed by the next graph.
func (g *Graph) Retire(ctx, rest context.Context, grace time.Duration) (*Rest, error) {
	var stages, extensions []node
	var errs []error
	for _, n := range slices.Backward(g.started) {
		switch {
		case g.among(g.receivers, n):
			errs = append(errs, n.stop(ctx))
		case g.among(g.extensions, n):
			extensions = append(extensions, n)
		default:
			stages = append(stages, n)
		}
	}
	g.started = nil

	r := &Rest{done: make(chan struct{})}
	go r.drain(rest, stages)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
	}
	for _, n := range extensions {
		errs = append(errs, n.stop(ctx))
	}
	return r, errors.Join(errs...)
}

// drain shuts stages down along the flow of data. Senders do it side by side: a server
// that is away must not hold up another's batches.
func (r *Rest) drain(rest context.Context, stages []node) {
	defer close(r.done)
	var senders sync.WaitGroup
	var mu sync.Mutex // guards errs
	note := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		r.errs = append(r.errs, err)
	}
	for _, n := range stages {
		if _, ok := n.made.(*sender); !ok {
			note(n.stop(rest))
			continue
		}
		senders.Go(func() { note(n.stop(rest)) })
	}
	senders.Wait()
}

func (g *Graph) among(list []node, n node) bool {
	return slices.ContainsFunc(list, func(other node) bool { return other.made == n.made })
}

// stop shuts one component down.
func (n node) stop(ctx context.Context) error {
	err := n.made.Shutdown(ctx)
	n.health.Report(selfmon.Stopped, "")
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	return nil
}
