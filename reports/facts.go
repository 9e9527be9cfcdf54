package reports

import (
	"time"
)

// Text is in both languages.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// In is the text in the language of a tag: Chinese for "zh" and all that begins so,
// else English.
func (t Text) In(language string) string {
	if len(language) >= 2 && language[:2] == "zh" {
		return t.ZH
	}
	return t.EN
}

// Facts are what is known of a resident's week.
type Facts struct {
	Week Week
	// Name is what the resident is called.
	Name string
	// Measured are the days of the week and of the weeks before it, in the resident's
	// zone. A part that the reader may not see is not there: Vitals and Alerts say what
	// they may.
	Measured       Measured
	Vitals, Alerts bool
	Raised         []Alert
	Reminders      []Reminder
	Situations     []Situation
	// Now is when the facts were gathered: a week that is not over is not done.
	Now time.Time
}

// Days are the days of the week itself.
func (f *Facts) Days() Period { return f.Week.Days(f.Measured.First.Location()) }

// Over reports whether the week was over when the facts were gathered.
func (f *Facts) Over() bool { return !f.Now.Before(f.Days().End()) }

// begun is how many days of the week have begun.
func (f *Facts) begun() (n int) {
	for days := f.Days(); n < days.N && days.Start(n).Before(f.Now); n++ {
	}
	return n
}

// See leaves out what the reader may not see.
func (f *Facts) See(vitals, alerts bool) {
	if f.Vitals, f.Alerts = vitals, alerts; !vitals {
		f.Measured = Measured{Period: f.Measured.Period}
	}
	if !alerts {
		f.Raised, f.Reminders = nil, nil
	}
}

// Alert is one that was raised about a resident.
type Alert struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
	// Severity is 1 for information, 2 for a warning, 3 for what is critical.
	Severity int       `json:"severity"`
	Began    time.Time `json:"began_at"`
	// Answered is how long after that somebody claimed or closed it, negative when nobody
	// did. Ended is zero while it is open.
	Answered time.Duration `json:"-"`
	Ended    time.Time     `json:"ended_at,omitzero"`
	// Verdict is "true", "false_alarm" or "test", "" for one that is open or ended by
	// itself.
	Verdict string `json:"verdict,omitempty"`
	// Calls is how often somebody called again while it was open.
	Calls int `json:"calls_again,omitempty"`
}

// Reminder is how a reminder went in a week. What was skipped for a reason was not to
// be done.
type Reminder struct {
	What                             Text `json:"what"`
	Due, OnTime, Late, Skipped, Miss int  `json:"-"`
}

// Situation is what a resident was in, "away" or "hospital", and when.
type Situation struct {
	Kind     string
	From, To time.Time
}
