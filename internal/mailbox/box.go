package mailbox

import (
	"slices"
	"sync"
	"time"
)

// Letter is an e-mail that has arrived.
type Letter struct {
	// N numbers the letters from 1, as they came.
	N  int
	At time.Time
	// To is the address that it came to.
	To string
	// Language is that of the words, such as "zh-CN"; "" when it does not say.
	Language string
	Subject  string
	// Text and HTML are the same said twice; either may be empty.
	Text, HTML string
	// Urgent is set for one that its sender calls important.
	Urgent bool
}

// Kept is how many letters a box holds: the oldest go first.
const Kept = 500

// Box holds the letters of everybody.
type Box struct {
	mu      sync.Mutex
	n       int
	letters []Letter // oldest first
}

// put adds a letter and numbers it.
func (b *Box) put(l Letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	l.N = b.n
	if len(b.letters) == Kept {
		b.letters = slices.Delete(b.letters, 0, 1)
	}
	b.letters = append(b.letters, l)
}

// Letters are those that came to an address, or all of them for "", newest first.
func (b *Box) Letters(to string) []Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Letter
	for _, l := range slices.Backward(b.letters) {
		if to == "" || l.To == to {
			found = append(found, l)
		}
	}
	return found
}

// Letter is the one with a number; false when there is none, or it has gone.
func (b *Box) Letter(n int) (Letter, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.letters, func(l Letter) bool { return l.N == n })
	if i < 0 {
		return Letter{}, false
	}
	return b.letters[i], true
}
