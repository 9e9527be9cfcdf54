package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
)

// limitRows is how many limits an opinion can change on the page.
const limitRows = 3

var (
	answers      = []string{"change", "leave", "refer", "unsure"}
	confidences  = []string{"high", "moderate", "low"}
	conditions   = []string{"atrial_fibrillation", "athlete", "beta_blocker", "copd", "diabetes_complex", "diabetes_very_complex", "heart_failure", "treated_hypertension"}
	advisedKinds = []string{"measurement", "exercise", "drinking", "appointment"}
)

// followUpClock is when on its day somebody is reminded to see how it goes.
const followUpClock = "09:00"

// viewForm is an opinion or advice that is being said.
type viewForm struct {
	*locale
	Said     url.Values
	Wrong    map[string]string
	Evidence *panels.Evidence
	Zone     *time.Location
	Now      time.Time
	// Picks are the changes of the opinions, for the chair.
	Picks []pickLine
}

// pickLine is a change that experts would make.
type pickLine struct {
	Key, Words, By string
	Chosen         bool
}

// limitRow is a limit that may be changed.
type limitRow struct {
	N      int
	Limits []option
	To     string
	Wrong  string
}

// Rows are the limits.
func (f viewForm) Rows() (rows []limitRow) {
	for i := range limitRows {
		n := strconv.Itoa(i + 1)
		row := limitRow{N: i + 1, Limits: []option{{Label: f.T("change.no_limit")}}, To: f.Said.Get("to_" + n), Wrong: f.Wrong["limit_"+n]}
		for _, name := range slices.Sorted(maps.Keys(f.Evidence.Care.Thresholds)) {
			says := f.T("change.limit_now", "name", f.limit(name), "now", f.Evidence.Care.Thresholds[name])
			row.Limits = append(row.Limits, option{name, says, name == f.Said.Get("limit_"+n)})
		}
		rows = append(rows, row)
	}
	return rows
}

// called is what a change is about, as a label.
func (l *locale) called(c *panels.Change) string {
	t := c.Called()
	t.EN = strings.TrimPrefix(t.EN, "the ")
	return l.sentence(t)
}

// Conditions are what the rules can go by, with how it is now.
func (f viewForm) Conditions() []option {
	list := []option{{Label: f.T("change.no_condition")}}
	for _, name := range conditions {
		c := panels.Change{Kind: panels.OfCondition, Target: name}
		value, says := name+" on", f.T("change.begin_condition", "name", f.called(&c))
		if slices.Contains(f.Evidence.Care.Conditions, name) {
			value, says = name+" off", f.T("change.end_condition", "name", f.called(&c))
		}
		list = append(list, option{value, says, value == f.Said.Get("condition")})
	}
	return list
}

// Metrics are what can be measured by a reminder.
func (f viewForm) Metrics() (list []option) {
	for _, value := range measurable {
		var names []string
		for name := range strings.SplitSeq(value, ",") {
			if m, ok := vitals.ParseMetric(name); ok {
				names = append(names, m.Info().Display(f.Tag))
			}
		}
		list = append(list, option{value, strings.Join(names, " / "), value == f.Said.Get("reminder_metric")})
	}
	return list
}

// Kinds are those of reminders that experts can advise.
func (f viewForm) Kinds() []option {
	return f.options("remind_kind.", advisedKinds, f.Said.Get("reminder_kind"))
}

// Answers are an opinion in one word.
func (f viewForm) Answers() []option {
	return f.options("opinion.answer_", answers, f.Said.Get("answer"))
}

// Confidences are how sure an expert can be.
func (f viewForm) Confidences() []option {
	return f.options("opinion.confidence_", confidences, f.Said.Get("confidence"))
}

// Added is set where a change was added that is shown again.
func (f viewForm) Added() bool {
	for _, name := range []string{"limit_1", "limit_2", "limit_3", "condition", "reminder_what", "follow_what", "referral_to", "referral_what"} {
		if f.Said.Get(name) != "" {
			return true
		}
	}
	return false
}

// pick is a change that the chair can take over.
type pick struct {
	key    string
	change panels.Change
	by     []string
	words  panels.Text
}

// picksOf are the changes of the opinions, each once with who would make it.
func picksOf(c *Consultation) (picks []pick) {
	at := map[string]int{}
	for i := range c.Opinions {
		for k, change := range c.Opinions[i].View.Changes {
			same := string(change.Kind) + " " + change.Target + " " + change.After()
			name := c.Names[c.Opinions[i].Expert]
			if n, known := at[same]; known {
				picks[n].by = append(picks[n].by, name)
				continue
			}
			at[same] = len(picks)
			picks = append(picks, pick{key: fmt.Sprintf("%d-%d", i, k), change: change, by: []string{name}, words: c.Words[i][k]})
		}
	}
	return picks
}

// gather adds what the chair can pick.
func (f *viewForm) gather(c *Consultation) {
	for _, p := range picksOf(c) {
		f.Picks = append(f.Picks, pickLine{Key: p.key, Words: f.does(&p.change, p.words), By: f.list(p.by), Chosen: slices.Contains(f.Said["pick"], p.key)})
	}
}

// changesOf reads the changes that a form proposes, and the row at which each stands.
// Rows in which nothing stands are left out.
func changesOf(form url.Values) (changes []panels.Change, rows []string, fault PanelFault) {
	add := func(row string, c panels.Change) { changes, rows = append(changes, c), append(rows, row) }
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	for i := range limitRows {
		n := strconv.Itoa(i + 1)
		if name := get("limit_" + n); name != "" {
			add("limit_"+n, panels.Change{Kind: panels.OfLimit, Target: name, To: get("to_" + n)})
		}
	}
	if name, to, ok := strings.Cut(get("condition"), " "); ok {
		add("condition", panels.Change{Kind: panels.OfCondition, Target: name, To: to})
	}
	if what := get("reminder_what"); what != "" {
		r := &panels.Reminder{Kind: get("reminder_kind"), What: what, Schedule: "daily at " + clocks(get("reminder_times"))}
		if r.Kind == "measurement" {
			r.Metrics = strings.Split(get("reminder_metric"), ",")
		}
		add("reminder", panels.Change{Kind: panels.OfReminder, Reminder: r})
	}
	if what := get("follow_what"); what != "" {
		add("follow", panels.Change{Kind: panels.FollowUp, Reminder: &panels.Reminder{What: what, Schedule: "once " + get("follow_on") + " " + followUpClock}})
	}
	if to, what := get("referral_to"), get("referral_what"); to != "" || what != "" {
		by, err := records.ParseDate(get("referral_by"))
		if err != nil {
			fault = append(fault, fmt.Sprintf("changes[%d].by", len(changes)))
		}
		add("referral", panels.Change{Kind: panels.Referral, Errand: &panels.Errand{To: to, What: what, By: by}})
	}
	return changes, rows, fault
}

// clocks are times of day as people write them, as schedules have them.
func clocks(times string) string {
	return strings.NewReplacer("，", ", ", "、", ", ", "：", ":").Replace(times)
}
