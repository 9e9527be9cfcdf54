package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// privacy shows the pages who may see what, by whose leave, and who has looked.
type privacy struct{ s *Service }

func (p privacy) who(ctx context.Context, user web.User) (records.User, error) {
	return people(p).who(ctx, user)
}

// allowed is the user, when a check lets them do something about a resident. The
// pages do not tell others whether there is one.
func (p privacy) allowed(ctx context.Context, user web.User, resident string, check func(context.Context, records.User, string) error) (records.User, error) {
	who, err := p.who(ctx, user)
	if err != nil {
		return who, err
	}
	if err := check(ctx, who, resident); err != nil {
		if errors.Is(err, records.ErrForbidden) {
			return who, fmt.Errorf("%w: %w", web.ErrNotFound, err)
		}
		return who, err
	}
	return who, nil
}

// May implements [web.Privacy].
func (p privacy) May(ctx context.Context, user web.User, resident string) (consents, looks bool, err error) {
	who, err := p.who(ctx, user)
	if err != nil {
		return false, false, err
	}
	return p.s.access.Consents(ctx, who, resident), p.s.access.Overlooks(ctx, who, resident), nil
}

// Consents implements [web.Privacy].
func (p privacy) Consents(ctx context.Context, user web.User, resident, language string) (web.ConsentFile, error) {
	who, err := p.allowed(ctx, user, resident, p.s.access.MayReadConsents)
	if err != nil {
		return web.ConsentFile{}, err
	}
	list, err := p.s.Consents.Of(ctx, resident)
	if err != nil {
		return web.ConsentFile{}, err
	}
	around, err := p.s.People.CircleNow(ctx, resident)
	if err != nil {
		return web.ConsentFile{}, err
	}
	file := web.ConsentFile{Texts: map[string]string{}}
	for _, m := range around.Members {
		if m.Relation == records.AsResident {
			file.Self = file.Self || m.User == who.ID
			continue
		}
		file.Contacts = append(file.Contacts, pagePerson(m.Contact))
	}
	for _, purpose := range records.Purposes() {
		text, err := records.ConsentTextFor(purpose, language)
		if err != nil {
			return file, err
		}
		file.Texts[string(purpose)] = text.Text
	}
	now := time.Now()
	for _, c := range list {
		shown := web.Consent{
			ID: c.ID, Purpose: string(c.Purpose), GivenBy: c.GivenBy, Guardian: c.Capacity == records.ByGuardian, Manner: string(c.Manner), Proof: c.Proof,
			Witness: c.Witness, Version: c.TextVersion, GivenAt: c.GivenAt, From: c.From, Until: c.Until, WithdrawnAt: c.WithdrawnAt, Withdrawal: c.Withdrawal, Holds: c.Holds(now),
		}
		if c.Contact != "" {
			shown.Contact = web.Person{ID: c.Contact, Name: c.Contact}
			if name, err := (faces{p.s}).NameOf(ctx, "contact:"+c.Contact); err != nil {
				return file, err
			} else if name != "" {
				shown.Contact.Name = name
			}
			shown.Scopes = c.Scope.Names()
		}
		file.List = append(file.List, shown)
	}
	return file, nil
}

// GiveConsent implements [web.Privacy].
func (p privacy) GiveConsent(ctx context.Context, user web.User, resident string, c web.Consent) error {
	who, err := p.allowed(ctx, user, resident, p.s.access.MayConsent)
	if err != nil {
		return err
	}
	scope, err := records.ParseScope(c.Scopes...)
	if err != nil {
		return fmt.Errorf("%w: %w", web.RefusedConsent, err)
	}
	capacity := records.ByResident
	if c.Guardian {
		capacity = records.ByGuardian
	}
	_, err = p.s.Consents.Give(ctx, records.Consent{
		Resident: resident, Purpose: records.Purpose(c.Purpose), Contact: c.Contact.ID, Scope: scope, GivenBy: c.GivenBy, Capacity: capacity,
		Proof: c.Proof, Witness: c.Witness, Manner: records.Manner(c.Manner), Language: c.Language, Until: c.Until, RecordedBy: who.ID,
	})
	if errors.Is(err, store.ErrInvalid) {
		return fmt.Errorf("%w: %w", web.RefusedConsent, err)
	}
	return err
}

// WithdrawConsent implements [web.Privacy].
func (p privacy) WithdrawConsent(ctx context.Context, user web.User, resident, consent, words string) error {
	who, err := p.allowed(ctx, user, resident, p.s.access.MayConsent)
	if err != nil {
		return err
	}
	_, err = p.s.Consents.Withdraw(ctx, resident, consent, who.ID, words)
	return pagesNotFound(err)
}

// looksAtOnce is how many lines a page shows.
const looksAtOnce = 100

// Looks implements [web.Privacy].
func (p privacy) Looks(ctx context.Context, user web.User, resident string, before int64) ([]web.Look, error) {
	if _, err := p.allowed(ctx, user, resident, p.s.access.MayOverlook); err != nil {
		return nil, err
	}
	list, err := p.s.Audit.List(ctx, audit.Query{Resident: resident, Before: before, Limit: looksAtOnce})
	if err != nil {
		return nil, err
	}
	names := map[string]string{"": ""}
	var shown []web.Look
	for _, e := range list {
		name, known := names[e.Actor]
		if !known {
			if name, err = (faces{p.s}).NameOf(ctx, e.Actor); err != nil {
				return nil, err
			}
			if name == "" {
				name = e.Actor
			}
			names[e.Actor] = name
		}
		ground, _, _ := strings.Cut(e.Ground, " ")
		look := web.Look{Seq: e.Seq, At: e.At, Who: name, Via: string(e.Via), Action: string(e.Action), Ground: ground, Refused: e.Refused, Reason: e.Reason}
		if e.Scope != "" {
			look.Scopes = strings.Split(e.Scope, ",")
		}
		shown = append(shown, look)
	}
	return shown, nil
}

// Whom implements [web.Privacy].
func (p privacy) Whom(ctx context.Context, user web.User, home string) ([]web.Person, error) {
	if _, err := p.allowed(ctx, user, "", p.s.access.MayBreakGlass); err != nil || home == "" {
		return nil, err
	}
	homes, err := p.s.Registry.Homes(ctx)
	if err != nil {
		return nil, err
	}
	var living []web.Person
	for _, h := range homes {
		if !strings.EqualFold(h.Name, home) {
			continue
		}
		list, err := p.s.Residents.List(ctx, records.ResidentQuery{Home: h.ID})
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			living = append(living, web.Person{ID: r.ID, Name: r.Name})
		}
	}
	return living, nil
}

// BreakGlass implements [web.Privacy].
func (p privacy) BreakGlass(ctx context.Context, user web.User, resident, reason string) error {
	who, err := p.allowed(ctx, user, resident, p.s.access.MayBreakGlass)
	if err != nil {
		return err
	}
	_, err = p.s.Consents.BreakGlass(ctx, resident, who.ID, reason)
	return pagesNotFound(err)
}

// Emergencies implements [web.Privacy].
func (p privacy) Emergencies(ctx context.Context, user web.User) ([]web.Emergency, error) {
	who, err := p.manages(ctx, user)
	if err != nil {
		return nil, err
	}
	list, err := p.s.Consents.Emergencies(ctx, records.EmergencyQuery{Limit: looksAtOnce})
	if err != nil {
		return nil, err
	}
	var shown []web.Emergency
	for _, e := range list {
		one := web.Emergency{
			ID: e.ID, Resident: web.Person{ID: e.Resident}, User: web.Person{ID: e.User}, Reason: e.Reason, Since: e.Since, Told: !e.ToldAt.IsZero(),
			Reviewed: !e.ReviewedAt.IsZero(), Justified: e.Verdict == records.Justified, Note: e.Note, Mine: e.User == who.ID,
		}
		r, err := p.s.Residents.Get(ctx, e.Resident)
		if err != nil {
			return nil, err
		}
		one.Resident.Name, one.Zone = r.Name, r.Zone()
		if one.User.Name, err = (faces{p.s}).NameOf(ctx, e.User); err != nil {
			return nil, err
		}
		if one.Reviewer, err = (faces{p.s}).NameOf(ctx, e.ReviewedBy); err != nil {
			return nil, err
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// ReviewEmergency implements [web.Privacy].
func (p privacy) ReviewEmergency(ctx context.Context, user web.User, id string, justified bool, note string) error {
	who, err := p.manages(ctx, user)
	if err != nil {
		return err
	}
	verdict := records.NotJustified
	if justified {
		verdict = records.Justified
	}
	_, err = p.s.Consents.Review(ctx, id, who.ID, verdict, note)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrForbidden) {
		return fmt.Errorf("%w: %w", web.RefusedReview, err)
	}
	return pagesNotFound(err)
}

func (p privacy) manages(ctx context.Context, user web.User) (records.User, error) {
	return p.allowed(ctx, user, "", func(ctx context.Context, who records.User, _ string) error { return p.s.access.MayManage(ctx, who) })
}

// pagesNotFound says to the pages that there is no such thing.
func pagesNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	}
	return err
}
