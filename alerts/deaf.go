package alerts

import (
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
)

// leastDeaf is how long Anxin must have heard nothing for that to count.
const leastDeaf = 10 * time.Second

// Deafened tells the judge that nothing could be heard between two moments: the
// broker could not be reached, or the machine was asleep. It is to be told before
// what is heard afterwards. Nobody's silence counts from then.
func (j *Judge) Deafened(from, to time.Time) {
	if to.Sub(from) < leastDeaf {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.deaf = append(j.deaf, engine.Deaf{From: from.UnixMilli(), To: to.UnixMilli()})
}

// wakeUp counts the time since the judge heard last, before it was opened, as
// one in which nothing could be heard.
func (j *Judge) wakeUp() {
	last := int64(0)
	for _, s := range j.states {
		last = max(last, s.Now())
	}
	if now := j.now().UnixMilli(); last != 0 && now-last >= leastDeaf.Milliseconds() {
		j.deaf = append(j.deaf, engine.Deaf{From: last, To: now})
	}
}

// listen tells the engine when nothing could be heard.
func (j *Judge) listen() error {
	for len(j.deaf) > 0 {
		if err := j.input(everybody, j.now(), j.deaf[0]); err != nil {
			return err
		}
		j.deaf = j.deaf[1:]
	}
	return nil
}
