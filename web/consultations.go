package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
)

// panelRoutes are questions to experts, and what comes of them.
func (s *Site) panelRoutes(r chi.Router) {
	r.Get("/residents/{id}/consultations", s.forUser(s.consultations))
	r.Get("/residents/{id}/consultations/new", s.forUser(s.askPanel))
	r.Post("/residents/{id}/consultations/new", s.forUser(s.putQuestion))
	r.Get("/consultations/{id}", s.forUser(s.consultation))
	r.Get("/consultations/{id}/documents/{n}", s.forUser(s.evidenceDocument))
	r.Post("/consultations/{id}/opinion", s.forUser(s.signOpinion))
	r.Post("/consultations/{id}/decline", s.forUser(s.declineToAnswer))
	r.Post("/consultations/{id}/advice", s.forUser(s.publishAdvice))
	r.Post("/consultations/{id}/withdraw", s.forUser(s.withdrawQuestion))
	r.Post("/consultations/{id}/review", s.forUser(s.reviewAdvice))
	r.Post("/consultations/{id}/changes/{n}", s.forUser(s.decideChange))
	r.Get("/cases", s.forUser(s.cases))
	r.Get("/panels", s.forUser(s.panelList))
	r.Post("/panels", s.forUser(s.keepPanel))
	r.Get("/panels/{id}", s.forUser(s.panel))
	r.Post("/panels/{id}", s.forUser(s.keepPanel))
}

// consultationsView is what was asked about a resident, and what came of it.
type consultationsView struct {
	page
	Resident Resident
	// Who says in a line who it is, Printed when the page was made.
	Who, Printed string
	Keeps        bool
	// Now are the questions under way and the advice that holds, Before what was.
	Now, Before []questionView
}

// questionView is a question as people read it who look after the resident.
type questionView struct {
	*locale
	ID, Question string
	// Resident is "" for who is not to know.
	Resident string
	// AskAgain is the advice that could be looked at again by another question; "" for none.
	AskAgain string
	// Says say where it is in its life.
	Says []string
	// Late is set where something is overdue.
	Late   bool
	Advice *adviceView
	// Altered says that the advice is not shown, and why; "" where it is.
	Altered string
}

// adviceView is what was advised.
type adviceView struct {
	*locale
	Signed string
	// Plain is for the family, Text for the staff; "" for others.
	Plain, Text string
	Changes     []changeView
	// Effects are what came after the changes that were made, once for those of a day.
	Effects []*effectView
	// Again says when it is looked at again; Late that this is over.
	Again string
	Late  bool
	// Over is set where a later advice has taken its place.
	Over bool
}

// changeView is a change that is advised, and what became of it.
type changeView struct {
	*locale
	N     int
	Words string
	// Became says what became of it, Reason why; Problem why it is open again.
	Became, Reason, Problem string
	// Decide is set where it is the user's to decide on.
	Decide bool
	// Now is how what it is about is now, and Moved says so where it is another than the
	// experts saw.
	Now, Moved string
}

// effectView is what came after the changes of a day.
type effectView struct {
	*locale
	// Made says what was made, and when.
	Made string
	// Aside is set where nothing that is measured or alerted by was changed.
	Aside bool
	Says  string
	// Alerts and Vitals are figures, for the staff.
	Alerts, Vitals []effectLine
}

type effectLine struct{ Name, Before, After string }

func (s *Site) consultations(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	asked, err := s.panels.Asked(r.Context(), user, resident.ID)
	if err != nil {
		return fmt.Errorf("list the questions about resident %s: %w", resident.ID, err)
	}
	view := consultationsView{page: s.newPage(r, user, "consultations.title"), Resident: resident, Keeps: asked.Keeps}
	if view.Who, view.Printed, err = s.onPaper(r.Context(), &view.page, resident); err != nil {
		return err
	}
	for i := range asked.List {
		c := &asked.List[i]
		q := view.question(c, resident.Zone)
		if c.Status.UnderWay() || c.Altered || q.Advice != nil && !q.Advice.Over {
			view.Now = append(view.Now, q)
		} else {
			view.Before = append(view.Before, q)
		}
	}
	s.render(w, http.StatusOK, "consultations", view)
	return nil
}

// onPaper says who a resident is, whose file the user may see, and when the page was made:
// for who reads it without the site around it.
func (s *Site) onPaper(ctx context.Context, p *page, resident Resident) (who, printed string, err error) {
	file, err := s.files.File(ctx, p.User, resident.ID, 1)
	if err != nil {
		return "", "", fmt.Errorf("read who resident %s is: %w", resident.ID, err)
	}
	return p.who(resident, file), p.T("consultations.printed", "time", p.Now.In(resident.Zone).Format(minuteLayout)), nil
}

// question says in words how a question stands.
func (p *page) question(c *Consultation, zone *time.Location) questionView {
	q := questionView{locale: p.locale, ID: c.ID, Question: c.Question, Resident: c.Resident, Late: c.Overdue(p.Now)}
	q.Says = append(q.Says, p.asked(c, zone))
	spoke := 0
	for _, seat := range c.Seats {
		if seat.State == panels.Spoke {
			spoke++
		}
	}
	due := c.DueAt.In(zone).Format(minuteLayout)
	switch {
	case q.Late:
		q.Says = append(q.Says, p.T("consultation.late", "n", spoke, "all", len(c.Seats), "time", due))
	case c.Status == panels.Open:
		q.Says = append(q.Says, p.T("consultation.open", "n", spoke, "all", len(c.Seats), "time", due))
	case c.Status == panels.Answered:
		q.Says = append(q.Says, p.T("consultation.answered", "time", due))
	case c.Status == panels.Expired:
		q.Says = append(q.Says, p.T("consultation.expired", "time", c.EndedAt.In(zone).Format(minuteLayout)))
	case c.Status == panels.Withdrawn && c.EndedBy == "":
		q.Says = append(q.Says, p.T("consultation.no_consent_any_more", "time", c.EndedAt.In(zone).Format(minuteLayout)))
	case c.Status == panels.Withdrawn:
		q.Says = append(q.Says, p.T("consultation.withdrawn", "time", c.EndedAt.In(zone).Format(minuteLayout), "reason", c.EndedFor))
	}
	if c.Altered {
		q.Altered = p.T("advice.altered")
	}
	if c.Advice != nil {
		q.Advice = p.advice(c, zone)
		if c.Keeps && !q.Advice.Over {
			q.AskAgain = c.Advice.ID
		}
	}
	return q
}

// minuteLayout is a moment, to the minute.
const minuteLayout = "2006-01-02 15:04"

// asked says who has asked whom, and when.
func (p *page) asked(c *Consultation, zone *time.Location) string {
	at := c.OpenedAt.In(zone).Format(minuteLayout)
	switch {
	case c.Rule != "":
		return p.T("consultation.asked_by_rule", "rule", p.in(c.RuleName), "panel", c.PanelName, "time", at)
	case c.AskedBy == "":
		return p.T("consultation.asked", "panel", c.PanelName, "time", at)
	}
	return p.T("consultation.asked_by", "name", c.AskedBy, "panel", c.PanelName, "time", at)
}

// advice shows what was advised in the reader's words.
func (p *page) advice(c *Consultation, zone *time.Location) *adviceView {
	a := c.Advice
	v := &adviceView{locale: p.locale, Plain: a.Guidance.Plain.In(p.Tag), Over: a.SupersededBy != ""}
	v.Signed = p.T("advice.signed", "panel", c.PanelName, "name", c.Names[a.SignedBy], "time", a.SignedAt.In(zone).Format(minuteLayout))
	if p.User.Staff {
		v.Text = a.Guidance.Text
	}
	for i := range a.Changes {
		v.Changes = append(v.Changes, p.change(c, &a.Changes[i], zone))
	}
	v.Effects = p.effects(a.Changes, zone)
	switch {
	case v.Over:
		v.Again = p.T("advice.over")
	case !a.ReviewAt.IsZero():
		day := a.ReviewAt.Add(-time.Second).In(zone).Format(time.DateOnly)
		v.Late = !p.Now.Before(a.ReviewAt)
		v.Again = p.T("advice.again", "day", day)
		if v.Late {
			v.Again = p.T("advice.again_late", "day", day)
		}
	}
	if !a.ReviewedAt.IsZero() {
		v.Again = strings.TrimSpace(p.T("advice.reviewed", "name", c.Names[a.ReviewedBy], "day", a.ReviewedAt.In(zone).Format(time.DateOnly), "note", a.ReviewNote) + " " + v.Again)
	}
	return v
}

func (p *page) change(c *Consultation, one *AdvisedChange, zone *time.Location) changeView {
	v := changeView{locale: p.locale, N: one.N, Words: p.does(&one.Change, one.Words), Reason: one.Reason}
	by, at := c.Names[one.DecidedBy], one.DecidedAt.In(zone).Format(minuteLayout)
	switch one.State {
	case panels.Applied:
		v.Became = p.T("change.made", "name", by, "time", at)
	case panels.Accepted:
		v.Became = p.T("change.accepted", "name", by, "time", at)
	case panels.Refused:
		v.Became = p.T("change.declined", "name", by, "time", at)
	default:
		v.Became, v.Reason = p.T("change.open"), ""
		if one.ForStaff {
			v.Became = p.T("change.for_staff")
		}
		if one.Problem != "" {
			v.Problem = p.T("change.problem")
		}
	}
	if one.State == panels.Proposed && c.Advice.SupersededBy == "" {
		v.Now, v.Decide = one.Now, c.Keeps && !one.ForStaff
		if one.Moved {
			v.Moved = p.T("change.moved", "before", p.was(&one.Change, one.Then), "now", p.was(&one.Change, one.Now))
		}
	}
	return v
}

// was is how what a change is about is, or was, in words.
func (l *locale) was(c *panels.Change, value string) string {
	switch {
	case c.Kind == panels.OfCondition && value == "on":
		return l.T("change.on")
	case c.Kind == panels.OfCondition:
		return l.T("change.off")
	case c.Kind == panels.OfLimit && value == "":
		return l.T("change.usual")
	case c.Kind == panels.OfPlan && value == "":
		return l.T("change.unplanned")
	case c.Kind == panels.OfPlan:
		return l.T("change.every", "span", l.every(value))
	case value == "":
		return l.T("change.nothing")
	case c.Kind == panels.OfReminder:
		_, says, _ := strings.Cut(value, ": ")
		return l.inWords(says)
	}
	return value
}

// written is what stands in brackets at the end: when a reminder comes.
var written = regexp.MustCompile(`\(([^()]+)\)\.?$`)

// inWords is a line about a reminder, with when it comes in words.
func (l *locale) inWords(line string) string {
	if at := written.FindStringSubmatchIndex(line); at != nil {
		return line[:at[2]] + l.schedule(ReminderPlan{Schedule: line[at[2]:at[3]]}) + line[at[3]:]
	}
	return line
}

// every is how often something is measured, "12h" or "2d", in words.
func (l *locale) every(value string) string {
	var n int
	var unit string
	if _, err := fmt.Sscanf(value, "%d%s", &n, &unit); err != nil {
		return value
	}
	return l.span(time.Duration(n) * map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit])
}

// sentence is what experts would do, as a sentence of its own.
func (l *locale) sentence(t panels.Text) string {
	said := t.In(l.Tag)
	if said != "" && said[0] >= 'a' && said[0] <= 'z' {
		return strings.ToUpper(said[:1]) + said[1:]
	}
	return said
}

// does is what a change would do, with when a reminder comes in words.
func (l *locale) does(c *panels.Change, t panels.Text) string {
	said := l.sentence(t)
	if c != nil && c.Reminder != nil {
		said = strings.ReplaceAll(said, c.Reminder.Schedule, l.schedule(ReminderPlan{Schedule: c.Reminder.Schedule}))
	} else if c != nil && c.Kind == panels.OfReminder {
		said = l.inWords(said)
	}
	return said
}

// effects say what came after the changes that were made. What was made on the same day
// has the same days before and after it, so that it is said once, from the first of them.
func (p *page) effects(changes []AdvisedChange, zone *time.Location) (list []*effectView) {
	made := slices.DeleteFunc(slices.Clone(changes), func(c AdvisedChange) bool { return c.After == nil })
	day := func(c AdvisedChange) string { return c.After.From.In(zone).Format(time.DateOnly) }
	slices.SortStableFunc(made, func(a, b AdvisedChange) int {
		return cmp.Or(cmp.Compare(day(a), day(b)), cmp.Compare(aside(a), aside(b)), a.After.From.Compare(b.After.From))
	})
	for i := 0; i < len(made); {
		first, what := made[i], []string{}
		for ; i < len(made) && day(made[i]) == day(first); i++ {
			what = append(what, p.does(&made[i].Change, made[i].Words))
		}
		v := p.effect(first.After)
		v.Made, v.Aside = p.T("effect.made", "day", day(first), "what", strings.Join(what, p.T("effect.and"))), aside(first) > 0
		list = append(list, v)
	}
	return list
}

// aside is 1 for what sends somebody, and changes nothing that is measured or alerted by.
func aside(c AdvisedChange) int {
	if c.Change.Kind == panels.Referral || c.Change.Kind == panels.FollowUp {
		return 1
	}
	return 0
}

// effect says what came after a change: in words for everybody, in figures for the staff.
func (p *page) effect(e *panels.Effect) *effectView {
	v := &effectView{locale: p.locale}
	before, after := 0, 0
	for _, a := range e.Alerts {
		before, after = before+a.Before, after+a.After
		if p.User.Staff {
			v.Alerts = append(v.Alerts, effectLine{p.sentence(a.Name), fmt.Sprint(a.Before), fmt.Sprint(a.After)})
		}
	}
	if e.Complete {
		v.Says = p.T("effect.whole", "days", e.Days, "before", before, "after", after)
	} else {
		v.Says = p.T("effect.so_far", "days", e.Days, "past", int(e.Until.Sub(e.From)/(24*time.Hour)), "before", before, "after", after)
	}
	if !p.User.Staff {
		return v
	}
	for _, shift := range e.Vitals {
		m, ok := vitals.ParseMetric(shift.Metric)
		if !ok {
			continue
		}
		stat := func(s panels.Stat, days int) string {
			if s.N == 0 {
				return "—"
			}
			return p.T("effect.stat", "mean", m.Format(s.Mean), "min", m.Format(s.Min), "max", m.Format(s.Max), "days", days)
		}
		v.Vitals = append(v.Vitals, effectLine{p.metric(m), stat(shift.Before, shift.DaysBefore), stat(shift.After, shift.DaysAfter)})
	}
	return v
}

// metric is a metric's name with its unit.
func (l *locale) metric(m vitals.Metric) string {
	name := m.Info().Display(l.Tag)
	if unit := l.unit(m); unit != "" && !strings.EqualFold(unit, name) {
		name += " (" + unit + ")"
	}
	return name
}
