package web_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/web"
)

// panelBook keeps questions to experts in memory as the pages' contract says: one that is
// put, one whose opinions differ, advice that holds, and advice that does not.
type panelBook struct {
	now func() time.Time

	mu       sync.Mutex
	asked    []web.Consultation
	put      []panels.Question
	said     []panels.View
	advising []web.Advising
	kept     []panels.Panel
	decided  []string
	fault    error // what everything that is said answers
	// published is for reports, and unpublished the error in its place.
	published   []web.Advice
	unpublished error
}

func newPanelBook(now func() time.Time, whom web.Resident) *panelBook {
	b := &panelBook{now: now}
	start := now()
	names := map[string]string{"x-1": "Dr <Zhang>", "x-2": "Dr Wen", "u-1": "Nurse Chen"}
	limit := func(to string) panels.Change {
		return panels.Change{Kind: panels.OfLimit, Target: "bp.severe.systolic", To: to}
	}
	followUp := panels.Change{Kind: panels.FollowUp, Reminder: &panels.Reminder{Kind: "follow_up", What: "晚上的血压？", Schedule: "once 2026-12-05 09:00"}}
	question := func(id string, ago time.Duration, status panels.Status) web.Consultation {
		return web.Consultation{
			Consultation: panels.Consultation{
				ID: id, Resident: whom.ID, Panel: "hearts", Question: "晚上血压常高于 160。\nIs the limit <right>?", Urgency: panels.Soon, Mode: panels.Blind, Status: status,
				Evidence: "4784e751e7246507a48559b23781ee9f17c3e383bbd4c397395a5cdbd629cf20", OpenedAt: start.Add(-ago), OpenedBy: "u-1", DueAt: start.Add(48*time.Hour - ago),
				Seats: []panels.Seat{{User: "x-1", Speciality: "Cardiology", N: 1, State: panels.Spoke}, {User: "x-2", Speciality: "老年医学", N: 2, State: panels.Asked}},
			},
			PanelName: "Hearts 心脏", Whom: whom, AskedBy: "Nurse Chen", Names: names, Keeps: true, Evidence: frozenEvidence(start.Add(-ago)),
		}
	}
	opinion := func(expert, speciality string, v panels.View) panels.Opinion {
		return panels.Opinion{Expert: expert, Speciality: speciality, Version: 1, Unseen: true, SignedAt: start.Add(-time.Hour), View: v, Seal: "95aa8c34b6ab6b1c5ef23ad8243c8720c5ce6038b2eef4fd1d07f9f0d273a10b"}
	}
	open := question("c-open", time.Hour, panels.Open)
	open.Whom, open.Resident, open.AskedBy, open.Keeps = web.Resident{}, "", "", false
	open.Mine = &panels.Case{Consultation: open.Consultation, PanelName: open.PanelName, Seated: true, MyTurn: true, Mine: panels.Seat{State: panels.Asked}}

	answered := question("c-answered", 50*time.Hour, panels.Answered)
	answered.Whom, answered.Resident, answered.AskedBy, answered.Keeps = web.Resident{}, "", "", false
	answered.Seats[1].State, answered.Disagreed = panels.Spoke, true
	answered.Opinions = []panels.Opinion{
		opinion("x-1", "Cardiology", panels.View{Answer: panels.WouldChange, Text: "Raise it sooner.", Reasons: "A stroke <before>.", Confidence: panels.High, Changes: []panels.Change{limit("170"), followUp}}),
		opinion("x-2", "老年医学", panels.View{Answer: panels.WouldLeave, Text: "维持。", Reasons: "只有一次。", Confidence: panels.Low}),
	}
	lower := panels.Text{EN: "lower the limit of severely high systolic pressure from 180 to 170", ZH: "将收缩压重度升高的界限从 180 下调至 170"}
	follow := followUp.Words("", "")
	answered.Words = [][]panels.Text{{lower, follow}, nil}
	answered.Points = []web.PanelPoint{
		{Words: panels.Text{EN: "One would change something, one would leave it as it is.", ZH: "一位专家建议作出调整，一位专家建议维持不变。"}},
		{Words: panels.Text{EN: "Both would measure it daily.", ZH: "两位专家建议每天测量。"}, Agreed: true},
	}
	answered.Mine = &panels.Case{Consultation: answered.Consultation, PanelName: answered.PanelName, Seated: true, Chair: true, Whole: true, Mine: panels.Seat{State: panels.Spoke}}

	advised := question("c-advised", 20*24*time.Hour, panels.Advised)
	advised.Opinions, advised.Words, advised.Points = answered.Opinions, answered.Words, answered.Points
	effect := &panels.Effect{
		From: start.Add(-15 * 24 * time.Hour), Until: start.Add(-24 * time.Hour), Days: 14, Complete: true,
		Alerts: []panels.RuleEffect{{Rule: "bp_severe", Name: panels.Text{EN: "Severely high blood pressure", ZH: "血压重度升高"}, Before: 9, After: 2}},
		Vitals: []panels.VitalShift{{Metric: "bp_systolic", Before: panels.Stat{N: 20, Min: 130, Mean: 165, Max: 190}, DaysBefore: 14}},
	}
	advised.Advice = advice(&advised, "a-2", start.Add(-19*24*time.Hour), "从 170 起联系医生。")
	advised.Advice.ReviewAt = start.Add(-time.Hour)
	advised.Advice.Changes = []web.AdvisedChange{
		{Proposal: panels.Proposal{N: 1, Change: limit("170"), State: panels.Applied, DecidedAt: start.Add(-15 * 24 * time.Hour), DecidedBy: "u-1", Reason: "医生同意。"}, Words: lower, After: effect},
		{Proposal: panels.Proposal{N: 2, Change: followUp, State: panels.Refused, DecidedAt: start.Add(-15 * 24 * time.Hour), DecidedBy: "u-1", Reason: "She is here <daily>."}, Words: follow},
		{Proposal: panels.Proposal{N: 3, Change: panels.Change{Kind: panels.OfPlan, Target: "bp_systolic", To: "12h"}, State: panels.Proposed, Before: "1d", Problem: "has changed"}, Words: panels.Text{EN: "measure systolic pressure every 12 hours", ZH: "每 12 小时测量一次收缩压"}, Stand: panels.Stand{Then: "1d", Now: "2d", Moved: true}},
	}
	over := question("c-over", 60*24*time.Hour, panels.Advised)
	over.Advice = advice(&over, "a-1", start.Add(-58*24*time.Hour), "先观察。")
	over.Advice.SupersededBy = "a-2"
	expired := question("c-expired", 90*24*time.Hour, panels.Expired)
	expired.EndedAt, expired.Rule, expired.RuleName = start.Add(-80*24*time.Hour), "bp_severe", web.Text{EN: "Severely high blood pressure", ZH: "血压重度升高"}
	open.Evidence.Subject, open.Evidence.Documents = open.ID, []panels.Document{
		{N: 1, Sort: "discharge", Type: "application/pdf", Size: 123456}, {N: 2, Sort: "image", Type: "image/png", Size: 2 << 20},
	}
	open.DocumentsGone = map[int]bool{2: true}
	late := question("c-late", 60*time.Hour, panels.Open)
	late.Unreached = map[string]web.WayOut{"x-2": {Staff: true, Contact: "c-wen"}}
	b.asked = []web.Consultation{open, answered, late, advised, over, expired}
	return b
}

func advice(of *web.Consultation, id string, at time.Time, plain string) *web.PanelAdvice {
	return &web.PanelAdvice{Advice: panels.Advice{
		ID: id, Consultation: of.ID, SignedBy: "x-1", SignedAt: at, Guidance: panels.Guidance{Text: "Refer from 170 <on>.", Plain: panels.Text{ZH: plain}},
	}}
}

func frozenEvidence(at time.Time) *panels.Evidence {
	age, total := 85, 14
	day := func(ago int) records.Date { return records.DateOf(at.AddDate(0, 0, -ago)) }
	return &panels.Evidence{
		Format: 1, FrozenAt: at, Person: panels.Person{Age: &age, Sex: "female", TimeZone: "Asia/Shanghai"},
		Chart: panels.Chart{From: at.AddDate(0, 0, -30), To: at, Metrics: []panels.Series{{Metric: "bp_systolic", Unit: "mm[Hg]", Days: []panels.Day{
			{Day: day(3), Stat: panels.Stat{N: 2, Min: 150, Mean: 160, Max: 170}}, {Day: day(1), Stat: panels.Stat{N: 1, Min: 175, Mean: 175, Max: 175}},
		}}, {Metric: "step_count", Unit: "{steps}", Days: []panels.Day{{Day: day(2), Stat: panels.Stat{N: 60, Max: 90, Mean: 50}}, {Day: day(1), Stat: panels.Stat{N: 40, Max: 90, Mean: 100}}}}}},
		Alerts: []panels.Alert{{Rule: "bp_severe", Name: panels.Text{EN: "Severely high blood pressure", ZH: "血压重度升高"}, Severity: "warning", BeganAt: at.Add(-26 * time.Hour), Verdict: "true"}},
		File: panels.File{
			Version: 7, Conditions: []panels.Condition{{Code: "I10", Since: "2009", Severity: "moderate"}, {Name: "Stroke <old>"}},
			Allergies: []panels.Allergy{{Substance: "青霉素", Severity: "severe"}}, Medicines: []panels.Medicine{{Name: "Amlodipine", Strength: "5 mg", Schedule: "daily at 08:00", Critical: true}},
		},
		Care: panels.Care{
			Planned: map[string]string{"bp_systolic": "12h", "respiratory_rate": "1d"}, Conditions: []string{"treated_hypertension"}, Limits: map[string]float64{"bp.severe.systolic": 180}, Thresholds: map[string]float64{"bp.high.systolic": 160, "bp.severe.systolic": 180, "spo2.low": 92},
		},
		Reminders: []panels.Standing{
			{Ref: "r-one", Kind: "measurement", What: "Blood <pressure>", Schedule: "daily at 08:00", Metrics: []string{"bp_systolic", "bp_diastolic"}},
			{Ref: "r-two", Kind: "medication", What: "早餐前", Schedule: "every mon, thu at 07:00"},
		},
		Scores:    []panels.Score{{Form: "self_care", Name: panels.Text{EN: "Self-care", ZH: "自理能力"}, Day: day(9), Total: &total, Band: panels.Text{EN: "Moderate", ZH: "中度"}}},
		Adherence: []panels.Week{{Monday: day(4), Kind: "medication", What: "Amlodipine", Due: 7, OnTime: 5, Late: 1, Missed: 1}},
		Earlier:   &panels.Earlier{SignedAt: at.AddDate(0, -1, 0), Text: "Watch it.", Changes: []panels.Decided{{Change: panels.Change{Kind: panels.OfLimit, Target: "spo2.low", To: "90"}}}},
	}
}

func (b *panelBook) Asked(_ context.Context, _ web.User, resident string) (web.Questions, error) {
	q := web.Questions{Keeps: true}
	for _, c := range b.asked {
		if c.Resident == resident {
			q.List = append(q.List, c)
		}
	}
	return q, nil
}

func (b *panelBook) Asking(_ context.Context, _ web.User, resident string) (web.Asking, error) {
	if resident == "r-brown" {
		return web.Asking{MayConsent: true}, nil
	}
	return web.Asking{Consent: true, MayConsent: true, Panels: []panels.Panel{b.hearts()}, Reviews: []panels.Advice{b.asked[3].Advice.Advice}, Documents: []web.FileDocument{
		{ID: "d-1", Title: "赵德明 <discharge>", Sort: "discharge", On: "2026-10"}, {ID: "d-2", Title: "ECG", Sort: "report"},
	}}, nil
}

func (b *panelBook) hearts() panels.Panel {
	return panels.Panel{
		ID: "hearts", Name: "Hearts 心脏", Active: true, Version: 2, ChangedAt: b.now(), ChangedBy: "u-1", Reason: "Dr Wen is new.",
		Members: []panels.Member{{User: "x-1", Speciality: "Cardiology", Chair: true}, {User: "x-2", Speciality: "老年医学"}}, Openers: []panels.Opener{{Rule: "bp_severe", Alerts: 4, Days: 10}},
	}
}

func (b *panelBook) Ask(_ context.Context, _ web.User, _ string, q panels.Question) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put = append(b.put, q)
	return "c-late", b.fault
}

func (b *panelBook) Consultation(_ context.Context, _ web.User, id string) (web.Consultation, error) {
	for _, c := range b.asked {
		if c.ID == id {
			return c, nil
		}
	}
	return web.Consultation{}, web.ErrNotFound
}

func (b *panelBook) Document(_ context.Context, _ web.User, id string, n int) (web.PanelDocument, error) {
	switch {
	case id == "c-open" && n == 1:
		return web.PanelDocument{Type: "application/pdf", Content: []byte("%PDF-1.7 <letter>")}, b.fault
	case id == "c-open" && n == 2:
		return web.PanelDocument{}, fmt.Errorf("%w: it was an error", web.RefusedDocumentGone)
	}
	return web.PanelDocument{}, web.ErrNotFound
}

// question is one of those that were put, to be changed.
func (b *panelBook) question(t *testing.T, id string) *web.Consultation {
	t.Helper()
	for i := range b.asked {
		if b.asked[i].ID == id {
			return &b.asked[i]
		}
	}
	t.Fatalf("no question %s", id)
	return nil
}

func (b *panelBook) Withdraw(context.Context, web.User, string, string) error { return b.fault }

func (b *panelBook) Speak(_ context.Context, _ web.User, _ string, v panels.View) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, v)
	return b.fault
}

func (b *panelBook) DeclineToAnswer(context.Context, web.User, string, string) error { return b.fault }

func (b *panelBook) Advise(_ context.Context, _ web.User, _ string, a web.Advising) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advising = append(b.advising, a)
	return b.fault
}

// Published implements [web.Advices].
func (b *panelBook) Published(context.Context, web.User, string, time.Time, time.Time) ([]web.Advice, error) {
	return b.published, b.unpublished
}

func (b *panelBook) decide(what, reason string, now *string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now != nil {
		what += " now " + *now
	}
	b.decided = append(b.decided, what+": "+reason)
	return b.fault
}

func (b *panelBook) AcceptChange(_ context.Context, _ web.User, id string, _ int, reason string, now *string) error {
	return b.decide("accept "+id, reason, now)
}

func (b *panelBook) DeclineChange(_ context.Context, _ web.User, id string, _ int, reason string) error {
	return b.decide("decline "+id, reason, nil)
}

func (b *panelBook) Review(context.Context, web.User, string, string, string) error { return b.fault }

func (b *panelBook) Sits(_ context.Context, user web.User) (bool, error) {
	return slices.ContainsFunc(b.hearts().Members, func(m panels.Member) bool { return m.User == user.ID }), nil
}

func (b *panelBook) Cases(context.Context, web.User) (web.CaseBoard, error) {
	took := panels.Took{N: 3, Median: 5 * time.Hour, P90: 9 * time.Hour}
	return web.CaseBoard{
		Board: panels.Board{Waiting: 2, Mine: 2, Disagreed: 1, Overdue: 1}, Cases: []panels.Case{*b.asked[1].Mine, *b.asked[0].Mine},
		Panels: []web.PanelFigures{{Name: "Hearts 心脏", Figures: panels.Figures{Waiting: 2, Disagreed: 1, Overdue: 1, Months: []panels.Month{{Month: "2026-11", Opened: 4, Advised: 2, Disagreed: 1, FirstOpinion: took}}}}},
	}, nil
}

func (b *panelBook) All(context.Context, web.User) ([]panels.Panel, error) {
	return []panels.Panel{b.hearts(), {ID: "old", Name: "Old <panel>"}}, nil
}

func (b *panelBook) Panel(_ context.Context, _ web.User, id string) (web.PanelFile, error) {
	if id != "hearts" {
		return web.PanelFile{}, web.ErrNotFound
	}
	first := b.hearts()
	first.Version, first.ChangedBy, first.Reason = 1, "", ""
	return web.PanelFile{Panel: b.hearts(), Versions: []panels.Panel{b.hearts(), first}, Names: map[string]string{"u-1": "Nurse Chen"}}, nil
}

func (b *panelBook) Choices(context.Context, web.User) (web.PanelChoices, error) {
	return web.PanelChoices{
		Experts: []web.Expert{{ID: "x-1", Name: "Dr <Zhang>", Only: true}, {ID: "x-2", Name: "Dr Wen", Only: true}, {ID: "u-1", Name: "Nurse Chen"}},
		Rules:   []web.PanelRule{{ID: "bp_severe", Name: web.Text{EN: "Severely high blood pressure", ZH: "血压重度升高"}}},
	}, nil
}

func (b *panelBook) KeepPanel(_ context.Context, _ web.User, p panels.Panel, _ int) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, p)
	return "hearts", b.fault
}
