package service

import (
	"context"
	"errors"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/live"
)

// The journal's readers by name. Each goes at its own pace.
const (
	timelineReader = "timeline"
	liveReader     = "live"
	devicesReader  = "devices"
	alertsReader   = "alerts"
	// remindersReader looks for what shows that something was done.
	remindersReader = "reminders"
)

// timelineBatch is how many reports go to the timeline in one write: enough
// that a write's fixed cost does not count, few enough to be quick.
const timelineBatch = 4000

// influxEvery is how often InfluxDB is written to while little comes: requests
// cost it more than lines, and what is newest is shown from memory. Written to
// as often as it can take it, InfluxDB needs 60 % more CPU for a message.
const influxEvery = 100 * time.Millisecond

// sqlEvery is the same for the SQL timeline. The newest page of each resident and
// metric is written by each commit again: with 5,000 messages a second, written to
// as often as it can take it, that was 30 MB a second on the disk that the journal
// waits for, and is a fifth of it now.
const sqlEvery = 50 * time.Millisecond

// remindersEvery is how often it is looked at the most whether what came shows that
// something was done: each look asks the records whether the reminders have changed,
// and what an alert needs of the records goes first.
const remindersEvery = 100 * time.Millisecond

func (s *Service) timelinePace() time.Duration {
	if s.cfg.InfluxURL != "" {
		return influxEvery
	}
	return sqlEvery
}

// toTimeline writes entries to the timeline, which remembers how far it is.
func toTimeline(d *decoder, whose *attribution, store timeline.Store) journal.Apply {
	return whose.reader(func(ctx context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		err = store.Append(ctx, whose.kept(entries, reports), entries[len(entries)-1].Seq)
		if errors.Is(err, timeline.ErrBehind) {
			cursor, cursorErr := store.Cursor(ctx)
			if cursorErr != nil {
				return errors.Join(err, cursorErr)
			}
			return &journal.Rewind{To: cursor, Cause: err}
		}
		return err
	})
}

// toView shows entries on the dashboards. It has no effects that last: after a
// start the view is warmed from the timeline.
func toView(d *decoder, whose *attribution, view *live.View) journal.Apply {
	return whose.reader(func(_ context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		for _, p := range whose.passed(entries, reports) {
			view.Add(p.Report)
			for _, other := range p.Others {
				view.Add(other)
			}
		}
		return nil
	})
}

// flushEvery is how often the devices' state is written: what is lost in a
// crash is read again from the journal.
const flushEvery = 2 * time.Second

// toHealth notes what entries say about their devices. What the newest of them
// changed may wait for more entries to be written, or for the stop.
func toHealth(d *decoder, health *devices.Health) journal.Apply {
	var flushed time.Time
	return func(ctx context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		for _, r := range reports {
			health.Observe(r)
		}
		if time.Since(flushed) < flushEvery {
			return nil
		}
		flushed = time.Now()
		return health.Flush(ctx, entries[len(entries)-1].Seq)
	}
}
