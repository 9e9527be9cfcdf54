package alerts

import (
	"sync"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Feed tells watchers which alerts have changed. A slow watcher delays nobody:
// of each alert it learns once that it has changed since it last looked.
type Feed struct {
	mu       sync.Mutex
	watchers map[*Watch]struct{}
}

// NewFeed returns a feed without watchers.
func NewFeed() *Feed { return &Feed{watchers: map[*Watch]struct{}{}} }

// Tell passes transitions on to those who want them. It does not block.
func (f *Feed) Tell(transitions []engine.Transition) {
	for i := range transitions {
		f.Changed(transitions[i].Resident, transitions[i].Alert)
	}
}

// Changed tells those who want it that something about a resident's alert is
// new. It does not block.
func (f *Feed) Changed(resident, alert string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers {
		w.offer(resident, alert)
	}
}

// Watch starts to watch the alerts of the residents for whom wants says so. Call
// stop when done.
func (f *Feed) Watch(wants func(resident string) bool) (w *Watch, stop func()) {
	w = &Watch{wants: wants, waiting: map[string]struct{}{}, ready: make(chan struct{}, 1)}
	f.mu.Lock()
	f.watchers[w] = struct{}{}
	f.mu.Unlock()
	return w, func() {
		f.mu.Lock()
		delete(f.watchers, w)
		f.mu.Unlock()
	}
}

// Watch is one watcher's queue of changed alerts.
type Watch struct {
	wants func(resident string) bool
	ready chan struct{}

	mu      sync.Mutex
	queue   []string
	waiting map[string]struct{}
}

func (w *Watch) offer(resident, alert string) {
	if !w.wants(resident) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.waiting[alert]; !ok {
		w.waiting[alert] = struct{}{}
		w.queue = append(w.queue, alert)
	}
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// Ready is signalled when [Watch.Take] has something to give.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns the ids of the alerts that have changed since the last call, in
// the order of their changes.
func (w *Watch) Take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := w.queue
	w.queue = nil
	clear(w.waiting)
	return ids
}
