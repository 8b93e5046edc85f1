package selfotlp

import (
	"context"
	"time"
)

// reader sends metrics at intervals. A sending that fails is not repeated: the next says the same sums and more.
type reader struct {
	every, timeout time.Duration
	to             *target
	enc            *encoder
	o              Options
}

func (r *reader) run(ctx context.Context) {
	ticker := time.NewTicker(r.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.send(ctx)
		}
	}
}

func (r *reader) send(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	r.to.send(ctx, r.enc.metrics(r.o.Registry().Snapshot(r.o.Level), time.Now()))
}
