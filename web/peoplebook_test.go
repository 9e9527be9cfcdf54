package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anxin-care/anxin/web"
)

// peopleBook keeps in memory who is told of 赵德明 and who is on duty, as the
// pages' contract says. The user is 小芳, one of the family, unless staff.
type peopleBook struct {
	now  func() time.Time
	zone *time.Location

	mu     sync.Mutex
	staff  bool
	circle web.Circle
	mine   web.ContactFile
	pushed map[string]string // by their channels, browsers' subscriptions
	roster web.Roster
	all    []web.Person
	made   int
}

var (
	fang  = web.Person{ID: "c-fang", Name: "赵小芳"}
	gang  = web.Person{ID: "c-gang", Name: "赵大刚"}
	aunt  = web.Person{ID: "c-chen", Name: "Aunt <Chen>"}
	nurse = web.Person{ID: "c-wang", Name: "Nurse Wang"}
	night = web.Person{ID: "c-zhou", Name: "Nurse Zhou"}
)

func newPeopleBook(now func() time.Time, zone *time.Location) *peopleBook {
	b := &peopleBook{now: now, zone: zone, staff: true, pushed: map[string]string{}, all: []web.Person{aunt, nurse, night, gang, fang}}
	b.circle = web.Circle{
		Mine: fang.ID, MayHold: true, MayArrange: true, Team: web.Person{ID: "t-1", Name: "House 5"}, OnDuty: []web.Person{nurse}, Supervisor: night,
		Phones: web.Phones{Own: "138 0013 8000", Home: "010-6265 1234"},
		Members: []web.Member{
			{Person: fang, Relation: "family", Place: 1, Wishes: web.Wishes{From: web.Info}, Reached: []web.ChannelKind{"email", "sms"}, Phone: "+8613800000000"},
			{Person: gang, Relation: "family", Place: 2, Wishes: web.Wishes{From: web.Warning, Delay: 10 * time.Minute, Repeat: 45 * time.Minute}, Reached: []web.ChannelKind{"chat"}},
			{Person: aunt, Relation: "neighbour", Place: 3, Wishes: web.Wishes{From: web.Critical}},
		},
		Candidates: []web.Person{fang, gang, aunt, nurse, night},
		Holder:     web.Duty{ID: "d-1", Person: gang, Until: now().Add(8 * time.Hour)},
		Offers: []web.Duty{
			{ID: "d-2", Person: fang, Until: now().Add(20 * time.Hour)},
			{ID: "d-3", Person: nurse, Until: now().Add(80 * time.Hour)},
		},
	}
	b.mine = web.ContactFile{
		Person: fang, Language: "zh-CN", Zone: zone, Usual: true, Quiet: []web.Hours{{From: "22:00", To: "07:00"}, {From: "12:30", To: "14:00"}},
		Channels: []web.Channel{
			{ID: "ch-1", Kind: "email", Address: "fang@example.org", Trusted: true, From: web.Info, Loud: web.Warning, WorkedAt: now().Add(-3 * time.Hour)},
			{ID: "ch-2", Kind: "chat", Address: "telegram://…", Label: "<b>me</b>", From: web.Warning, Loud: web.Critical, FailedAt: now().Add(-2 * time.Minute), Fault: "chat not found"},
			{ID: "ch-3", Kind: "sms", Address: "+8613800000000", From: web.Critical, Loud: web.Critical},
		},
		Ended: []web.Channel{{ID: "ch-0", Kind: "webpush", Label: "iPhone", FailedAt: now().Add(-26 * time.Hour), Fault: "HTTP 410"}},
		Residents: []web.CaredFor{
			{Resident: "r-zhao", Name: "赵德明", Relation: "family", Wishes: web.Wishes{From: web.Info}},
			{Resident: "r-brown", Relation: "neighbour", Wishes: web.Wishes{From: web.Critical}},
		},
	}
	b.roster = web.Roster{Team: web.Person{ID: "t-1", Name: "House 5"}, Zone: zone, Members: []web.Person{nurse, night}}
	for day := range 7 {
		if time.Weekday(day) == time.Thursday {
			continue // whose night is a gap, and whose day
		}
		b.roster.Shifts = append(b.roster.Shifts,
			web.Shift{ID: fmt.Sprintf("s-%d", day), Person: nurse, Weekday: time.Weekday(day), Hours: web.Hours{From: "08:00", To: "20:00"}},
			web.Shift{ID: fmt.Sprintf("n-%d", day), Person: night, Weekday: time.Weekday(day), Hours: web.Hours{From: "20:00", To: "08:00"}})
	}
	b.roster.Overrides = []web.Override{{ID: "o-1", Person: night, From: now().Add(-time.Hour), To: now().Add(2 * time.Hour), Reason: "dentist"}}
	return b
}

// about is the circle of the one resident whose family this is.
func (b *peopleBook) about(resident string) (*web.Circle, error) {
	if resident != "r-zhao" {
		return &web.Circle{MayArrange: b.staff}, nil
	}
	return &b.circle, nil
}

func (b *peopleBook) Circle(_ context.Context, _ web.User, resident string) (web.Circle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	shown := *c
	shown.MayArrange = b.staff
	shown.Members, shown.Offers = slices.Clone(c.Members), slices.Clone(c.Offers)
	return shown, err
}

func (b *peopleBook) arranges() error {
	if !b.staff {
		return web.ErrNotFound
	}
	return nil
}

func (b *peopleBook) TakeDuty(_ context.Context, _ web.User, resident string, until time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	switch {
	case err != nil:
		return err
	case !until.After(b.now()):
		return web.RefusedUntil
	case c.Holder.Person.ID != "" && c.Holder.Person.ID != c.Mine:
		return web.RefusedHeld
	}
	c.Holder = web.Duty{ID: "d-mine", Person: fang, Until: until}
	return nil
}

func (b *peopleBook) OfferDuty(_ context.Context, _ web.User, resident, contact string, until time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Candidates, func(p web.Person) bool { return p.ID == contact })
	if i < 0 {
		return web.RefusedStranger
	}
	b.made++
	c.Offers = append(c.Offers, web.Duty{ID: fmt.Sprintf("offer-%d", b.made), Person: c.Candidates[i], Until: until, OfferedByMe: true})
	return nil
}

func (b *peopleBook) ReturnDuty(_ context.Context, _ web.User, resident string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	c.Holder = web.Duty{}
	return err
}

// offer takes an offer out.
func (b *peopleBook) offer(resident, id string) (c *web.Circle, d web.Duty, err error) {
	if c, err = b.about(resident); err != nil {
		return c, d, err
	}
	i := slices.IndexFunc(c.Offers, func(d web.Duty) bool { return d.ID == id })
	if i < 0 {
		return c, d, web.RefusedOver
	}
	d = c.Offers[i]
	c.Offers = slices.Delete(slices.Clone(c.Offers), i, i+1)
	return c, d, nil
}

func (b *peopleBook) AcceptDuty(_ context.Context, _ web.User, resident, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, d, err := b.offer(resident, id)
	if err == nil {
		c.Holder, c.Offers = d, nil
	}
	return err
}

func (b *peopleBook) DeclineDuty(_ context.Context, _ web.User, resident, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _, err := b.offer(resident, id)
	return err
}

func (b *peopleBook) SetMember(_ context.Context, _ web.User, resident string, m web.Member) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	if err = cmpErr(err, b.arranges()); err != nil {
		return err
	}
	i := slices.IndexFunc(c.Members, func(o web.Member) bool { return o.ID == m.ID })
	members := slices.Clone(c.Members)
	if i >= 0 {
		m.Person, m.Reached = members[i].Person, members[i].Reached
		members = slices.Delete(members, i, i+1)
	} else {
		for _, p := range b.all {
			if p.ID == m.ID {
				m.Person = p
			}
		}
	}
	if m.Place == 0 || m.Place > len(members)+1 {
		m.Place = len(members) + 1
	}
	members = slices.Insert(members, m.Place-1, m)
	for i := range members {
		members[i].Place = i + 1
	}
	c.Members = members
	return nil
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *peopleBook) RemoveMember(_ context.Context, _ web.User, resident, contact string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	if err = cmpErr(err, b.arranges()); err == nil {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m web.Member) bool { return m.ID == contact })
	}
	return err
}

func (b *peopleBook) SetPhones(_ context.Context, _ web.User, resident string, p web.Phones) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.about(resident)
	if err = cmpErr(err, b.arranges()); err != nil {
		return err
	}
	c.Phones = p
	return nil
}

func (b *peopleBook) Contacts(context.Context, web.User) ([]web.Person, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all), b.arranges()
}

func (b *peopleBook) AddContact(_ context.Context, _ web.User, name, _ string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	p := web.Person{ID: fmt.Sprintf("c-%d", b.made), Name: name}
	b.all = append(b.all, p)
	return p.ID, b.arranges()
}

// file finds the contact: there is one that has a file.
func (b *peopleBook) file(id string) (*web.ContactFile, error) {
	if id == web.MyContact || id == fang.ID && b.staff {
		return &b.mine, nil
	}
	return nil, web.ErrNotFound
}

func (b *peopleBook) Contact(_ context.Context, _ web.User, id string) (web.ContactFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(id)
	if err != nil {
		return web.ContactFile{}, err
	}
	shown := *c
	shown.Channels, shown.Residents = slices.Clone(c.Channels), slices.Clone(c.Residents)
	return shown, nil
}

func (b *peopleBook) ChangeContact(_ context.Context, _ web.User, f web.ContactFile) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(f.ID)
	if err == nil {
		c.Name, c.Language, c.Zone, c.Quiet = f.Name, f.Language, f.Zone, f.Quiet
	}
	return err
}

func (b *peopleBook) AddChannel(_ context.Context, _ web.User, contact string, channel web.Channel) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(contact)
	if err != nil {
		return err
	}
	if channel.Kind == "email" && !strings.Contains(channel.Address, "@") {
		return fmt.Errorf("add the channel: %w", web.RefusedAddress)
	}
	b.made++
	channel.ID = fmt.Sprintf("ch-new-%d", b.made)
	if channel.Kind == "webpush" {
		var said struct{ Endpoint string }
		if err := json.Unmarshal([]byte(channel.Address), &said); err != nil {
			return fmt.Errorf("add the channel: %w", web.RefusedAddress)
		}
		b.pushed[channel.ID] = channel.Address
		channel.Browser, channel.Address = web.Browser(said.Endpoint), "https://…"
	}
	c.Channels = append(c.Channels, channel)
	return nil
}

func (b *peopleBook) ChangeChannel(_ context.Context, _ web.User, contact string, channel web.Channel, first bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(contact)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Channels, func(o web.Channel) bool { return o.ID == channel.ID })
	if i < 0 {
		return web.ErrNotFound
	}
	was := c.Channels[i]
	was.Label, was.Trusted, was.From, was.Loud = channel.Label, channel.Trusted, channel.From, channel.Loud
	c.Channels = slices.Delete(slices.Clone(c.Channels), i, i+1)
	if first {
		i = 0
	}
	c.Channels = slices.Insert(c.Channels, i, was)
	return nil
}

func (b *peopleBook) RemoveChannel(_ context.Context, _ web.User, contact, channel string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(contact)
	if err == nil {
		c.Channels = slices.DeleteFunc(slices.Clone(c.Channels), func(o web.Channel) bool { return o.ID == channel })
		delete(b.pushed, channel)
	}
	return err
}

func (b *peopleBook) ForgetEnded(_ context.Context, _ web.User, contact, channel string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(contact)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Ended, func(o web.Channel) bool { return o.ID == channel })
	if i < 0 {
		return web.ErrNotFound
	}
	c.Ended = slices.Delete(slices.Clone(c.Ended), i, i+1)
	return nil
}

func (b *peopleBook) RenewPush(_ context.Context, old, fresh string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for channel, kept := range b.pushed {
		if kept == old {
			if fresh == "wrong" {
				return web.RefusedAddress
			}
			b.pushed[channel] = fresh
			return nil
		}
	}
	return web.ErrNotFound
}

// subscribed are the browsers that are told something.
func (b *peopleBook) subscribed() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.pushed))
}

func (b *peopleBook) SetWishes(_ context.Context, _ web.User, contact, resident string, w web.Wishes) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.file(contact)
	if err != nil {
		return err
	}
	for i := range c.Residents {
		if c.Residents[i].Resident == resident {
			c.Residents[i].Wishes = w
			return nil
		}
	}
	return web.RefusedStranger
}

func (b *peopleBook) Teams(context.Context, web.User) ([]web.Team, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []web.Team{
		{ID: "t-1", Name: "House 5", OnDuty: []web.Person{night}, Until: b.now().Add(2 * time.Hour), Gap: true, Zone: b.zone},
		{ID: "t-2", Name: "House 6", OnDuty: []web.Person{nurse, night}, Zone: b.zone},
	}, b.arranges()
}

// Roster lays the shifts out, of which none overlap here.
func (b *peopleBook) Roster(_ context.Context, _ web.User, team string, from, to time.Time) (web.Roster, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if team != "t-1" {
		return web.Roster{}, web.ErrNotFound
	}
	shown := b.roster
	shown.Shifts, shown.Overrides, shown.Stretches = slices.Clone(b.roster.Shifts), slices.Clone(b.roster.Overrides), nil
	at := func(t time.Time) (who []web.Person, override bool) {
		for _, o := range b.roster.Overrides {
			if !t.Before(o.From) && t.Before(o.To) {
				return []web.Person{o.Person}, true
			}
		}
		local := t.In(b.zone)
		for _, s := range b.roster.Shifts {
			clock, overnight := local.Format("15:04"), s.To <= s.From
			today := local.Weekday() == s.Weekday && clock >= s.From && (overnight || clock < s.To)
			if today || overnight && local.AddDate(0, 0, -1).Weekday() == s.Weekday && clock < s.To {
				who = append(who, s.Person)
			}
		}
		return who, false
	}
	for t := from; t.Before(to); {
		next := t.Truncate(time.Hour).Add(time.Hour)
		if next.After(to) {
			next = to
		}
		who, override := at(t)
		if n := len(shown.Stretches); n > 0 && shown.Stretches[n-1].Override == override && slices.Equal(shown.Stretches[n-1].OnDuty, who) {
			shown.Stretches[n-1].To = next
		} else {
			shown.Stretches = append(shown.Stretches, web.Stretch{From: t, To: next, OnDuty: who, Override: override})
		}
		t = next
	}
	return shown, b.arranges()
}

func (b *peopleBook) JoinTeam(_ context.Context, _ web.User, team, contact string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.all, func(p web.Person) bool { return p.ID == contact })
	if team != "t-1" || i < 0 || !b.staff {
		return web.ErrNotFound
	}
	b.roster.Members = append(b.roster.Members, b.all[i])
	return nil
}

func (b *peopleBook) LeaveTeam(_ context.Context, _ web.User, team, contact string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.roster.Members, func(p web.Person) bool { return p.ID == contact })
	if team != "t-1" || i < 0 || !b.staff {
		return web.ErrNotFound
	}
	b.roster.Members = slices.Delete(slices.Clone(b.roster.Members), i, i+1)
	b.roster.Shifts = slices.DeleteFunc(slices.Clone(b.roster.Shifts), func(s web.Shift) bool { return s.Person.ID == contact })
	b.roster.Overrides = slices.DeleteFunc(slices.Clone(b.roster.Overrides), func(o web.Override) bool { return o.Person.ID == contact })
	return nil
}

func (b *peopleBook) AddShifts(_ context.Context, _ web.User, _ string, shifts []web.Shift) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range shifts {
		b.made++
		s.ID, s.Name = fmt.Sprintf("s-new-%d", b.made), nurse.Name
		b.roster.Shifts = append(b.roster.Shifts, s)
	}
	return b.arranges()
}

func (b *peopleBook) RemoveShift(_ context.Context, _ web.User, _, shift string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roster.Shifts = slices.DeleteFunc(slices.Clone(b.roster.Shifts), func(s web.Shift) bool { return s.ID == shift })
	return b.arranges()
}

func (b *peopleBook) AddOverride(_ context.Context, _ web.User, _ string, o web.Override) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !o.From.Before(o.To) {
		return web.RefusedHours
	}
	b.made++
	o.ID, o.Name = fmt.Sprintf("o-new-%d", b.made), nurse.Name
	b.roster.Overrides = append(b.roster.Overrides, o)
	return b.arranges()
}

func (b *peopleBook) RemoveOverride(_ context.Context, _ web.User, _, override string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roster.Overrides = slices.DeleteFunc(slices.Clone(b.roster.Overrides), func(o web.Override) bool { return o.ID == override })
	return b.arranges()
}
