package reminders

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// Reminder is something that a resident is to do on a schedule.
type Reminder struct {
	ID, Resident string
	Kind         Kind
	// What is to be done, in the words that people hear: "Metformin 500 mg".
	What string
	// Note is what belongs to it; of a medicine its own text, which is all that is
	// ever said of a dose that was forgotten.
	Note     string
	Schedule timetable.Pattern
	// Start and End are its first and last day; zero for open.
	Start, End records.Date
	Days       timetable.Days

	// Dose is how much of a medicine, "1 tablet"; Food whether it goes with a meal.
	Dose string
	Food Food
	// TimeCritical is a medicine that does harm when it is late: insulin, Parkinson's,
	// anticoagulants, anti-epileptics, opioids.
	TimeCritical bool

	// Metrics are what is measured, so many times together, within a window that
	// begins when it is due; 0 for three hours. Of a check-in the window is for how long
	// an answer is waited for, 0 for ten minutes.
	Metrics  []vitals.Metric
	Readings int
	Window   time.Duration

	// Device is what it is about, or the only one that notices that it was done; ""
	// for any.
	Device string

	// Stock is what there is of a medicine; nil when nobody counts.
	Stock *Stock
	// Helper is the contact who is told where the resident cannot be: they have no
	// speaker and no telephone of their own. "" for nobody.
	Helper string

	Version   int // from 1
	CreatedAt time.Time
	ChangedAt time.Time
	ChangedBy string // a user; "" for the command line
	// EndedAt is when somebody took it away; zero while it holds.
	EndedAt time.Time
}

// Food is how a medicine goes with a meal.
type Food string

// The ways.
const (
	AnyFood    Food = ""
	BeforeFood Food = "before"
	WithFood   Food = "with"
	AfterFood  Food = "after"
)

// Stock is what there is of a medicine.
type Stock struct {
	// Left is how much, in the unit that PerDose counts in.
	Left, PerDose float64
	// RefillAt is how little asks for more, Refill who is to get it: the name of a
	// person, or the id of a contact.
	RefillAt float64
	Refill   string
}

// Low reports that more is to be got.
func (s *Stock) Low() bool { return s != nil && s.Left <= s.RefillAt }

const (
	mostText   = 2000 // characters of a note
	mostWhat   = 200
	mostWindow = 12 * time.Hour
)

// settle puts the reminder in the form in which it is kept, and finds all that is
// wrong with it.
func (r *Reminder) settle() []store.Field {
	var wrong []store.Field
	field := func(path, message string, with ...any) {
		wrong = append(wrong, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
	}
	r.What, r.Note, r.Dose = strings.TrimSpace(r.What), strings.TrimSpace(r.Note), strings.TrimSpace(r.Dose)
	if !slices.Contains(Kinds(), r.Kind) {
		field("kind", "%q is none of %v", r.Kind, Kinds())
	}
	if r.What == "" {
		field("what", "is empty: say what is to be done")
	}
	for path, text := range map[string]string{"what": r.What, "dose": r.Dose} {
		if utf8.RuneCountInString(text) > mostWhat {
			field(path, "is longer than %d characters", mostWhat)
		}
	}
	if utf8.RuneCountInString(r.Note) > mostText {
		field("note", "is longer than %d characters", mostText)
	}
	switch {
	case r.Kind == Recheck && !r.Schedule.IsZero():
		field("schedule", "want none: it is due 15 minutes after a low glucose")
	case r.Kind != Recheck && r.Schedule.IsZero():
		field("schedule", "is empty: say when it is due")
	}
	if !r.Start.IsZero() && !r.End.IsZero() && r.End.Compare(r.Start) < 0 {
		field("end", "is before start")
	}
	switch r.Days {
	case timetable.EveryDay:
	case timetable.NotHolidays, timetable.WorkingDays:
		if r.Kind == Medication || r.Kind == Measurement {
			field("days", "%s: medicine and measurements know no holidays", r.Days)
		}
	default:
		field("days", "%q: want not_holidays or working_days, or none for every day", r.Days)
	}
	r.settleMedicine(field)
	r.settleMeasurement(field)
	return wrong
}

func (r *Reminder) settleMedicine(field func(string, string, ...any)) {
	switch r.Food {
	case AnyFood, BeforeFood, WithFood, AfterFood:
	default:
		field("food", "%q: want before, with or after", r.Food)
	}
	if r.Kind != Medication && (r.Dose != "" || r.Food != "" || r.TimeCritical || r.Stock != nil) {
		field("kind", "dose, food, time_critical and stock are of a medication")
	}
	if s := r.Stock; s != nil {
		if !(s.Left >= 0 && s.PerDose > 0 && s.RefillAt >= 0 && s.Left < 1e6 && s.PerDose < 1e6) { // NaN is none of them
			field("stock", "want left and refill_at of 0 or more, and per_dose over 0")
		}
		if s.Refill == "" || utf8.RuneCountInString(s.Refill) > mostWhat {
			field("stock.refill", "want the person who is to get more")
		}
	}
}

func (r *Reminder) settleMeasurement(field func(string, string, ...any)) {
	if r.Window < 0 || r.Window > mostWindow {
		field("window", "%s: want up to %s", r.Window, mostWindow)
	}
	if r.Kind != Measurement {
		if len(r.Metrics) > 0 || r.Readings != 0 || r.Window != 0 && r.Kind != CheckIn {
			field("kind", "metrics and readings are of a measurement, a window is of that or of a check-in")
		}
		return
	}
	if len(r.Metrics) == 0 || len(r.Metrics) > 8 {
		field("metrics", "want one to eight that are to be measured")
	}
	for _, m := range r.Metrics {
		if of := m.Info(); of.Subject != vitals.OfResident || of.Kind == vitals.Event {
			field("metrics", "%s is nothing that is measured of a resident", m)
		}
	}
	if r.Readings < 0 || r.Readings > 5 {
		field("readings", "%d: want 1 to 5", r.Readings)
	}
}

// plan is what its occurrences come of.
func (r *Reminder) plan(zones timetable.Zones, calendar timetable.Calendar) timetable.Plan {
	return timetable.Plan{Of: r.ID, Pattern: r.Schedule, Zones: zones, Start: r.Start, End: r.End, On: r.Days, Calendar: calendar}
}
