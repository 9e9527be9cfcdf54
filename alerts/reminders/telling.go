package reminders

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Telling is what is to be told to a resident, or to a person about one.
type Telling struct {
	// ID is the same each time that the same is to be told: it is told once.
	ID       string `json:"id"`
	Resident string `json:"resident"`
	// Person is who is told: the name of a person, or the id of a contact; "" for the
	// resident.
	Person string `json:"person,omitempty"`
	// Helper is the contact who is told where the resident cannot be; "" for nobody.
	Helper string `json:"helper,omitempty"`
	// Occurrence is what an answer is about; "" where none is asked for. N is which
	// telling of it this is, from 1.
	Occurrence string `json:"occurrence,omitempty"`
	N          int    `json:"n,omitempty"`
	// Urgent does not bear waiting: a medicine that does harm when it is late.
	Urgent bool  `json:"urgent,omitempty"`
	Words  Words `json:"words"`
	// At is when it is to be told; after Until it is not said aloud any more, and after
	// Over of no use to anybody.
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	Over  time.Time `json:"over"`
}

// Subject is what it is about, as [Book.Closed] knows it.
func (t *Telling) Subject() string {
	if t.Occurrence != "" {
		return t.Occurrence
	}
	return t.ID
}

// Teller tells people. Tell is called in the transaction that makes it so: what it
// writes by tx is there when, and only when, the occurrence says that it was asked.
// Of two servers that come to the same telling at once one must do nothing: insert
// it by its ID, ON CONFLICT DO NOTHING.
type Teller interface {
	Tell(ctx context.Context, tx bun.Tx, t Telling) error
}

// sayable is how long after its moment an ask is still said aloud.
const sayable = 10 * time.Minute

// asking stands in the id of an ask between that of the occurrence and which it is.
const asking = "-"

// ask is what the resident is told of an occurrence. It names the thing, when it
// was due and the medicine's own text; it never says to take something now that
// was forgotten.
func (r *Reminder) ask(o *Occurrence, now time.Time) Telling {
	due := o.Due.In(o.Zone)
	at := due.Format("15:04")
	if local := now.In(o.Zone); local.YearDay() != due.YearDay() || local.Year() != due.Year() {
		at = due.Format("2006-01-02 15:04")
	}
	c := r.course()
	t := Telling{
		ID: fmt.Sprint(o.ID, asking, o.Asked), Resident: o.Resident, Helper: r.Helper, Occurrence: o.ID, N: o.Asked, Urgent: r.Urgent(),
		At: now, Until: now.Add(sayable), Over: o.Due.Add(c.Missed), Words: Words{Says: Now, What: r.described(), At: at, Note: r.Note},
	}
	switch {
	case now.Before(o.Due):
		t.Words.Says = Coming
	case r.Kind == CheckIn:
		t.Words.Says = Well
	case o.Told > 0:
		t.Words.Says = Again
	}
	return t
}

// Urgent reports that what is told of it does not bear waiting.
func (r *Reminder) Urgent() bool { return r.TimeCritical || r.Kind == Recheck || r.Kind == CheckIn }

// described is what is to be done with all that belongs to it.
func (r *Reminder) described() rules.Text {
	t := titles.Text(r.What)
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

// refillWithin is for how long it is worth telling that a medicine runs out.
const refillWithin = 3 * day

// refill tells a person that a medicine is running out.
func (r *Reminder) refill(id string, now time.Time) Telling {
	return Telling{
		ID: id, Resident: r.Resident, Person: r.Stock.Refill, N: 1, At: now, Until: now.Add(refillWithin), Over: now.Add(refillWithin),
		Words: Words{Says: Refill, What: titles.Text(r.What), Left: r.Stock.Left},
	}
}
