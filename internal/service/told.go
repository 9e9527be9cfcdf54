package service

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// told lets deliveries know people and how they are reached.
type told struct{ people *records.People }

// Contacts implements [deliveries.People].
func (t told) Contacts(ctx context.Context, db bun.IDB, who []deliveries.Who) (map[deliveries.Who]deliveries.Contact, error) {
	asked := make([]records.Addressee, len(who))
	for i, w := range who {
		asked[i] = records.Addressee(w)
	}
	found, err := t.people.Told(ctx, db, asked)
	if err != nil {
		return nil, err
	}
	contacts := make(map[deliveries.Who]deliveries.Contact, len(found))
	for w, m := range found {
		contacts[deliveries.Who(w)] = contactOf(m)
	}
	return contacts, nil
}

func contactOf(m records.Member) deliveries.Contact {
	c := deliveries.Contact{
		ID: m.ID, Relation: deliveries.Relation(m.Relation), From: rules.Severity(m.From), Delay: m.Delay, Repeat: m.Repeat,
		User: m.User, Name: m.Name, Language: m.Language, Zone: m.Zone(), Quiet: m.Contact,
	}
	switch m.Relation {
	case "":
		c.Relation = deliveries.Staff
	case records.AsManager: // who decides for somebody is told in a family's words
		c.Relation = deliveries.Family
	}
	for _, ch := range m.Channels {
		c.Channels = append(c.Channels, deliveries.Channel{
			ID: ch.ID, Kind: deliveries.Kind(ch.Kind), Address: ch.Address, Trusted: ch.Trusted, From: rules.Severity(ch.From), LoudFrom: rules.Severity(ch.LoudFrom),
			ConfirmedAt: ch.ConfirmedAt, WorkedAt: ch.WorkedAt, FailedAt: ch.FailedAt,
		})
	}
	return c
}

// Worked implements [deliveries.People].
func (t told) Worked(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	return t.people.ChannelWorked(ctx, db, channel, at)
}

// Failed implements [deliveries.People].
func (t told) Failed(ctx context.Context, db bun.IDB, channel string, at time.Time, answer string) error {
	return t.people.ChannelFailed(ctx, db, channel, at, answer)
}

// Ended implements [deliveries.People].
func (t told) Ended(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	return t.people.ChannelEnded(ctx, db, channel, at)
}

// Confirmed implements [deliveries.People].
func (t told) Confirmed(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	return t.people.ChannelConfirmed(ctx, db, channel, at)
}

// Around implements [deliveries.Circles].
func (t told) Around(ctx context.Context, db bun.IDB, at time.Time, residents ...string) (map[string][]deliveries.Contact, error) {
	circles, err := t.people.Circles(ctx, db, at, residents...)
	if err != nil {
		return nil, err
	}
	around := make(map[string][]deliveries.Contact, len(circles))
	for resident, c := range circles {
		around[resident] = aroundIn(&c)
	}
	return around, nil
}

// aroundIn are those of a circle who may be told, each once.
func aroundIn(c *records.Circle) (around []deliveries.Contact) {
	list := slices.DeleteFunc(slices.Clone(c.Members), func(m records.Member) bool { return m.Withheld })
	for _, others := range [][]records.Contact{one(c.Holder), c.OnDuty, c.Staff, one(c.Supervisor)} {
		for _, who := range others {
			list = append(list, records.Member{Contact: who})
		}
	}
	seen := map[string]bool{}
	for _, m := range list {
		if !seen[m.ID] {
			around = append(around, contactOf(m))
		}
		seen[m.ID] = true
	}
	return around
}

func one(c *records.Contact) []records.Contact {
	if c == nil {
		return nil
	}
	return []records.Contact{*c}
}

// faces knows people's names by what they did something as.
type faces struct{ s *Service }

// NameOf implements [deliveries.Faces]. A user who is a contact is called as the
// contact is: a sign-in is no name, and nobody is to be two persons on one page.
func (f faces) NameOf(ctx context.Context, by string) (string, error) {
	find := f.s.People.ContactOf
	id, isContact := strings.CutPrefix(by, "contact:")
	if isContact {
		find = f.s.People.Contact
	}
	c, err := find(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return c.Name, err
	}
	if isContact {
		return "", nil
	}
	u, err := f.s.Users.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return u.Name, err
}

// taps lets the pages do what one-tap links ask for.
type taps struct {
	taps *deliveries.Taps
	log  *audit.Log
}

// Look implements [web.Taps].
func (t taps) Look(ctx context.Context, token string) (web.Tap, error) {
	return t.shown(ctx)(t.taps.Look(ctx, token))
}

// Use implements [web.Taps].
func (t taps) Use(ctx context.Context, token string) (web.Tap, error) {
	return t.shown(ctx)(t.taps.Use(ctx, token))
}

// Receive implements [web.Taps].
func (t taps) Receive(ctx context.Context, token string, looked bool) error {
	return linkError(t.taps.Receive(ctx, token, looked))
}

// grounds are why those who were told may read of an alert, as the audit has it.
var grounds = map[deliveries.Relation]string{deliveries.Family: "family", deliveries.Staff: "team"}

// shown writes down who reads of an alert by a link, and shows it then.
func (t taps) shown(ctx context.Context) func(deliveries.Tap, error) (web.Tap, error) {
	return func(tap deliveries.Tap, err error) (web.Tap, error) {
		if err != nil || tap.Scene == nil {
			return pageTap(tap, err)
		}
		var entries []audit.Entry
		for _, resident := range tap.Scene.Residents {
			entries = append(entries, audit.Entry{
				Actor: tap.Scene.As, Via: audit.Link, Action: audit.Read, Resident: resident, Scope: records.Alerts.String(),
				Ground: cmp.Or(grounds[tap.Scene.Relation], "care_team"),
			})
		}
		if err := t.log.Look(ctx, entries...); err != nil {
			return web.Tap{}, err
		}
		return pageTap(tap, nil)
	}
}

func pageScene(s *deliveries.Scene) *web.TapScene {
	if s == nil {
		return nil
	}
	shown := &web.TapScene{Name: s.Name, What: s.What, Why: s.Why, Where: s.Where, Since: s.Since}
	for _, p := range s.Phones {
		shown.Phones = append(shown.Phones, web.TapPhone(p))
	}
	for _, o := range s.Offers {
		shown.Offers = append(shown.Offers, web.TapOffer{Action: web.TapAction(o.Action), Label: o.Label, Token: o.Token})
	}
	return shown
}

func pageTap(t deliveries.Tap, err error) (web.Tap, error) {
	return web.Tap{
		Scene: pageScene(t.Scene), Standing: web.TapStanding(t.Standing), Action: web.TapAction(t.Action), Language: t.Language, Subject: t.Subject, Label: t.Label,
		Holder: t.Holder, Until: t.Until, Zone: t.Zone, Mine: t.Mine, Alert: t.Alert, Many: t.Many, Page: t.Page, Drill: t.Drill,
	}, linkError(err)
}

func linkError(err error) error {
	var fault *store.Fault
	switch {
	case errors.Is(err, deliveries.ErrNoLink), errors.Is(err, deliveries.ErrLinkExpired):
		return web.ErrNoLink
	case errors.As(err, &fault) && fault.Code == "alert.starting":
		return web.ErrStarting
	}
	return err
}

// toldBook shows the pages who was told of alerts.
type toldBook struct{ s *Service }

// Told implements [web.Deliveries].
func (b toldBook) Told(ctx context.Context, user web.User, alert string) ([]web.Told, error) {
	if _, err := (alertBook{b.s}).Alert(ctx, user, alert); err != nil {
		return nil, err
	}
	book := deliveries.NewBook(b.s.Records)
	list, err := book.Of(ctx, alert)
	if err != nil {
		return nil, err
	}
	said, err := b.said(ctx, user, alert, book, list)
	if err != nil {
		return nil, err
	}
	file, err := b.s.escalation.File(ctx, alert)
	if err != nil {
		return nil, err
	}
	stages := map[int]int{} // by the number of the telling
	for _, m := range file.Made {
		stages[m.N] = m.Stage
	}
	names := map[string]string{}
	var shown []web.Told
	for _, d := range list {
		if _, ok := names[d.Contact]; !ok {
			if names[d.Contact], err = (faces{b.s}).NameOf(ctx, "contact:"+d.Contact); err != nil {
				return nil, err
			}
		}
		at := d.DueAt
		for _, later := range []time.Time{d.SentAt, d.DeliveredAt, d.SeenAt, d.EndedAt} {
			if later.After(at) {
				at = later
			}
		}
		shown = append(shown, web.Told{
			Name: names[d.Contact], For: toldSays[d.Says], Stage: stages[d.Step], Said: said[d.ID], Kind: web.ChannelKind(d.Kind), Status: web.ToldStatus(d.Status), At: at, Attempts: d.Attempts, Answer: d.Answer, Digest: d.Digest != "",
		})
	}
	return shown, nil
}

// toldSays is what people are told for, by what is said.
var toldSays = map[deliveries.Says]web.ToldKind{
	deliveries.Call: web.ToldForHelp, deliveries.Taken: web.ToldWhoHasIt, deliveries.Remind: web.ToldNotShut,
	deliveries.Over: web.ToldOver, deliveries.Unheard: web.ToldGap,
}

// said are the messages as they were said, by delivery, for who may do something about
// the alert: they hold numbers to call, and all that was measured.
func (b toldBook) said(ctx context.Context, user web.User, alert string, book *deliveries.Book, list []deliveries.Delivery) (map[string]string, error) {
	who, err := b.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	a, err := alerts.NewAlerts(b.s.Records).One(ctx, alert)
	if err != nil {
		return nil, err
	}
	_, concerned, err := alerts.NewNames(b.s.Residents, b.s.Registry).Of(ctx, a)
	if err != nil || !alerts.MayAct(ctx, b.s.access, who, concerned) {
		return nil, err
	}
	attempts, err := book.Attempts(ctx, list)
	if err != nil {
		return nil, err
	}
	said := map[string]string{}
	for delivery, tries := range attempts {
		for _, one := range tries {
			if one.Said != "" {
				said[delivery] = one.Said
			}
		}
	}
	return said, nil
}

// reach shows the pages whether somebody can be told, and tries it.
type reach struct{ s *Service }

// Reach implements [web.Reach].
func (r reach) Reach(ctx context.Context, user web.User, resident string) ([]web.Reached, error) {
	if _, err := (residents{r.s}).Resident(ctx, user, resident); err != nil {
		return nil, err
	}
	proofs, err := r.s.prover.Of(ctx, resident)
	if err != nil {
		return nil, err
	}
	name := func(contact string) string {
		called, failed := faces{r.s}.NameOf(ctx, "contact:"+contact)
		err = errors.Join(err, failed)
		return called
	}
	var shown []web.Reached
	for _, p := range proofs {
		one := web.Reached{Severity: web.Severity(p.Severity), Kind: web.ChannelKind(p.Kind), WorkedAt: p.WorkedAt}
		if p.Reached() {
			one.Name = name(p.Contact)
		}
		for _, contact := range p.Untried {
			one.Untried = append(one.Untried, name(contact))
		}
		shown = append(shown, one)
	}
	return shown, err
}

// Drills implements [web.Reach].
func (r reach) Drills(ctx context.Context, user web.User, resident string) ([]web.Drill, error) {
	if _, err := (residents{r.s}).Resident(ctx, user, resident); err != nil {
		return nil, err
	}
	all, err := r.s.drills.Of(ctx, resident)
	if err != nil {
		return nil, err
	}
	shown := make([]web.Drill, len(all))
	for i, d := range all {
		shown[i] = web.Drill{Alert: d.Alert, BeganAt: d.BeganAt, ToldAt: d.ToldAt, AnsweredAt: d.AnsweredAt}
		if d.By != "" {
			if shown[i].Name, err = (faces{r.s}).NameOf(ctx, d.By); err != nil {
				return nil, err
			}
		}
	}
	return shown, nil
}

// BeginDrill implements [web.Reach].
func (r reach) BeginDrill(ctx context.Context, user web.User, resident string) error {
	who, err := r.s.asker(ctx, user)
	if err != nil {
		return err
	}
	if r.s.access.MayLookAfter(ctx, who, resident) != nil {
		return web.ErrNotFound
	}
	err = r.s.drills.Begin(ctx, resident)
	var fault *store.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == "drill.under_way":
		return web.RefusedDrill
	case errors.As(err, &fault) && fault.Code == "alert.starting":
		return web.ErrStarting
	}
	return err
}

// TestChannel sends a test message to a contact over one of its channels: sent, the
// channel counts as one that works.
func (s *Service) TestChannel(ctx context.Context, contact, channel string) error {
	_, err := s.deliveries.Test(ctx, contact, channel)
	return err
}

// TestChannel implements [web.Reach].
func (r reach) TestChannel(ctx context.Context, user web.User, contact, channel string) error {
	of, none, err := (people{r.s}).contact(ctx, user, contact)
	if err != nil {
		return err
	}
	if none {
		return web.ErrNotFound
	}
	who, err := r.s.asker(ctx, user)
	if err == nil {
		err = said(r.s.access.MayTestChannel(ctx, who, of.ID))
	}
	if err != nil {
		return err
	}
	err = r.s.TestChannel(ctx, of.ID, channel)
	var fault *store.Fault
	switch {
	case errors.Is(err, store.ErrNotFound):
		return web.ErrNotFound
	case errors.As(err, &fault) && fault.Code == "test.too_many":
		return web.RefusedTest
	}
	return err
}
