package main

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/simulate"
)

// demoExperts are who answer questions in the demo, by their logins: the first publishes
// the advice.
var demoExperts = []struct{ login, name, speciality string }{
	{"chair", "方教授 Prof. Fang", "心内科 Cardiology"}, {"expert", "文医生 Dr Wen", "老年医学 Geriatrics"},
}

// consult asks experts about two residents, on the days on which that was: about the
// first a week ago, with advice that was accepted in part, and about the seventh
// yesterday, with one opinion still to come.
func consult(ctx context.Context, s *service.Service, homes simulate.Homes, now time.Time) error {
	d := demoConsulting{s: s, users: map[string]records.User{}}
	for _, login := range []string{"admin", "caregiver", demoExperts[0].login, demoExperts[1].login} {
		u, err := s.Users.ByLogin(ctx, login)
		if err != nil {
			return err
		}
		d.users[login] = u
	}
	for _, e := range demoExperts {
		if _, err := demoContact(ctx, s, e.login, e.name, d.users[e.login].ID, inChina); err != nil {
			return err
		}
	}
	parts := s.PanelParts()
	parts.Now = func() time.Time { return d.at }
	d.book = parts.Book()

	d.at = now.AddDate(0, 0, -10)
	panel := panels.Panel{Name: "心血管与老年专家组 Heart and old age", Active: true}
	for i, e := range demoExperts {
		panel.Members = append(panel.Members, panels.Member{User: d.users[e.login].ID, Speciality: e.speciality, Chair: i == 0})
	}
	var err error
	if panel, err = d.book.AddPanel(ctx, panel, records.Change{By: d.users["admin"].ID}); err != nil {
		return err
	}
	d.panel = panel.ID
	first, seventh := &homes.Residents[0], &homes.Residents[6]
	for _, r := range []*simulate.Resident{first, seventh} {
		if err := d.give(ctx, r, records.Consent{Purpose: records.Panel}); err != nil {
			return err
		}
	}
	// The daughter reads what was advised for her mother.
	if err := d.give(ctx, first, records.Consent{Purpose: records.Sharing, Contact: "family-" + first.ID, Scope: records.Status | records.Vitals | records.Alerts | records.File}); err != nil {
		return err
	}
	if err := d.advised(ctx, first.ID, now); err != nil {
		return fmt.Errorf("ask about the first resident: %w", err)
	}
	if err := d.underWay(ctx, seventh.ID, now); err != nil {
		return fmt.Errorf("ask about the seventh resident: %w", err)
	}
	return nil
}

// demoConsulting is the demo's past with experts, at the time at which it is.
type demoConsulting struct {
	s     *service.Service
	book  *panels.Book
	users map[string]records.User
	panel string
	at    time.Time
}

// give has a resident agree to something, in the presence of a nurse.
func (d *demoConsulting) give(ctx context.Context, r *simulate.Resident, c records.Consent) error {
	c.Resident, c.GivenBy, c.Capacity, c.Manner, c.Witness = r.ID, r.Name, records.ByResident, records.Spoken, demoStaff[0].name
	c.Language, c.RecordedBy = inChina.Language, d.users["caregiver"].ID
	_, err := records.NewConsents(d.s.Records, func() time.Time { return d.at }).Give(ctx, c)
	return err
}

// advised is a question with its advice, of which one change was accepted a week ago.
func (d *demoConsulting) advised(ctx context.Context, resident string, now time.Time) error {
	d.at = now.AddDate(0, 0, -9)
	c, err := d.book.Ask(ctx, panels.Question{
		Resident: resident, Panel: d.panel, Urgency: panels.Soon, By: d.users["caregiver"].ID,
		Text: "家中血压平均值偏高，报警界限是否合适？\nThe pressure at home is high on average. Is the limit of the alert right?",
	})
	if err != nil {
		return err
	}
	limit := panels.Change{Kind: panels.OfLimit, Target: "bp.high.systolic", To: "155"}
	followUp := panels.Change{Kind: panels.FollowUp, Reminder: &panels.Reminder{What: "测坐位和立位血压 Pressure sitting and standing", Schedule: "once " + now.AddDate(0, 0, 3).Format(time.DateOnly) + " 09:00"}}
	d.at = d.at.Add(5 * time.Hour)
	if _, err := d.book.Speak(ctx, d.users["expert"], c.ID, panels.View{
		Answer: panels.WouldLeave, Text: "维持现有界限，先看服药。 Keep the limit, and look at the medicine first.", Reasons: "高龄患者需防止血压过低和跌倒。 At this age a low pressure and falls are to be feared.", Confidence: panels.Moderate,
	}); err != nil {
		return err
	}
	d.at = d.at.Add(7 * time.Hour)
	if _, err := d.book.Speak(ctx, d.users["chair"], c.ID, panels.View{
		Answer: panels.WouldChange, Text: "界限略降，并随访立位血压。 Lower the limit a little, and measure standing, too.", Reasons: "均值持续高于 135。 The average stays above 135.", Confidence: panels.High, Changes: []panels.Change{limit, followUp},
	}); err != nil {
		return err
	}
	d.at = d.at.Add(9 * time.Hour)
	review := records.DateOf(now.AddDate(0, 0, 21))
	if _, err := d.book.Advise(ctx, d.users["chair"], c.ID, panels.Guidance{
		Text: "收缩压上限降至 155；随访坐、立位血压。 Lower the limit of systolic pressure to 155; measure sitting and standing.",
		Plain: panels.Text{
			ZH: "血压平均略高。我们会早一点提醒，不需要马上换药。起身时请慢一些。",
			EN: "The blood pressure is a little high on average. We will be told a little sooner; the medicine stays as it is for now. Please get up slowly.",
		},
		ReviewBy: review, Changes: []panels.Change{limit, followUp},
	}); err != nil {
		return err
	}
	d.at = now.AddDate(0, 0, -7)
	if _, err := d.book.Accept(ctx, c.ID, 1, d.users["caregiver"].ID, "社区医生也同意。 The doctor of the street agrees.", nil); err != nil {
		return err
	}
	_, err = d.book.Refuse(ctx, c.ID, 2, d.users["caregiver"].ID, "护士每周上门已测。 The nurse measures it on her weekly visit already.")
	return err
}

// underWay is a question of which the chair has answered, and the other has not.
func (d *demoConsulting) underWay(ctx context.Context, resident string, now time.Time) error {
	d.at = now.AddDate(0, 0, -1)
	c, err := d.book.Ask(ctx, panels.Question{
		Resident: resident, Panel: d.panel, Urgency: panels.Soon, By: d.users["caregiver"].ID,
		Text: "血糖和血压都偏高，是否需要增加测量次数？\nGlucose and pressure are both high. Should they be measured more often?",
	})
	if err != nil {
		return err
	}
	d.at = d.at.Add(6 * time.Hour)
	_, err = d.book.Speak(ctx, d.users["chair"], c.ID, panels.View{
		Answer: panels.WouldChange, Text: "血压每 12 小时测一次。 Measure the pressure every 12 hours.", Reasons: "两周内均值偏高。 The average of two weeks is high.", Confidence: panels.Moderate,
		Changes: []panels.Change{{Kind: panels.OfPlan, Target: "bp_systolic", To: "12h"}},
	})
	return err
}
