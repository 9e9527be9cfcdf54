package panels

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// TellingKind is what somebody is told of a question.
type TellingKind string

// The kinds.
const (
	// ToAnswer: a question waits for an expert.
	ToAnswer TellingKind = "asked"
	// ToAnswerStill: it waits for them still, and half of the time has passed.
	ToAnswerStill TellingKind = "again"
	// ToAdvise: the chair can publish the advice.
	ToAdvise TellingKind = "ready"
	// OfAdvice: those who look after the resident have advice.
	OfAdvice TellingKind = "advised"
)

// Telling is what somebody is to be told of a question, once. It is kept in the
// transaction in which it comes about.
type Telling struct {
	Consultation string
	Kind         TellingKind
	// User is the expert; "" for those who look after the resident.
	User string
	// At is when it came about.
	At time.Time
	// Tried says that there was no way over which they could be told before.
	Tried bool
}

// Outcome is what became of a telling.
type Outcome string

// The outcomes.
const (
	// Told: it was handed to what tells people.
	Told Outcome = "told"
	// Nobody: there is no way over which they could be told.
	Nobody Outcome = "nobody"
	// NoReason: there was no reason to tell it any more.
	NoReason Outcome = "moot"
)

type tellingRow struct {
	bun.BaseModel `bun:"table:panel_tellings"`

	Consultation string      `bun:"consultation,pk"`
	Kind         TellingKind `bun:"kind,pk"`
	User         string      `bun:"user_id,pk"`
	At           int64       `bun:"at"`
	ToldAt       int64       `bun:"told_at,nullzero"`
	Outcome      Outcome     `bun:"outcome"`
}

func (r *tellingRow) telling() Telling {
	return Telling{Consultation: r.Consultation, Kind: r.Kind, User: r.User, At: store.Time(r.At), Tried: r.Outcome == Nobody}
}

// HalfOf is when half of the time has passed that an expert has who was asked at a time.
// It is zero where there is none left.
func (c *Consultation) HalfOf(asked time.Time) time.Time {
	if !asked.Before(c.DueAt) {
		return time.Time{}
	}
	return asked.Add(c.DueAt.Sub(asked) / 2)
}

// speaker is the chair who can publish the advice now; "" for nobody.
func (c *Consultation) speaker(p *Panel, now time.Time) string {
	if chair := p.Chair(); c.Status.UnderWay() && c.unsealed(now) {
		if seat, _ := c.Seat(chair); seat.State != Declined {
			return chair
		}
	}
	return ""
}

// waitsFor reports whether an opinion is to be given by a user now.
func (c *Consultation) waitsFor(p *Panel, user string, now time.Time) bool {
	if c.Status != Open {
		return false
	}
	for _, s := range c.awaited(p) {
		if s.User == user {
			return c.turn(p, s, now)
		}
	}
	return false
}

// toTell is what is to be told of a question as it is, beyond what is kept already.
func (c *Consultation) toTell(p *Panel, kept []tellingRow, now time.Time) (news []tellingRow) {
	known := map[TellingKind]map[string]time.Time{}
	for _, row := range kept {
		if known[row.Kind] == nil {
			known[row.Kind] = map[string]time.Time{}
		}
		known[row.Kind][row.User] = store.Time(row.At)
	}
	add := func(kind TellingKind, user string) {
		if _, is := known[kind][user]; !is {
			news = append(news, tellingRow{Consultation: c.ID, Kind: kind, User: user, At: store.Millis(now)})
		}
	}
	if c.Status == Open {
		for _, s := range c.awaited(p) {
			if !c.turn(p, s, now) {
				continue
			}
			add(ToAnswer, s.User)
			asked, is := known[ToAnswer][s.User]
			if half := c.HalfOf(asked); is && !half.IsZero() && !now.Before(half) {
				add(ToAnswerStill, s.User)
			}
		}
	}
	if chair := c.speaker(p, now); chair != "" {
		add(ToAdvise, chair)
	}
	if c.Status == Advised {
		add(OfAdvice, "")
	}
	return news
}

// tell keeps what is to be told of a question as it is now, each once.
func (b *Book) tell(ctx context.Context, db bun.IDB, c *Consultation, p *Panel) error {
	var kept []tellingRow
	if err := db.NewSelect().Model(&kept).Where("consultation = ?", c.ID).Scan(ctx); err != nil {
		return fmt.Errorf("read who was told: %w", err)
	}
	news := c.toTell(p, kept, b.moment())
	if len(news) == 0 {
		return nil
	}
	if _, err := db.NewInsert().Model(&news).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("keep who is to be told: %w", err)
	}
	return nil
}

const (
	// tellingsAtOnce bounds how many are told at a time.
	tellingsAtOnce = 100
	// triedEvery is how often it is looked whether there is a way by now to an expert who
	// could not be told that something waits for them.
	triedEvery = time.Minute
)

// Untold is what is to be told still, the oldest first, some at a time; and then that of
// which an expert could not be told, from time to time while the question is under way.
func (b *Book) Untold(ctx context.Context) ([]Telling, error) {
	var rows []tellingRow
	err := b.db.NewSelect().Model(&rows).Where("told_at IS NULL").
		WhereOr("outcome = ? AND user_id <> '' AND told_at <= ? AND consultation IN (SELECT id FROM consultations WHERE status IN (?))"+
			" AND NOT EXISTS (SELECT 1 FROM panel_tellings AS newer WHERE newer.consultation = ?TableAlias.consultation AND newer.user_id = ?TableAlias.user_id AND newer.at > ?TableAlias.at)",
			Nobody, store.Millis(b.moment().Add(-triedEvery)), bun.In([]Status{Open, Answered})).
		OrderExpr("CASE WHEN told_at IS NULL THEN 0 ELSE told_at END, at, consultation, kind, user_id").Limit(tellingsAtOnce).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what is to be told of questions: %w", err)
	}
	all := make([]Telling, len(rows))
	for i := range rows {
		all[i] = rows[i].telling()
	}
	return all, nil
}

// NoteTold notes in tx what became of a telling; false when it was noted before, other
// than that nobody could be told.
func (b *Book) NoteTold(ctx context.Context, tx bun.Tx, t Telling, outcome Outcome) (first bool, err error) {
	result, err := tx.NewUpdate().Model((*tellingRow)(nil)).Set("told_at = ?", store.Millis(b.moment())).Set("outcome = ?", outcome).
		Where("consultation = ? AND kind = ? AND user_id = ?", t.Consultation, t.Kind, t.User).Where("told_at IS NULL OR outcome = ?", Nobody).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("note who was told of consultation %q: %w", t.Consultation, err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Due reports, read in db, whether there is a reason still to tell a user what a telling
// says: what waits for them waits, and the resident's consent holds. The user counts
// for what is told to experts.
func (b *Book) Due(ctx context.Context, db bun.IDB, consultation string, kind TellingKind, user string) (bool, error) {
	due, err := b.due(ctx, db, consultation, kind, user)
	if err != nil {
		return false, fmt.Errorf("look whether consultation %q waits: %w", consultation, err)
	}
	return due, nil
}

func (b *Book) due(ctx context.Context, db bun.IDB, consultation string, kind TellingKind, user string) (bool, error) {
	c, err := consultationOf(ctx, db, consultation)
	if err != nil {
		return false, err
	}
	p, err := panelOf(ctx, db, c.Panel)
	if err != nil {
		return false, err
	}
	now, due := b.moment(), false
	switch kind {
	case ToAnswer, ToAnswerStill:
		due = c.waitsFor(&p, user, now)
	case ToAdvise:
		due = user != "" && c.speaker(&p, now) == user
	case OfAdvice:
		due = c.Status == Advised
	}
	if !due {
		return false, nil
	}
	watched, err := records.Watched(ctx, db, now, c.Resident)
	if err != nil || !watched {
		return false, err
	}
	return records.Agreed(ctx, db, now, c.Resident, records.Panel)
}

// Unreached are the experts for whom a question waits and who could not be told so:
// nothing was known by which they could be. Who was told later is not among them.
func (b *Book) Unreached(ctx context.Context, consultation string) ([]string, error) {
	users, err := b.unreached(ctx, consultation)
	if err != nil {
		return nil, fmt.Errorf("read who could not be told: %w", about("consultation", consultation, err))
	}
	return users, nil
}

func (b *Book) unreached(ctx context.Context, consultation string) ([]string, error) {
	c, err := consultationOf(ctx, b.db, consultation)
	if err != nil || !c.Status.UnderWay() {
		return nil, err
	}
	p, err := panelOf(ctx, b.db, c.Panel)
	if err != nil {
		return nil, err
	}
	var rows []tellingRow
	err = b.db.NewSelect().Model(&rows).Where("consultation = ?", consultation).Where("user_id <> ''").Where("outcome IN (?)", bun.In([]Outcome{Told, Nobody})).
		Order("told_at", "kind").Scan(ctx)
	if err != nil {
		return nil, err
	}
	now, newest := b.moment(), map[string]Outcome{}
	for _, row := range rows {
		waits := c.waitsFor(&p, row.User, now)
		if row.Kind == ToAdvise {
			waits = c.speaker(&p, now) == row.User
		}
		if waits {
			newest[row.User] = row.Outcome
		}
	}
	maps.DeleteFunc(newest, func(_ string, o Outcome) bool { return o == Told })
	return slices.Sorted(maps.Keys(newest)), nil
}
