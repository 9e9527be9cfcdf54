package reminders

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Telling is what is to be told to a resident, or to a person about one.
type Telling struct {
	// ID is the same each time that the same is to be told: it is told once.
	ID       string
	Resident string
	// Person is who is told; "" for the resident, at home.
	Person string
	// Occurrence is what an answer is about; "" where none is asked for.
	Occurrence string
	Words      rules.Text
	// At is when it is to be told; after Until it is not said any more.
	At, Until time.Time
}

// Teller tells people. Tell is called in the transaction that makes it so: what it
// writes by tx is there when, and only when, the occurrence says that it was told.
// Of two servers that come to the same telling at once one must do nothing: insert
// it by its ID, ON CONFLICT DO NOTHING.
type Teller interface {
	Tell(ctx context.Context, tx bun.Tx, t Telling) error
}

// sayable is how long after its moment an ask is still said.
const sayable = 10 * time.Minute

// ask is what the resident is told of an occurrence. It names the thing, when it
// was due and the medicine's own text; it never says to take something now that
// was forgotten.
func (r *Reminder) ask(o *Occurrence, now time.Time) Telling {
	due := o.Due.In(o.Zone)
	at := due.Format("15:04")
	if local := now.In(o.Zone); local.YearDay() != due.YearDay() || local.Year() != due.Year() {
		at = due.Format("2006-01-02 15:04")
	}
	t := Telling{ID: fmt.Sprintf("%s-%d", o.ID, o.Asked), Resident: o.Resident, Occurrence: o.ID, At: now, Until: now.Add(sayable)}
	what := r.described()
	switch {
	case now.Before(o.Due):
		t.Words = rules.Text{EN: fmt.Sprintf("Coming up on %s: %s.", at, what.EN), ZH: fmt.Sprintf("提醒您：%s，%s。", at, what.ZH)}
	case o.Told > 1:
		t.Words = rules.Text{
			EN: fmt.Sprintf("Was this done? %s, due at %s. If it is done, say yes.", what.EN, at),
			ZH: fmt.Sprintf("请问完成了吗？%s，时间%s。如已完成，请说“是”。", what.ZH, at),
		}
	default:
		t.Words = rules.Text{EN: fmt.Sprintf("It is %s: %s.", at, what.EN), ZH: fmt.Sprintf("%s，请您：%s。", at, what.ZH)}
	}
	if r.Note != "" {
		t.Words.EN += " " + r.Note
		t.Words.ZH += r.Note
	}
	return t
}

// described is what is to be done with all that belongs to it.
func (r *Reminder) described() rules.Text {
	t := rules.Text{EN: r.What, ZH: r.What}
	if r.Dose != "" {
		t.EN += ", " + r.Dose
		t.ZH += "，" + r.Dose
	}
	switch r.Food {
	case BeforeFood:
		t.EN, t.ZH = t.EN+", before the meal", t.ZH+"，饭前"
	case WithFood:
		t.EN, t.ZH = t.EN+", with the meal", t.ZH+"，随餐"
	case AfterFood:
		t.EN, t.ZH = t.EN+", after the meal", t.ZH+"，饭后"
	}
	return t
}

// refill tells a person that a medicine is running out.
func (r *Reminder) refill(id string, now time.Time) Telling {
	return Telling{
		ID: id, Resident: r.Resident, Person: r.Stock.Refill, At: now, Until: now.Add(day),
		Words: rules.Text{EN: fmt.Sprintf("%s is running out: %g left. Please get more.", r.What, r.Stock.Left), ZH: fmt.Sprintf("%s即将用完，剩余%g，请及时配药。", r.What, r.Stock.Left)},
	}
}
