package deliveries

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// fail ends a delivery, of a digest all that is in it, and goes on to the contact's
// next channel. It reports whether somebody has none left.
func (d *Deliveries) fail(ctx context.Context, tx bun.Tx, r *row, answer string, now time.Time) (lost bool, err error) {
	ended := []row{*r}
	if r.About == OfDigest {
		if ended, err = members(ctx, tx, r.ID); err != nil {
			return false, err
		}
	}
	_, err = tx.NewUpdate().Model((*row)(nil)).Set("status = ?", Failed).Set("ended_at = ?", store.Millis(now)).Set("next_at = NULL").Set("answer = ?", answer).
		Where("id = ? OR digest = ? AND status = ?", r.ID, r.ID, Queued).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("write that delivery %s failed: %w", r.ID, err)
	}
	if r.Channel != "" {
		if err := d.people.Failed(ctx, tx, r.Channel, now, answer); err != nil {
			return false, err
		}
	}
	idle, err := d.idle(ctx, tx, ended, now)
	if err != nil {
		return false, err
	}
	ended = slices.DeleteFunc(ended, func(r row) bool { return idle[r.ID] != "" || r.About == OfTest })
	return d.fallBack(ctx, tx, ended, now)
}

// telling1 is one telling of a contact, whatever the channel.
type telling1 struct {
	once
	again int
}

func (r *row) telling() telling1 {
	return telling1{once{r.About, r.Subject, r.Step, r.Contact}, r.Again}
}

// fallBack queues deliveries that failed over the contacts' next channels.
func (d *Deliveries) fallBack(ctx context.Context, tx bun.Tx, failed []row, now time.Time) (lost bool, err error) {
	var who []Who
	var subjects, contacts []string
	var steps []int
	for i := range failed {
		r := &failed[i]
		who, subjects, contacts, steps = append(who, Who{r.Resident, r.Contact}), append(subjects, r.Subject), append(contacts, r.Contact), append(steps, r.Step)
	}
	if len(failed) == 0 {
		return false, nil
	}
	known, err := d.people.Contacts(ctx, tx, who)
	if err != nil {
		return false, err
	}
	tried, err := channelsTried(ctx, tx, compact(subjects), compact(contacts), compact(steps))
	if err != nil {
		return false, err
	}
	var rows []row
	var none []Lost
	for i := range failed {
		next := failed[i]
		severity := rules.Severity(next.Severity)
		contact := known[Who{next.Resident, next.Contact}]
		said, err := next.detail()
		if err != nil {
			return false, err
		}
		ch, ok := pick(&contact, severity, said.Over, tried[next.telling()])
		if !ok {
			if next.About == OfAlert {
				none = append(none, Lost{next.Subject, next.Step, Who{next.Resident, next.Contact}})
			}
			continue
		}
		m := moment{now, next.Gathered}
		switch {
		case next.About == OfWeek, next.About == OfQuestion && severity < rules.Warning:
			m = contact.rested(now)
		case next.About == OfQuestion: // at once
		case severity < rules.Critical && !next.Gathered && next.About != OfOccurrence:
			m = contact.next(severity, now)
		}
		next.place(ch, m, now)
		rows = append(rows, next)
	}
	if err := insert(ctx, tx, rows, nil); err != nil {
		return false, err
	}
	if len(none) == 0 || d.escalation == nil {
		return false, nil
	}
	if err := d.escalation.Lost(ctx, tx, none); err != nil {
		return false, fmt.Errorf("tell that contacts cannot be reached: %w", err)
	}
	return true, nil
}

// channelsTried are the channels over which contacts were told of subjects at steps.
func channelsTried(ctx context.Context, tx bun.Tx, subjects, contacts []string, steps []int) (map[telling1][]string, error) {
	tried := map[telling1][]string{}
	for some := range slices.Chunk(subjects, rowsAtOnce) {
		var rows []row
		err := tx.NewSelect().Model(&rows).Column("about", "subject", "step", "contact", "again", "channel").Where("subject IN (?)", bun.In(some)).
			Where("contact IN (?)", bun.In(contacts)).Where("step IN (?)", bun.In(steps)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read which channels were tried: %w", err)
		}
		for i := range rows {
			tried[rows[i].telling()] = append(tried[rows[i].telling()], rows[i].Channel)
		}
	}
	return tried, nil
}
