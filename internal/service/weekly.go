package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/store"
)

const (
	// tellWeeksEvery is how often it is looked whether somebody is to be told of a week.
	tellWeeksEvery = time.Minute
	// weekTold is when they are, on Monday by their own clock; weekLasts for how long it
	// is of use: who was down on Monday tells it on Tuesday.
	weekTold, weekLasts = 8, 3 * 24 * time.Hour
)

// tellWeeks tells who wishes for it what the last week of residents was like, until ctx
// ends.
func (s *Service) tellWeeks(ctx context.Context) error {
	tick := time.NewTicker(tellWeeksEvery)
	defer tick.Stop()
	for {
		if err := s.tellWeeksAt(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Warn("tell what weeks were like", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tellWeeksAt tells those who are to be told at a moment.
func (s *Service) tellWeeksAt(ctx context.Context, now time.Time) error {
	newest := reports.WeekOf(now.UTC().Add(14 * time.Hour)).Plus(-1) // where the day begins first
	wishes, err := s.People.Weeklies(ctx, newest.String())
	if err != nil {
		return err
	}
	var errs []error
	for _, w := range wishes {
		r, err := s.Residents.Get(ctx, w.Resident)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if week, until, due := weekDue(&w, r.Zone(), now); due {
			errs = append(errs, s.TellWeek(ctx, w.Addressee, week, until))
		}
	}
	return errors.Join(errs...)
}

// weekDue is the week that somebody is to be told of now, and until when that is of use.
// A week is over for the resident before anybody is told of it, and who wished for it
// after Monday morning is told on the next.
func weekDue(w *records.Weekly, resident *time.Location, now time.Time) (week reports.Week, until time.Time, due bool) {
	this := reports.WeekOf(now.In(w.Zone))
	week = this.Plus(-1)
	y, m, d := this.Days(w.Zone).Start(0).Date()
	at := time.Date(y, m, d, weekTold, 0, 0, 0, w.Zone)
	if over := week.Days(resident).End(); over.After(at) {
		at = over
	}
	until = at.Add(weekLasts)
	due = !now.Before(at) && now.Before(until) && !w.Since.After(at) && w.Told < week.String()
	return week, until, due
}

// TellWeek tells a contact what a week of a resident was like, once, unless they may see
// nothing of it. That they were told and what is to be sent is one transaction.
func (s *Service) TellWeek(ctx context.Context, who records.Addressee, week reports.Week, until time.Time) error {
	fail := func(err error) error {
		return fmt.Errorf("tell contact %s what week %s of resident %s was like: %w", who.Contact, week, who.Resident, err)
	}
	known, err := told{s.People}.Contacts(ctx, s.Records, []deliveries.Who{deliveries.Who(who)})
	if err != nil {
		return fail(err)
	}
	contact := known[deliveries.Who(who)]
	letters := []deliveries.Telling{{
		About: deliveries.OfWeek, Subject: week.String() + "-" + who.Resident, Step: 1, Says: deliveries.Plain, Who: deliveries.Who(who),
		Severity: rules.Info, Over: letterKinds(&contact), Until: until,
	}}
	first := false
	err = s.Records.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		shown, err := s.People.Shown(ctx, tx, who)
		if err != nil || !tells(shown[who]) {
			return err
		}
		if first, err = s.People.WeekTold(ctx, tx, who, week.String()); err != nil || !first {
			return err
		}
		entry := audit.Entry{
			Via: audit.Service, Action: audit.Tell, Resident: who.Resident, Scope: (shown[who] & (records.Vitals | records.Alerts)).String(),
			What: "week " + week.String() + " to contact " + who.Contact, Ground: string(contact.Relation),
		}
		if err := audit.AppendIn(ctx, tx, store.Time(time.Now().UnixMilli()), entry); err != nil {
			return err
		}
		return s.deliveries.Queue(ctx, tx, letters)
	})
	if err != nil {
		return fail(err)
	}
	if first {
		s.deliveries.Committed(letters)
	}
	return nil
}

// tells reports whether there is anything to be told to who may see some kinds of data.
func tells(scope records.Scope) bool { return scope&(records.Vitals|records.Alerts) != 0 }

// letterKinds are the ways of a letter: e-mail, or what else can be read at leisure.
func letterKinds(c *deliveries.Contact) []deliveries.Kind {
	if slices.ContainsFunc(c.Channels, func(ch deliveries.Channel) bool { return ch.Kind == deliveries.Email && ch.From <= rules.Info }) {
		return []deliveries.Kind{deliveries.Email}
	}
	return []deliveries.Kind{deliveries.Chat, deliveries.Webhook, deliveries.WebPush}
}

// weeks knows what weeks were like, for who is told of them.
type weeks struct{ s *Service }

// weekLength is how many characters a week's name has.
const weekLength = len("2026-W48")

// Words implements [deliveries.Weeks]: what may be shown now.
func (w weeks) Words(ctx context.Context, who deliveries.Who, subject string) (*deliveries.Words, error) {
	week, err := reports.ParseWeek(subject[:min(weekLength, len(subject))])
	if err != nil {
		return nil, err
	}
	// What is only on its way must not be told as missing: it is tried again later.
	if err := w.s.follower(timelineReader).Wait(ctx, w.s.Journal.Last()); err != nil {
		return nil, err
	}
	shown, err := w.s.People.Shown(ctx, w.s.Records, records.Addressee(who))
	if err != nil {
		return nil, err
	}
	known, err := told{w.s.People}.Contacts(ctx, w.s.Records, []deliveries.Who{who})
	if err != nil {
		return nil, err
	}
	r, err := w.s.Residents.Get(ctx, who.Resident)
	if err != nil {
		return nil, err
	}
	f, err := w.s.gatherer().WeekAs(ctx, shown[records.Addressee(who)], who.Resident, week)
	if err != nil {
		return nil, err
	}
	lines := f.Words()
	if as := known[who].Relation; as == deliveries.Caregiver || as == deliveries.Doctor {
		lines = append(lines, reports.Rows(&f)...)
	}
	lines = append(lines, reports.Text{
		EN: "“Usual” is what the weeks before were like for the same person. Anxin is not a medical device; whom it worries, ask.",
		ZH: "“平时”指本人此前几周的情况。安心不是医疗器械；如有担心，请直接问候本人。",
	})
	words := &deliveries.Words{
		Subject: rules.Text(f.Title()), Language: r.Language,
		Plainly: rules.Text{EN: "A weekly summary is ready. Sign in to Anxin to read it.", ZH: "每周摘要已生成，请登录安心查看。"},
	}
	var en, zh []string
	for _, line := range lines {
		en, zh = append(en, line.EN), append(zh, line.ZH)
	}
	words.Text = rules.Text{EN: strings.Join(en, "\n"), ZH: strings.Join(zh, "\n")}
	return words, nil
}

// Page implements [deliveries.Weeks].
func (w weeks) Page(who deliveries.Who, subject string) string {
	return "/residents/" + who.Resident + "/weeks/" + subject[:min(weekLength, len(subject))]
}

// Barred implements [deliveries.Weeks].
func (w weeks) Barred(ctx context.Context, db bun.IDB, who []deliveries.Who) (map[deliveries.Who]bool, error) {
	asked := make([]records.Addressee, len(who))
	for i, one := range who {
		asked[i] = records.Addressee(one)
	}
	shown, err := w.s.People.Shown(ctx, db, asked...)
	if err != nil {
		return nil, err
	}
	barred := map[deliveries.Who]bool{}
	for _, one := range who {
		barred[one] = !tells(shown[records.Addressee(one)])
	}
	return barred, nil
}
