package deliveries

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// facts are what is known of an alert that somebody is told of.
type facts struct {
	alert     alerts.Alert
	about     alerts.About
	concerned []records.Resident
	home      devices.Home
	holder    string // who has it: the name
}

func (w *Writer) facts(ctx context.Context, d *Draft) (*facts, error) {
	a, err := w.alerts.One(ctx, d.Subject)
	if err != nil {
		return nil, err
	}
	f := &facts{alert: a}
	if f.about, f.concerned, err = w.names.Of(ctx, a); err != nil {
		return nil, err
	}
	home := a.Home
	if len(f.concerned) > 0 {
		home = f.concerned[0].HomeID
	}
	if home != "" {
		if f.home, err = w.homes.Home(ctx, home); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	by := d.detail.Holder
	if by == "" {
		by = a.ClaimedBy
	}
	if by != "" {
		if f.holder, err = w.faces.NameOf(ctx, by); err != nil {
			return nil, fmt.Errorf("find who has alert %s: %w", a.ID, err)
		}
	}
	return f, nil
}

// residents are the ids of those whom it concerns.
func (f *facts) residents() []string {
	ids := make([]string, len(f.concerned))
	for i, r := range f.concerned {
		ids[i] = r.ID
	}
	return ids
}

// language is the contact's, or else the resident's.
func (f *facts) language(contact string) string {
	if contact == "" && len(f.concerned) > 0 {
		return f.concerned[0].Language
	}
	return contact
}

func (f *facts) said(d *Draft, p *pen) said {
	a := &f.alert
	s := said{
		Name: f.about.Name, Place: f.place(p), Rule: a.Rule.Name.In(p.language), Severity: p.word(a.Severity.String(), nil), Message: a.Message(p.language, f.about),
		Why: a.Why(f.about).In(p.language), Holder: f.holder, Critical: a.Severity == rules.Critical, Drill: a.Rule.ID == alerts.DrillRule,
		Emergency: d.detail.Emergency && a.Rule.ID != alerts.DrillRule, Late: d.detail.Late,
	}
	if s.Drill { // the mark says it already
		s.Rule = p.word("drill.rule", nil)
	} else { // nobody calls an old person for a drill
		s.Phones = f.numbers(d, p)
	}
	if s.Holder == "" {
		s.Holder = p.word("somebody", nil)
	}
	by, until := f.held(d)
	s.Mine, s.Held = f.mine(d), by != ""
	s.Until = until.In(d.Contact.zone()).Format("15:04")
	s.At, s.Where, s.Unanswered = f.about.Clock(a.BeganAt, a.ChangedAt), f.where(), d.detail.Unanswered
	if d.detail.Again != 0 {
		s.Again = f.about.Clock(store.Time(d.detail.Again), a.ChangedAt)
	}
	switch a.Verdict {
	case engine.TrueAlarm:
		s.Verdict = p.word("true", nil)
	case engine.FalseAlarm:
		s.Verdict = p.word("false_alarm.verdict", nil)
	case engine.TestAlarm:
		s.Verdict = p.word("test.verdict", nil)
	case engine.NotTheirs:
		s.Verdict = p.word("not_theirs.verdict", nil)
	}
	return s
}

// byContact is what somebody who does not sign in does things as, before the id of
// the contact.
const byContact = "contact:"

// held is who had the alert when it was decided to tell of it, or else who has it,
// and until when; "" for nobody.
func (f *facts) held(d *Draft) (by string, until time.Time) {
	if until = store.Time(d.detail.HeldUntil); !until.IsZero() {
		return d.detail.Holder, until
	}
	return f.alert.ClaimedBy, f.alert.ClaimedUntil
}

// mine reports whether the contact has it.
func (f *facts) mine(d *Draft) bool {
	by, _ := f.held(d)
	return by != "" && (by == d.Contact.User || by == byContact+d.Contact.ID)
}

// where is the home's name and the room, which are no person's; "" when neither is
// known.
func (f *facts) where() string {
	where := f.home.Name
	if len(f.concerned) == 1 && f.concerned[0].Room != "" {
		where = strings.TrimPrefix(where+", "+f.concerned[0].Room, ", ")
	}
	return where
}

// phones are those to call at, as whoever hears it may be told them: a neighbour
// only that of the home, where the home allows it. Words without health detail do
// not name them.
func (f *facts) phones(d *Draft) (list []Phone) {
	if d.Relation != Neighbour {
		for _, r := range f.concerned {
			if r.Phone != "" {
				list = append(list, Phone{Number: r.Phone, Of: r.Name})
			}
		}
	}
	if f.home.Phone != "" && (d.Relation != Neighbour || f.home.ForNeighbours) {
		list = append(list, Phone{Number: f.home.Phone, Home: true})
	}
	return list
}

// numbers are the phones in words, with whose they are where that is not plain.
func (f *facts) numbers(d *Draft, p *pen) (list []string) {
	for _, one := range f.phones(d) {
		of := one.Of
		if one.Home {
			of = p.word("phone.home", nil)
		}
		if d.Relation == Neighbour || !one.Home && len(f.concerned) == 1 {
			list = append(list, one.Number)
		} else {
			list = append(list, p.word("phone.of", said{Name: of, At: one.Number}))
		}
	}
	return list
}

// place is where to go.
func (f *facts) place(p *pen) string {
	if where := f.where(); where != "" {
		return where
	}
	return p.word("home", nil)
}
