package service

import (
	"sync/atomic"
	"time"

	"github.com/anxin-care/anxin/web"
)

// pace is how far the judging of alerts has come, in time. Its zero value has not
// begun.
type pace struct {
	began  atomic.Int64 // when the judging began, in Unix milliseconds
	heard  atomic.Int64 // when the entry was received that was judged last
	caught atomic.Int64 // when all was judged that there was
}

// hear notes that an entry was judged that had been received at a time.
func (p *pace) hear(received int64) { p.heard.Store(max(p.heard.Load(), received)) }

// behind is how long ago it is that all that had come
// until then was judged. It looks at nothing that the judging may have locked.
func (p *pace) behind(now time.Time) time.Duration {
	until := max(p.heard.Load(), p.caught.Load())
	if until == 0 {
		until = p.began.Load()
	}
	if until == 0 {
		return 0
	}
	return max(now.Sub(time.UnixMilli(until)), 0)
}

// judging tells the pages how far behind the judging is.
type judging struct{ s *Service }

func (j judging) Behind() time.Duration { return j.s.pace.behind(time.Now()) }

// Stopped implements [web.Judging].
func (j judging) Stopped() []web.Part {
	var parts []web.Part
	for _, stopped := range j.s.heart.Stopped() {
		parts = append(parts, web.Part(stopped.Part))
	}
	return parts
}
