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
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
)

// What somebody altered in the database is noticed, said and not shown.
func TestWhatIsAlteredIsNotShown(t *testing.T) {
	t.Parallel()
	for _, alter := range []struct{ name, sql string }{
		{"evidence", `UPDATE consultation_evidence SET body = replace(body, '"max":150', '"max":151')`},
		{"question", `UPDATE consultations SET question = 'Is the limit wrong?'`},
		{"opinion", `UPDATE consultation_opinions SET body = replace(body, 'often', 'never')`},
		{"opinion and seal", ""},
		{"newest opinion", `DELETE FROM consultation_opinions WHERE version = 2`},
		{"which is the newest opinion", `UPDATE consultation_opinions SET version = 3 WHERE version = 1`},
		{"seat", `DELETE FROM consultation_seats WHERE n = 1`},
	} {
		t.Run(alter.name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				ctx := w.Context()
				w.measure(noon.Add(-time.Hour), 150)
				c := w.ask()
				w.speaks("chair", c.ID, limit("150"))
				if strings.Contains(alter.name, "newest") {
					w.speaks("chair", c.ID, limit("145"))
				}
				if alter.sql == "" { // whoever alters the seal, too, cannot alter the audit
					other := w.speaks("chair", c.ID, limit("155"))
					body, _ := json.Marshal(other)
					altered := strings.Replace(string(body), "often", "never", 1)
					_, err := w.db.ExecContext(ctx, "UPDATE consultation_opinions SET body = ?, seal = ?", altered, hashOf(altered))
					w.must(err)
				} else {
					done, err := w.db.ExecContext(ctx, alter.sql)
					w.must(err)
					if n, _ := done.RowsAffected(); n != 1 {
						t.Fatalf("%d rows altered", n)
					}
				}
				_, errEvidence := w.book.Evidence(ctx, w.who["second"], c.ID)
				_, errOpinions := w.book.Opinions(ctx, w.who["chair"], c.ID)
				err := errOpinions
				if alter.name == "evidence" || alter.name == "question" {
					err = errEvidence
				} else if errEvidence != nil {
					t.Error(errEvidence)
				}
				w.refused(err, panels.CodeAltered, "somebody has altered it")
				log, err := w.audit.List(ctx, audit.Query{Resident: "li", Limit: 1})
				w.must(err)
				if !log[0].Refused || !strings.Contains(log[0].Reason, "not what was sealed") {
					t.Errorf("the audit says %+v", log[0])
				}
			})
		})
	}
}

// Of what is older than the audit is kept the seal alone is checked; nothing becomes that
// old by saying so.
func TestWhatIsAlteredIsNotOld(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		w.now = noon.Add(10 * 24 * time.Hour)
		c := w.ask()
		body, err := json.Marshal(w.speaks("chair", c.ID, limit("150")))
		w.must(err)
		gone, err := w.audit.Prune(ctx, w.now.Add(-time.Hour))
		w.must(err)
		if gone == 0 {
			t.Fatal("the audit is whole still")
		}
		altered := strings.Replace(string(body), "often", "never", 1)
		_, err = w.db.ExecContext(ctx, "UPDATE consultation_opinions SET body = ?, seal = ?, signed_at = 1", altered, hashOf(altered))
		w.must(err)
		_, err = w.book.Opinions(ctx, w.who["chair"], c.ID)
		w.refused(err, panels.CodeAltered, "somebody has altered it")
	})
}

// What somebody took away is missed: an only opinion, before others may see it and
// afterwards, when the advice is made, and the advice.
func TestWhatIsTakenAwayIsMissed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		removed := func(sql string) {
			t.Helper()
			done, err := w.db.ExecContext(ctx, sql)
			w.must(err)
			if n, _ := done.RowsAffected(); n == 0 {
				t.Fatalf("nothing is removed by %s", sql)
			}
		}
		c := w.ask()
		w.speaks("chair", c.ID, limit("150"))
		w.speaks("second", c.ID, limit("150"))
		w.must(w.book.Decline(ctx, w.who["third"], c.ID, "I know her."))
		removed(`DELETE FROM consultation_opinions WHERE user_id = '` + w.who["second"].ID + `'`)
		_, err := w.book.Opinions(ctx, w.who["chair"], c.ID)
		w.refused(err, panels.CodeAltered, "somebody has altered it")
		_, err = w.book.Advise(ctx, w.who["chair"], c.ID, panels.Guidance{Text: "x", Plain: panels.Text{EN: "x"}, ReviewBy: records.Date{Year: 2027, Month: 1, Day: 1}})
		w.refused(err, panels.CodeAltered, "somebody has altered it")
		if got := w.status(c.ID); got != panels.Answered {
			t.Errorf("the question is %s", got)
		}

		c = w.ask()
		w.speaks("second", c.ID, limit("150"))
		removed(`DELETE FROM consultation_opinions WHERE consultation = '` + c.ID + `'`)
		if list, err := w.book.Opinions(ctx, w.who["third"], c.ID); err != nil || len(list) != 0 {
			t.Errorf("who may not see it yet reads %v, %v", list, err)
		}
		_, err = w.book.Opinions(ctx, w.who["second"], c.ID)
		w.refused(err, panels.CodeAltered, "somebody has altered it")

		c = w.ask()
		_, err = w.book.AdviceOf(ctx, "nurse", c.ID)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nothing is advised yet: %v", err)
		}
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		w.advises(c.ID, "150")
		removed(`DELETE FROM advice_proposals`)
		removed(`DELETE FROM advice`)
		_, err = w.book.AdviceOf(ctx, "nurse", c.ID)
		w.refused(err, panels.CodeAltered, "somebody has altered it")
	})
}

// Advice that was altered, or is gone, hides no other.
func TestAlteredAdviceHidesNoOther(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		var asked []string
		for _, to := range []string{"150", "145", "140"} {
			c := w.ask()
			for _, name := range []string{"chair", "second", "third"} {
				w.speaks(name, c.ID, leave())
			}
			w.advises(c.ID, to)
			asked = append(asked, c.ID)
			w.now = w.now.Add(time.Minute)
		}
		_, err := w.db.ExecContext(ctx, "UPDATE advice SET body = REPLACE(body, '150', '190') WHERE consultation = ?", asked[0])
		w.must(err)
		_, err = w.db.ExecContext(ctx, "DELETE FROM advice_proposals WHERE advice IN (SELECT id FROM advice WHERE consultation = ?)", asked[2])
		w.must(err)
		_, err = w.db.ExecContext(ctx, "DELETE FROM advice WHERE consultation = ?", asked[2])
		w.must(err)
		all, altered, err := w.book.AdviceFor(ctx, "nurse", "li")
		w.must(err)
		if len(all) != 1 || all[0].Consultation != asked[1] || !slices.Equal(altered, []string{asked[2], asked[0]}) {
			t.Errorf("read %+v, altered %v", all, altered)
		}
	})
}

// That advice was altered is written down each time that somebody reads it, and once an
// hour when the book comes upon it for a change that is to be made still.
func TestWhatIsFoundAlteredIsWrittenDownOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		w.advises(c.ID, "150")
		_, err := w.db.ExecContext(ctx, "UPDATE advice_proposals SET state = 'accepted'")
		w.must(err)
		_, err = w.db.ExecContext(ctx, "UPDATE advice SET body = REPLACE(body, '150', '190')")
		w.must(err)
		written := func() (n int) {
			list, err := w.audit.List(ctx, audit.Query{Resident: "li"})
			w.must(err)
			for _, e := range list {
				if e.Refused && strings.Contains(e.Reason, "is not what was sealed") {
					n++
				}
			}
			return n
		}
		for step, want := range []int{1, 1, 1, 2} {
			if err := w.book.Look(ctx); !panels.WasAltered(err) {
				t.Errorf("look: %v", err)
			}
			if got := written(); got != want {
				t.Errorf("after look %d it is written down %d times, want %d", step+1, got, want)
			}
			w.now = w.now.Add(20 * time.Minute)
		}
		for range 2 {
			_, err = w.book.AdviceOf(ctx, "nurse", c.ID)
			w.refused(err, panels.CodeAltered, "somebody has altered it")
		}
		if got := written(); got != 4 {
			t.Errorf("read twice: it is written down %d times, want 4", got)
		}
	})
}
