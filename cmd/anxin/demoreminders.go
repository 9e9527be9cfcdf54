package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/simulate"
	"github.com/anxin-care/anxin/vitals"
)

// demoReminder is what a resident of the demo has been reminded of for a week.
type demoReminder struct {
	reminders.Reminder
	schedule string
	// late and missed are which of its past times were done late, and not at all, as
	// every so many; 0 for none.
	late, missed int
}

// remindersOf are the demo's: blood pressure that the cuff shows, medicines, water and
// an appointment of tomorrow.
func remindersOf(homes simulate.Homes, tomorrow time.Time) []demoReminder {
	first, seventh, ninth := homes.Residents[0].ID, homes.Residents[6].ID, homes.Residents[8].ID
	child := func(resident string) string { return "family-" + resident }
	return []demoReminder{
		{schedule: "daily at 07:00, 19:00", late: 6, Reminder: reminders.Reminder{
			Resident: first, Kind: reminders.Measurement, What: "早晚测血压", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Window: 3 * time.Hour, Device: cuffOf(homes, first), Helper: child(first),
		}},
		{schedule: "daily at 08:00", late: 5, Reminder: reminders.Reminder{
			Resident: first, Kind: reminders.Medication, What: "氨氯地平 5 mg", Dose: "1片", Note: "漏服不补，下次按时服用。", Helper: child(first),
			Stock: &reminders.Stock{Left: 35, PerDose: 1, RefillAt: 7, Refill: child(first)},
		}},
		{schedule: "daily at 08:00, 18:30", late: 4, Reminder: reminders.Reminder{
			Resident: seventh, Kind: reminders.Medication, What: "二甲双胍 0.5 g", Dose: "1片", Food: reminders.WithFood, Note: "漏服不补，下次按时服用。", Helper: child(seventh),
			Stock: &reminders.Stock{Left: 60, PerDose: 1, RefillAt: 10, Refill: child(seventh)},
		}},
		{schedule: "daily at 08:00, 09:30, 11:00, 14:30, 16:00, 17:30, 19:30", missed: 5, Reminder: reminders.Reminder{
			Resident: ninth, Kind: reminders.Drinking, What: "喝一杯水（150–200毫升）", Helper: child(ninth),
		}},
		{schedule: "once " + tomorrow.Format(time.DateOnly) + " 09:30", Reminder: reminders.Reminder{
			Resident: ninth, Kind: reminders.Appointment, What: "社区卫生服务中心复查", Helper: child(ninth),
		}},
	}
}

// remindedDays is since when the demo's residents are reminded of anything.
const remindedDays = 7

// remindNeighbourhood has residents reminded of something since a week ago, so that
// there is something to see of how it went. Nobody is told now of what is past.
func remindNeighbourhood(ctx context.Context, s *service.Service, homes simulate.Homes) error {
	zone, err := time.LoadLocation(inChina.TimeZone)
	if err != nil {
		return err
	}
	now := time.Now()
	clock := now.AddDate(0, 0, -remindedDays)
	then := func() time.Time { return clock }
	outbox := reminders.NewOutbox(s.Records, then)
	book := reminders.NewBook(s.Records, pastPeople{homes}, outbox, then)
	runner := reminders.NewRunner(book, silent{}, func() bool { return false }, slog.New(slog.DiscardHandler))
	of := map[string]demoReminder{} // by id
	for _, d := range remindersOf(homes, now.In(zone).AddDate(0, 0, 1)) {
		if d.Schedule, err = timetable.Parse(d.schedule); err != nil {
			return err
		}
		made, err := book.Create(ctx, d.Reminder, "")
		if err != nil {
			return err
		}
		of[made.ID] = d
	}
	var residents []string
	for _, r := range homes.Residents {
		residents = append(residents, r.ID)
	}
	n := map[string]int{} // times so far, by reminder
	for clock.Before(now) {
		next := clock.Add(30 * time.Minute)
		if next.After(now) {
			next = now
		}
		all, err := book.Occurrences(ctx, reminders.Query{Residents: residents, From: clock, To: next})
		if err != nil {
			return err
		}
		for _, o := range all {
			d := of[o.Reminder]
			n[o.Reminder]++
			at := d.doneAt(o.Due, n[o.Reminder])
			if at.After(now) && now.Sub(o.Due) > 20*time.Minute {
				at = now // nobody is alarmed by a demo that has just begun
			}
			if !at.IsZero() && !at.After(now) {
				if _, err := book.Finish(ctx, o.Resident, o.ID, reminders.Finish{Device: d.Device, At: at}); err != nil {
					return fmt.Errorf("the past of %q: %w", d.What, err)
				}
			}
		}
		clock = next
		if _, err := runner.Work(ctx); err != nil {
			return err
		}
		if err := outbox.Empty(ctx, told); err != nil {
			return err
		}
	}
	return nil
}

// doneAt is when the nth time of a reminder was done; zero for never.
func (d *demoReminder) doneAt(due time.Time, n int) time.Time {
	switch {
	case d.missed > 0 && n%d.missed == 0:
		return time.Time{}
	case d.late > 0 && n%d.late == 0 && d.Kind == reminders.Measurement:
		return due.Add(d.Window + 40*time.Minute)
	case d.late > 0 && n%d.late == 0:
		return due.Add(80 * time.Minute)
	}
	return due.Add(time.Duration(3+7*n%19) * time.Minute)
}

// pastPeople are the residents as reminders went by them: all were in China, at home.
type pastPeople struct{ homes simulate.Homes }

func (p pastPeople) TimeZones(context.Context, ...string) (map[string]string, error) {
	zones := map[string]string{}
	for _, r := range p.homes.Residents {
		zones[r.ID] = inChina.TimeZone
	}
	return zones, nil
}

func (pastPeople) Version() int64 { return 1 }

func (pastPeople) Excused(context.Context, ...string) (map[string]string, error) { return nil, nil }

// told stands in for speakers and deliveries of the past: all were told.
func told(_ context.Context, all []reminders.Telling) []error { return make([]error, len(all)) }

// silent raises nothing of what is past.
type silent struct{}

func (silent) Raise(context.Context, string, engine.Raise) error { return nil }

func (silent) Lower(context.Context, string, engine.Lower) error { return nil }
