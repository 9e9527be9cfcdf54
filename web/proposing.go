package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders/titles"
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
	advisedKinds = []string{"measurement", "medication", "exercise", "drinking", "appointment", "check_in"}
	// spans are how often something can be measured by plan, and no plan at all.
	spans = []string{"4h", "6h", "8h", "12h", "1d", "2d", "3d", "7d", noPlan}
	hows  = []string{"daily", "weekly", "once"}
)

// noPlan is the choice that something is not measured by plan any more.
const noPlan = "none"

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
		list = append(list, option{value, f.metrics(value), value == f.Said.Get("reminder_metric")})
	}
	return list
}

// metrics are the names of some, which stand with commas between them.
func (l *locale) metrics(value string) string {
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		if m, ok := vitals.ParseMetric(name); ok {
			names = append(names, m.Info().Display(l.Tag))
		}
	}
	return strings.Join(names, " / ")
}

// Planned are what can be measured by plan, with how it is now.
func (f viewForm) Planned() []option {
	list := []option{{Label: f.T("change.no_limit")}}
	all := slices.Clone(measurable)
	for _, name := range slices.Sorted(maps.Keys(f.Evidence.Care.Planned)) {
		if !slices.Contains(strings.Split(strings.Join(all, ","), ","), name) {
			all = append(all, name)
		}
	}
	for _, value := range all {
		first, _, _ := strings.Cut(value, ",")
		c := panels.Change{Kind: panels.OfPlan, Target: first}
		says := f.T("change.limit_now", "name", f.metrics(value), "now", f.was(&c, f.Evidence.Care.Planned[first]))
		list = append(list, option{value, says, value == f.Said.Get("plan_metric")})
	}
	return list
}

// Spans are how often it is measured.
func (f viewForm) Spans() []option {
	list := []option{{Label: f.T("change.no_condition")}}
	for _, value := range spans {
		says := f.T("change.no_plan")
		if value != noPlan {
			says = f.was(&panels.Change{Kind: panels.OfPlan}, value)
		}
		list = append(list, option{value, says, value == f.Said.Get("plan_every")})
	}
	return list
}

// Targets are whether a reminder is new, or one that there is changes or ends.
func (f viewForm) Targets() []option {
	list := []option{{Label: f.T("change.reminder_new")}}
	chosen := f.Said.Get("reminder_target")
	for _, r := range f.Evidence.Reminders {
		change, end, what := "change "+r.Ref, "end "+r.Ref, f.reminded(r)
		list = append(list, option{change, f.T("change.reminder_change", "what", what), change == chosen}, option{end, f.T("change.reminder_end", "what", what), end == chosen})
	}
	return list
}

// reminded is a reminder in words, with when it comes.
func (l *locale) reminded(r panels.Standing) string {
	return titles.In(r.What, l.Tag) + l.T("list.and") + l.schedule(ReminderPlan{Kind: r.Kind, Schedule: r.Schedule})
}

// Hows are on which days a reminder comes.
func (f viewForm) Hows() []option {
	return f.options("plan.how_", hows, cmp.Or(f.Said.Get("reminder_how"), hows[0]))
}

// Weekdays are those of a week.
func (f viewForm) Weekdays() (list []option) {
	for _, day := range weekdays {
		list = append(list, option{day, f.T("weekday." + longDays[day]), slices.Contains(f.Said["reminder_weekday"], day)})
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
	for _, name := range []string{"limit_1", "limit_2", "limit_3", "condition", "plan_metric", "plan_every", "reminder_target", "reminder_what", "follow_what", "referral_to", "referral_what"} {
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

// picksOf are the changes of the opinions, each once with who would make it: by the seals
// of the opinions, for others may come in between.
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
			picks = append(picks, pick{key: fmt.Sprintf("%.12s-%d", c.Opinions[i].Seal, k), change: change, by: []string{name}, words: c.Words[i][k]})
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

// proposing are the changes that a form proposes, and the row of the form at which each
// stands. Rows in which nothing stands are left out.
type proposing struct {
	form    url.Values
	changes []panels.Change
	rows    []string
	fault   PanelFault
}

func (p *proposing) get(name string) string { return strings.TrimSpace(p.form.Get(name)) }

func (p *proposing) add(row string, c panels.Change) {
	p.changes, p.rows = append(p.changes, c), append(p.rows, row)
}

// wrong says that the change which was added last cannot be made like this.
func (p *proposing) wrong(field string) {
	p.fault = append(p.fault, fmt.Sprintf("changes[%d].%s", len(p.changes)-1, field))
}

// changesOf reads the changes that a form proposes, by what experts go by.
func changesOf(form url.Values, e *panels.Evidence) (changes []panels.Change, rows []string, fault PanelFault) {
	p := &proposing{form: form}
	for i := range limitRows {
		n := strconv.Itoa(i + 1)
		if name := p.get("limit_" + n); name != "" {
			p.add("limit_"+n, panels.Change{Kind: panels.OfLimit, Target: name, To: p.get("to_" + n)})
		}
	}
	if name, to, ok := strings.Cut(p.get("condition"), " "); ok {
		p.add("condition", panels.Change{Kind: panels.OfCondition, Target: name, To: to})
	}
	p.plan()
	p.reminder(e)
	if what := p.get("follow_what"); what != "" {
		p.add("follow", panels.Change{Kind: panels.FollowUp, Reminder: &panels.Reminder{What: what, Schedule: "once " + p.get("follow_on") + " " + followUpClock}})
	}
	if to, what := p.get("referral_to"), p.get("referral_what"); to != "" || what != "" {
		by, err := records.ParseDate(p.get("referral_by"))
		p.add("referral", panels.Change{Kind: panels.Referral, Errand: &panels.Errand{To: to, What: what, By: by}})
		if err != nil {
			p.wrong("by")
		}
	}
	return p.changes, p.rows, p.fault
}

// plan is how often something is measured: what belongs together is measured together.
func (p *proposing) plan() {
	metrics, every := p.get("plan_metric"), p.get("plan_every")
	if metrics == "" && every == "" {
		return
	}
	for metric := range strings.SplitSeq(metrics, ",") {
		p.add("plan", panels.Change{Kind: panels.OfPlan, Target: metric, To: strings.TrimPrefix(every, noPlan)})
		if metric == "" || every == "" {
			p.wrong("to")
		}
	}
}

// reminder is a new one; or another in the place of one that there is, which stays of its
// kind and keeps what is not said anew; or the end of one.
func (p *proposing) reminder(e *panels.Evidence) {
	does, ref, _ := strings.Cut(p.get("reminder_target"), " ")
	what, times := p.get("reminder_what"), p.get("reminder_times")
	r := &panels.Reminder{Kind: p.get("reminder_kind"), What: what, Note: p.get("reminder_note")}
	if r.Kind == "measurement" {
		r.Metrics = strings.Split(p.get("reminder_metric"), ",")
	}
	when := planForm{How: p.get("reminder_how"), Times: times, On: p.get("reminder_on"), Weekdays: p.form["reminder_weekday"]}
	if !slices.Contains(hows, when.How) {
		when.How = hows[0]
	}
	r.Schedule = when.pattern()
	switch does {
	case "end":
		r = nil
	case "change":
		i := slices.IndexFunc(e.Reminders, func(is panels.Standing) bool { return is.Ref == ref })
		if i >= 0 {
			is := e.Reminders[i]
			r.Kind, r.What, r.Metrics = is.Kind, cmp.Or(what, is.What), is.Metrics
			if times == "" {
				r.Schedule = is.Schedule
			}
		}
	default:
		if what == "" {
			return
		}
	}
	p.add("reminder", panels.Change{Kind: panels.OfReminder, Target: ref, Reminder: r})
	if does == "change" && what == "" && times == "" {
		p.wrong("reminder")
	}
}
