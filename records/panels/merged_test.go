package panels_test

import (
	"slices"
	"testing"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/panels"
)

// Advice for somebody whose file went into another's is decided on for that one: what was
// sealed names who it was then.
func TestAdviceFollowsTheFile(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		_, err := w.residents.Create(ctx, records.Resident{ID: "zhou", Name: "Zhou", TimeZone: "Asia/Shanghai"})
		w.must(err)
		c := w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, limit("150"))
		}
		w.advises(c.ID, "150")
		for _, o := range panels.Owned() {
			_, err := w.db.ExecContext(ctx, "UPDATE "+o.Table+" SET resident = 'zhou'")
			w.must(err)
		}
		a, err := w.book.AdviceOf(ctx, "nurse", c.ID)
		w.must(err)
		if a.Resident != "zhou" {
			t.Errorf("the advice is for %s", a.Resident)
		}
		_, err = w.book.Accept(ctx, c.ID, 1, "nurse", "Yes.", nil)
		w.must(err)
		care, err := w.care.Care(ctx, "zhou")
		w.must(err)
		if care.Limits["bp.high.systolic"] != 150 {
			t.Errorf("the care is %+v", care)
		}
		log, err := w.audit.List(ctx, audit.Query{Resident: "zhou"})
		w.must(err)
		if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.What == "consultation "+c.ID+": proposal 1 accepted" }) {
			t.Errorf("the audit of who it is now says %+v", log)
		}
	})
}
