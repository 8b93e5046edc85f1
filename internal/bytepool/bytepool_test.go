package bytepool

import (
	"sync"
	"testing"
)

// Every size fits its class, and no class below would hold it.
func TestClasses(t *testing.T) {
	t.Parallel()
	for size := range 1 << 20 {
		class := classOf(size)
		if room := classSize(class); room < size || class > 0 && classSize(class-1) >= size {
			t.Fatalf("size %d is in class %d with room %d, the one below has %d", size, class, room, classSize(max(0, class-1)))
		}
	}
	if got := classOf(1 << maxBits); got != classes || classSize(classes) != 1<<maxBits {
		t.Errorf("the largest pooled size is in class %d of %d", got, classes)
	}
	if got := classOf(1<<maxBits + 1); got <= classes {
		t.Errorf("a larger size is in class %d", got)
	}
}

func TestReleaseOnceTooOften(t *testing.T) {
	t.Parallel()
	b := Get(10)
	b.Release()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	b.Release()
}

// A group keeps its buffers until its own last use ends.
func TestGroup(t *testing.T) {
	t.Parallel()
	a, b := Get(10), Get(20)
	b.Retain()
	if Group() != nil || Group(nil, a, nil) != a {
		t.Error("a group of none or one is not nil or that one")
	}
	g := Group(a, nil, b)
	g.Retain()
	g.Release()
	if a.refs.Load() != 1 || b.refs.Load() != 2 {
		t.Errorf("released too early: %d and %d uses", a.refs.Load(), b.refs.Load())
	}
	g.Release()
	if a.refs.Load() != 0 || b.refs.Load() != 1 {
		t.Errorf("%d and %d uses are left, want 0 and 1", a.refs.Load(), b.refs.Load())
	}
}

// What is attached lives as long, and a buffer that is lent again has nothing attached.
func TestAttach(t *testing.T) {
	t.Parallel()
	a, b := Get(10), Get(20)
	a.Attach(b)
	a.Retain()
	a.Release()
	if b.refs.Load() != 1 {
		t.Errorf("%d uses of what is attached, want 1", b.refs.Load())
	}
	a.Release()
	if b.refs.Load() != 0 || len(a.group) != 0 {
		t.Errorf("%d uses and %d attached at the end", b.refs.Load(), len(a.group))
	}
}

func TestNil(t *testing.T) {
	t.Parallel()
	var b *Buffer
	b.Retain()
	b.Release()
}

// A buffer is nobody else's while one user has it.
func TestSharedUse(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for worker := range byte(8) {
		wg.Go(func() {
			for range 2000 {
				b := Get(5000)
				for i := range b.Bytes() {
					b.Bytes()[i] = worker
				}
				var readers sync.WaitGroup
				for range 2 {
					b.Retain()
					readers.Go(func() {
						defer b.Release()
						for _, x := range b.Bytes() {
							if x != worker {
								t.Error("another user wrote into the buffer")
								return
							}
						}
					})
				}
				b.Release()
				readers.Wait()
			}
		})
	}
	wg.Wait()
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Get(575_000).Release()
	}
}
