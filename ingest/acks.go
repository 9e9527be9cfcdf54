package ingest

import "sync"

// ackQueue takes acknowledgements without blocking and writes them from a
// goroutine of its own, several at a time: what it writes to is a client that
// may not be reading. It grows no further than what that client has in flight.
type ackQueue struct {
	mu      sync.Mutex
	pending []uint32
	running bool
	// write is called by one goroutine at a time, in order.
	write func(tokens []uint32)
}

// Acknowledge implements [Acknowledger].
func (q *ackQueue) Acknowledge(token uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = append(q.pending, token)
	if !q.running {
		q.running = true
		go q.drain()
	}
}

func (q *ackQueue) drain() {
	var batch []uint32
	for {
		q.mu.Lock()
		batch, q.pending = q.pending, batch[:0]
		if len(batch) == 0 {
			q.running = false
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		q.write(batch)
	}
}
