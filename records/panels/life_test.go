package panels_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store/storetest"
)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// ringing checks which alerts there are.
func (w *world) ringing(when string, rules ...string) {
	w.Helper()
	if got := w.alarm.ringing(); !slices.Equal(got, rules) {
		w.Errorf("%s: %v rings, want %v", when, got, rules)
	}
}

// What is late is an alert, once, until it is answered.
func TestOverdue(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.pass(7*24*time.Hour - time.Second)
		w.ringing("just before")
		w.alarm.fails = true
		w.now = w.now.Add(time.Second)
		if err := w.book.Look(w.Context()); err == nil {
			t.Error("nothing is said of a broken bell")
		}
		w.alarm.fails = false
		w.pass(0)
		w.pass(time.Minute)
		w.ringing("late", panels.RuleOverdue)
		if n := len(w.alarm.rang); n != 1 {
			t.Errorf("it rang %d times", n)
		}
		w.speaks("second", c.ID, leave())
		w.pass(time.Minute)
		w.ringing("one has spoken", panels.RuleOverdue)
		w.advises(c.ID, "150") // the chair goes on
		w.pass(time.Minute)
		w.ringing("answered")
		w.pass(24 * time.Hour * 22) // 27 December is over
		w.ringing("not yet looked at again")
		w.pass(2 * 24 * time.Hour)
		w.ringing("to be looked at again", panels.RuleReview)
		_, err := w.book.Review(w.Context(), c.ID, "nurse", "It is well.", records.DateOf(w.now.Add(30*24*time.Hour)))
		w.must(err)
		w.pass(time.Minute)
		w.ringing("looked at")
		w.pass(33 * 24 * time.Hour)
		w.ringing("and again", panels.RuleReview)
		if n := len(w.alarm.rang); n != 3 {
			t.Errorf("it rang %v", w.alarm.rang)
		}
	})
}

// What is late becomes grave: at once where it was to be soon, after half of the time that
// is left where it is routine, whether an opinion or the advice is awaited.
func TestOverdueBecomesGrave(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.speaks("second", c.ID, leave())
		w.pass(7 * 24 * time.Hour)
		w.ringing("late", panels.RuleOverdue)
		if w.alarm.grave {
			t.Error("it is grave at once")
		}
		w.pass(3*24*time.Hour + 12*time.Hour)
		w.pass(time.Minute)
		if !w.alarm.grave || len(w.alarm.rang) != 2 {
			t.Errorf("it is not grave: rang %v", w.alarm.rang)
		}
		w.pass(7 * 24 * time.Hour)
		w.ringing("the chair is awaited", panels.RuleOverdue)
		w.advises(c.ID, "150")
		w.pass(time.Minute)
		w.ringing("answered")
		w.ask(func(q *panels.Question) { q.Urgency = panels.Soon })
		w.pass(48 * time.Hour)
		if w.ringing("late", panels.RuleOverdue); !w.alarm.grave || len(w.alarm.rang) != 3 {
			t.Errorf("it is not grave: rang %v", w.alarm.rang)
		}
		w.pass(48 * time.Hour)
		w.ringing("expired", panels.RuleExpired)
	})
}

// Advice that somebody asks about again rings no more, but for when that question ends
// without other advice.
func TestReviewRingsAgain(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		a := w.advises(c.ID, "150")
		w.pass(31 * 24 * time.Hour)
		w.ringing("to be looked at again", panels.RuleReview)
		for range 2 {
			again := w.ask(func(q *panels.Question) { q.Reviews = a.ID })
			w.pass(time.Minute)
			w.ringing("asked again")
			_, err := w.book.Withdraw(w.Context(), again.ID, "nurse", "Put by mistake.")
			w.must(err)
			w.pass(time.Minute)
			w.ringing("taken back", panels.RuleReview)
		}
		w.pass(time.Minute)
		if n := len(w.alarm.rang); n != 3 {
			t.Errorf("it rang %v", w.alarm.rang)
		}
	})
}

// A reading in the hour of the change is on the side of it on which it was taken.
func TestEffectWithinTheHour(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, limit("150"))
		}
		w.advises(c.ID, "150")
		w.now = noon.Add(30 * time.Minute)
		_, err := w.book.Accept(w.Context(), c.ID, 1, "nurse", "Yes.", nil)
		w.must(err)
		w.measure(noon.Add(10*time.Minute), 160)
		w.measure(noon.Add(40*time.Minute), 140)
		w.measure(noon.Add(30*time.Minute-14*24*time.Hour), 170) // the first that counts
		w.measure(noon.Add(29*time.Minute-14*24*time.Hour), 190)
		for day := range 14 { // on fifteen dates
			w.measure(noon.Add(13*time.Hour-time.Duration(day+1)*24*time.Hour), 165)
		}
		w.now = noon.Add(time.Hour)
		effects, err := w.book.Effects(w.Context(), "nurse", c.ID)
		w.must(err)
		want := panels.VitalShift{
			Metric: "bp_systolic", Unit: "mm[Hg]", Before: panels.Stat{N: 16, Min: 160, Mean: 165, Max: 170}, After: panels.Stat{N: 1, Min: 140, Mean: 140, Max: 140},
			DaysBefore: 14, DaysAfter: 1,
		}
		if got := effects[1].Vitals; len(got) != 1 || got[0] != want {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	})
}

// What nobody answers expires, and that is said.
func TestExpiry(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.pass(7 * 24 * time.Hour)
		w.ringing("late", panels.RuleOverdue)
		w.pass(7 * 24 * time.Hour)
		w.ringing("expired", panels.RuleExpired)
		w.pass(time.Minute)
		if got := w.status(c.ID); got != panels.Expired || len(w.alarm.rang) != 2 {
			t.Errorf("it is %s, rang %v", got, w.alarm.rang)
		}
		// Where all decline, nobody waits for the time.
		w.alarm.rings = map[string]bool{}
		c = w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.must(w.book.Decline(w.Context(), w.who[name], c.ID, "I know her."))
		}
		w.pass(time.Minute)
		w.ringing("all have declined", panels.RuleExpired)
		if got := w.status(c.ID); got != panels.Expired {
			t.Errorf("it is %s", got)
		}
	})
}

// A question that is sent twice, as by a double click, is put once; by somebody else, in
// other words or later it is another.
func TestTheSameQuestionIsPutOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		says := func(text, by string) func(*panels.Question) {
			return func(q *panels.Question) { q.Text, q.By = text, by }
		}
		c := w.ask(says("Is it right?", "nurse"))
		w.now = w.now.Add(59 * time.Second)
		if again := w.ask(says(" Is it right? ", "nurse")); again.ID != c.ID || len(again.Seats) != 3 {
			t.Errorf("it is put again: %+v", again)
		}
		ids := []string{c.ID, w.ask(says("Is it right?", "daughter")).ID, w.ask(says("Is it right now?", "nurse")).ID}
		w.now = w.now.Add(time.Second)
		ids = append(ids, w.ask(says("Is it right?", "nurse")).ID)
		_, err := w.book.Withdraw(w.Context(), ids[3], "nurse", "No.")
		w.must(err)
		ids = append(ids, w.ask(says("Is it right?", "nurse")).ID)
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 5 {
			t.Errorf("they are put as %v", ids)
		}
	})
}

// A member who is disabled is waited for no longer, but again once they are enabled while
// the question is open.
func TestWhoIsDisabledIsNotAwaited(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		disable := func(name string) { w.must(w.users.Disable(ctx, w.who[name].ID, "admin")) }
		c, turn := w.ask(), w.ask(inTurn)
		w.speaks("chair", c.ID, leave())
		w.told()
		disable("second")
		w.pass(time.Minute)
		w.speaks("chair", turn.ID, leave())
		w.hears("the second is passed over", "asked third")
		w.must(w.users.Enable(ctx, w.who["second"].ID, "admin"))
		w.speaks("third", c.ID, leave())
		w.pass(time.Minute)
		if got := w.status(c.ID); got != panels.Open {
			t.Errorf("the second is there again: it is %s", got)
		}
		disable("second")
		w.pass(time.Minute)
		if got := w.status(c.ID); got != panels.Answered {
			t.Errorf("all are in but the one who is disabled: it is %s", got)
		}
		disable("third")
		w.pass(time.Minute)
		if got := w.status(turn.ID); got != panels.Answered {
			t.Errorf("nobody is left who could answer: it is %s", got)
		}
	})
}

// What one has answered stays with the chair when the time is over.
func TestNobodyElseAnswers(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.speaks("second", c.ID, leave())
		list, err := w.book.Opinions(w.Context(), w.who["chair"], c.ID)
		w.must(err)
		if len(list) != 0 {
			t.Errorf("the chair sees %v before the time is up", list)
		}
		w.pass(7 * 24 * time.Hour)
		if list, err = w.book.Opinions(w.Context(), w.who["chair"], c.ID); err != nil || len(list) != 1 {
			t.Errorf("the chair sees %v, %v", list, err)
		}
		late := w.speaks("chair", c.ID, leave())
		if late.Unseen {
			t.Error("the chair has seen another's opinion, and it is not said")
		}
		w.pass(7 * 24 * time.Hour)
		if got := w.status(c.ID); got != panels.Answered {
			t.Errorf("it is %s", got)
		}
	})
}

// Who publishes once the time is up has read all that it is made of: what comes in
// meanwhile is read first.
func TestAdviceOfWhatWasSeen(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		w.speaks("second", c.ID, leave())
		w.pass(7 * 24 * time.Hour)
		advises := func() (panels.Advice, error) {
			seen, err := w.book.Opinions(ctx, w.who["chair"], c.ID)
			w.must(err)
			g := panels.Guidance{Text: "Leave it.", Plain: panels.Text{EN: "It stays."}, ReviewBy: records.DateOf(w.now.AddDate(0, 1, 0)), Seen: []string{}}
			for _, o := range seen {
				g.Seen = append(g.Seen, o.Seal)
			}
			if len(seen) == 1 {
				w.speaks("third", c.ID, limit("150"))
			}
			return w.book.Advise(ctx, w.who["chair"], c.ID, g)
		}
		_, err := advises()
		w.refused(err, panels.CodeUnread, "read it, and publish again")
		a, err := advises()
		w.must(err)
		if len(a.Opinions) != 2 {
			t.Errorf("it is made of %v", a.Opinions)
		}
	})
}

// A rule puts a question once it has alerted so often, and not again while that is under
// way, or in the same days.
func TestRulesAsk(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		p := w.panel(true)
		p.Openers = []panels.Opener{{Rule: "bp_high_session", Alerts: 3, Days: 7}}
		_, err := w.book.ChangePanel(ctx, p, records.Change{By: "admin"})
		w.must(err)
		for i := range 2 {
			w.alerts.all = append(w.alerts.all, panels.Alert{Rule: "bp_high_session", BeganAt: noon.Add(-time.Duration(i) * time.Hour)})
		}
		asked := func() int {
			w.must(w.book.OpenByRules(ctx))
			all, err := w.book.List(ctx, panels.Query{Resident: "li"})
			w.must(err)
			return len(all)
		}
		if n := asked(); n != 0 {
			t.Errorf("%d after two alerts", n)
		}
		w.alerts.all = append(w.alerts.all, panels.Alert{Rule: "bp_high_session", BeganAt: noon})
		if n, again := asked(), asked(); n != 1 || again != 1 {
			t.Errorf("%d, %d after three alerts", n, again)
		}
		list, err := w.book.List(ctx, panels.Query{UnderWay: true})
		w.must(err)
		if list[0].Rule != "bp_high_session" || list[0].OpenedBy != "" {
			t.Errorf("%+v", list[0])
		}
	})
}

// What runs by itself does all that when the time comes.
func TestRunsByItself(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, db: db}
		w.build(time.Now)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		c := w.ask(func(q *panels.Question) { q.Due = time.Now().Add(time.Hour) })
		go func() { done <- w.book.Run(ctx) }()
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		w.ringing("just before")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.ringing("late", panels.RuleOverdue)
		_, err := w.consents.Withdraw(ctx, "li", w.consent.ID, "nurse", "No more.")
		w.must(err)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.ringing("taken back")
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := w.status(c.ID); got != panels.Withdrawn {
			t.Errorf("it is %s", got)
		}
	})
}
