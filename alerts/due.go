package alerts

import "container/heap"

// due knows when time alone may bring something about for each state, and finds
// the next of them without asking all. The zero value knows of none.
type due struct {
	soonest dueHeap
	at      map[string]*dueEntry // by the state's key
}

type dueEntry struct {
	key   string
	at    int64 // in Unix milliseconds
	place int   // in the heap
}

// set notes when something is due for a state; 0 is never.
func (d *due) set(key string, at int64) {
	e, ok := d.at[key]
	switch {
	case !ok && at == 0:
	case !ok:
		if d.at == nil {
			d.at = map[string]*dueEntry{}
		}
		e = &dueEntry{key: key, at: at}
		d.at[key] = e
		heap.Push(&d.soonest, e)
	case at == 0:
		heap.Remove(&d.soonest, e.place)
		delete(d.at, key)
	case at != e.at:
		e.at = at
		heap.Fix(&d.soonest, e.place)
	}
}

// by are the keys of the states for which something is due until a moment, in no
// order.
func (d *due) by(at int64) (keys []string) {
	// An entry of a heap comes before those below it, so that what lies below one
	// that is not due is not due either.
	var look func(place int)
	look = func(place int) {
		if place >= len(d.soonest) || d.soonest[place].at > at {
			return
		}
		keys = append(keys, d.soonest[place].key)
		look(2*place + 1)
		look(2*place + 2)
	}
	look(0)
	return keys
}

// dueHeap implements [heap.Interface], the soonest first.
type dueHeap []*dueEntry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements [heap.Interface].
func (h *dueHeap) Push(x any) {
	e := x.(*dueEntry)
	e.place = len(*h)
	*h = append(*h, e)
}

// Pop implements [heap.Interface].
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
