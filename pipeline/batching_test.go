package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/wire/otlp"
	"pgregory.net/rapid"
)

// gathering sets a batch block; bytes are those of the batch sizer.
func gathering(minSize, maxSize int64) func(*component.Delivery) {
	return func(d *component.Delivery) {
		d.SendingQueue.Batch = &component.BatchConfig{}
		d.SendingQueue.Batch.SetDefaults()
		d.SendingQueue.Batch.MinSize, d.SendingQueue.Batch.MaxSize = minSize, maxSize
	}
}

// sent writes down when how many items arrived.
type sent struct {
	mu    sync.Mutex
	began time.Time
	list  []string
}

func (s *sent) add(b *otlp.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, fmt.Sprintf("%s: %d", time.Since(s.began), b.Items()))
}

func (s *sent) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if fmt.Sprint(s.list) != fmt.Sprint(want) {
		t.Errorf("sent %q, want %q", s.list, want)
	}
}

func TestBatchBySizeAndTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sent{began: time.Now()}
		r := newRig(t, gathering(10, 0), func(_ context.Context, _ int64, b *otlp.Batch) error { s.add(b); return nil })
		put := func(n int) {
			if err := r.Consume(t.Context(), spans(t, 1, n)); err != nil {
				t.Fatal(err)
			}
		}
		put(3)
		time.Sleep(150 * time.Millisecond)
		put(4)
		s.want(t)
		time.Sleep(50 * time.Millisecond)
		s.want(t, "200ms: 7")
		put(4)
		put(9)
		synctest.Wait()
		put(2)
		s.want(t, "200ms: 7", "200ms: 13")
		time.Sleep(time.Hour)
		s.want(t, "200ms: 7", "200ms: 13", "400ms: 2")
		put(40)
		s.want(t, "200ms: 7", "200ms: 13", "400ms: 2", "1h0m0.2s: 40")
		put(5)
		synctest.Wait()
		if used, _ := r.queues[otlp.Traces].fill(); used != 1 {
			t.Errorf("the queue counts %d while one batch gathers", used)
		}
		r.stop(time.Minute) // does not wait for others
		s.want(t, "200ms: 7", "200ms: 13", "400ms: 2", "1h0m0.2s: 40", "1h0m0.2s: 5")
	})
}

func TestBatchIsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sent{began: time.Now()}
		r := newRig(t, gathering(10, 10), func(_ context.Context, _ int64, b *otlp.Batch) error {
			s.add(b)
			time.Sleep(time.Second)
			return nil
		})
		if err := r.Consume(t.Context(), spans(t, 1, 35)); err != nil {
			t.Fatal(err)
		}
		s.want(t, "0s: 10", "0s: 10", "0s: 10") // side by side
		time.Sleep(100 * time.Millisecond)
		if err := r.Consume(t.Context(), spans(t, 100, 5)); err != nil { // fills up what was left
			t.Fatal(err)
		}
		s.want(t, "0s: 10", "0s: 10", "0s: 10", "100ms: 10")
		r.stop(time.Minute)
		if held := r.memory.Held(); held != 0 {
			t.Errorf("%d bytes are still counted", held)
		}
	})
}

func TestBatchByBytes(t *testing.T) {
	t.Parallel()
	one := int64(spans(t, 1, 10).Size())
	synctest.Test(t, func(t *testing.T) {
		s := &sent{began: time.Now()}
		r := newRig(t, func(d *component.Delivery) {
			gathering(2*one, 3*one)(d)
			d.SendingQueue.Sizer, d.SendingQueue.QueueSize = "bytes", 100*one
		}, func(_ context.Context, _ int64, b *otlp.Batch) error { s.add(b); return nil })
		for range 3 {
			if err := r.Consume(t.Context(), spans(t, 1, 10)); err != nil {
				t.Fatal(err)
			}
		}
		s.want(t, "0s: 20")
		if err := r.Consume(t.Context(), spans(t, 1, 50)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.mu.Lock()
		pieces := len(s.list)
		s.mu.Unlock()
		if pieces < 3 {
			t.Errorf("60 spans went in %q", s.list)
		}
		r.stop(time.Minute)
		if got := r.metrics.Sum("otelcol_exporter_sent_spans"); got != 80 {
			t.Errorf("sent %g", got)
		}
	})
}

// Each sender that waits has the answer for all of its batch: also one whose batch was cut.
func TestBatchWaitForResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) {
			gathering(10, 10)(d)
			d.SendingQueue.WaitForResult, d.RetryOnFailure.Enabled = true, false
		}, func(_ context.Context, _ int64, b *otlp.Batch) error {
			time.Sleep(time.Second)
			if first := firstSpan(b); first >= 20 {
				return component.Permanent(errPeer)
			}
			return nil
		})
		answers := map[uint64]error{}
		var mu sync.Mutex
		for _, first := range []uint64{1, 6, 11} { // 5 and 5 are merged; 30 are cut into 11-20, 21-30 and 31-40
			count := 5
			if first == 11 {
				count = 30
			}
			go func() {
				err := r.Consume(t.Context(), spans(t, first, count))
				mu.Lock()
				defer mu.Unlock()
				answers[first] = err
			}()
			synctest.Wait()
		}
		time.Sleep(2 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if len(answers) != 3 || answers[1] != nil || answers[6] != nil || !component.IsPermanent(answers[11]) {
			t.Errorf("%v", answers)
		}
		if r.ledger.Items() != 0 {
			t.Errorf("%d items are in the ledger, and their sender knows", r.ledger.Items())
		}
		r.stop(time.Second)
	})
}

func firstSpan(b *otlp.Batch) uint64 {
	for id := range spanIDs(b) {
		return id
	}
	return 0
}

func spanIDs(b *otlp.Batch) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for g := range b.Groups() {
			for s := range g.Scopes() {
				for span := range s.Spans() {
					id := span.TraceID()
					if !yield(binary.BigEndian.Uint64(id[8:])) {
						return
					}
				}
			}
		}
	}
}

// A batch keeps its sender through the queue, unless it was merged with another's.
func TestClientInQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var clients []*component.Client
		r := newRig(t, func(d *component.Delivery) {
			gathering(10, 0)(d)
			d.SendingQueue.NumConsumers = 1
		}, func(ctx context.Context, _ int64, _ *otlp.Batch) error {
			clients = append(clients, component.ClientFrom(ctx))
			return nil
		})
		blue, red := &component.Client{Address: "blue"}, &component.Client{Address: "red"}
		for _, c := range []struct {
			client *component.Client
			items  int
		}{{blue, 10}, {blue, 5}, {blue, 5}, {blue, 5}, {red, 5}, {nil, 10}, {red, 15}} {
			ctx := t.Context()
			if c.client != nil {
				ctx = component.WithClient(ctx, c.client)
			}
			if err := r.Consume(ctx, spans(t, 1, c.items)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if want := []*component.Client{blue, blue, nil, nil, red}; fmt.Sprint(clients) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", clients, want)
		}
		r.stop(time.Second)
	})
}

// A sender that waits for the result takes its deadline and its leaving along.
func TestWaitingSenderLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) { d.SendingQueue.WaitForResult, d.Timeout = true, 0 },
			func(ctx context.Context, call int64, _ *otlp.Batch) error {
				if call == 1 {
					<-ctx.Done()
					return ctx.Err()
				}
				return errPeer
			})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Consume(ctx, spans(t, 1, 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if used, _ := r.queues[otlp.Traces].fill(); used != 0 {
			t.Errorf("the attempt goes on for a sender that has left")
		}
		began := time.Now()
		brief, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		// The first retry would come after 5s.
		if err := r.Consume(brief, spans(t, 1, 1)); !errors.Is(err, errPeer) || time.Since(began) != 0 {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		r.stop(time.Second)
	})
}

// A flood of one signal leaves the queue of another alone.
func TestSignalsHaveQueuesOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(d *component.Delivery) { d.SendingQueue.QueueSize, d.SendingQueue.NumConsumers = 2, 1 },
			func(_ context.Context, _ int64, b *otlp.Batch) error {
				if b.Signal() == otlp.Logs {
					time.Sleep(time.Hour)
				}
				return nil
			})
		logs := otlp.NewBuilder(otlp.Logs)
		logs.Add(nil, nil, nil, 1)
		flood := logs.Batch()
		refused := 0
		for range 5 {
			if r.Consume(t.Context(), flood) != nil {
				refused++
			}
		}
		if err := r.Consume(t.Context(), spans(t, 1, 1)); err != nil || refused != 3 {
			t.Errorf("%d refused, traces: %v", refused, err)
		}
		synctest.Wait()
		if got := r.metrics.Sum("otelcol_exporter_sent_spans"); got != 1 {
			t.Errorf("sent %g spans", got)
		}
		r.stop(2 * time.Hour)
	})
}

// trial is a random configuration with random senders and a random server.
type trial struct {
	queue    component.QueueConfig
	retry    bool
	senders  []sending
	server   []reply
	stop     time.Duration // when the shutdown begins
	deadline time.Duration // how long it may take
}

type sending struct {
	after time.Duration
	items []int
	lent  bool
}

type reply struct {
	after time.Duration
	err   error
}

func drawTrial(t *rapid.T) (p trial) {
	millis := func(label string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Millisecond
	}
	q := component.DefaultDelivery().SendingQueue
	q.Sizer = rapid.SampledFrom([]string{"requests", "items", "bytes"}).Draw(t, "sizer")
	q.QueueSize = int64(rapid.IntRange(1, 400).Draw(t, "queue_size"))
	q.NumConsumers = rapid.IntRange(1, 4).Draw(t, "num_consumers")
	q.BlockOnOverflow = rapid.Bool().Draw(t, "block_on_overflow")
	q.WaitForResult = rapid.Bool().Draw(t, "wait_for_result")
	if rapid.Bool().Draw(t, "batch") {
		smallest := int64(rapid.IntRange(0, 60).Draw(t, "min_size"))
		q.Batch = &component.BatchConfig{FlushTimeout: time.Millisecond + millis("flush_timeout", 500), MinSize: smallest, Sizer: rapid.SampledFrom([]string{"", "items", "bytes"}).Draw(t, "batch sizer")}
		if rapid.Bool().Draw(t, "cuts") {
			q.Batch.MaxSize = max(1, smallest) + int64(rapid.IntRange(0, 60).Draw(t, "max_size"))
		}
	}
	p.queue, p.retry, p.stop, p.deadline = q, rapid.Bool().Draw(t, "retry"), millis("stop", 2000), millis("deadline", 20_000)
	for range rapid.IntRange(1, 8).Draw(t, "senders") {
		p.senders = append(p.senders, sending{
			after: millis("pause", 300), items: rapid.SliceOfN(rapid.IntRange(1, 40), 1, 6).Draw(t, "items"), lent: rapid.Bool().Draw(t, "lent"),
		})
	}
	for range rapid.IntRange(1, 12).Draw(t, "replies") {
		err := rapid.SampledFrom([]error{nil, nil, nil, errPeer, component.Permanent(errPeer), component.Throttled(errPeer, 2*time.Second)}).Draw(t, "reply")
		p.server = append(p.server, reply{millis("takes", 1500), err})
	}
	return p
}

// outcome is what a trial did to each span.
type outcome struct {
	mu       sync.Mutex
	accepted map[uint64]bool // Consume has answered nil
	arrived  map[uint64]int  // times that the server took it
	lost     map[uint64]int  // times that it went to the ledger
	lent     []*bytepool.Buffer
	wrong    []string
}

func (o *outcome) complain(format string, args ...any) {
	o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
}

// Whatever the configuration, the timing and the server: what was accepted arrives once or is in the ledger
// once, bounds hold, and nothing is left when the shutdown has ended.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := drawTrial(rt)
		o := &outcome{accepted: map[uint64]bool{}, arrived: map[uint64]int{}, lost: map[uint64]int{}}
		synctest.Test(t, func(t *testing.T) { p.run(t, o) })
		if len(o.wrong) > 0 {
			rt.Fatalf("%v", o.wrong)
		}
	})
}

func (p trial) run(t *testing.T, o *outcome) {
	largest := 0
	r := newRig(t, func(d *component.Delivery) { d.SendingQueue, d.RetryOnFailure.Enabled = p.queue, p.retry },
		func(ctx context.Context, call int64, b *otlp.Batch) error {
			answer := p.server[int(call)%len(p.server)]
			select {
			case <-time.After(answer.after):
			case <-ctx.Done():
				return ctx.Err()
			}
			if answer.err != nil {
				return answer.err
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			for id := range spanIDs(b) {
				o.arrived[id]++
			}
			if batch := p.queue.Batch; batch != nil && batch.MaxSize > 0 && newBatching(p.queue).weigh(b) > batch.MaxSize && b.Items() > 1 {
				o.complain("a batch of %d items, %d bytes, against max_size %d", b.Items(), b.Size(), batch.MaxSize)
			}
			return nil
		})
	r.sender.drop = func(b *otlp.Batch, _ string) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for id := range spanIDs(b) {
			o.lost[id]++
		}
	}
	next := uint64(1)
	var senders sync.WaitGroup
	for _, s := range p.senders {
		var batches []*otlp.Batch
		for _, n := range s.items {
			batches = append(batches, spans(t, next, n))
			next += uint64(n)
			largest = max(largest, int(r.queues[otlp.Traces].size(batches[len(batches)-1])))
		}
		senders.Go(func() {
			for _, b := range batches {
				time.Sleep(s.after)
				p.send(r, o, b, s.lent)
			}
		})
	}
	stop := make(chan struct{})
	go func() { // a witness of the bound
		for {
			select {
			case <-stop:
				return
			case <-time.After(7 * time.Millisecond):
			}
			if used, capacity := r.queues[otlp.Traces].fill(); used > max(capacity, int64(largest)) {
				o.mu.Lock()
				o.complain("the queue holds %d of %d", used, capacity)
				o.mu.Unlock()
			}
		}
	}()
	time.Sleep(p.stop) // some are still sending
	r.stop(p.deadline)
	senders.Wait()
	close(stop)
	synctest.Wait()
	p.judge(r, o)
}

func (p trial) send(r *rig, o *outcome, b *otlp.Batch, lent bool) {
	ids := map[uint64]bool{}
	for id := range spanIDs(b) {
		ids[id] = true
	}
	var buffer *bytepool.Buffer
	if lent {
		buffer = bytepool.Get(b.Size())
		copy(buffer.Bytes(), b.Bytes())
		b, _ = otlp.New(otlp.Traces, buffer.Bytes())
	}
	err := component.Lend(context.Background(), r.sender, b, buffer)
	buffer.Release()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lent = append(o.lent, buffer)
	for id := range ids {
		if err == nil {
			o.accepted[id] = true
		}
	}
}

func (p trial) judge(r *rig, o *outcome) {
	for id := range o.accepted {
		if o.arrived[id]+o.lost[id] != 1 {
			o.complain("span %d arrived %d times and is lost %d times", id, o.arrived[id], o.lost[id])
		}
	}
	for id, times := range o.arrived {
		if times > 1 {
			o.complain("span %d arrived %d times", id, times)
		}
	}
	for id := range o.lost {
		if !o.accepted[id] {
			o.complain("span %d is in the ledger, and its sender was told", id)
		}
	}
	if used, _ := r.queues[otlp.Traces].fill(); used != 0 || r.memory.Held() != 0 {
		o.complain("the queue holds %d, the budget %d bytes", used, r.memory.Held())
	}
	for i, buffer := range o.lent {
		if buffer != nil && !wasReleased(buffer) {
			o.complain("lent bytes %d were not given back", i)
		}
	}
}

// wasReleased says whether nobody uses a buffer any more.
func wasReleased(b *bytepool.Buffer) (yes bool) {
	defer func() { yes = recover() != nil }()
	b.Release()
	return false
}
