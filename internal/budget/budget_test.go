package budget

import (
	"sync"
	"testing"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	var b Budget
	if !b.Admit(1 << 40) {
		t.Fatal("refused without a limit")
	}
	b.Free(1 << 40)
	b.SetLimit(100)
	if !b.Admit(60) || b.Admit(41) || !b.Full(41) || b.Full(40) || !b.Admit(40) {
		t.Errorf("held %d of 100", b.Held())
	}
	b.Hold(50) // what was admitted may be kept
	b.Free(150)
	if b.Held() != 0 || b.Refused() != 1 {
		t.Errorf("held %d, refused %d, want 0 and 1", b.Held(), b.Refused())
	}
	var none *Budget
	if none.Hold(5); !none.Admit(5) || none.Held() != 0 || none.Full(1) {
		t.Error("nil counts")
	}
}

// Restrictions stand in place of the limit, the smallest of them; one that has ended leaves nothing behind.
func TestRestrictAndShut(t *testing.T) {
	t.Parallel()
	var b Budget
	b.SetLimit(100)
	large, small := b.Restrict(300), b.Restrict(200)
	b.SetLimit(50)
	for _, step := range []struct {
		end  func()
		want int64
	}{{func() {}, 200}, {small, 300}, {small, 300}, {large, 50}} {
		if step.end(); b.Limit() != step.want {
			t.Errorf("limit %d, want %d", b.Limit(), step.want)
		}
	}
	one, two := b.Shut(), b.Shut()
	for _, end := range []func(){one, one, two} {
		if b.Admit(1) || !b.Full(1) {
			t.Error("admitted while it is shut")
		}
		end()
	}
	if !b.Admit(1) || b.Full(1) {
		t.Error("it stays shut")
	}
	var none *Budget
	none.Restrict(1)()
	none.Shut()()
}

// Whatever comes at once, what is held never passes the limit.
func TestLimitUnderLoad(t *testing.T) {
	t.Parallel()
	var b Budget
	b.SetLimit(1000)
	var wg sync.WaitGroup
	var over sync.Map
	for range 8 {
		wg.Go(func() {
			for range 5000 {
				if b.Admit(300) {
					if held := b.Held(); held > 1000+8*300 { // others may be about to take back
						over.Store(held, true)
					}
					b.Free(300)
				}
			}
		})
	}
	wg.Wait()
	over.Range(func(held, _ any) bool { t.Errorf("held %v", held); return true })
	if b.Held() != 0 {
		t.Errorf("held %d at the end", b.Held())
	}
}
