package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// people shows the pages who is told and who is on duty, and keeps what is said
// of it there.
type people struct{ s *Service }

// refusals are what the pages say to faults; the others are not for people.
var refusals = map[string]error{
	"contact.not_found": web.ErrNotFound, "resident.not_found": web.ErrNotFound, "channel.not_found": web.ErrNotFound, "team.not_found": web.ErrNotFound,
	"override.not_found": web.ErrNotFound, "duty.not_found": web.ErrNotFound, records.CodeForbidden: web.ErrNotFound,
	"channel.invalid": web.RefusedAddress, channels.CodeHost: web.RefusedHost, channels.CodeSecret: web.RefusedSecret, channels.CodeService: web.RefusedService,
	channels.CodeNotSetUp: web.RefusedNotSetUp, records.CodeChannelExists: web.RefusedSameChannel,
	records.CodeDutyHeld: web.RefusedHeld, records.CodeDutyOver: web.RefusedOver, records.CodeNoDuty: web.RefusedOver,
	records.CodeDutyNotYours: web.RefusedNotYours, "duty.invalid": web.RefusedUntil, records.CodeNotMember: web.RefusedStranger,
	"roster.invalid": web.RefusedHours, "override.invalid": web.RefusedHours,
}

// said makes a fault what the pages say to it.
func said(err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		if kind := web.ChannelKind(fault.Params["kind"]); fault.Code == channels.CodeAddress && kind != "" {
			return fmt.Errorf("%w: %w", web.RefusedAddressOf(kind), err)
		}
		if refused, ok := refusals[fault.Code]; ok {
			return fmt.Errorf("%w: %w", refused, err)
		}
	}
	return err
}

// who is the user as the records know them.
func (p people) who(ctx context.Context, user web.User) (records.User, error) {
	return p.s.asker(ctx, user)
}

// arranges is the user, who may change who is told.
func (p people) arranges(ctx context.Context, user web.User) error {
	who, err := p.who(ctx, user)
	if err != nil {
		return err
	}
	return said(p.s.access.MayArrange(ctx, who))
}

// arrangesFor is the user, who may change the care team of a resident.
func (p people) arrangesFor(ctx context.Context, user web.User, resident string) error {
	who, err := p.who(ctx, user)
	if err != nil {
		return err
	}
	return said(p.s.access.MayArrangeFor(ctx, who, resident))
}

// manages is the user, who may change who is in a team: they see its residents.
func (p people) manages(ctx context.Context, user web.User) error {
	who, err := p.who(ctx, user)
	if err != nil {
		return err
	}
	return said(p.s.access.MayManage(ctx, who))
}

// actor is the user, who may look after a resident.
func (p people) actor(ctx context.Context, user web.User, resident string) (records.Actor, error) {
	who, err := p.who(ctx, user)
	if err != nil {
		return records.Actor{}, err
	}
	if err := p.s.access.MayLookAfter(ctx, who, resident); err != nil {
		return records.Actor{}, said(err)
	}
	return p.actorOf(ctx, who)
}

func (p people) actorOf(ctx context.Context, who records.User) (records.Actor, error) {
	by := records.Actor{User: who.ID, Staff: p.s.access.MayArrange(ctx, who) == nil}
	c, err := p.s.People.ContactOf(ctx, who.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return by, err
	}
	by.Contact = c.ID
	return by, nil
}

func (p people) Circle(ctx context.Context, user web.User, resident string) (web.Circle, error) {
	who, err := p.who(ctx, user)
	if err != nil {
		return web.Circle{}, err
	}
	if err := p.s.access.MaySee(ctx, who, records.Status, resident); err != nil {
		return web.Circle{}, said(err)
	}
	around, err := p.s.People.CircleNow(ctx, resident)
	if err != nil {
		return web.Circle{}, said(err)
	}
	by, err := p.actorOf(ctx, who)
	if err != nil {
		return web.Circle{}, err
	}
	shown := web.Circle{Mine: by.Contact, MayArrange: by.Staff, OnDuty: pagePersons(around.OnDuty)}
	if around.Team != nil {
		shown.Team = web.Person{ID: around.Team.ID, Name: around.Team.Name}
	}
	if around.Supervisor != nil {
		shown.Supervisor = pagePerson(*around.Supervisor)
	}
	for _, m := range around.Members {
		member := pageMember(m)
		if by.Staff {
			member.Phone = phone(m.Contact)
		}
		shown.Members = append(shown.Members, member)
		if m.Relation != records.AsResident {
			shown.Candidates = append(shown.Candidates, pagePerson(m.Contact))
		}
	}
	for _, c := range around.Staff {
		if one := pagePerson(c); !slices.Contains(shown.Candidates, one) {
			shown.Candidates = append(shown.Candidates, one)
		}
	}
	if p.s.access.LooksAfter(ctx, who, resident) {
		if shown.Phones, err = p.phones(ctx, who, resident); err != nil {
			return web.Circle{}, err
		}
		shown.MayPhone = p.s.access.Phones(ctx, who, resident)
	}
	shown.MayHold = p.s.access.LooksAfter(ctx, who, resident) && slices.ContainsFunc(shown.Candidates, func(c web.Person) bool { return c.ID == by.Contact })
	return shown, p.duties(ctx, resident, by, &shown)
}

// phones are at which numbers a resident is called.
func (p people) phones(ctx context.Context, who records.User, resident string) (web.Phones, error) {
	r, err := p.s.Residents.Get(ctx, resident)
	if err != nil {
		return web.Phones{}, said(err)
	}
	shown := web.Phones{Own: r.Phone, NoHome: r.HomeID == ""}
	if shown.NoHome {
		return shown, nil
	}
	home, err := p.s.Registry.Home(ctx, r.HomeID)
	if err != nil {
		return shown, err
	}
	shown.Home, shown.ForNeighbours = home.Phone, home.ForNeighbours
	theirs, err := p.s.access.PhonesHome(ctx, who, r.HomeID)
	shown.HomeOfOthers = !theirs
	return shown, err
}

// duties adds who has the resident, and what is offered to whom.
func (p people) duties(ctx context.Context, resident string, by records.Actor, shown *web.Circle) error {
	list, err := p.s.People.Duties(ctx, resident)
	if err != nil {
		return err
	}
	for _, d := range list {
		c, err := p.s.People.Contact(ctx, d.Contact)
		if err != nil {
			return err
		}
		one := web.Duty{ID: d.ID, Person: pagePerson(c), Until: d.Until, OfferedByMe: d.OfferedBy != "" && d.OfferedBy == by.User}
		if d.AcceptedAt.IsZero() {
			shown.Offers = append(shown.Offers, one)
		} else {
			shown.Holder = one
		}
	}
	return nil
}

func pagePerson(c records.Contact) web.Person { return web.Person{ID: c.ID, Name: c.Name} }

func pagePersons(list []records.Contact) []web.Person {
	var shown []web.Person
	for _, c := range list {
		shown = append(shown, pagePerson(c))
	}
	return shown
}

func pageMember(m records.Member) web.Member {
	shown := web.Member{Person: pagePerson(m.Contact), Relation: web.Relation(m.Relation), Place: m.N, Wishes: pageWishes(m.Wishes), Withheld: m.Withheld, Disabled: m.Disabled}
	for _, c := range m.Channels {
		shown.Reached = append(shown.Reached, web.ChannelKind(c.Kind))
	}
	return shown
}

// phone is the first number of a contact.
func phone(c records.Contact) string {
	for _, channel := range c.Channels {
		if channel.Kind == records.SMS {
			return channel.Address
		}
	}
	return ""
}

func pageWishes(w records.Wishes) web.Wishes {
	return web.Wishes{From: web.Severity(w.From), Delay: w.Delay, Repeat: w.Repeat, Weekly: w.Weekly}
}

func wishes(w web.Wishes) records.Wishes {
	return records.Wishes{From: records.Severity(w.From), Delay: w.Delay, Repeat: w.Repeat, Weekly: w.Weekly}
}

func (p people) TakeDuty(ctx context.Context, user web.User, resident string, until time.Time) error {
	by, err := p.actor(ctx, user, resident)
	if err != nil {
		return err
	}
	_, err = p.s.People.TakeDuty(ctx, resident, until, by)
	return said(err)
}

func (p people) OfferDuty(ctx context.Context, user web.User, resident, contact string, until time.Time) error {
	by, err := p.actor(ctx, user, resident)
	if err != nil {
		return err
	}
	_, err = p.s.People.OfferDuty(ctx, resident, contact, until, by)
	return said(err)
}

func (p people) ReturnDuty(ctx context.Context, user web.User, resident string) error {
	by, err := p.actor(ctx, user, resident)
	if err != nil {
		return err
	}
	return said(p.s.People.ReturnDuty(ctx, resident, by))
}

func (p people) AcceptDuty(ctx context.Context, user web.User, resident, offer string) error {
	by, err := p.actor(ctx, user, resident)
	if err != nil {
		return err
	}
	_, err = p.s.People.AcceptDuty(ctx, resident, offer, by)
	return said(err)
}

func (p people) DeclineDuty(ctx context.Context, user web.User, resident, offer string) error {
	by, err := p.actor(ctx, user, resident)
	if err != nil {
		return err
	}
	return said(p.s.People.DeclineDuty(ctx, resident, offer, by))
}

func (p people) SetMember(ctx context.Context, user web.User, resident string, m web.Member) error {
	if err := p.arrangesFor(ctx, user, resident); err != nil {
		return err
	}
	return said(p.s.People.SetMember(ctx, records.Membership{
		Resident: resident, Contact: m.ID, Relation: records.Relation(m.Relation), Place: m.Place, Wishes: wishes(m.Wishes),
	}))
}

func (p people) RemoveMember(ctx context.Context, user web.User, resident, contact string) error {
	if err := p.arrangesFor(ctx, user, resident); err != nil {
		return err
	}
	return said(p.s.People.RemoveMember(ctx, resident, contact, user.ID))
}

func (p people) Contacts(ctx context.Context, user web.User) ([]web.Person, error) {
	if err := p.arranges(ctx, user); err != nil {
		return nil, err
	}
	list, err := p.s.People.Contacts(ctx)
	return pagePersons(list), err
}

// usualZone is that of who says nothing of it.
const usualZone = "Asia/Shanghai"

func (p people) AddContact(ctx context.Context, user web.User, name, language string) (string, error) {
	if err := p.arranges(ctx, user); err != nil {
		return "", err
	}
	c, err := p.s.People.AddContact(ctx, records.Contact{Name: name, Language: language, TimeZone: usualZone})
	return c.ID, said(err)
}

// contact returns a contact that the user may see and change: their own, or, to
// staff, any. Of their own the second result tells that there is none yet.
func (p people) contact(ctx context.Context, user web.User, id string) (c records.Contact, none bool, err error) {
	if id != web.MyContact {
		if err := p.arranges(ctx, user); err != nil {
			return c, false, err
		}
		c, err = p.s.People.Contact(ctx, id)
		return c, false, said(err)
	}
	who, err := p.who(ctx, user)
	if err != nil {
		return c, false, err
	}
	if err := p.s.access.MayBeSelf(ctx, who); err != nil {
		return c, false, said(err)
	}
	if c, err = p.s.People.ContactOf(ctx, user.ID); errors.Is(err, store.ErrNotFound) {
		return records.Contact{User: user.ID, Name: user.Name, Language: user.Language, TimeZone: usualZone}, true, nil
	}
	return c, false, err
}

// changes returns a contact as [people.contact] finds it, which the user may change.
func (p people) changes(ctx context.Context, user web.User, id string) (c records.Contact, none bool, err error) {
	c, none, err = p.contact(ctx, user, id)
	if err != nil || id == web.MyContact {
		return c, none, err
	}
	who, err := p.who(ctx, user)
	if err != nil {
		return c, false, err
	}
	return c, false, said(p.s.access.MayChangeContact(ctx, who, id))
}

// there is a contact that the user may change, made when it was not there yet.
func (p people) there(ctx context.Context, user web.User, id string) (records.Contact, error) {
	c, none, err := p.changes(ctx, user, id)
	if none && err == nil {
		c, err = p.s.People.AddContact(ctx, c)
	}
	return c, said(err)
}

func (p people) Contact(ctx context.Context, user web.User, id string) (web.ContactFile, error) {
	c, none, err := p.contact(ctx, user, id)
	if err != nil {
		return web.ContactFile{}, err
	}
	shown := web.ContactFile{Person: web.Person{ID: cmp.Or(c.ID, id), Name: c.Name}, Language: c.Language, Zone: c.Zone(), Usual: c.Quiet == nil}
	for _, h := range c.QuietHours() {
		from, to := h.Clocks()
		shown.Quiet = append(shown.Quiet, web.Hours{From: from, To: to})
	}
	for _, channel := range c.Channels {
		shown.Channels = append(shown.Channels, web.Channel{
			ID: channel.ID, Kind: web.ChannelKind(channel.Kind), Address: channel.Masked(), Browser: web.Browser(channel.Endpoint()), Label: channel.Label, Trusted: channel.Trusted,
			From: web.Severity(channel.From), Loud: web.Severity(channel.LoudFrom), WorkedAt: channel.WorkedAt, FailedAt: channel.FailedAt, Fault: channel.Fault,
		})
	}
	if none {
		return shown, nil
	}
	ended, err := p.s.People.EndedChannels(ctx, c.ID)
	if err != nil {
		return shown, err
	}
	for _, channel := range ended {
		shown.Ended = append(shown.Ended, web.Channel{
			ID: channel.ID, Kind: web.ChannelKind(channel.Kind), Label: channel.Label, FailedAt: channel.FailedAt, Fault: channel.Fault,
		})
	}
	shown.Residents, err = p.caredFor(ctx, user, c.ID)
	return shown, err
}

// caredFor are the residents in whose care teams a contact is, with the names of
// those whom the user may see.
func (p people) caredFor(ctx context.Context, user web.User, contact string) ([]web.CaredFor, error) {
	list, err := p.s.People.CaredForBy(ctx, contact)
	if err != nil {
		return nil, err
	}
	who, err := p.who(ctx, user)
	if err != nil {
		return nil, err
	}
	var shown []web.CaredFor
	for _, one := range list {
		line := web.CaredFor{Resident: one.Resident, Relation: web.Relation(one.Relation), Wishes: pageWishes(one.Wishes)}
		may, err := p.s.access.Sees(ctx, who, records.Status, one.Resident)
		if err != nil {
			return nil, err
		}
		if may {
			r, err := p.s.Residents.Get(ctx, one.Resident)
			if err != nil {
				return nil, err
			}
			line.Name = r.Name
		}
		shown = append(shown, line)
	}
	return shown, nil
}

func (p people) ChangeContact(ctx context.Context, user web.User, f web.ContactFile) error {
	c, err := p.there(ctx, user, f.ID)
	if err != nil {
		return err
	}
	c.Name, c.Language, c.TimeZone, c.Quiet = f.Name, f.Language, f.Zone.String(), []records.Hours{}
	for _, h := range f.Quiet {
		hours, err := records.ParseHours(h.From, h.To)
		if err != nil {
			return fmt.Errorf("%w: %w", web.RefusedHours, err)
		}
		c.Quiet = append(c.Quiet, hours)
	}
	// Who leaves the usual hours as they are has said nothing of them.
	if slices.Equal(c.Quiet, records.UsualQuiet()) {
		c.Quiet = nil
	}
	_, err = p.s.People.ChangeContact(ctx, c)
	return said(err)
}

func (p people) AddChannel(ctx context.Context, user web.User, contact string, c web.Channel) error {
	// A speaker is heard by whoever lives there: staff say whose it is.
	if records.ChannelKind(c.Kind) == records.Speaker && p.arranges(ctx, user) != nil {
		return said(&store.Fault{
			Kind: store.ErrInvalid, Code: channels.CodeAddress, Entity: "channel", Detail: "is a speaker, which staff give", Params: map[string]string{"kind": string(c.Kind)},
		})
	}
	of, err := p.there(ctx, user, contact)
	if err != nil {
		return err
	}
	_, err = p.s.People.AddChannel(ctx, records.Channel{
		Contact: of.ID, Kind: records.ChannelKind(c.Kind), Address: c.Address, Label: c.Label, Trusted: c.Trusted,
		From: records.Severity(c.From), LoudFrom: records.Severity(c.Loud),
	})
	return said(err)
}

func (p people) ChangeChannel(ctx context.Context, user web.User, contact string, c web.Channel, first bool) error {
	of, err := p.there(ctx, user, contact)
	if err != nil {
		return err
	}
	from, loud, place := records.Severity(c.From), records.Severity(c.Loud), 1
	change := records.ChannelChange{Label: &c.Label, Trusted: &c.Trusted, From: &from, LoudFrom: &loud}
	if first {
		change.Place = &place
	}
	_, err = p.s.People.ChangeChannel(ctx, of.ID, c.ID, change)
	return said(err)
}

func (p people) RemoveChannel(ctx context.Context, user web.User, contact, channel string) error {
	of, err := p.there(ctx, user, contact)
	if err != nil {
		return err
	}
	return said(p.s.People.RemoveChannel(ctx, of.ID, channel))
}

func (p people) ForgetEnded(ctx context.Context, user web.User, contact, channel string) error {
	of, err := p.there(ctx, user, contact)
	if err != nil {
		return err
	}
	return said(p.s.People.ForgetEnded(ctx, of.ID, channel))
}

// RenewPush asks nobody who they are: see [records.People.RenewSubscription].
func (p people) RenewPush(ctx context.Context, old, fresh string) error {
	return said(p.s.People.RenewSubscription(ctx, old, fresh))
}

func (p people) SetWishes(ctx context.Context, user web.User, contact, resident string, w web.Wishes) error {
	of, err := p.there(ctx, user, contact)
	if err != nil {
		return err
	}
	return said(p.s.People.SetWishes(ctx, resident, of.ID, wishes(w)))
}
