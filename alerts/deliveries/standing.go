package deliveries

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Occurrences knows what became of what is not an alert.
type Occurrences interface {
	// Closed returns why there is no reason any more to tell of some of these
	// occurrences.
	Closed(ctx context.Context, db bun.IDB, ids []string) (map[string]string, error)
}

// idle returns why there is no reason any more to send some of the rows, by id. It
// reads in db how things are.
func (d *Deliveries) idle(ctx context.Context, db bun.IDB, rows []row, now time.Time) (map[string]string, error) {
	var alertIDs, occurrences, contacts []string
	for i := range rows {
		switch rows[i].About {
		case OfNews:
			contacts = append(contacts, rows[i].Contact)
			fallthrough
		case OfAlert:
			alertIDs = append(alertIDs, rows[i].Subject)
		case OfOccurrence:
			occurrences = append(occurrences, rows[i].Subject)
		}
	}
	alertIDs = compact(alertIDs)
	states, err := alerts.States(ctx, db, alertIDs)
	if err != nil {
		return nil, err
	}
	told, err := whoWasTold(ctx, db, alertIDs, compact(contacts))
	if err != nil {
		return nil, err
	}
	var closed map[string]string
	if len(occurrences) > 0 && d.occurrences != nil {
		if closed, err = d.occurrences.Closed(ctx, db, compact(occurrences)); err != nil {
			return nil, fmt.Errorf("read which occurrences are closed: %w", err)
		}
	}
	left, err := d.haveLeft(ctx, db, rows)
	if err != nil {
		return nil, err
	}
	barred, err := d.barred(ctx, db, rows)
	if err != nil {
		return nil, err
	}
	settled, err := d.settled(ctx, db, rows)
	if err != nil {
		return nil, err
	}
	idle := map[string]string{}
	for i := range rows {
		r := &rows[i]
		said, err := r.detail()
		if err != nil {
			return nil, err
		}
		state, known := states[r.Subject]
		why := ""
		switch {
		case said.Until != 0 && store.Millis(now) >= said.Until:
			why = "it is too late to say it"
		case left[Who{r.Resident, r.Contact}]:
			why = "has left the care team"
		case r.About == OfOccurrence:
			why = closed[r.Subject]
		case r.About == OfWeek && barred[Who{r.Resident, r.Contact}]:
			why = "may see nothing of it any more"
		case r.About == OfQuestion && settled[r.matter()]:
			why = "nothing waits there, or nothing may be told of it"
		case r.About != OfAlert && r.About != OfNews:
		case !known:
			why = "there is no such alert"
		case r.About == OfNews && !told[told1{r.Subject, r.Contact}]:
			why = "was not told of the alert"
		default:
			why = idleOf(r.Says, said, state, now)
		}
		if why != "" {
			idle[r.ID] = why
		}
	}
	return idle, nil
}

// idleOf is why what is said of an alert needs not be said, as it is now; "" when
// it does.
func idleOf(says Says, said detail, a alerts.State, now time.Time) string {
	same := a.ClaimedBy == said.Holder && a.ClaimedUntil.Equal(store.Time(said.HeldUntil))
	switch {
	case says == Over:
		if a.Status != engine.Resolved {
			return "the alert is open"
		}
		return ""
	case a.Status == engine.Resolved:
		return "the alert is closed"
	case says == Taken && (a.Status != engine.Claimed || a.ClaimedBy != said.Holder):
		return "nobody or somebody else has it now"
	case says == Taken:
		return ""
	case says == Remind && (a.Status != engine.Claimed || !same):
		return "it was claimed anew"
	case a.Status == engine.Claimed && !same:
		return "somebody has it"
	case a.PartOf != "":
		return "it is told with another"
	case a.SnoozedUntil.After(now) && a.Severity != rules.Critical:
		return "it is snoozed"
	}
	return ""
}

// haveLeft are those who were to be told as somebody in a care team and are not in
// it any more. Who is removed altogether is not among them: somebody else is told in
// their place.
func (d *Deliveries) haveLeft(ctx context.Context, db bun.IDB, rows []row) (map[Who]bool, error) {
	var who []Who
	for i := range rows {
		if rows[i].Relation != Staff {
			who = append(who, Who{rows[i].Resident, rows[i].Contact})
		}
	}
	left := map[Who]bool{}
	if len(who) == 0 {
		return left, nil
	}
	known, err := d.people.Contacts(ctx, db, who)
	for w, c := range known {
		left[w] = c.Relation == Staff
	}
	return left, err
}

// told1 is that a contact was told of an alert.
type told1 struct{ subject, contact string }

// whoWasTold are the contacts who were told of alerts, or are being told.
func whoWasTold(ctx context.Context, db bun.IDB, subjects, contacts []string) (map[told1]bool, error) {
	told := map[told1]bool{}
	if len(contacts) == 0 {
		return told, nil
	}
	for some := range slices.Chunk(subjects, rowsAtOnce) {
		var rows []row
		err := db.NewSelect().Model(&rows).Distinct().Column("subject", "contact").Where("subject IN (?)", bun.In(some)).Where("contact IN (?)", bun.In(contacts)).
			Where("about = ?", OfAlert).Where("attempts > 0 OR digest IS NOT NULL").Where("status NOT IN (?)", bun.In([]Status{Dropped, Failed})).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read who was told of alerts: %w", err)
		}
		for i := range rows {
			told[told1{rows[i].Subject, rows[i].Contact}] = true
		}
	}
	return told, nil
}
