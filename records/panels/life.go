package panels

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// The rules of the alerts that are raised.
const (
	// RuleOverdue: a question has no answer in time.
	RuleOverdue = "consultation_overdue"
	// RuleExpired: nobody answered, and the question has ended.
	RuleExpired = "consultation_expired"
	// RuleReview: advice was to be looked at again and was not.
	RuleReview = "advice_review_overdue"
)

// Alarm tells the staff who look after a resident of what is late. It may be told the
// same again, and counts it once by its key.
type Alarm interface {
	Raise(ctx context.Context, l Late) error
	Lower(ctx context.Context, l Late) error
}

// Late is what is late.
type Late struct {
	Resident, Rule string
	// Key tells it from others: a consultation's or an advice's id.
	Key string
	// Panel is what the panel is called.
	Panel string
	Since time.Time
	// Grave says that it does not bear waiting: of a question that was not routine, or
	// that has been late for long. What was raised becomes grave when that is raised.
	Grave bool
}

// lookEvery is how often it is looked what time has brought about, and openEvery
// whether a rule is to put a question.
const lookEvery, openEvery = 5 * time.Second, 5 * time.Minute

// Run does what time brings about until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var opened time.Time
	for {
		if err := b.Look(ctx); err != nil && ctx.Err() == nil {
			b.slog.WarnContext(ctx, "look after consultations; tried again soon", "error", err)
		}
		if now := b.moment(); now.Sub(opened) >= openEvery {
			if err := b.OpenByRules(ctx); err != nil && ctx.Err() == nil {
				b.slog.WarnContext(ctx, "put questions by rules; tried again soon", "error", err)
			}
			opened = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look does what is due: questions of which the consent is gone or the time is up, who
// is to be told of them, alarms that are to be raised or lowered, changes that were accepted and not made yet,
// and what came after those that were. What fails for one holds up no other.
func (b *Book) Look(ctx context.Context) error {
	var errs []error
	underWay, err := consultationsWhere(ctx, b.db, func(q *bun.SelectQuery) {
		q.Where("c.status IN (?) OR c.alarm <> ''", bun.In([]Status{Open, Answered})).Order("due_at")
	})
	errs = append(errs, err)
	for i := range underWay {
		if err := b.lookAt(ctx, underWay[i]); err != nil {
			errs = append(errs, fmt.Errorf("consultation %s: %w", underWay[i].ID, err))
		}
	}
	return errors.Join(append(errs, b.lookAtReviews(ctx), b.lookAtChanges(ctx))...)
}

func (b *Book) lookAt(ctx context.Context, c Consultation) error {
	now := b.moment()
	if c.Status.UnderWay() {
		consent, err := b.consent(ctx, c.Resident)
		if err != nil {
			return err
		}
		p, err := panelOf(ctx, b.db, c.Panel)
		if err != nil {
			return err
		}
		if consent != "" && !c.ripe(&p, now) {
			return errors.Join(b.tell(ctx, b.db, &c, &p), b.sound(ctx, c, now))
		}
		c, err = b.step(ctx, c.ID, "look after it", func(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel) error {
			if consent == "" {
				const why = "the resident's consent to ask panels does not hold any more"
				c.end(Withdrawn, "", why, now)
				return b.note(ctx, tx, "", c, "withdrawn", why)
			}
			return b.gather(ctx, tx, c, p, now)
		})
		if errors.Is(err, store.ErrConflict) {
			return nil // somebody has ended it just now: it is looked at again
		}
		if err != nil {
			return err
		}
	}
	return b.sound(ctx, c, now)
}

// graveOverdue is kept as the alarm of a question that is late and grave.
const graveOverdue = RuleOverdue + " grave"

// late is the alarm of a question; "" while it is not late. What is routine is grave once
// half of the time has passed in which it can be answered late.
func (c *Consultation) late(now time.Time) string {
	switch {
	case !c.Overdue(now):
		return ""
	case c.Urgency != Routine, !now.Before(c.DueAt.Add(c.ExpiresAt.Sub(c.DueAt) / 2)):
		return graveOverdue
	}
	return RuleOverdue
}

// sound raises and lowers what a consultation is to be heard of for. What is kept as its
// alarm is what was raised; of one that has expired, that it is to be said still.
func (b *Book) sound(ctx context.Context, c Consultation, now time.Time) error {
	want := c.late(now)
	if c.alarm == want {
		return nil
	}
	p, err := panelOf(ctx, b.db, c.Panel)
	if err != nil {
		return err
	}
	late := Late{Resident: c.Resident, Key: c.ID, Panel: p.Name, Since: c.DueAt}
	if late.Rule, late.Grave = RuleOverdue, want == graveOverdue; want != "" {
		err = b.alarm.Raise(ctx, late)
	} else if c.alarm == RuleOverdue || c.alarm == graveOverdue {
		err = b.alarm.Lower(ctx, late)
	}
	if err == nil && c.Status == Expired {
		late.Rule, late.Grave = RuleExpired, c.Urgency != Routine
		err = b.alarm.Raise(ctx, late)
	}
	if err != nil {
		return err
	}
	_, err = b.db.NewUpdate().Table("consultations").Set("alarm = ?", want).Where("id = ?", c.ID).Where("alarm = ?", c.alarm).Exec(ctx)
	return err
}

// lookAtReviews raises what was to be looked at again, and lowers what was.
func (b *Book) lookAtReviews(ctx context.Context) error {
	now := b.moment()
	var rows []adviceRow
	err := b.db.NewSelect().Model(&rows).Where("review_at <= ? OR alarm <> ''", store.Millis(now)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("look which advice is to be looked at again: %w", err)
	}
	var errs []error
	for _, row := range rows {
		if err := b.soundReview(ctx, &row, now); err != nil {
			errs = append(errs, fmt.Errorf("advice %s: %w", row.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (b *Book) soundReview(ctx context.Context, row *adviceRow, now time.Time) error {
	again, err := consultationsWhere(ctx, b.db, func(q *bun.SelectQuery) { q.Where("c.reviews = ?", row.ID) })
	if err != nil {
		return fmt.Errorf("look whether it was asked about again: %w", err)
	}
	asked := slices.ContainsFunc(again, func(c Consultation) bool { return c.Status.UnderWay() })
	want := ""
	if row.ReviewAt != 0 && row.ReviewAt <= store.Millis(now) && row.SupersededBy == "" && !asked {
		// What is put off and late again is another time, and so is what was asked about
		// again without advice.
		want = fmt.Sprintf("%s-%d", row.ID, row.ReviewedAt)
		if len(again) > 0 {
			want = fmt.Sprintf("%s-%d", want, len(again))
		}
	}
	if want == row.Alarm {
		return nil
	}
	c, err := consultationOf(ctx, b.db, row.Consultation)
	if err != nil {
		return err
	}
	p, err := panelOf(ctx, b.db, c.Panel)
	if err != nil {
		return err
	}
	late := Late{Resident: row.Resident, Rule: RuleReview, Key: row.Alarm, Panel: p.Name, Since: store.Time(row.ReviewAt)}
	if row.Alarm != "" {
		err = b.alarm.Lower(ctx, late)
	}
	if late.Key = want; err == nil && want != "" {
		err = b.alarm.Raise(ctx, late)
	}
	if err != nil {
		return err
	}
	_, err = b.db.NewUpdate().Table("advice").Set("alarm = ?", want).Where("id = ?", row.ID).Where("alarm = ?", row.Alarm).Exec(ctx)
	return err
}

// lookAtChanges makes what was accepted, and keeps what came after it.
func (b *Book) lookAtChanges(ctx context.Context) error {
	over := b.moment().Add(-effectDays * 24 * time.Hour)
	var rows []proposalRow
	err := b.db.NewSelect().Model(&rows).Where("state = ? OR state = ? AND effect = '' AND applied_at <= ?", Accepted, Applied, store.Millis(over)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("look which changes are to be made: %w", err)
	}
	var errs []error
	for i := range rows {
		if err := b.lookAtChange(ctx, &rows[i]); err != nil {
			errs = append(errs, fmt.Errorf("change %d of advice %s: %w", rows[i].N, rows[i].Advice, err))
		}
	}
	return errors.Join(errs...)
}

func (b *Book) lookAtChange(ctx context.Context, row *proposalRow) error {
	if row.State == Applied {
		return b.keepEffect(ctx, row)
	}
	all, err := b.adviceWhere(ctx, "", func(q *bun.SelectQuery) { q.Where("a.id = ?", row.Advice) })
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return nil
	}
	i := slices.IndexFunc(all[0].Proposals, func(p Proposal) bool { return p.N == row.N && p.State == Accepted })
	if i < 0 {
		return nil
	}
	return b.make(ctx, &all[0].Proposals[i])
}
