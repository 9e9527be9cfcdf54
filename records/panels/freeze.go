package panels

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

const (
	// window is how far back evidence goes, recent for how long by the hour.
	window, recent = 30 * 24 * time.Hour, 48 * time.Hour
	// adherenceWindow is how far back it says how reminders went.
	adherenceWindow = 4 * 7 * 24 * time.Hour
	// Bounds of what is frozen.
	mostAlerts, mostWeeks, mostScores, mostOfFile = 200, 100, 50, 200
	mostEvidence                                  = 1 << 20 // bytes
)

// Alerts knows what alerts there were. The alerts stand above this package.
type Alerts interface {
	// Of are the alerts of a resident that began within a time, the newest first, at
	// most so many.
	Of(ctx context.Context, resident string, from, to time.Time, most int) ([]Alert, error)
	// Counts is how many alerts of a rule began since a time, by resident.
	Counts(ctx context.Context, rule string, since time.Time) (map[string]int, error)
	// RuleName is what a rule is called; false when there is none.
	RuleName(rule string) (Text, bool)
}

// Sources are what evidence is made of.
type Sources struct {
	Residents interface {
		Get(ctx context.Context, id string) (records.Resident, error)
	}
	Readings Readings
	Alerts   Alerts
	File     interface {
		File(ctx context.Context, resident string) (healthfile.File, error)
		Entry(ctx context.Context, resident string, k healthfile.Kind, id string) (healthfile.Entry, error)
		ReadPaper(ctx context.Context, resident, name string) ([]byte, error)
		Refers(ctx context.Context, resident string, names ...string) (map[string]bool, error)
	}
	Care interface {
		Care(ctx context.Context, resident string) (records.CareVersion, error)
	}
	// Thresholds are all that hold for somebody with this care, by name.
	Thresholds func(records.Care) map[string]float64
	// Scores are the newest assessments of a resident, one for each form.
	Scores func(ctx context.Context, resident string) ([]Score, error)
	// Reminders are those that experts may know of and advise to change.
	Reminders func(ctx context.Context, resident string) ([]Standing, error)
	// Adherence is how reminders went since a time, the newest week first.
	Adherence func(ctx context.Context, resident string, since time.Time) ([]Week, error)
}

// freeze is how a resident is now, as it is put before experts.
func (s *Sources) freeze(ctx context.Context, r records.Resident, now time.Time) (Evidence, error) {
	e := Evidence{Format: 1, FrozenAt: now, Person: Person{Sex: string(r.Sex), TimeZone: r.TimeZone}}
	if !r.BirthDate.IsZero() {
		age := r.BirthDate.Age(records.DateOf(now.In(r.Zone())))
		e.Person.Age = &age
	}
	var err error
	if e.Chart, err = s.chart(ctx, r, now); err != nil {
		return e, err
	}
	if e.Alerts, err = s.Alerts.Of(ctx, r.ID, now.Add(-window), now, mostAlerts); err != nil {
		return e, err
	}
	file, err := s.File.File(ctx, r.ID)
	if err != nil {
		return e, err
	}
	e.File = frozenFile(&file)
	care, err := s.Care.Care(ctx, r.ID)
	if err != nil {
		return e, err
	}
	e.Care = s.frozenCare(care)
	if e.Scores, err = s.Scores(ctx, r.ID); err != nil {
		return e, err
	}
	if e.Adherence, err = s.Adherence(ctx, r.ID, now.Add(-adherenceWindow)); err != nil {
		return e, err
	}
	if e.Reminders, err = s.Reminders(ctx, r.ID); err != nil {
		return e, err
	}
	e.Reminders = slices.Clone(e.Reminders[:min(len(e.Reminders), mostOfFile)])
	e.Alerts, e.Scores, e.Adherence = first(e.Alerts, mostAlerts), first(e.Scores, mostScores), first(e.Adherence, mostWeeks)
	e.unname(namesOf(r))
	return e, nil
}

// first are the first so many, never nil: an absent list and an empty one are the same
// to whoever reads it.
func first[T any](all []T, most int) []T {
	return append([]T{}, all[:min(len(all), most)]...)
}

func (s *Sources) chart(ctx context.Context, r records.Resident, now time.Time) (Chart, error) {
	c := Chart{From: now.Add(-window), To: now, Metrics: []Series{}}
	metrics, err := measured(ctx, s.Readings, r.ID, c.From)
	if err != nil {
		return c, err
	}
	for _, m := range metrics {
		hours, err := hoursOf(ctx, s.Readings, r.ID, m, c.From, c.To)
		if err != nil {
			return c, err
		}
		if len(hours) > 0 {
			c.Metrics = append(c.Metrics, seriesOf(m, hours, now.Add(-recent), r.Zone()))
		}
	}
	return c, nil
}

func frozenFile(f *healthfile.File) File {
	out := File{Version: f.Version, Conditions: []Condition{}, Allergies: []Allergy{}, Medicines: []Medicine{}}
	for _, entry := range first(f.Of(healthfile.ACondition, false), mostOfFile) {
		if c, ok := entry.Body.(*healthfile.Condition); ok {
			out.Conditions = append(out.Conditions, Condition{Code: c.Code, Name: c.Name, Since: c.Since, Severity: string(c.Severity), Treated: c.Treated})
		}
	}
	for _, entry := range first(f.Of(healthfile.AnAllergy, false), mostOfFile) {
		if a, ok := entry.Body.(*healthfile.Allergy); ok {
			out.Allergies = append(out.Allergies, Allergy{Substance: a.Substance, Reaction: a.Reaction, Severity: string(a.Severity), Certainty: string(a.Certainty)})
		}
	}
	for _, entry := range first(f.Of(healthfile.AMedicine, false), mostOfFile) {
		if m, ok := entry.Body.(*healthfile.Medicine); ok {
			out.Medicines = append(out.Medicines, Medicine{
				Name: m.Name, Strength: m.Strength, Dose: m.Dose, Schedule: m.Schedule, ATC: m.ATC, For: m.For, From: m.From, Critical: m.Critical,
			})
		}
	}
	return out
}

func (s *Sources) frozenCare(v records.CareVersion) Care {
	c := Care{
		Version: v.Version, Conditions: append([]string{}, v.Conditions...), Limits: map[string]float64{}, Thresholds: s.Thresholds(v.Care),
		Scale2: v.Scale2.Made(), Planned: map[string]string{},
	}
	maps.Copy(c.Limits, v.Limits)
	for _, metric := range slices.Sorted(maps.Keys(v.Planned)) {
		c.Planned[metric] = everyText(v.Planned[metric])
	}
	return c
}

// tooLarge is the fault of evidence that nobody could read.
func tooLarge(size int) error {
	return &store.Fault{
		Kind: store.ErrConflict, Code: "consultation.too_large", Entity: "consultation",
		Detail: fmt.Sprintf("what would be put before the experts is %d bytes: more than %d", size, mostEvidence),
	}
}
