package api

import (
	"net/http"
	"sync"
)

// bell tells streams that somebody has changed something here, so that they look at once
// whether they may go on.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // closed by the next change
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

// next is closed by the next change.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}

// afterChanges rings when a request that may have changed something is done.
func (b *bell) afterChanges(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			b.ring()
		}
	})
}
