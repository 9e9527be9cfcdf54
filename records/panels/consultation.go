package panels

import (
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Urgency says how soon an answer is wanted.
type Urgency string

// The urgencies.
const (
	Routine Urgency = "routine"
	Soon    Urgency = "soon"
	Urgent  Urgency = "urgent"
)

// within is until when an answer is due where nobody says so, and grace how long a
// question that nobody answers stays open after that. They are choices of ours.
var (
	within = map[Urgency]time.Duration{Routine: 7 * 24 * time.Hour, Soon: 48 * time.Hour, Urgent: 12 * time.Hour}
	grace  = map[Urgency]time.Duration{Routine: 7 * 24 * time.Hour, Soon: 48 * time.Hour, Urgent: 24 * time.Hour}
)

// A question is due no sooner and no later than this.
const soonest, latest = time.Hour, 60 * 24 * time.Hour

// Mode says who of the experts sees what others said.
type Mode string

// The modes.
const (
	// Blind: nobody sees another's opinion until the last is in, or the time is up.
	Blind Mode = "blind"
	// InTurn: they speak in the order of the panel, and each sees those before.
	InTurn Mode = "in_turn"
)

// Status is where a consultation is in its life.
type Status string

// The statuses.
const (
	Open      Status = "open"     // opinions are awaited
	Answered  Status = "answered" // they are in; the chair's advice is awaited
	Advised   Status = "advised"
	Withdrawn Status = "withdrawn"
	Expired   Status = "expired" // nobody answered
)

// UnderWay reports whether something is awaited still.
func (s Status) UnderWay() bool { return s == Open || s == Answered }

// Consultation is a question put to a panel.
type Consultation struct {
	ID, Resident string
	Panel        string
	PanelVersion int
	Question     string
	Urgency      Urgency
	Mode         Mode
	Status       Status
	// Evidence names what the experts go by: the SHA-256 of it.
	Evidence string
	// Consent is the one on which it was opened.
	Consent string
	// Reviews is the advice that it looks at again; "" for none.
	Reviews  string
	OpenedAt time.Time
	// OpenedBy is a user, or Rule the rule that opened it.
	OpenedBy, Rule string
	DueAt          time.Time
	// ExpiresAt is when it ends if nobody has answered.
	ExpiresAt time.Time
	// FirstOpinionAt, AnsweredAt and AdvisedAt are zero until then.
	FirstOpinionAt, AnsweredAt, AdvisedAt time.Time
	// Disagreed says that the opinions were not of one mind; known once it is answered.
	Disagreed bool
	// EndedAt is when it was advised, withdrawn or expired, by whom and why.
	EndedAt           time.Time
	EndedBy, EndedFor string
	// Seats are the experts who were asked, in their order.
	Seats []Seat

	alarm string
}

// Overdue reports whether the answer is late.
func (c *Consultation) Overdue(now time.Time) bool {
	return c.Status.UnderWay() && !now.Before(c.DueAt)
}

// Seat is an expert who was asked.
type Seat struct {
	User, Speciality string
	N                int // from 1
	State            SeatState
	Reason           string // why they declined
	At               time.Time
}

// SeatState is what an expert did about a question.
type SeatState string

// The states.
const (
	Asked    SeatState = "asked"
	Spoke    SeatState = "answered"
	Declined SeatState = "declined"
)

// Seat is where a user sits; false for who was not asked.
func (c *Consultation) Seat(user string) (Seat, bool) {
	i := slices.IndexFunc(c.Seats, func(s Seat) bool { return s.User == user })
	if i < 0 {
		return Seat{}, false
	}
	return c.Seats[i], true
}

// awaited are those who were asked, have not answered, and are members still who sign in.
func (c *Consultation) awaited(p *Panel) (seats []Seat) {
	for _, s := range c.Seats {
		if s.State == Asked && p.waitsFor(s.User) {
			seats = append(seats, s)
		}
	}
	return seats
}

// spoke is how many have answered.
func (c *Consultation) spoke() (n int) {
	for _, s := range c.Seats {
		if s.State == Spoke {
			n++
		}
	}
	return n
}

// Question is what is put to a panel.
type Question struct {
	Resident, Panel string
	Text            string
	Urgency         Urgency // "" for routine
	Mode            Mode    // "" for blind
	// Due is zero for as the urgency says.
	Due time.Time
	// Reviews is the advice that is looked at again; "" for none.
	Reviews string
	// Documents are entries of the file whose documents the experts may open, which
	// whoever asks may see.
	Documents []string
	// By is the user who asks, or Rule the rule that does.
	By, Rule string
}

// settle puts the question in the form in which it is kept, and finds what is wrong
// with it. It may not name the resident: whoever answers is not to know who it is.
func (q *Question) settle(now time.Time, r records.Resident) error {
	var f faults
	f.text("question", &q.Text, mostText, true)
	if namesOf(r).In(q.Text) {
		f.add("question", "names the resident: the experts are not to know who it is")
	}
	if q.Urgency == "" {
		q.Urgency = Routine
	}
	if q.Mode == "" {
		q.Mode = Blind
	}
	if _, ok := within[q.Urgency]; !ok {
		f.add("urgency", "%q is not routine, soon or urgent", q.Urgency)
	}
	if q.Mode != Blind && q.Mode != InTurn {
		f.add("mode", "%q is not blind or in_turn", q.Mode)
	}
	if q.Due.IsZero() {
		q.Due = now.Add(within[q.Urgency])
	} else if wait := q.Due.Sub(now); wait < soonest || wait > latest {
		f.add("due", "want an hour to 60 days from now")
	}
	q.Due = store.Time(q.Due.UnixMilli())
	return store.Invalid("consultation", "", f.list)
}

// ground is why an expert sees what they do, as the audit has it.
func ground(consultation string) string { return fmt.Sprintf("consultation %s", consultation) }
