package service_test

import (
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/reports"
)

// pageThings are what routes and forms name in braces, by an actor's: mostly made for
// whoever asks, so that no form finds what another has used up.
var pageThings = map[string]func(w *pageWorld, who *pageActor) string{
	"resident": func(_ *pageWorld, who *pageActor) string { return who.resident() },
	"twin":     func(_ *pageWorld, who *pageActor) string { return who.twin() },
	"sister":   func(_ *pageWorld, who *pageActor) string { return who.sister() },
	"leaver":   func(_ *pageWorld, who *pageActor) string { return who.leaver() },
	"name":     func(_ *pageWorld, who *pageActor) string { return residentName(who.letter) },
	"alert":    func(_ *pageWorld, who *pageActor) string { return who.alert },
	"device":   func(_ *pageWorld, who *pageActor) string { return "band-" + who.letter },
	"team":     func(*pageWorld, *pageActor) string { return "north" },
	"number": func(w *pageWorld, _ *pageActor) string {
		w.made++
		return fmt.Sprintf("010626%05d", w.made)
	},
	"week": func(*pageWorld, *pageActor) string { return reports.WeekOf(time.Now()).String() },
	"yesterday": func(*pageWorld, *pageActor) string {
		return time.Now().AddDate(0, 0, -1).In(time.FixedZone("", 8*60*60)).Format(time.DateOnly)
	},
	"tomorrow": func(*pageWorld, *pageActor) string { return time.Now().AddDate(0, 0, 1).Format(time.DateOnly) },
	"soon": func(*pageWorld, *pageActor) string {
		return time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	},
	"identity": func(w *pageWorld, who *pageActor) string {
		versions, err := w.service.Residents.Identities(w.t.Context(), who.resident())
		must(w.t, err)
		return fmt.Sprint(versions[0].Version)
	},

	"user": func(w *pageWorld, _ *pageActor) string {
		w.made++
		u, err := w.service.Users.Add(w.t.Context(), records.User{Login: fmt.Sprint("somebody-", w.made), Name: "Somebody", Role: records.Family})
		must(w.t, err)
		return u.ID
	},
	"invitation": func(w *pageWorld, _ *pageActor) string { return w.post("/invitations", `{"role":"family"}`) },
	"contact": func(w *pageWorld, who *pageActor) string {
		who.last = w.newContact(who.resident())
		return who.last
	},
	"newcomer": func(w *pageWorld, _ *pageActor) string { return w.newContact("") },
	"channel":  func(w *pageWorld, who *pageActor) string { return w.channelOf(who.last) },
	"mine":     func(w *pageWorld, who *pageActor) string { return w.channelOf(who.contact) },
	"ended":    func(w *pageWorld, who *pageActor) string { return w.ended(w.channelOf(who.last)) },
	"mine-ended": func(w *pageWorld, who *pageActor) string {
		c, err := w.service.People.AddChannel(w.t.Context(), records.Channel{Contact: who.contact, Kind: records.Email, Address: "gone@example.org", From: records.Info, LoudFrom: records.Warning})
		must(w.t, err)
		return w.ended(c.ID)
	},
	"colleague": func(w *pageWorld, _ *pageActor) string {
		id := w.newContact("")
		must(w.t, w.service.People.JoinTeam(w.t.Context(), "north", id))
		return id
	},
	"shift": func(w *pageWorld, _ *pageActor) string {
		hours, err := records.ParseHours("10:00", "11:00")
		must(w.t, err)
		must(w.t, w.service.People.ChangeShifts(w.t.Context(), "north", func([]records.Shift) []records.Shift {
			return []records.Shift{{Contact: "nurse", Weekday: time.Tuesday, Hours: hours}}
		}))
		roster, err := w.service.People.Roster(w.t.Context(), "north", time.Now(), time.Now())
		must(w.t, err)
		return roster.Shifts[0].ID
	},
	"override": func(w *pageWorld, _ *pageActor) string {
		from := time.Now().AddDate(0, 1, 0)
		o, err := w.service.People.AddOverride(w.t.Context(), "north", records.Override{Contact: "nurse", From: from, To: from.Add(time.Hour)})
		must(w.t, err)
		return o.ID
	},

	// A rule that her lungs ask for.
	"condition": func(w *pageWorld, who *pageActor) string {
		_, err := w.service.File.Add(w.t.Context(), who.resident(), &healthfile.Condition{Code: "J44.9"}, records.Change{})
		must(w.t, err)
		return "copd"
	},

	// An offer to the actor, where they can take it, and otherwise to somebody whom staff
	// may answer for.
	"duty": func(w *pageWorld, who *pageActor) string {
		to := who.contact
		if !who.around() {
			to = w.newContact(who.resident())
		}
		d, err := w.service.People.OfferDuty(w.t.Context(), who.resident(), to, time.Now().Add(time.Hour), records.Actor{Staff: true})
		must(w.t, err)
		return d.ID
	},
	"consent": func(w *pageWorld, who *pageActor) string {
		return w.post("/residents/"+who.resident()+"/consents", `{"purpose":"research","given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`)
	},
	"emergency": func(w *pageWorld, who *pageActor) string {
		w.made++
		u, err := w.service.Users.Add(w.t.Context(), records.User{Login: fmt.Sprint("night-", w.made), Name: "Night", Role: records.Caregiver})
		must(w.t, err)
		e, err := w.service.Consents.BreakGlass(w.t.Context(), who.resident(), u.ID, "a reason that is long enough")
		must(w.t, err)
		return e.ID
	},

	"note": func(w *pageWorld, who *pageActor) string {
		e, err := w.service.File.Add(w.t.Context(), who.resident(), &healthfile.Note{Text: "x"}, records.Change{})
		must(w.t, err)
		return e.ID
	},
	"document": func(w *pageWorld, who *pageActor) string { return w.document(who) },
	"assessment": func(w *pageWorld, who *pageActor) string {
		return w.post("/residents/"+who.resident()+"/assessments", `{"form":"self_care","answers":{"eating":3,"washing":1,"dressing":0,"toileting":5,"mobility":0},"mode":"observed"}`)
	},
	"reminder": func(w *pageWorld, who *pageActor) string { return w.reminderOf(who, "daily at 08:00") },
	// An occurrence that is due in a minute.
	"occurrence": func(w *pageWorld, who *pageActor) string {
		due := time.Now().Add(2 * time.Minute).In(time.FixedZone("", 8*60*60))
		id := w.reminderOf(who, "daily at "+due.Format("15:04"))
		all, err := w.service.Reminders.Occurrences(w.t.Context(), reminders.Query{Residents: []string{who.resident()}, From: due.Add(-time.Hour), To: due.Add(time.Hour)})
		must(w.t, err)
		for i := range all {
			if all[i].Reminder == id {
				return all[i].ID
			}
		}
		w.t.Fatalf("reminder %s is not due at %s", id, due)
		return ""
	},

	"panel":        func(w *pageWorld, who *pageActor) string { return who.asks },
	"consultation": func(_ *pageWorld, who *pageActor) string { return who.question },
	// Others about the same resident: put, answered by its chair alone, and advised on.
	"another-consultation": func(w *pageWorld, who *pageActor) string { return w.question(who) },
	"documented":           func(w *pageWorld, who *pageActor) string { return w.question(who, w.document(who)) },
	"answered":             func(w *pageWorld, who *pageActor) string { return w.answeredBy(w.chair, w.questionTo(w.chairs, who)) },
	"advised":              func(w *pageWorld, who *pageActor) string { return w.advised(who) },
	"chair":                func(w *pageWorld, _ *pageActor) string { return w.chair.user },
	"new-name": func(w *pageWorld, _ *pageActor) string {
		w.made++
		return fmt.Sprint(w.made)
	},

	// A file that was made one with that of the twin.
	"merge": func(w *pageWorld, who *pageActor) string {
		w.made++
		ctx := w.t.Context()
		r, err := w.service.Residents.Create(ctx, records.Resident{ID: fmt.Sprint("before-", w.made), Name: "Before", TimeZone: "Asia/Shanghai"})
		must(w.t, err)
		p, err := w.service.Merges.Preview(ctx, who.twin(), r.ID)
		must(w.t, err)
		said := merging.Request{Survivor: who.twin(), Other: r.ID, Reason: "x", Tag: p.Tag, Care: merging.KeepCare}
		for _, widened := range p.Widened {
			said.Widen = append(said.Widen, widened.Contact)
		}
		m, err := w.service.Merges.Merge(ctx, said)
		must(w.t, err)
		w.waitFor("the readings to follow", func() error {
			if m, err = w.service.Merges.One(ctx, m.ID); err == nil && m.Unfinished() {
				err = fmt.Errorf("they are %s", m.Readings)
			}
			return err
		})
		return m.ID
	},
	"tag": func(w *pageWorld, who *pageActor) string {
		p, err := w.service.Merges.Preview(w.t.Context(), who.twin(), who.sister())
		must(w.t, err)
		return p.Tag
	},
}

// around is set for who can have the resident on their hands.
func (a *pageActor) around() bool {
	return a.team || a.relation != "" && a.relation != records.AsResident
}

func (w *pageWorld) channelOf(contact string) string {
	w.t.Helper()
	c, err := w.service.People.Contact(w.t.Context(), contact)
	must(w.t, err)
	return c.Channels[0].ID
}

// ended ends a channel as the one who sends over it does, when it will never work again.
func (w *pageWorld) ended(id string) string {
	w.t.Helper()
	now := time.Now()
	must(w.t, w.service.People.ChannelFailed(w.t.Context(), w.service.Records, id, now, "gone"))
	must(w.t, w.service.People.ChannelEnded(w.t.Context(), w.service.Records, id, now))
	return id
}

func (w *pageWorld) reminderOf(who *pageActor, schedule string) string {
	w.t.Helper()
	return w.post("/residents/"+who.resident()+"/reminders", `{"kind":"drinking","what":"Water","schedule":"`+schedule+`"}`)
}
