package deliveries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Reply is what the speaker in a home says about a delivery.
type Reply struct {
	Device   string // who says so
	Delivery string
	Said     bool   // it was said aloud; else it could not be
	Answer   string // what a person then said, "" when nobody did
}

const notSaid = "the speaker could not say it"

// Replied takes in what a speaker replies: whatever was not said goes over the
// contact's next channel. A reply of another device than the one that was asked
// counts for nothing.
func (d *Deliveries) Replied(ctx context.Context, reply Reply) error {
	var lost bool
	err := d.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		lost = false
		var r row
		err := tx.NewSelect().Model(&r).Where("id = ?", reply.Delivery).Where("kind = ?", Speaker).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		who := Who{r.Resident, r.Contact}
		known, err := d.people.Contacts(ctx, tx, []Who{who})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known[who].Channels, func(c Channel) bool { return c.ID == r.Channel && c.Address == reply.Device }) {
			return nil
		}
		switch {
		case reply.Answer != "":
			return seen(ctx, tx, r.ID, d.now())
		case reply.Said:
			return delivered(ctx, tx, r.ID, d.now())
		case r.Status == Sent || r.Status == Sending:
			lost, err = d.fail(ctx, tx, &r, notSaid, store.Time(d.now().UnixMilli()))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("take in what speaker %s replies about delivery %s: %w", reply.Device, reply.Delivery, err)
	}
	if lost && d.escalation != nil {
		d.escalation.Wake()
	}
	d.Wake()
	return nil
}

// What arrives or is seen was sent, even when whoever sent it has not written that,
// or has given it up: then it is not sent again. Of a digest that holds for all
// that is in it.

func wasSent(q bun.QueryBuilder, id string) bun.QueryBuilder {
	return q.Where("(id = ? OR digest = ?)", id, id).Where("attempts > 0 OR digest = ?", id)
}

func delivered(ctx context.Context, tx bun.Tx, id string, at time.Time) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("status = ?", Delivered).Set("delivered_at = ?", store.Millis(at)).Set("next_at = NULL").Set("ended_at = NULL").
		Set("sent_at = coalesce(sent_at, ?)", store.Millis(at)).
		ApplyQueryBuilder(func(q bun.QueryBuilder) bun.QueryBuilder { return wasSent(q, id) }).
		Where("status NOT IN (?)", bun.In([]Status{Delivered, Seen, Dropped})).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write that delivery %s arrived: %w", id, err)
	}
	return nil
}

func seen(ctx context.Context, tx bun.Tx, id string, at time.Time) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("status = ?", Seen).Set("seen_at = ?", store.Millis(at)).Set("next_at = NULL").Set("ended_at = NULL").
		Set("sent_at = coalesce(sent_at, ?)", store.Millis(at)).Set("delivered_at = coalesce(delivered_at, ?)", store.Millis(at)).
		ApplyQueryBuilder(func(q bun.QueryBuilder) bun.QueryBuilder { return wasSent(q, id) }).
		Where("status NOT IN (?)", bun.In([]Status{Seen, Dropped})).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write that delivery %s was seen: %w", id, err)
	}
	return nil
}
