package ingest

import (
	"context"
	"sync"
)

// budget bounds the bytes that are under way between the brokers and the
// journal. Who wants more waits, and so does the connection behind it: that is
// the back-pressure.
type budget struct {
	mu    sync.Mutex
	free  *sync.Cond
	limit int
	used  int
}

func newBudget(limit int) *budget {
	b := &budget{limit: limit}
	b.free = sync.NewCond(&b.mu)
	return b
}

// take waits until n bytes fit. A message larger than the whole budget goes
// when it is alone.
func (b *budget) take(ctx context.Context, n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fits(n) {
		b.used += n
		return nil
	}
	stop := context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.free.Broadcast()
	})
	defer stop()
	for !b.fits(n) {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.free.Wait()
	}
	b.used += n
	return nil
}

func (b *budget) fits(n int) bool { return b.used == 0 || b.used+n <= b.limit }

func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.free.Broadcast()
}

func (b *budget) inUse() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
