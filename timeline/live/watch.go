package live

import (
	"sync"

	"github.com/anxin-care/anxin/vitals"
)

// Watch is one watcher's queue of changes. A slow watcher delays nobody: of
// each metric it gets the newest reading, and may miss those between.
type Watch struct {
	wants func(resident string) bool

	mu    sync.Mutex
	queue []key
	news  map[key]vitals.Reading
	ready chan struct{}
}

type key struct {
	resident string
	metric   vitals.Metric
}

// Watch starts to watch the residents for whom wants says so. Call stop when done.
func (v *View) Watch(wants func(resident string) bool) (w *Watch, stop func()) {
	w = &Watch{wants: wants, news: map[key]vitals.Reading{}, ready: make(chan struct{}, 1)}
	v.mu.Lock()
	v.watchers[w] = struct{}{}
	v.mu.Unlock()
	return w, func() {
		v.mu.Lock()
		delete(v.watchers, w)
		v.mu.Unlock()
	}
}

func (w *Watch) offer(r vitals.Reading) {
	if !w.wants(r.Resident) {
		return
	}
	k := key{r.Resident, r.Metric}
	w.mu.Lock()
	if _, waiting := w.news[k]; !waiting {
		w.queue = append(w.queue, k)
	}
	w.news[k] = r
	w.mu.Unlock()
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// Ready is signalled when [Watch.Take] has something to give.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns what has changed since the last call, in the order of the
// changes.
func (w *Watch) Take() []vitals.Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	readings := make([]vitals.Reading, len(w.queue))
	for i, k := range w.queue {
		readings[i] = w.news[k]
	}
	w.queue = w.queue[:0]
	clear(w.news)
	return readings
}
