package panels_test

import (
	"sync"
	"testing"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
)

// What several do at the same time is done once: the last opinion ends the waiting, one
// advice is published, and a change is made once.
func TestAtTheSameTime(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		atOnce := func(does ...func() error) (done int) {
			var all sync.WaitGroup
			var mu sync.Mutex
			for _, do := range does {
				all.Go(func() {
					if err := do(); err == nil {
						mu.Lock()
						done++
						mu.Unlock()
					}
				})
			}
			all.Wait()
			return done
		}
		c := w.ask()
		speaks := func(name string) func() error {
			return func() error {
				_, err := w.book.Speak(ctx, w.who[name], c.ID, limit("150"))
				return err
			}
		}
		if n := atOnce(speaks("chair"), speaks("second"), speaks("third")); n != 3 || w.status(c.ID) != panels.Answered {
			t.Fatalf("%d have spoken, it is %s", n, w.status(c.ID))
		}
		advises := func() error {
			_, err := w.book.Advise(ctx, w.who["chair"], c.ID, panels.Guidance{
				Text: "Set it to 150.", Plain: panels.Text{EN: "Sooner."}, ReviewBy: records.Date{Year: 2026, Month: 12, Day: 27}, Changes: limit("150").Changes,
			})
			return err
		}
		if n := atOnce(advises, advises, func() error { _, err := w.book.Withdraw(ctx, c.ID, "nurse", "No."); return err }); n != 1 {
			t.Fatalf("%d have ended it", n)
		}
		if w.status(c.ID) != panels.Advised {
			return // it was taken back
		}
		accepts := func() error { _, err := w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", nil); return err }
		refuses := func() error { _, err := w.book.Refuse(ctx, c.ID, 1, "nurse", "No."); return err }
		if n := atOnce(accepts, accepts, refuses); n != 1 {
			t.Fatalf("%d have decided", n)
		}
		w.must(w.book.Look(ctx))
		a, err := w.book.AdviceOf(ctx, "nurse", c.ID)
		w.must(err)
		care, err := w.care.Care(ctx, "li")
		w.must(err)
		if made := a.Proposals[0].State == panels.Applied; made != (care.Version == 1) || made != (care.Limits["bp.high.systolic"] == 150) {
			t.Errorf("%+v %+v", a.Proposals[0], care)
		}
	})
}
