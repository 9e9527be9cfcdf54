package panels

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
)

// ChangeKind is what sort of thing a change is about.
type ChangeKind string

// The kinds.
const (
	// OfLimit is a threshold of the resident's own: the target is its name, "spo2.low",
	// To a number; "" for the one that everybody has.
	OfLimit ChangeKind = "limit"
	// OfCondition is what the rules know of the resident: the target is a condition of
	// theirs, "copd", To "on" or "off". It is how a rule is changed for one resident.
	OfCondition ChangeKind = "condition"
	// OfPlan is how often something is to be measured: the target is a metric, To "12h";
	// "" for no plan.
	OfPlan ChangeKind = "planned"
	// OfReminder is a new reminder; with a target one that takes the place of that
	// reminder, and without a Reminder that one's end. The target is the reminder's id, or
	// what stands for it in the evidence: [Standing.Ref].
	OfReminder ChangeKind = "reminder"
	// FollowUp is a reminder for the staff to see how it goes.
	FollowUp ChangeKind = "follow_up"
	// Referral is a task of the care plan: somebody else is to see the resident.
	Referral ChangeKind = "referral"
)

// ChangeKinds are all of them.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{OfLimit, OfCondition, OfPlan, OfReminder, FollowUp, Referral}
}

// OfRules reports whether it changes what the rules go by of a resident. That may loosen
// limits, so that it is the staff's to decide on.
func (k ChangeKind) OfRules() bool { return k == OfLimit || k == OfCondition || k == OfPlan }

// Change is one thing that an expert, or the panel, would change.
type Change struct {
	Kind   ChangeKind `json:"kind" enum:"limit,condition,planned,reminder,follow_up,referral"`
	Target string     `json:"target,omitempty" maxLength:"64" doc:"The name of a limit, a condition or a metric; or the reminder that there is, by what stands for it in the evidence, or by its id" example:"bp.high.systolic"`
	To     string     `json:"to,omitempty" maxLength:"64" doc:"Of a limit a number, absent for the one that everybody has; of a condition on or off; of a metric how often it is measured, absent for no plan" example:"150"`
	// Reminder is set for reminders and follow-ups, Errand for referrals.
	Reminder *Reminder `json:"reminder,omitempty" doc:"Of a reminder or follow-up; absent to end the reminder that is the target"`
	Errand   *Errand   `json:"referral,omitempty"`
	Why      string    `json:"why,omitempty" maxLength:"2000"`
}

// Reminder is what is to be done, and when.
type Reminder struct {
	Kind     string   `json:"kind,omitempty" doc:"As of a reminder; absent in a follow-up" example:"measurement"`
	What     string   `json:"what" minLength:"1" maxLength:"200" example:"Blood pressure"`
	Note     string   `json:"note,omitempty" maxLength:"2000"`
	Schedule string   `json:"schedule" minLength:"1" maxLength:"200" doc:"As of a reminder" example:"daily at 08:00"`
	Metrics  []string `json:"metrics,omitempty" doc:"Of a measurement: what is measured"`
}

// Errand is who else is to see the resident.
type Errand struct {
	To   string       `json:"to" minLength:"1" maxLength:"200" doc:"Where or to whom" example:"Cardiology, outpatient"`
	What string       `json:"what" minLength:"1" maxLength:"200" doc:"For what" example:"24-hour blood pressure"`
	By   records.Date `json:"by,omitzero" doc:"Until which day"`
}

var targetPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// settle puts the change in the form in which it is kept, and finds what is wrong
// with it whatever there is to change.
func (c *Change) settle(f *faults, path string) {
	c.Target, c.To = strings.TrimSpace(c.Target), strings.TrimSpace(c.To)
	f.text(path+".why", &c.Why, mostReason, false)
	needsTarget := false
	switch c.Kind {
	case OfLimit:
		needsTarget = true
		if c.To != "" {
			v, err := strconv.ParseFloat(c.To, 64)
			if err != nil || v != v || v > 1e6 || v < -1e6 {
				f.add(path+".to", "%q is no number", c.To)
			} else {
				c.To = number(v)
			}
		}
	case OfCondition:
		needsTarget = true
		if c.To != "on" && c.To != "off" {
			f.add(path+".to", "%q: want on or off", c.To)
		}
	case OfPlan:
		needsTarget = true
		if c.To != "" {
			every, err := parseEvery(c.To)
			if err != nil {
				f.add(path+".to", "%v", err)
			} else {
				c.To = everyText(every)
			}
		}
	case OfReminder, FollowUp:
		c.settleReminder(f, path)
	case Referral:
		if c.Errand == nil {
			f.add(path+".referral", "is missing: to whom, and for what?")
			break
		}
		f.text(path+".referral.to", &c.Errand.To, mostWords, true)
		f.text(path+".referral.what", &c.Errand.What, mostWords, true)
	default:
		f.add(path+".kind", "%q is none of %v", c.Kind, ChangeKinds())
	}
	switch {
	case needsTarget && !targetPattern.MatchString(c.Target):
		f.add(path+".target", "%q: want the name of what changes", c.Target)
	case !needsTarget && c.Kind != OfReminder && c.Target != "":
		f.add(path+".target", "is not for a %s", c.Kind)
	}
	if !needsTarget && c.To != "" {
		f.add(path+".to", "is not for a %s", c.Kind)
	}
	if c.Kind != OfReminder && c.Kind != FollowUp && c.Reminder != nil {
		f.add(path+".reminder", "is not for a %s", c.Kind)
	}
	if c.Kind != Referral && c.Errand != nil {
		f.add(path+".referral", "is not for a %s", c.Kind)
	}
}

func (c *Change) settleReminder(f *faults, path string) {
	if c.Reminder == nil {
		if c.Kind == FollowUp || c.Target == "" {
			f.add(path+".reminder", "is missing: what is to be done, and when?")
		}
		return
	}
	r := c.Reminder
	f.text(path+".reminder.what", &r.What, mostWords, true)
	f.text(path+".reminder.note", &r.Note, mostReason, false)
	f.text(path+".reminder.schedule", &r.Schedule, mostWords, true)
	if c.Kind == FollowUp {
		r.Kind = "follow_up"
	}
	if r.Kind == "" {
		f.add(path+".reminder.kind", "is missing: of which kind is it?")
	}
}

// After is how the thing is once the change is made, in one line that can be compared:
// "150", "on", "12h", "measurement: Blood pressure (daily at 08:00)"; "" for nothing.
func (c *Change) After() string {
	switch {
	case c.Reminder != nil:
		return ReminderLine(c.Reminder.Kind, c.Reminder.What, c.Reminder.Schedule)
	case c.Errand != nil:
		return c.Errand.To + ": " + c.Errand.What
	}
	return c.To
}

// ReminderLine is a reminder in one line, as [Change.After] writes it.
func ReminderLine(kind, what, schedule string) string {
	return fmt.Sprintf("%s: %s (%s)", kind, what, schedule)
}

// same names what the change is about, so that those of several experts can be put
// beside each other. What is new is the same where it says the same.
func (c *Change) same() string {
	if c.Target != "" {
		return string(c.Kind) + " " + c.Target
	}
	return string(c.Kind) + " " + strings.ToLower(c.After())
}

// number is a number as changes write it.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

var everyPattern = regexp.MustCompile(`^([1-9][0-9]{0,4})([mhd])$`)

// parseEvery reads how often something is measured: "15m", "12h", "2d".
func parseEvery(text string) (time.Duration, error) {
	parts := everyPattern.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q: want how often, such as 12h or 2d", text)
	}
	n, _ := strconv.Atoi(parts[1])
	return time.Duration(n) * map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[parts[2]], nil
}

func everyText(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
