package alerts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// What telecare services aim at: the TSA's code of practice has 97.5 % of calls
// answered within 60 seconds and 99 % within 180, and visits made within 45 minutes.
const (
	AnswerSoon, SoonTarget   = time.Minute, 0.975
	AnswerLate, LateTarget   = 3 * time.Minute, 0.99
	SceneWithin, SceneTarget = 45 * time.Minute, 0.9
)

// Answer is how a critical alert about a resident was answered.
type Answer struct {
	Alert, Resident string
	// At is when it became critical.
	At time.Time
	// Answered is how long after that somebody claimed or closed it; negative when
	// nobody did.
	Answered time.Duration
	// Scene is how long after that somebody was there; negative when nobody said so.
	Scene time.Duration
	// Over is how long after that it ended by itself; negative when it did not.
	Over time.Duration
	// Drill is set for one that nobody called for help by.
	Drill bool
	// Verdict is what people found it to have been.
	Verdict engine.Verdict
}

// none stands for a length of time where there is none.
const none = time.Duration(-1)

// Answers returns how the critical alerts of some residents were answered that
// began between two moments, by when they began. Parts of others are not among
// them.
func (s *Alerts) Answers(ctx context.Context, from, to time.Time, residents []string) ([]Answer, error) {
	var all []Answer
	for some := range slices.Chunk(residents, residentsAtOnce) {
		var rows []alertRow
		err := s.db.NewSelect().Model(&rows).Column("id", "resident", "rule", "began_at", "verdict").Where("resident IN (?)", bun.In(some)).
			Where("severity = ?", int8(rules.Critical)).Where("part_of = ''").
			Where("began_at >= ? AND began_at < ?", store.Millis(from), store.Millis(to)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read which alerts were to be answered: %w", err)
		}
		for few := range slices.Chunk(rows, rowsAtOnce) {
			answers, err := s.answers(ctx, few)
			if err != nil {
				return nil, err
			}
			all = append(all, answers...)
		}
	}
	slices.SortFunc(all, func(a, b Answer) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Alert, b.Alert)) })
	return all, nil
}

func (s *Alerts) answers(ctx context.Context, rows []alertRow) ([]Answer, error) {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var steps []transitionRow
	err := s.db.NewSelect().Model(&steps).Column("alert", "n", "at", "status", "severity", "by_user").Where("alert IN (?)", bun.In(ids)).OrderExpr("alert, n").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read how alerts were answered: %w", err)
	}
	of := map[string][]transitionRow{}
	for _, t := range steps {
		of[t.Alert] = append(of[t.Alert], t)
	}
	arrived, err := scenes(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, 0, len(rows))
	for i := range rows {
		a := answerOf(of[rows[i].ID])
		a.Alert, a.Resident, a.Drill, a.Verdict = rows[i].ID, rows[i].Resident, rows[i].Rule == DrillRule, rows[i].Verdict
		if scene, ok := arrived[a.Alert]; ok {
			a.Scene = max(scene.At.Sub(a.At), 0)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// answerOf is how an alert was answered that has these transitions. What somebody
// had claimed while it was milder is not answered by that.
func answerOf(steps []transitionRow) Answer {
	a := Answer{Answered: none, Scene: none, Over: none}
	for _, t := range steps {
		at := store.Time(t.At)
		if a.At.IsZero() {
			if rules.Severity(t.Severity) == rules.Critical {
				a.At = at
			}
			continue
		}
		acted := t.By != "" && (t.Status == engine.Claimed || t.Status == engine.Resolved)
		if acted && a.Answered == none {
			a.Answered = at.Sub(a.At)
		}
		if t.Status == engine.Resolved && t.By == "" {
			a.Over = at.Sub(a.At)
		}
	}
	return a
}

// Response is how fast critical alerts were answered.
type Response struct {
	// Critical is how many there were to be answered: without those that were tests or
	// drills, and those that ended by themselves before anybody was late.
	Critical int
	// Soon of them were answered within [AnswerSoon], Late within [AnswerLate], and
	// Never have not been answered at all.
	Soon, Late, Never int
	// Scenes is how often somebody said that they were there, and SceneSoon how often
	// that was within [SceneWithin].
	Scenes, SceneSoon int
	// Brief and Tests are how many are not counted: what ended by itself before anybody
	// was late, and tests and drills.
	Brief, Tests int
}

// Add counts an answer.
func (r *Response) Add(a Answer) {
	switch {
	case a.Drill, a.Verdict == engine.TestAlarm:
		r.Tests++
		return
	case a.Answered == none && a.Over != none && a.Over <= AnswerLate:
		r.Brief++
		return
	}
	r.Critical++
	switch {
	case a.Answered == none:
		r.Never++
	case a.Answered <= AnswerSoon:
		r.Soon++
		r.Late++
	case a.Answered <= AnswerLate:
		r.Late++
	}
	if a.Scene != none {
		r.Scenes++
		if a.Scene <= SceneWithin {
			r.SceneSoon++
		}
	}
}

// Met reports whether what is aimed at was reached.
func (r *Response) Met() bool {
	return Share(r.Soon, r.Critical) >= SoonTarget && Share(r.Late, r.Critical) >= LateTarget
}

// Share is a part of a whole, 1 of nothing: who had nothing to answer missed
// nothing.
func Share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Group is who answers for residents: a team, or nobody in particular.
type Group struct {
	ID, Name string
	Zone     *time.Location // in which its weeks begin
}

// ResponseWeek is how fast a group's critical alerts of a week were answered.
type ResponseWeek struct {
	Group
	From, To time.Time
	Response
}

// ResponseByWeek returns how fast the critical alerts of residents were answered,
// by their groups and weeks: those of the week of now and of so many before it. A
// week begins on Monday; one without alerts has no row. Groups are ordered by name,
// weeks newest first.
func (s *Alerts) ResponseByWeek(ctx context.Context, groups map[string]Group, weeks int, now time.Time) ([]ResponseWeek, error) {
	var residents []string
	from := now
	for resident, g := range groups {
		residents = append(residents, resident)
		if begin := monday(now, g.Zone).AddDate(0, 0, -7*(weeks-1)); begin.Before(from) {
			from = begin
		}
	}
	answers, err := s.Answers(ctx, from, now.Add(time.Millisecond), residents) // what begins now, too
	if err != nil {
		return nil, err
	}
	type key struct {
		group string
		from  int64
	}
	found := map[key]*ResponseWeek{}
	for _, a := range answers {
		g := groups[a.Resident]
		begin := monday(a.At, g.Zone)
		if begin.Before(monday(now, g.Zone).AddDate(0, 0, -7*(weeks-1))) {
			continue
		}
		k := key{g.ID, begin.UnixMilli()}
		if found[k] == nil {
			found[k] = &ResponseWeek{Group: g, From: begin, To: begin.AddDate(0, 0, 7)}
		}
		found[k].Add(a)
	}
	rows := make([]ResponseWeek, 0, len(found))
	for _, w := range found {
		rows = append(rows, *w)
	}
	slices.SortFunc(rows, func(a, b ResponseWeek) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID), b.From.Compare(a.From))
	})
	return rows, nil
}

// monday is when the week of a moment begins in a zone.
func monday(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	since := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-since, 0, 0, 0, 0, zone)
}
