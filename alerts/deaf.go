package alerts

import (
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
)

// leastDeaf is how long Anxin must have heard nothing for that to count: longer
// than a restart takes, and than it may be since it last wrote that it was there.
const leastDeaf = time.Minute

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

// wakeUp counts the time until the judge was opened, since it last heard all that
// there was, as one in which nothing could be heard. That it was there in between
// does not count: the broker may have been away.
func (j *Judge) wakeUp() {
	if now := j.now().UnixMilli(); j.alive != 0 && now-j.alive >= leastDeaf.Milliseconds() {
		j.deaf = append(j.deaf, engine.Deaf{From: j.alive, To: now})
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
