package panels_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
)

// The whole of it: a question, opinions that differ, advice, a change that is made and what
// came after it, each step in an audit that is whole.
func TestFromAQuestionToWhatCameOfIt(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		for day := range 40 {
			w.measure(noon.Add(-time.Duration(day)*24*time.Hour-time.Hour), 150+float64(day%5))
		}
		w.alerts.all = []panels.Alert{{Rule: "bp_high_session", BeganAt: noon.Add(-5 * 24 * time.Hour), Verdict: "true"}}
		_, err := w.file.Add(ctx, "li", &healthfile.Condition{Code: "I10", Name: "Hypertension", By: "Dr Wu", Note: "ask her daughter Hong"}, records.Change{By: "nurse"})
		w.must(err)

		c := w.ask()
		if c.Status != panels.Open || len(c.Seats) != 3 || !c.DueAt.Equal(noon.Add(7*24*time.Hour)) {
			t.Errorf("asked: %+v", c)
		}
		text, err := w.book.Evidence(ctx, w.who["second"], c.ID)
		w.must(err)
		var e panels.Evidence
		w.must(json.Unmarshal(text, &e))
		if e.Person.Age == nil || *e.Person.Age != 85 || len(e.Chart.Metrics) != 1 || len(e.Chart.Metrics[0].Days) < 29 || len(e.Alerts) != 1 || len(e.File.Conditions) != 1 {
			t.Errorf("evidence %s", text)
		}
		for _, secret := range []string{"Li Hua", `"li"`, "Hong", "Dr Wu", "nurse"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("the evidence says %s: %s", secret, text)
			}
		}

		w.now = noon.Add(time.Hour)
		w.speaks("chair", c.ID, limit("150"))
		w.speaks("second", c.ID, limit("150"))
		second := w.speaks("second", c.ID, limit("145")) // another version
		if second.Version != 2 || !second.Unseen || second.Evidence != c.Evidence {
			t.Errorf("signed %+v", second)
		}
		for _, name := range []string{"chair", "second", "third"} { // nobody sees another's
			list, err := w.book.Opinions(ctx, w.who[name], c.ID)
			w.must(err)
			if slices.ContainsFunc(list, func(o panels.Opinion) bool { return o.Expert != w.who[name].ID }) {
				t.Errorf("%s sees %+v", name, list)
			}
		}
		if list, err := w.book.OpinionsFor(ctx, "nurse", c.ID); err != nil || len(list) != 0 {
			t.Errorf("who asked sees %v, %v", list, err)
		}
		_, err = w.book.Advise(ctx, w.who["chair"], c.ID, panels.Guidance{Text: "x", Plain: panels.Text{EN: "x"}, ReviewBy: records.Date{Year: 2027, Month: 1, Day: 1}})
		w.refused(err, panels.CodeWaiting, "awaits opinions")
		w.now = noon.Add(2 * time.Hour)
		w.speaks("third", c.ID, leave())
		if got := w.status(c.ID); got != panels.Answered {
			t.Errorf("all are in: %s", got)
		}
		_, err = w.book.Speak(ctx, w.who["second"], c.ID, leave())
		w.refused(err, panels.CodeNotYours, "")

		list, err := w.book.Opinions(ctx, w.who["chair"], c.ID)
		w.must(err)
		points := panels.Points(list)
		befores, usuals, err := w.book.Bases(ctx, w.who["chair"].ID, c.ID, points)
		w.must(err)
		var said []string
		for i, p := range points {
			said = append(said, p.Words(befores[i], usuals[i]).EN)
		}
		want := []string{
			"Two would change something, one would leave it as it is.",
			"One would lower the upper limit of systolic pressure from 160 to 150, one would lower the upper limit of systolic pressure from 160 to 145, one would leave it.",
		}
		if !slices.Equal(said, want) {
			t.Errorf("said %q\nwant %q", said, want)
		}

		w.now = noon.Add(3 * time.Hour)
		a := w.advises(c.ID, "150")
		if len(a.Proposals) != 1 || len(a.Opinions) != 3 {
			t.Errorf("advised %+v", a)
		}
		p, err := w.book.Accept(ctx, c.ID, 1, "nurse", "The doctor agrees.", nil)
		w.must(err)
		care, err := w.care.Care(ctx, "li")
		w.must(err)
		if p.State != panels.Applied || care.Limits["bp.high.systolic"] != 150 || care.ChangedBy != "nurse" || care.Reason != "advice "+a.ID+" change 1: The doctor agrees." {
			t.Errorf("accepted: %+v\n%+v", p, care)
		}
		_, err = w.book.Refuse(ctx, c.ID, 1, "nurse", "No.")
		w.refused(err, panels.CodeDecided, "already")

		w.now = noon.Add(7 * 24 * time.Hour)
		w.measure(w.now.Add(-time.Hour), 140)
		effects, err := w.book.Effects(ctx, "nurse", c.ID)
		w.must(err)
		if e := effects[1]; e.Complete || len(e.Vitals) != 1 || e.Vitals[0].After.N != 1 || e.Vitals[0].DaysBefore != 14 || len(e.Alerts) != 1 || e.Alerts[0].Before != 1 {
			t.Errorf("so far: %+v", e)
		}
		w.pass(8 * 24 * time.Hour)
		w.measure(noon.Add(10*24*time.Hour), 200) // comes late: what was frozen stays
		effects, err = w.book.Effects(ctx, "nurse", c.ID)
		w.must(err)
		if e := effects[1]; !e.Complete || e.Vitals[0].After.Max != 140 {
			t.Errorf("in the end: %+v", e)
		}

		_, err = audit.Verify(ctx, w.db)
		w.must(err)
	})
}

// What people have written names nobody before experts, and words that hold a short name
// are words.
func TestEvidenceNamesNobody(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		_, err := w.db.ExecContext(ctx, "UPDATE residents SET name = '李华 Li Hua', called = 'An'")
		w.must(err)
		_, err = w.file.Add(ctx, "li", &healthfile.Medicine{Name: "Aspirin", Dose: "as LI HUA likes", For: "An's angina"}, records.Change{By: "nurse"})
		w.must(err)
		w.weeks = []panels.Week{{Kind: "medication", What: "Give Li Hua aspirin"}}
		w.reminders = []panels.Standing{{ID: "01", Kind: "measurement", What: "Weigh Li Hua", Schedule: "daily at 08:00"}}
		for _, text := range []string{"Does an sleep?", "Is Li Hua well?", "李华睡得好吗？"} {
			_, err = w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: text, By: "nurse"})
			w.refused(err, "consultation.invalid", "names the resident")
		}
		c := w.ask(func(q *panels.Question) { q.Text = "Any change?" })
		text, err := w.book.Evidence(ctx, w.who["second"], c.ID)
		w.must(err)
		var e panels.Evidence
		w.must(json.Unmarshal(text, &e))
		m := e.File.Medicines[0]
		if m.Dose != "as … likes" || m.For != "…'s angina" || e.Adherence[0].What != "Give … aspirin" || e.Reminders[0].What != "Weigh …" {
			t.Errorf("%+v %+v %+v", m, e.Adherence, e.Reminders)
		}
		// What was left out of it has not changed since.
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		a, err := w.book.Advise(ctx, w.who["chair"], c.ID, panels.Guidance{
			Text: "Once a week.", Plain: panels.Text{EN: "Once a week is enough."}, ReviewBy: records.Date{Year: 2026, Month: 12, Day: 27},
			Changes: []panels.Change{{Kind: panels.OfReminder, Target: e.Reminders[0].Ref, Reminder: &panels.Reminder{Kind: "measurement", What: "Weigh …", Schedule: "every monday at 08:00"}}},
		})
		w.must(err)
		for schedule, has := range map[string]bool{"daily at 08:00": false, "daily at 09:00": true} {
			w.reminders[0].Schedule = schedule
			if stand, err := w.book.Standing(ctx, a.Proposals[0]); err != nil || stand.Moved != has {
				t.Errorf("it stands at %+v, %v", stand, err)
			}
		}
		// And it stays in what is made of it.
		w.reminders[0].Schedule = "daily at 08:00"
		_, err = w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", nil)
		w.must(err)
		if w.made.Target != "01" || w.made.Reminder.What != "Weigh Li Hua" {
			t.Errorf("made %+v %+v", w.made, w.made.Reminder)
		}
	})
}

// Who is asked sees the evidence while they are, and nothing before or after; nobody else
// ever does.
func TestExpertsSeeWhatIsOpen(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		may := func(name string) bool {
			_, err := w.book.Evidence(ctx, w.who[name], c.ID)
			if err != nil && !errors.Is(err, store.ErrForbidden) {
				t.Fatal(err)
			}
			return err == nil
		}
		check := func(when string, want map[string]bool) {
			t.Helper()
			for name, should := range want {
				if may(name) != should {
					t.Errorf("%s: %s sees the evidence: %t", when, name, !should)
				}
			}
		}
		check("open", map[string]bool{"chair": true, "second": true, "third": true, "outsider": false})
		bounded := w.who["second"] // by a token
		bounded.Bound = records.Bound{Bounded: true, Scope: records.Vitals | records.Alerts, Changes: true}
		if _, err := w.book.Evidence(ctx, bounded, c.ID); !errors.Is(err, store.ErrForbidden) {
			t.Errorf("with a token without the file: %v", err)
		}
		bounded.Bound = records.Bound{Bounded: true, Scope: records.Everything}
		if _, err := w.book.Evidence(ctx, bounded, c.ID); err != nil {
			t.Errorf("with a token that reads: %v", err)
		}
		_, err := w.book.Speak(ctx, bounded, c.ID, leave())
		w.refused(err, panels.CodeNotYours, "it reads alone")
		related := w.who["second"] // is of somebody's family by now
		related.Role = records.Family
		if _, err := w.book.Evidence(ctx, related, c.ID); !errors.Is(err, store.ErrForbidden) {
			t.Errorf("as family: %v", err)
		}
		w.must(w.book.Decline(ctx, w.who["third"], c.ID, "I know her."))
		check("declined", map[string]bool{"third": false})
		w.speaks("chair", c.ID, leave())
		w.panel(true, "chair", "second", "outsider")
		check("changed", map[string]bool{"second": true, "third": false, "outsider": false})
		w.panel(true, "chair", "outsider")
		for name, want := range map[string]bool{"chair": true, "outsider": true, "second": false} {
			if sits, err := w.book.Sits(ctx, w.who[name].ID); err != nil || sits != want {
				t.Errorf("%s sits in a panel: %t, %v", name, sits, err)
			}
		}
		check("removed", map[string]bool{"second": false})
		w.pass(time.Second) // nobody is waited for any more
		check("answered", map[string]bool{"chair": true, "second": false})
		w.advises(c.ID, "150")
		check("advised", map[string]bool{"chair": false, "second": false, "third": false, "outsider": false})
		if cases, err := w.book.Cases(ctx, w.who["chair"]); err != nil || len(cases) != 0 {
			t.Errorf("the chair has %v, %v", cases, err)
		}
		log, err := w.audit.List(ctx, audit.Query{Resident: "li", Actor: w.who["outsider"].ID})
		w.must(err)
		if len(log) == 0 || !log[0].Refused {
			t.Errorf("what was refused is not in the audit: %+v", log)
		}
		log, err = w.audit.List(ctx, audit.Query{Resident: "li", Actor: w.who["second"].ID})
		w.must(err)
		if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Action == audit.Read && e.Ground == "consultation "+c.ID }) {
			t.Errorf("what was seen is not in the audit: %+v", log)
		}
	})
}

// Without consent nothing is asked, and what is asked ends with it.
func TestConsentIsNeeded(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		_, err := w.consents.Withdraw(ctx, "li", w.consent.ID, "nurse", "She does not want it.")
		w.must(err)
		if _, err := w.book.Evidence(ctx, w.who["second"], c.ID); !errors.Is(err, store.ErrForbidden) {
			t.Errorf("seen after the withdrawal: %v", err)
		}
		w.pass(time.Second)
		if got := w.status(c.ID); got != panels.Withdrawn {
			t.Errorf("the question is %s", got)
		}
		_, err = w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "Again?", By: "nurse"})
		w.refused(err, panels.CodeNoConsent, "enter their consent for the purpose panel")

		// Who is not to be watched over any more is shown to nobody, whatever else was agreed to.
		for _, purpose := range []records.Purpose{records.Panel, records.Monitoring} {
			w.consent, err = w.consents.Give(ctx, records.Consent{Resident: "li", Purpose: purpose, GivenBy: "Li Hua", Capacity: records.ByResident, Manner: records.SignedIn})
			w.must(err)
		}
		c = w.ask()
		w.now = w.now.Add(time.Minute)
		_, err = w.consents.Withdraw(ctx, "li", w.consent.ID, "nurse", "She does not want it.")
		w.must(err)
		if _, err := w.book.Evidence(ctx, w.who["second"], c.ID); !errors.Is(err, store.ErrForbidden) {
			t.Errorf("seen of who is not watched over: %v", err)
		}
	})
}

// A usual limit that has become another, as by a condition that was set, is seen before a
// change of it is accepted.
func TestAUsualLimitThatMovedIsSeen(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, limit("150"))
		}
		a := w.advises(c.ID, "150")
		stands := func(want panels.Stand) {
			t.Helper()
			if got, err := w.book.Standing(ctx, a.Proposals[0]); err != nil || got != want {
				t.Errorf("it stands at %+v, %v, want %+v", got, err, want)
			}
		}
		stands(panels.Stand{})
		_, err := w.care.SetCare(ctx, "li", records.Care{Conditions: []string{"athlete"}}, records.Change{By: "nurse"})
		w.must(err)
		stands(panels.Stand{Then: "160", Now: "145", Moved: true})
		_, err = w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", nil)
		w.refused(err, panels.CodeMoved, `it was "160", and is "145" now`)
		seen := "145"
		p, err := w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", &seen)
		w.must(err)
		if p.State != panels.Applied || p.Was != "" {
			t.Errorf("%+v", p)
		}
	})
}

// In turn each sees those before, and waits for them.
func TestInTurn(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask(inTurn)
		_, err := w.book.Speak(ctx, w.who["second"], c.ID, leave())
		w.refused(err, panels.CodeNotYourTurn, "have not spoken yet")
		first := w.speaks("chair", c.ID, limit("150"))
		second := w.speaks("second", c.ID, leave())
		if !first.Unseen || second.Unseen {
			t.Errorf("%+v\n%+v", first, second)
		}
		for name, want := range map[string]int{"chair": 1, "second": 2, "third": 2} {
			if list, err := w.book.Opinions(ctx, w.who[name], c.ID); err != nil || len(list) != want {
				t.Errorf("%s sees %d, %v; want %d", name, len(list), err, want)
			}
		}
		// Where those before have declined, there is nothing to be seen.
		c = w.ask(inTurn)
		w.must(w.book.Decline(ctx, w.who["chair"], c.ID, "I know her."))
		if o := w.speaks("second", c.ID, leave()); !o.Unseen {
			t.Errorf("the first to speak could see another's: %+v", o)
		}
	})
}

// A change of what has changed since is asked for again, and what was accepted is made
// once whenever we crash.
func TestAcceptedOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, limit("150"))
		}
		_, err := w.care.SetCare(ctx, "li", records.Care{Limits: map[string]float64{"bp.high.systolic": 155}}, records.Change{By: "doctor"})
		w.must(err)
		w.advises(c.ID, "150")
		_, err = w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", nil)
		w.refused(err, panels.CodeMoved, `is "155" now`)
		now := "155"
		p, err := w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", &now)
		w.must(err)
		if p.State != panels.Applied || p.Made != "care version 2" {
			t.Errorf("%+v", p)
		}
		// We died before it was written that it was made.
		_, err = w.db.ExecContext(ctx, "UPDATE advice_proposals SET state = 'accepted', applied_at = NULL, made = ''")
		w.must(err)
		_, err = w.care.SetCare(ctx, "li", records.Care{Limits: map[string]float64{"bp.high.systolic": 158}}, records.Change{By: "doctor"})
		w.must(err)
		w.pass(time.Hour)
		a, err := w.book.AdviceOf(ctx, "nurse", c.ID)
		w.must(err)
		if at := a.Proposals[0].AppliedAt; !at.Equal(p.AppliedAt) {
			t.Errorf("it is said to have been made at %s, and was at %s", at, p.AppliedAt)
		}
		care, err := w.care.Care(ctx, "li")
		w.must(err)
		if a.Proposals[0].State != panels.Applied || care.Limits["bp.high.systolic"] != 158 || care.Version != 3 {
			t.Errorf("made again: %+v %+v", a.Proposals[0], care)
		}
		// We died before it was made, and somebody has changed it meanwhile.
		_, err = w.db.ExecContext(ctx, "UPDATE advice_proposals SET state = 'accepted', applied_at = NULL, made = '', reason = 'Other.', n = n")
		w.must(err)
		_, err = w.db.ExecContext(ctx, "UPDATE resident_care SET reason = 'x'")
		w.must(err)
		w.pass(time.Second)
		if a, err = w.book.AdviceOf(ctx, "nurse", c.ID); err != nil || a.Proposals[0].State != panels.Proposed || !strings.Contains(a.Proposals[0].Problem, `"158" now`) {
			t.Errorf("%+v %v", a.Proposals, err)
		}
		var steps []string
		log, err := w.audit.List(ctx, audit.Query{Resident: "li", Action: audit.Change})
		w.must(err)
		for _, e := range slices.Backward(log) {
			steps = append(steps, strings.TrimPrefix(e.What, "consultation "+c.ID+": "))
		}
		want := []string{"answered", "proposal 1 accepted", "proposal 1 made: care version 2", "proposal 1 made: care version 2", "proposal 1 open again"}
		if !slices.Equal(steps, want) {
			t.Errorf("the audit says %q\nwant %q", steps, want)
		}
	})
}

// A later advice takes the place of an earlier one; both stay.
func TestSuperseding(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		one := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, one.ID, limit("150"))
		}
		first := w.advises(one.ID, "150")
		again := func(q *panels.Question) { q.Reviews = first.ID }
		two, three := w.ask(again), w.ask(again)
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, two.ID, leave())
		}
		second := w.advises(two.ID, "145")
		all, _, err := w.book.AdviceFor(ctx, "nurse", "li")
		w.must(err)
		if len(all) != 2 || all[0].Supersedes != first.ID || all[1].SupersededBy != second.ID {
			t.Errorf("%+v", all)
		}
		_, err = w.book.Accept(ctx, one.ID, 1, "nurse", "Yes.", nil)
		w.refused(err, panels.CodeOver, "has taken its place")
		_, err = w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "Once more?", By: "nurse", Reviews: first.ID})
		w.refused(err, panels.CodeOver, second.ID)
		p, err := w.book.Refuse(ctx, two.ID, 1, "nurse", "Her doctor says no.")
		if err != nil || p.State != panels.Refused {
			t.Errorf("%+v %v", p, err)
		}
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, three.ID, leave())
		}
		w.advises(three.ID, "140")
		if all, _, err = w.book.AdviceFor(ctx, "nurse", "li"); err != nil || all[0].Supersedes != second.ID || all[1].SupersededBy != all[0].ID || all[2].SupersededBy != second.ID {
			t.Errorf("the third: %+v %v", all, err)
		}
	})
}

// A question may not name who it is about, and changes that could never be made are
// refused before they are proposed.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		_, err := w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "Is li hua well?", By: "nurse"})
		w.refused(err, "consultation.invalid", "names the resident")
		c := w.ask()
		bad := limit("150")
		bad.Changes[0].Target = "nonsense"
		_, err = w.book.Speak(ctx, w.who["chair"], c.ID, bad)
		w.refused(err, "changes.invalid", "is no threshold")
		w.panel(false)
		_, err = w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "And now?", By: "nurse"})
		w.refused(err, panels.CodePanelIdle, "choose another")
	})
}
