package records_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/anxin-care/anxin/records"
)

// anyAddress finds nothing wrong with any address but "wrong".
type anyAddress struct{}

func (anyAddress) Check(_ records.ChannelKind, address string) error {
	if address == "wrong" {
		return errors.New("is wrong")
	}
	return nil
}

// neighbourhood is a world with people: Li and Zhao live in h-1, and the clock
// stands at now until it is moved.
type neighbourhood struct {
	*world
	people   *records.People
	now      time.Time
	li, zhao string
}

// tuesday is 12:00 in Shanghai.
var tuesday = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

func eachNeighbourhood(t *testing.T, test func(n *neighbourhood)) {
	eachWorld(t, func(w *world) {
		n := &neighbourhood{world: w, now: tuesday}
		n.people = records.NewPeople(w.db, anyAddress{}, func() time.Time { return n.now })
		for _, r := range []struct {
			id   *string
			name string
		}{{&n.li, "李奶奶"}, {&n.zhao, "赵爷爷"}} {
			made, err := w.residents.Create(w.Context(), records.Resident{Name: r.name, HomeID: "h-1"})
			w.must(err)
			*r.id = made.ID
		}
		test(n)
	})
}

func (n *neighbourhood) contact(id, user string) records.Contact {
	n.Helper()
	c, err := n.people.AddContact(n.Context(), records.Contact{ID: id, User: user, Name: id, TimeZone: "Asia/Shanghai", Language: "zh-cn"})
	n.must(err)
	return c
}

func (n *neighbourhood) cares(contact, resident string, as records.Relation) {
	n.Helper()
	n.must(n.people.SetMember(n.Context(), records.Membership{Resident: resident, Contact: contact, Relation: as}))
}

func (n *neighbourhood) circle(resident string) records.Circle {
	n.Helper()
	c, err := n.people.Circle(n.Context(), n.db, resident, n.now)
	n.must(err)
	return c
}

func ids[T any](list []T, id func(T) string) []string {
	var out []string
	for _, one := range list {
		out = append(out, id(one))
	}
	return out
}

func contactIDs(list []records.Contact) []string {
	return ids(list, func(c records.Contact) string { return c.ID })
}

func (n *neighbourhood) members(resident string) []string {
	return ids(n.circle(resident).Members, func(m records.Member) string { return m.ID + " " + string(m.Relation) })
}

func (n *neighbourhood) same(what string, got, want any) {
	n.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		n.Errorf("%s: %s", what, diff)
	}
}

func TestContacts(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		u := n.user("lin", records.Family)
		made := n.contact("lin", u.ID)
		n.same("made", made, records.Contact{ID: "lin", User: u.ID, Name: "lin", TimeZone: "Asia/Shanghai", Language: "zh-CN", CreatedAt: tuesday, ChangedAt: tuesday})
		n.now = n.now.Add(time.Minute)
		made.Quiet, made.Name = []records.Hours{}, " 林小红 "
		changed, err := n.people.ChangeContact(ctx, made)
		n.must(err)
		got, err := n.people.Contact(ctx, "lin")
		n.must(err)
		n.same("changed", got, changed)
		if got.Name != "林小红" || got.Quiet == nil || len(got.QuietHours()) != 0 || !got.ChangedAt.Equal(n.now) || !got.CreatedAt.Equal(tuesday) {
			n.Errorf("%+v", got)
		}
		of, err := n.people.ContactOf(ctx, u.ID)
		n.must(err)
		n.same("of the user", of, changed)
		_, err = n.people.ContactOf(ctx, "nobody")
		n.refused(err, records.ErrNotFound, records.CodeNoContact, "is no contact yet")
		_, err = n.people.AddContact(ctx, records.Contact{ID: "lin", Name: "x", TimeZone: "UTC"})
		n.refused(err, records.ErrConflict, records.CodeContactExists, "exists already")
		_, err = n.people.AddContact(ctx, records.Contact{Name: "x", TimeZone: "UTC", User: u.ID})
		n.refused(err, records.ErrConflict, records.CodeContactOfUser, "is another contact already")
		_, err = n.people.AddContact(ctx, records.Contact{Name: "x", TimeZone: "UTC", User: "ghost"})
		n.refused(err, records.ErrInvalid, "contact.invalid", `user "ghost" is not there`)
		_, err = n.people.AddContact(ctx, records.Contact{TimeZone: "Mars", Quiet: []records.Hours{{From: 5, To: 5}, {From: -1, To: 7}, {From: 0, To: 1441}}})
		n.refused(err, records.ErrInvalid, "contact.invalid", "name is empty; time_zone \"Mars\" is not a time zone, such as Asia/Shanghai; quiet[0] ends when it begins")
		_, err = n.people.ChangeContact(ctx, records.Contact{ID: "ghost", Name: "x", TimeZone: "UTC"})
		n.refused(err, records.ErrNotFound, "contact.not_found", `contact "ghost": not found`)
	})
}

func TestChannels(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		n.contact("lin", "")
		add := func(kind records.ChannelKind, address string) records.Channel {
			n.Helper()
			c, err := n.people.AddChannel(ctx, records.Channel{Contact: "lin", Kind: kind, Address: address})
			n.must(err)
			return c
		}
		mail, sms, push := add(records.Email, " lin@example.org "), add(records.SMS, "+8613800000000"), add(records.WebPush, `{"endpoint":"https://push.example.org/secret"}`)
		order := func() []string {
			n.Helper()
			c, err := n.people.Contact(ctx, "lin")
			n.must(err)
			return ids(c.Channels, func(c records.Channel) string { return string(c.Kind) + " " + c.Address })
		}
		n.same("in the order in which they came", order(), []string{"email lin@example.org", "sms +8613800000000", `webpush {"endpoint":"https://push.example.org/secret"}`})
		if mail.From != records.Info || mail.LoudFrom != records.Warning || mail.Trusted || !mail.AddedAt.Equal(tuesday) {
			n.Errorf("%+v", mail)
		}
		n.must(n.people.ChannelFailed(ctx, n.db, mail.ID, n.now, "no such mailbox"))
		n.must(n.people.ChannelWorked(ctx, n.db, mail.ID, n.now.Add(time.Minute)))
		n.must(n.people.ChannelConfirmed(ctx, n.db, mail.ID, n.now))
		first, critical, trusted := 1, records.Critical, true
		changed, err := n.people.ChangeChannel(ctx, "lin", push.ID, records.ChannelChange{Place: &first, From: &critical, Trusted: &trusted})
		n.must(err)
		if changed.From != critical || !changed.Trusted || changed.Address != push.Address {
			n.Errorf("%+v", changed)
		}
		n.same("push first", order(), []string{`webpush {"endpoint":"https://push.example.org/secret"}`, "email lin@example.org", "sms +8613800000000"})
		c, err := n.people.Contact(ctx, "lin")
		n.must(err)
		if kept := c.Channels[1]; !kept.WorkedAt.Equal(n.now.Add(time.Minute)) || !kept.FailedAt.Equal(n.now) || kept.Fault != "" || !kept.ConfirmedAt.Equal(n.now) {
			n.Errorf("%+v", kept)
		}
		other := "lin@example.com"
		changed, err = n.people.ChangeChannel(ctx, "lin", mail.ID, records.ChannelChange{Address: &other})
		n.must(err)
		if !changed.WorkedAt.IsZero() || !changed.ConfirmedAt.IsZero() {
			n.Errorf("a new address has never worked: %+v", changed)
		}
		wrong := "wrong"
		_, err = n.people.ChangeChannel(ctx, "lin", mail.ID, records.ChannelChange{Address: &wrong})
		n.refused(err, records.ErrInvalid, "channel.invalid", "address is wrong")
		_, err = n.people.ChangeChannel(ctx, "ghost", mail.ID, records.ChannelChange{Address: &wrong})
		n.refused(err, records.ErrNotFound, "contact.not_found", "")
		_, err = n.people.AddChannel(ctx, records.Channel{Contact: "lin", Kind: records.SMS, Address: sms.Address})
		n.refused(err, records.ErrConflict, records.CodeChannelExists, "has this channel already")
		_, err = n.people.AddChannel(ctx, records.Channel{Contact: "lin", Kind: "pigeon", From: 7})
		n.refused(err, records.ErrInvalid, "channel.invalid", `kind "pigeon" is not email`)
		n.must(n.people.RemoveChannel(ctx, "lin", push.ID))
		n.same("push removed", order(), []string{"email lin@example.com", "sms +8613800000000"})
		n.refused(n.people.RemoveChannel(ctx, "lin", push.ID), records.ErrNotFound, "channel.not_found", "")
		var left int
		n.must(n.db.NewRaw("SELECT count(*) FROM contact_channels WHERE address LIKE '%secret%'").Scan(ctx, &left))
		if left != 0 {
			n.Error("the address of a removed channel is kept")
		}
	})
}

func TestMasked(t *testing.T) {
	for want, c := range map[string]records.Channel{
		"lin@example.org":             {Kind: records.Email, Address: "lin@example.org"},
		"https://hooks.example.org/…": {Kind: records.Webhook, Address: "https://hooks.example.org/a/b?secret=c"},
		"https://push.example.org/…":  {Kind: records.WebPush, Address: `{"endpoint":"https://push.example.org/abc","keys":{"auth":"x"}}`},
		"telegram://…":                {Kind: records.Chat, Address: "telegram://110201543:AAHdq@telegram?chats=1"},
		"…":                           {Kind: records.Chat, Address: "what is this"},
		"+8613800000000":              {Kind: records.SMS, Address: "+8613800000000"},
	} {
		if got := c.Masked(); got != want {
			t.Errorf("%s is shown as %s, want %s", c.Address, got, want)
		}
	}
}

func TestCareTeam(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		for _, id := range []string{"daughter", "son", "neighbour"} {
			n.contact(id, "")
		}
		n.cares("daughter", n.li, records.AsFamily)
		n.cares("neighbour", n.li, records.AsNeighbour)
		n.must(n.people.SetMember(ctx, records.Membership{Resident: n.li, Contact: "son", Relation: records.AsFamily, Place: 2,
			Wishes: records.Wishes{From: records.Warning, Delay: 10 * time.Minute, Repeat: time.Hour}}))
		n.same("the team", n.members(n.li), []string{"daughter family", "son family", "neighbour neighbour"})
		circle := n.circle(n.li)
		if son, neighbour := circle.Members[1], circle.Members[2]; son.N != 2 || son.Wishes != (records.Wishes{From: records.Warning, Delay: 10 * time.Minute, Repeat: time.Hour}) || neighbour.From != records.Critical {
			n.Errorf("%+v %+v", son, neighbour)
		}
		n.must(n.people.SetMember(ctx, records.Membership{Resident: n.li, Contact: "daughter", Relation: records.AsFamily, Place: 99}))
		n.same("she is last", n.members(n.li), []string{"son family", "neighbour neighbour", "daughter family"})
		n.must(n.people.SetWishes(ctx, n.li, "daughter", records.Wishes{From: records.Critical}))
		n.cares("daughter", n.zhao, records.AsCaregiver)
		for_, err := n.people.CaredForBy(ctx, "daughter")
		n.must(err)
		want := []records.CaredFor{{n.li, records.AsFamily, records.Wishes{From: records.Critical}}, {n.zhao, records.AsCaregiver, records.Wishes{From: records.Info}}}
		n.same("whom she cares for", for_, want)
		n.must(n.people.RemoveMember(ctx, n.li, "son", ""))
		n.same("without the son", n.members(n.li), []string{"neighbour neighbour", "daughter family"})
		n.refused(n.people.RemoveMember(ctx, n.li, "son", ""), records.ErrNotFound, records.CodeNotMember, "is not in the care team")
		n.refused(n.people.SetWishes(ctx, n.li, "son", records.Wishes{}), records.ErrNotFound, records.CodeNotMember, "")
		bad := records.Membership{Resident: n.li, Contact: "son", Relation: "friend", Wishes: records.Wishes{From: 9, Delay: -1, Repeat: time.Second}}
		n.refused(n.people.SetMember(ctx, bad), records.ErrInvalid, "member.invalid", "severity_from is not")
		n.refused(n.people.SetMember(ctx, records.Membership{Resident: n.li, Contact: "ghost", Relation: records.AsFamily}), records.ErrNotFound, "contact.not_found", "")
		n.refused(n.people.SetMember(ctx, records.Membership{Resident: "ghost", Contact: "son", Relation: records.AsFamily}), records.ErrNotFound, "resident.not_found", "")
	})
}

func TestTeams(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		for _, id := range []string{"wang", "zhou", "chief"} {
			n.contact(id, "")
		}
		team := records.TeamFile{Team: records.Team{ID: "t-1", Name: "House 5", Supervisor: "chief", TimeZone: "Asia/Shanghai"}, Members: []string{"zhou", "wang", "wang"}, Residents: []string{n.li}}
		made, err := n.people.AddTeam(ctx, team)
		n.must(err)
		n.same("sorted", made.Members, []string{"wang", "zhou"})
		n.must(n.people.SetShifts(ctx, "t-1", []records.Shift{shift("wang", time.Tuesday, "08:00", "20:00"), shift("zhou", time.Tuesday, "20:00", "08:00")}))
		circle := n.circle(n.li)
		n.same("on duty at noon", contactIDs(circle.OnDuty), []string{"wang"})
		n.same("all of the team", contactIDs(circle.Staff), []string{"wang", "zhou"})
		if circle.Team == nil || circle.Team.Name != "House 5" || circle.Supervisor == nil || circle.Supervisor.ID != "chief" {
			n.Errorf("%+v", circle)
		}
		if other := n.circle(n.zhao); other.Team != nil || other.OnDuty != nil {
			n.Errorf("Zhao is nobody's: %+v", other)
		}
		// In place of Wang.
		set, err := n.people.AddOverride(ctx, "t-1", records.Override{Contact: "zhou", From: n.now.Add(-time.Hour), To: n.now.Add(time.Hour), Reason: " at the dentist "})
		n.must(err)
		n.same("instead", contactIDs(n.circle(n.li).OnDuty), []string{"zhou"})
		roster, err := n.people.Roster(ctx, "t-1", n.now, n.now.Add(24*time.Hour))
		n.must(err)
		if len(roster.Shifts) != 2 || len(roster.Overrides) != 1 || roster.Overrides[0].Reason != "at the dentist" || roster.Zone.String() != "Asia/Shanghai" {
			n.Errorf("%+v", roster)
		}
		n.must(n.people.RemoveOverride(ctx, "t-1", set.ID))
		n.same("by the week again", contactIDs(n.circle(n.li).OnDuty), []string{"wang"})
		n.refused(n.people.RemoveOverride(ctx, "t-1", set.ID), records.ErrNotFound, "override.not_found", "")

		home, err := n.people.HomeCircle(ctx, n.db, "h-1", n.now)
		n.must(err)
		n.same("of the home", [][]string{contactIDs(home.OnDuty), contactIDs(home.Staff), {home.Supervisor.ID, home.HomeName}}, [][]string{{"wang"}, {"wang", "zhou"}, {"chief", "h-1"}})

		// Wang leaves, Zhao comes in.
		made.Members, made.Residents = []string{"zhou"}, []string{n.li, n.zhao}
		_, err = n.people.ChangeTeam(ctx, made)
		n.must(err)
		n.same("she is off the roster", contactIDs(n.circle(n.zhao).OnDuty), []string(nil))
		got, err := n.people.Team(ctx, "t-1")
		n.must(err)
		slices.Sort(made.Residents)
		n.same("kept", got, made)
		// Another team takes Zhao over.
		_, err = n.people.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-2", Name: "House 6", TimeZone: "Asia/Shanghai"}, Residents: []string{n.zhao}})
		n.must(err)
		if circle := n.circle(n.zhao); circle.Team.ID != "t-2" {
			n.Errorf("%+v", circle.Team)
		}
		list, err := n.people.Teams(ctx)
		n.must(err)
		n.same("both", ids(list, func(t records.TeamFile) string { return t.Name }), []string{"House 5", "House 6"})

		n.refused(n.people.SetShifts(ctx, "t-1", []records.Shift{shift("wang", 9, "08:00", "09:00")}), records.ErrInvalid, "roster.invalid", `shifts[0].contact "wang" is not in the team`)
		n.refused(n.people.SetShifts(ctx, "ghost", nil), records.ErrNotFound, "team.not_found", "")
		_, err = n.people.AddOverride(ctx, "t-1", records.Override{Contact: "wang", From: n.now, To: n.now})
		n.refused(err, records.ErrInvalid, "override.invalid", `contact "wang" is not in the team`)
		_, err = n.people.AddTeam(ctx, team)
		n.refused(err, records.ErrConflict, records.CodeTeamExists, "exists already")
		_, err = n.people.ChangeTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-9", Name: "x", TimeZone: "UTC"}})
		n.refused(err, records.ErrNotFound, "team.not_found", "")
		_, err = n.people.ChangeTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-1", Name: "x", TimeZone: "UTC"}, Members: []string{"ghost"}, Residents: []string{"nobody"}})
		n.refused(err, records.ErrInvalid, "team.invalid", `members "ghost" is not there; residents "nobody" is not there`)
		_, err = n.people.Roster(ctx, "ghost", n.now, n.now)
		n.refused(err, records.ErrNotFound, "team.not_found", "")
		n.must(n.people.RemoveTeam(ctx, "t-1"))
		n.refused(n.people.RemoveTeam(ctx, "t-1"), records.ErrNotFound, "team.not_found", "")
	})
}

// Who goes is nowhere any more.
func TestAContactGoes(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		u := n.user("lin", records.Family)
		n.contact("lin", u.ID)
		n.cares("lin", n.li, records.AsFamily)
		_, err := n.people.AddChannel(ctx, records.Channel{Contact: "lin", Kind: records.Email, Address: "lin@example.org"})
		n.must(err)
		_, err = n.people.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-1", Name: "x", Supervisor: "lin", TimeZone: "Asia/Shanghai"}, Members: []string{"lin"}, Residents: []string{n.li}})
		n.must(err)
		n.must(n.people.SetShifts(ctx, "t-1", []records.Shift{shift("lin", time.Tuesday, "00:00", "24:00")}))
		_, err = n.people.TakeDuty(ctx, n.li, n.now.Add(time.Hour), records.Actor{User: u.ID, Contact: "lin"})
		n.must(err)
		if c := n.circle(n.li); c.Holder == nil || len(c.OnDuty) != 1 || c.Supervisor == nil || len(c.Members) != 1 {
			n.Fatalf("%+v", c)
		}
		n.must(n.people.RemoveContact(ctx, "lin", "u-1"))
		if c := n.circle(n.li); c.Holder != nil || c.OnDuty != nil || c.Staff != nil || c.Supervisor != nil || c.Members != nil {
			n.Errorf("%+v", c)
		}
		_, err = n.people.Contact(ctx, "lin")
		n.refused(err, records.ErrNotFound, "contact.not_found", "")
		n.contact("lin-2", u.ID) // the user is free for another
		var kept struct {
			Name    string `bun:"name"`
			Address string `bun:"address"`
		}
		n.must(n.db.NewRaw("SELECT c.name AS name, ch.address AS address FROM contacts c JOIN contact_channels ch ON ch.contact = c.id WHERE c.id = 'lin'").Scan(ctx, &kept))
		if kept.Name != "lin" || kept.Address != "" {
			n.Errorf("%+v", kept)
		}
	})
}

func TestServiceStaffAreTheAdministrators(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		n.contact("boss", n.user("boss", records.Administrator).ID)
		n.contact("wang", n.user("wang", records.Caregiver).ID)
		n.contact("other", "")
		staff, err := n.people.ServiceStaff(n.Context(), n.db)
		n.must(err)
		n.same("staff", contactIDs(staff), []string{"boss"})
		home, err := n.people.HomeCircle(n.Context(), n.db, "h-2", n.now)
		n.must(err)
		n.same("of a home without a team", contactIDs(home.Staff), []string{"boss"})
	})
}
