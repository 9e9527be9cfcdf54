package records_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// checked is the access check over a neighbourhood, with its audit.
type checked struct {
	*neighbourhood
	access   records.Access
	consents *records.Consents
	audit    *audit.Log
}

func eachChecked(t *testing.T, test func(c *checked)) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		now := func() time.Time { return n.now }
		log := audit.NewLog(n.db, now)
		test(&checked{n, records.NewAccess(n.db, log, now), records.NewConsents(n.db, now), log})
	})
}

// relative is a user who is a contact in the care team of Li.
func (c *checked) relative(login string, as records.Relation) records.User {
	c.Helper()
	u := c.user(login, records.Family)
	c.contact(login, u.ID)
	c.cares(login, c.li, as)
	return u
}

// sees are the kinds of data that a user may see of a resident.
func (c *checked) sees(ctx context.Context, u records.User, resident string) string {
	c.Helper()
	var all records.Scope
	for _, scope := range []records.Scope{records.Status, records.Vitals, records.Alerts, records.File, records.Documents} {
		err := c.access.MaySee(ctx, u, scope, resident)
		may, err2 := c.access.Sees(ctx, u, scope, resident)
		if err2 != nil || may != (err == nil) || err != nil && !errors.Is(err, records.ErrForbidden) {
			c.Errorf("may %s see %s: %v; in a list %t, %v", u.Login, scope, err, may, err2)
		}
		if err == nil {
			all |= scope
		}
	}
	return all.String()
}

// rights are what else a user may.
func (c *checked) rights(u records.User, resident string) string {
	c.Helper()
	said := ""
	for _, right := range []struct {
		letter string
		may    func(context.Context, records.User, string) error
		has    func(context.Context, records.User, string) bool
	}{
		{"l", c.access.MayLookAfter, c.access.LooksAfter},
		{"k", c.access.MayKeep, c.access.Keeps},
		{"c", c.access.MayConsent, c.access.Consents},
		{"o", c.access.MayOverlook, c.access.Overlooks},
	} {
		err := right.may(c.Context(), u, resident)
		if err != nil && !errors.Is(err, records.ErrForbidden) || right.has(c.Context(), u, resident) != (err == nil) {
			c.Errorf("may %s %s: %v", u.Login, right.letter, err)
		}
		if err == nil {
			said += right.letter
		}
	}
	return said
}

func (c *checked) may(u records.User, resident, sees, rights string) {
	c.Helper()
	if got := c.sees(c.Context(), u, resident); got != sees {
		c.Errorf("%s sees %q of %s, want %q", u.Login, got, resident, sees)
	}
	if got := c.rights(u, resident); got != rights {
		c.Errorf("%s has the rights %q for %s, want %q", u.Login, got, resident, rights)
	}
}

// team is a team of one contact that looks after Li.
func (c *checked) team(id, contact string) {
	c.Helper()
	_, err := c.people.AddTeam(c.Context(), records.TeamFile{Team: records.Team{ID: id, Name: id, TimeZone: "Asia/Shanghai"}, Members: []string{contact}, Residents: []string{c.li}})
	c.must(err)
}

const (
	everything = "status,vitals,alerts,file,documents"
	followed   = "status,vitals,alerts"
)

func TestAccessByRelation(t *testing.T) {
	eachChecked(t, func(c *checked) {
		admin, expert, nobody := c.user("boss", records.Administrator), c.user("expert", records.Expert), records.User{}
		c.may(admin, c.li, everything, "lkco")
		c.may(expert, c.li, "", "")
		c.may(nobody, c.li, "", "")
		for _, test := range []struct {
			as           records.Relation
			sees, rights string
		}{
			{records.AsFamily, followed, "l"},
			{records.AsManager, everything, "lkco"},
			{records.AsNeighbour, "", ""},
			{records.AsCaregiver, followed + ",file", "lk"},
			{records.AsDoctor, everything, "lk"},
			{records.AsResident, everything, "lco"},
		} {
			u := c.relative("u-"+string(test.as)[:3]+string(test.as)[len(test.as)-3:], test.as)
			c.may(u, c.li, test.sees, test.rights)
			c.may(u, c.zhao, "", "")
			c.may(u, "", "", "")
			for what, err := range map[string]error{
				"arrange": c.access.MayArrange(c.Context(), u), "manage": c.access.MayManage(c.Context(), u), "oversee": c.access.MayOversee(c.Context(), u),
				"break the glass": c.access.MayBreakGlass(c.Context(), u, c.li),
			} {
				if !errors.Is(err, records.ErrForbidden) {
					c.Errorf("%s may %s: %v", u.Login, what, err)
				}
			}
		}
	})
}

func TestAccessOfTeams(t *testing.T) {
	eachChecked(t, func(c *checked) {
		wang, xu := c.user("wang", records.Caregiver), c.user("xu", records.Caregiver)
		c.may(wang, c.li, everything, "lkc") // nobody's team: all of the staff look after her
		c.contact("wang", wang.ID)
		c.contact("xu", xu.ID)
		c.team("north", "wang")
		c.may(wang, c.li, everything, "lkc")
		c.may(xu, c.li, "", "")
		c.may(xu, c.zhao, everything, "lkc")
	})
}

// Nobody comes to see a resident, or to hear of them, by what they may arrange.
func TestArrangingGivesNoAccess(t *testing.T) {
	eachChecked(t, func(c *checked) {
		ctx := c.Context()
		wang, xu, boss := c.user("wang", records.Caregiver), c.user("xu", records.Caregiver), c.user("boss", records.Administrator)
		c.contact("wang", wang.ID)
		c.contact("xu", xu.ID)
		c.relative("lin", records.AsManager)
		c.contact("chen", "")
		c.team("north", "wang")
		for _, test := range []struct {
			u                       records.User
			care                    bool
			mine, theirs, lin, chen bool
		}{
			{boss, true, true, true, true, true},
			{wang, true, true, false, true, true},
			{xu, false, false, true, false, true},
		} {
			check := func(what string, err error, want bool) {
				c.Helper()
				if (err == nil) != want || err != nil && !errors.Is(err, records.ErrForbidden) {
					c.Errorf("%s changes %s: %v, want %t", test.u.Login, what, err, want)
				}
			}
			check("the care team", c.access.MayArrangeFor(ctx, test.u, c.li), test.care)
			check("how wang is reached", c.access.MayChangeContact(ctx, test.u, "wang"), test.mine)
			check("how xu is reached", c.access.MayChangeContact(ctx, test.u, "xu"), test.theirs)
			check("how the family is reached", c.access.MayChangeContact(ctx, test.u, "lin"), test.lin)
			check("how a neighbour of nobody is reached", c.access.MayChangeContact(ctx, test.u, "chen"), test.chen)
		}
	})
}

func TestConsentSaysWhatIsShared(t *testing.T) {
	eachChecked(t, func(c *checked) {
		lin := c.relative("lin", records.AsFamily)
		share := records.Consent{
			Resident: c.li, Purpose: records.Sharing, Contact: "lin", Scope: records.Status | records.Vitals, GivenBy: "李奶奶",
			Capacity: records.ByResident, Manner: records.SignedIn, Language: "zh-CN", Until: c.now.Add(time.Hour),
		}
		less, err := c.consents.Give(c.Context(), share)
		c.must(err)
		text, err := records.ConsentTextFor(records.Sharing, "zh")
		c.must(err)
		if less.TextVersion != records.CurrentConsentText || less.TextHash != text.Hash || less.Language != "zh" {
			c.Errorf("consent %+v, want the text that was shown", less)
		}
		c.may(lin, c.li, "status,vitals", "")
		told, err := c.people.Told(c.Context(), c.db, []records.Addressee{{Resident: c.li, Contact: "lin"}, {Contact: "lin"}})
		c.must(err)
		if _, may := told[records.Addressee{Resident: c.li, Contact: "lin"}]; may || len(told) != 1 {
			c.Errorf("told %+v, want lin about nobody only", told)
		}
		if m := c.circle(c.li).Members; len(m) != 1 || !m[0].Withheld {
			c.Errorf("members %+v, want lin withheld", m)
		}

		share.Scope, share.From, share.Until = records.Alerts|records.File, c.now.Add(30*time.Minute), time.Time{}
		more, err := c.consents.Give(c.Context(), share)
		c.must(err)
		c.may(lin, c.li, "status,vitals", "")
		c.now = c.now.Add(30 * time.Minute)
		c.may(lin, c.li, "status,vitals,alerts,file", "l")
		c.now = c.now.Add(30 * time.Minute)
		c.may(lin, c.li, "alerts,file", "l")
		if m := c.circle(c.li).Members; m[0].Withheld {
			c.Error("lin is withheld though the consent holds")
		}
		before, err := c.access.Ties(c.Context(), lin)
		c.must(err)
		c.now = c.now.Add(time.Second)
		withdrawn, err := c.consents.Withdraw(c.Context(), c.li, more.ID, lin.ID, "she asked for it")
		c.must(err)
		c.may(lin, c.li, "", "")
		after, err := c.access.Ties(c.Context(), lin)
		c.must(err)
		if before == after {
			c.Error("her ties are the same after the withdrawal")
		}
		if !withdrawn.WithdrawnAt.Equal(c.now) || withdrawn.Withdrawal != "she asked for it" {
			c.Errorf("withdrawn %+v", withdrawn)
		}
		c.refused(errOf(c.consents.Withdraw(c.Context(), c.zhao, more.ID, "", "")), records.ErrNotFound, "consent.not_found", more.ID)
		list, err := c.consents.Of(c.Context(), c.li)
		if err != nil || len(list) != 2 || list[0].ID != more.ID {
			c.Errorf("consents %+v, %v, want two, the newest first", list, err)
		}
	})
}

// A sign-in is nobody else's signature.
func TestWhoConsentsBySigningIn(t *testing.T) {
	eachChecked(t, func(c *checked) {
		lin, self, boss := c.relative("lin", records.AsManager), c.relative("self", records.AsResident), c.user("boss", records.Administrator)
		for _, test := range []struct {
			by       string
			capacity records.Capacity
			may      bool
		}{
			{self.ID, records.ByResident, true}, {lin.ID, records.ByResident, false}, {boss.ID, records.ByResident, false},
			{lin.ID, records.ByGuardian, true}, {self.ID, records.ByGuardian, false}, {boss.ID, records.ByGuardian, false},
		} {
			_, err := c.consents.Give(c.Context(), records.Consent{
				Resident: c.li, Purpose: records.Research, GivenBy: "Li", Capacity: test.capacity, Proof: "court order 12", Manner: records.SignedIn, RecordedBy: test.by,
			})
			if test.may {
				c.must(err)
			} else {
				c.refused(err, records.ErrInvalid, "consent.invalid", "enters it themselves")
			}
		}
	})
}

func TestWithoutTheConsentNobodyWatches(t *testing.T) {
	eachChecked(t, func(c *checked) {
		lin, self, wang, boss := c.relative("lin", records.AsManager), c.relative("self", records.AsResident), c.user("wang", records.Caregiver), c.user("boss", records.Administrator)
		unwatched := func(want bool) {
			c.Helper()
			if ids, err := c.consents.Unwatched(c.Context()); err != nil || ids[c.li] != want || ids[c.zhao] {
				c.Errorf("unwatched %v, %v", ids, err)
			}
		}
		unwatched(false)
		given, err := c.consents.Give(c.Context(), records.Consent{
			Resident: c.li, Purpose: records.Monitoring, GivenBy: "Lin", Capacity: records.ByGuardian, Proof: "court order 12", Manner: records.OnPaper,
		})
		c.must(err)
		unwatched(false)
		c.now = c.now.Add(time.Second)
		c.must(errOf(c.consents.Withdraw(c.Context(), c.li, given.ID, lin.ID, "")))
		unwatched(true)
		c.may(lin, c.li, "", "")
		c.may(wang, c.li, "", "")
		c.may(self, c.li, everything, "lco")
		c.may(boss, c.li, everything, "lkco")
		c.may(wang, c.zhao, everything, "lkc")
	})
}

func TestConsentsAreChecked(t *testing.T) {
	eachChecked(t, func(c *checked) {
		c.contact("lin", "")
		good := records.Consent{Resident: c.li, Purpose: records.Sharing, Contact: "lin", Scope: records.Status, GivenBy: "Li", Capacity: records.ByResident, Manner: records.SignedIn}
		for want, spoil := range map[string]func(*records.Consent){
			"purpose":                         func(x *records.Consent) { x.Purpose = "fun" },
			"contact":                         func(x *records.Consent) { x.Contact = "" },
			"scopes":                          func(x *records.Consent) { x.Scope = 0 },
			"for the purpose of sharing only": func(x *records.Consent) { x.Purpose = records.Research },
			"given_by":                        func(x *records.Consent) { x.GivenBy = " " },
			"capacity":                        func(x *records.Consent) { x.Capacity = "son" },
			"manner":                          func(x *records.Consent) { x.Manner = "" },
			"proof":                           func(x *records.Consent) { x.Capacity = records.ByGuardian },
			"witness":                         func(x *records.Consent) { x.Manner = records.Spoken },
			"until":                           func(x *records.Consent) { x.Until = c.now },
		} {
			bad := good
			spoil(&bad)
			c.refused(errOf(c.consents.Give(c.Context(), bad)), records.ErrInvalid, "consent.invalid", want)
		}
		bad := good
		bad.Contact = "nobody"
		c.refused(errOf(c.consents.Give(c.Context(), bad)), records.ErrNotFound, "contact.not_found", "nobody")
		bad = good
		bad.Resident = "r-9"
		c.refused(errOf(c.consents.Give(c.Context(), bad)), records.ErrNotFound, "resident.not_found", "r-9")
		for _, p := range records.Purposes() {
			for _, language := range []string{"en", "zh-CN", ""} {
				if text, err := records.ConsentTextFor(p, language); err != nil || text.Text == "" || len(text.Hash) != 64 {
					c.Errorf("text for %s in %q: %+v, %v", p, language, text, err)
				}
			}
		}
	})
}

func TestBreakGlass(t *testing.T) {
	eachChecked(t, func(c *checked) {
		wang, xu, boss := c.user("wang", records.Caregiver), c.user("xu", records.Caregiver), c.user("boss", records.Administrator)
		c.contact("wang", wang.ID)
		c.team("north", "wang")
		c.may(xu, c.li, "", "")
		c.must(c.access.MayBreakGlass(c.Context(), xu, c.li))
		c.refused(errOf(c.consents.BreakGlass(c.Context(), c.li, xu.ID, "help")), records.ErrInvalid, "emergency.invalid", "shorter")
		e, err := c.consents.BreakGlass(c.Context(), c.li, xu.ID, "She called from the stairs, her team does not answer.")
		c.must(err)
		c.may(xu, c.li, everything, "l")
		c.may(xu, c.zhao, everything, "lkc")
		c.now = c.now.Add(records.EmergencyLength)
		c.may(xu, c.li, "", "")

		open, err := c.consents.Emergencies(c.Context(), records.EmergencyQuery{Open: true, Untold: true})
		if err != nil || len(open) != 1 || open[0].ID != e.ID {
			c.Fatalf("open %+v, %v", open, err)
		}
		c.refused(errOf(c.consents.Review(c.Context(), e.ID, xu.ID, records.Justified, "")), records.ErrForbidden, "emergency.own", "by the one who had")
		c.refused(errOf(c.consents.Review(c.Context(), e.ID, boss.ID, "fine", "")), records.ErrInvalid, "emergency.invalid", "verdict")
		c.must(errOf(c.consents.Review(c.Context(), e.ID, boss.ID, records.Justified, "an ambulance came")))
		c.refused(errOf(c.consents.Review(c.Context(), e.ID, boss.ID, records.Justified, "")), records.ErrConflict, "emergency.reviewed", "already")
		if open, err := c.consents.Emergencies(c.Context(), records.EmergencyQuery{Open: true}); err != nil || len(open) != 0 {
			c.Errorf("open %+v, %v, want none after the review", open, err)
		}
	})
}

// What somebody was allowed or refused to see is in the audit, with the reason.
func TestAccessIsWrittenDown(t *testing.T) {
	eachChecked(t, func(c *checked) {
		lin := c.relative("lin", records.AsFamily)
		ctx := c.access.Begin(audit.In(c.Context(), audit.Piece{Via: audit.Page, What: "GET /residents/{id}", Session: "s"}))
		c.must(c.access.MaySee(ctx, lin, records.Vitals, c.li))
		if err := c.access.MaySee(ctx, lin, records.File, c.li); !errors.Is(err, records.ErrForbidden) {
			c.Error(err)
		}
		c.must(c.access.MayLookAfter(ctx, lin, c.li))
		for _, resident := range []string{c.li, c.zhao, c.li} {
			if _, err := c.access.Sees(ctx, lin, records.Status, resident); err != nil {
				c.Error(err)
			}
		}
		entries := func() (said []string) {
			c.Helper()
			list, err := c.audit.List(c.Context(), audit.Query{Actor: lin.ID})
			c.must(err)
			for _, e := range list {
				if e.Resident != c.li || e.Via != audit.Page || e.What != "GET /residents/{id}" || e.Refused != (e.Ground == "") {
					c.Errorf("entry %+v", e)
				}
				said = append(said, string(e.Action)+" "+e.Scope+" "+e.Ground)
			}
			return said
		}
		c.same("before the end", entries(), []string{"change alerts family", "read file ", "read vitals family"})
		c.must(c.access.Finish(ctx))
		c.must(c.access.Finish(ctx))
		c.same("at the end", entries(), []string{"read status family", "change alerts family", "read file ", "read vitals family"})
	})
}

func TestAWorkAsksOnce(t *testing.T) {
	eachChecked(t, func(c *checked) {
		lin := c.relative("lin", records.AsFamily)
		ctx := c.access.Begin(c.Context())
		for i := range 20 { // more than are asked for one by one
			c.same("in a work", c.sees(ctx, lin, c.li), followed)
			c.same("of a stranger", c.sees(ctx, lin, string(rune('a'+i))), "")
		}
		c.must(c.people.RemoveMember(c.Context(), c.li, "lin", ""))
		c.may(lin, c.li, "", "")
		c.same("until it asks anew", c.sees(ctx, lin, c.li), followed)
		c.must(c.access.Finish(ctx))
		c.same("after that", c.sees(ctx, lin, c.li), "")
		c.cares("lin", c.li, records.AsFamily)
		c.must(c.people.RemoveContact(c.Context(), "lin", ""))
		c.may(lin, c.li, "", "")
	})
}

func errOf[T any](_ T, err error) error { return err }

// A token never gives more than its user has, nor more than it was made for.
func TestTokensAreBounded(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		access := records.NewAccess(w.db, nil, nil)
		for _, id := range []string{"li", "wang"} {
			_, err := w.residents.Create(ctx, records.Resident{ID: id, Name: id, TimeZone: "Asia/Shanghai"})
			w.must(err)
		}
		people := records.NewPeople(w.db, nil, time.Now)
		admin, son := w.user("admin", records.Administrator), w.user("son", records.Family)
		c, err := people.AddContact(ctx, records.Contact{Name: "son", User: son.ID, TimeZone: "Asia/Shanghai"})
		w.must(err)
		w.must(people.SetMember(ctx, records.Membership{Resident: "li", Contact: c.ID, Relation: records.AsFamily}))
		with := func(u records.User, b records.Bound) records.User {
			w.Helper()
			secret, _, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID, Bound: b}, "")
			w.must(err)
			u, err = w.users.ByToken(ctx, secret)
			w.must(err)
			return u
		}
		whole := records.Bound{}
		vitals := records.Bound{Bounded: true, Scope: records.Vitals}
		acting := records.Bound{Bounded: true, Scope: records.Alerts, Changes: true}
		reading := records.Bound{Bounded: true, Scope: records.Everything, Service: true}
		service := records.Bound{Bounded: true, Service: true, Changes: true}
		for _, c := range []struct {
			name     string
			user     records.User
			resident string
			scope    records.Scope
			may      string
		}{
			{"an administrator's", with(admin, whole), "li", records.Everything, "look after, keep, consent, overlook, arrange, oversee, manage, appoint, break, change, self"},
			{"an administrator's for vitals", with(admin, vitals), "li", records.Vitals, ""},
			{"an administrator's that acts on alerts", with(admin, acting), "li", records.Alerts, "look after, change"},
			{"an administrator's that reads", with(admin, reading), "li", records.Everything, "overlook, arrange, oversee, manage, self"},
			{"an administrator's for the service", with(admin, service), "li", 0, "arrange, oversee, manage, change, self"},
			{"a son's", with(son, whole), "li", records.Status | records.Vitals | records.Alerts, "look after, change, self"},
			{"a son's of another", with(son, whole), "wang", 0, "change, self"},
			{"a son's that reads", with(son, reading), "li", records.Status | records.Vitals | records.Alerts, "self"},
			{"a son's for the service", with(son, service), "li", 0, "change, self"},
		} {
			for _, ctx := range []context.Context{ctx, access.Begin(ctx)} {
				if got, err := access.Glance(ctx, c.user, c.resident); err != nil || got != c.scope {
					w.Errorf("%s sees %s %v, want %s", c.name, got, err, c.scope)
				}
				var may []string
				for _, one := range []struct {
					name string
					err  error
				}{
					{"look after", access.MayLookAfter(ctx, c.user, c.resident)}, {"keep", access.MayKeep(ctx, c.user, c.resident)},
					{"consent", access.MayConsent(ctx, c.user, c.resident)}, {"overlook", access.MayOverlook(ctx, c.user, c.resident)},
					{"arrange", access.MayArrange(ctx, c.user)}, {"oversee", access.MayOversee(ctx, c.user)}, {"manage", access.MayManage(ctx, c.user)},
					{"appoint", access.MayAppoint(ctx, c.user)}, {"break", access.MayBreakGlass(ctx, c.user, c.resident)},
					{"change", access.MayChange(ctx, c.user)}, {"self", access.MayBeSelf(ctx, c.user)},
				} {
					if one.err == nil {
						may = append(may, one.name)
					}
				}
				if got := strings.Join(may, ", "); got != c.may {
					w.Errorf("%s may %q, want %q", c.name, got, c.may)
				}
			}
		}
		// Of the same person a piece of work does not mix up the two.
		ctx = access.Begin(ctx)
		if _, err := access.Glance(ctx, with(son, whole), "li"); err != nil {
			w.Fatal(err)
		}
		if got, err := access.Glance(ctx, with(son, vitals), "li"); err != nil || got != records.Vitals {
			w.Errorf("%s %v", got, err)
		}
	})
}
