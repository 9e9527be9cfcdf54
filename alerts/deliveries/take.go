package deliveries

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

const (
	// takeAtOnce bounds what one transaction takes.
	takeAtOnce = 64
	noChannel  = "no channel for this"
	noTime     = "not sent by its time: the provider takes no more"
)

// sendFor is how long a provider may take to answer, and leaseFor how long whoever
// sends has a delivery: if it died, another sends it then.
func sendFor(s rules.Severity) time.Duration {
	if s == rules.Critical {
		return 10 * time.Second
	}
	return 20 * time.Second
}

func leaseFor(s rules.Severity) time.Duration { return sendFor(s) + 5*time.Second }

func (r *row) lease(now time.Time) {
	r.Status, r.Attempts, r.NextAt = Sending, r.Attempts+1, store.Millis(now.Add(leaseFor(rules.Severity(r.Severity))))
}

// round is what one look at the deliveries found.
type round struct {
	rows []row // to be sent: leased, each with a place in its lane
	next time.Time
	more bool // there may be more that is due
	lost bool // somebody cannot be told
}

// take leases what is due, gravest first. What there is no reason to send any more
// it drops, what has had its time it ends, and what is to be gathered it gathers.
func (d *Deliveries) take(ctx context.Context) (found round, err error) {
	entered := func() {
		for i := range found.rows {
			d.lanes.leave(found.rows[i].Lane)
		}
	}
	err = d.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		entered() // by a run before this one
		found = round{}
		now := store.Time(d.now().UnixMilli())
		var err error
		if err = d.expire(ctx, tx, now, &found); err != nil {
			return err
		}
		if err := d.gather(ctx, tx, now); err != nil {
			return err
		}
		if err := d.takeDue(ctx, tx, now, &found); err != nil {
			return err
		}
		found.next, err = nextAfter(ctx, tx, now)
		return err
	})
	if err != nil {
		entered()
		return round{}, fmt.Errorf("take what is to be delivered: %w", err)
	}
	return found, nil
}

// nextAfter is when there is something to look at again after t; zero for never.
func nextAfter(ctx context.Context, db bun.IDB, t time.Time) (time.Time, error) {
	var next sql.NullInt64
	if err := db.NewSelect().Model((*row)(nil)).ColumnExpr("min(next_at)").Where("next_at > ?", store.Millis(t)).Scan(ctx, &next); err != nil {
		return time.Time{}, fmt.Errorf("read when the next delivery is due: %w", err)
	}
	return store.Time(next.Int64), nil
}

// due are the rows to look at, but those that this process is sending.
func (d *Deliveries) due(tx bun.Tx, rows *[]row, now time.Time) *bun.SelectQuery {
	return tx.NewSelect().Model(rows).Where("next_at <= ?", store.Millis(now)).Where("status IN (?)", bun.In([]Status{Queued, Sending})).
		Where("id NOT IN (?)", bun.In(d.underWay())).OrderExpr("severity DESC, next_at, id").Limit(takeAtOnce)
}

// expire ends deliveries that have had their time, and those that have no channel.
// One that was never tried, or by somebody who died over it, still is, unless its
// provider takes no more: that may have been our own absence.
func (d *Deliveries) expire(ctx context.Context, tx bun.Tx, now time.Time, found *round) error {
	var rows []row
	full := d.lanes.full(rules.Critical)
	err := d.due(tx, &rows, now).Where("(channel = '' OR deadline_at <= ? AND NOT gathered AND (attempts > 0 AND status = ? OR lane IN (?)))", store.Millis(now), Queued, bun.In(full)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read what has had its time: %w", err)
	}
	found.more = len(rows) == takeAtOnce
	for i := range rows {
		why := rows[i].Answer
		switch {
		case rows[i].Channel == "":
			why = noChannel
		case rows[i].Attempts == 0:
			why = noTime
		case why == "":
			why = noAnswer
		}
		lost, err := d.fail(ctx, tx, &rows[i], why, now)
		if err != nil {
			return err
		}
		found.lost = found.lost || lost
	}
	return nil
}

func (d *Deliveries) takeDue(ctx context.Context, tx bun.Tx, now time.Time, found *round) error {
	var rows []row
	err := d.due(tx, &rows, now).Where("NOT gathered").Where("lane NOT IN (?)", bun.In(d.lanes.full(rules.Critical))).
		Where("(severity >= ? OR lane NOT IN (?))", int8(rules.Critical), bun.In(d.lanes.full(rules.Info))).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read what is due: %w", err)
	}
	found.more = found.more || len(rows) == takeAtOnce
	idle, err := d.idle(ctx, tx, rows, now)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return idle[r.ID] != "" })
	if err := drop(ctx, tx, idle, now); err != nil {
		return err
	}
	for i := range rows {
		r := rows[i]
		if r.About == OfDigest {
			left, err := d.dropMembers(ctx, tx, r.ID, now)
			if err != nil {
				return err
			}
			if !left {
				if err := drop(ctx, tx, map[string]string{r.ID: "nothing of it is open any more"}, now); err != nil {
					return err
				}
				continue
			}
		}
		if !d.lanes.enter(r.Lane, rules.Severity(r.Severity)) {
			continue
		}
		r.lease(now)
		found.rows = append(found.rows, r)
	}
	return lease(ctx, tx, found.rows, now)
}

// lease writes that rows are under way.
func lease(ctx context.Context, tx bun.Tx, rows []row, now time.Time) error {
	var attempts []attemptRow
	for i := range rows {
		r := &rows[i]
		attempts = append(attempts, attemptRow{Delivery: r.ID, N: r.Attempts, At: store.Millis(now)})
		if _, err := tx.NewUpdate().Model(r).Column("status", "attempts", "next_at").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("lease delivery %s: %w", r.ID, err)
		}
	}
	return insert(ctx, tx, nil, attempts)
}

// drop ends deliveries that there is no reason to send any more.
func drop(ctx context.Context, tx bun.IDB, why map[string]string, now time.Time) error {
	byReason := map[string][]string{}
	for id, reason := range why {
		byReason[reason] = append(byReason[reason], id)
	}
	for reason, ids := range byReason {
		for some := range slices.Chunk(ids, rowsAtOnce) {
			_, err := tx.NewUpdate().Model((*row)(nil)).Set("status = ?", Dropped).Set("ended_at = ?", store.Millis(now)).Set("next_at = NULL").
				Set("answer = ?", reason).Where("id IN (?)", bun.In(some)).Exec(ctx)
			if err != nil {
				return fmt.Errorf("drop deliveries: %w", err)
			}
		}
	}
	return nil
}
