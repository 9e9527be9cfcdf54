package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
)

// tellPanelsEvery is how often it is looked whether somebody is to be told of a question
// to a panel.
const tellPanelsEvery = 2 * time.Second

// tellPanels tells experts of questions that wait for them, and those who look after
// residents of advice, until ctx ends.
func (s *Service) tellPanels(ctx context.Context) error {
	tick := time.NewTicker(tellPanelsEvery)
	defer tick.Stop()
	for {
		if err := s.TellPanels(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("tell of questions to panels", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// TellPanels tells what there is to be told of questions to panels. What fails for one
// holds up no other.
func (s *Service) TellPanels(ctx context.Context) error {
	untold, err := s.Panels.Untold(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range untold {
		if err := s.tellOfPanel(ctx, t); err != nil {
			errs = append(errs, fmt.Errorf("consultation %s: %w", t.Consultation, err))
		}
	}
	return errors.Join(errs...)
}

// panelSays are what people are told, by the kind of the telling; panelSteps number it.
var (
	panelSays = map[panels.TellingKind]deliveries.Says{
		panels.ToAnswer: deliveries.Asked, panels.ToAnswerStill: deliveries.AskedStill, panels.ToAdvise: deliveries.ToAdvise, panels.OfAdvice: deliveries.Advised,
	}
	panelSteps = map[panels.TellingKind]int{panels.ToAnswer: 1, panels.ToAnswerStill: 2, panels.ToAdvise: 3, panels.OfAdvice: 4}
)

// tellOfPanel tells one thing to all whom it is for and who have a way by which to read
// it; the others see it when they sign in. That they were told and what is to be sent are
// one transaction.
func (s *Service) tellOfPanel(ctx context.Context, t panels.Telling) error {
	c, err := s.Panels.Consultation(ctx, t.Consultation)
	if err != nil {
		return err
	}
	to, err := s.toldOfPanel(ctx, &c, t)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(a panelAddressee) bool { return !readsAt(&a.contact, panelSeverity(&c)) })
	letters := panelLetters(&c, t, to)
	var outcome panels.Outcome
	var first bool
	err = s.Records.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		due, err := s.Panels.Due(ctx, tx, c.ID, t.Kind, t.User)
		if err != nil {
			return err
		}
		switch outcome = panels.Told; {
		case !due:
			outcome = panels.NoReason
		case len(to) == 0:
			outcome = panels.Nobody
		}
		if first, err = s.Panels.NoteTold(ctx, tx, t, outcome); err != nil || !first || outcome != panels.Told {
			return err
		}
		if t.Kind == panels.OfAdvice {
			if err := noteAdvised(ctx, tx, &c, to); err != nil {
				return err
			}
		}
		return s.deliveries.Queue(ctx, tx, letters)
	})
	if err != nil || !first {
		return err
	}
	switch outcome {
	case panels.Told:
		s.deliveries.Committed(letters)
	case panels.Nobody:
		if t.Tried {
			return nil
		}
		s.log.Warn("nobody could be told of a question to a panel", "consultation", c.ID, "kind", t.Kind, "user", t.User)
	}
	return nil
}

// noteAdvised writes down that those who look after a resident are told of advice.
func noteAdvised(ctx context.Context, tx bun.Tx, c *panels.Consultation, to []panelAddressee) error {
	for _, one := range to {
		err := audit.AppendIn(ctx, tx, store.Time(time.Now().UnixMilli()), audit.Entry{
			Via: audit.Service, Action: audit.Tell, Resident: c.Resident, Scope: records.File.String(),
			What: "advice on consultation " + c.ID + " to contact " + one.contact.ID, Ground: string(one.contact.Relation),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// panelAddressee is somebody who is told.
type panelAddressee struct {
	who     deliveries.Who
	contact deliveries.Contact
}

// toldOfPanel are those whom a telling is for: an expert, by nobody's care team; or who
// asked, and who may see the resident's file.
func (s *Service) toldOfPanel(ctx context.Context, c *panels.Consultation, t panels.Telling) (to []panelAddressee, err error) {
	var who []deliveries.Who
	resident, user := "", t.User
	if t.Kind == panels.OfAdvice {
		resident, user = c.Resident, c.OpenedBy
		circles, err := s.People.Circles(ctx, s.Records, time.Now(), resident)
		if err != nil {
			return nil, err
		}
		circle := circles[resident]
		for _, m := range circle.Members {
			who = append(who, deliveries.Who{Resident: resident, Contact: m.ID})
		}
	}
	if user != "" {
		contact, err := s.People.ContactOf(ctx, user)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if one := (deliveries.Who{Resident: resident, Contact: contact.ID}); err == nil && !slices.Contains(who, one) {
			who = append(who, one)
		}
	}
	known, err := told{s.People}.Contacts(ctx, s.Records, who)
	if err != nil {
		return nil, err
	}
	for _, one := range who {
		contact, is := known[one]
		if is && resident != "" {
			if is, err = s.seesFile(ctx, s.Records, one, &contact); err != nil {
				return nil, err
			}
		}
		if is {
			to = append(to, panelAddressee{one, contact})
		}
	}
	return to, nil
}

// seesFile reports whether a contact may be told of a resident's health file, read in
// db: by being in the care team or by consents, or by what they are when they sign in.
func (s *Service) seesFile(ctx context.Context, db bun.IDB, who deliveries.Who, c *deliveries.Contact) (bool, error) {
	shown, err := s.People.Shown(ctx, db, records.Addressee(who))
	if err != nil {
		return false, err
	}
	scope := shown[records.Addressee(who)]
	if c.User != "" {
		more, err := s.People.ShownTo(ctx, db, c.User, who.Resident)
		if err != nil {
			return false, err
		}
		scope |= more
	}
	return scope.Has(records.File), nil
}

// panelSeverity is how grave a question is: what does not bear waiting is a warning, and
// so is the advice on it.
func panelSeverity(c *panels.Consultation) rules.Severity {
	if c.Urgency == panels.Urgent {
		return rules.Warning
	}
	return rules.Info
}

// readsAt reports whether a contact has a way by which to read what is so grave.
func readsAt(c *deliveries.Contact, severity rules.Severity) bool {
	return slices.ContainsFunc(c.Channels, func(ch deliveries.Channel) bool { return slices.Contains(written, ch.Kind) && ch.From <= severity })
}

// panelLetters are what is to be sent. That a question waits is said no more when it is
// said that it waits still.
func panelLetters(c *panels.Consultation, t panels.Telling, to []panelAddressee) []deliveries.Telling {
	until := time.Time{}
	if t.Kind == panels.ToAnswer {
		until = c.HalfOf(t.At)
	}
	letters := make([]deliveries.Telling, len(to))
	for i, one := range to {
		letters[i] = deliveries.Telling{
			About: deliveries.OfQuestion, Subject: c.ID, Step: panelSteps[t.Kind], Says: panelSays[t.Kind], Who: one.who,
			Severity: panelSeverity(c), Over: written, Until: until,
		}
	}
	return letters
}

// questions knows how questions to panels stand, for who is told of them.
type questions struct{ s *Service }

// Question implements [deliveries.Questions].
func (q questions) Question(ctx context.Context, id string) (deliveries.Question, error) {
	c, err := q.s.Panels.Consultation(ctx, id)
	if err != nil {
		return deliveries.Question{}, err
	}
	r, err := q.s.Residents.Get(ctx, c.Resident)
	if err != nil {
		return deliveries.Question{}, err
	}
	return deliveries.Question{Resident: r.Name, Language: r.Language, Urgency: deliveries.Urgency(c.Urgency), DueAt: c.DueAt}, nil
}

// Page implements [deliveries.Questions].
func (q questions) Page(id string) string { return "/consultations/" + id }

// Settled implements [deliveries.Questions]: what waits no more, and what somebody may
// not be told any more.
func (q questions) Settled(ctx context.Context, db bun.IDB, matters []deliveries.Matter) (map[deliveries.Matter]bool, error) {
	who := make([]deliveries.Who, len(matters))
	for i := range matters {
		who[i] = matters[i].Who
	}
	known, err := told{q.s.People}.Contacts(ctx, db, who)
	if err != nil {
		return nil, err
	}
	kinds := map[deliveries.Says]panels.TellingKind{}
	for kind, says := range panelSays {
		kinds[says] = kind
	}
	settled := map[deliveries.Matter]bool{}
	for _, m := range matters {
		contact := known[m.Who]
		due, err := q.s.Panels.Due(ctx, db, m.Question, kinds[m.Says], contact.User)
		if err == nil && due && m.Resident != "" {
			due, err = q.s.seesFile(ctx, db, m.Who, &contact)
		}
		if errors.Is(err, store.ErrNotFound) {
			due, err = false, nil
		}
		if err != nil {
			return nil, err
		}
		settled[m] = !due
	}
	return settled, nil
}
