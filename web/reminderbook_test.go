package web_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/web"
)

// reminderBook keeps what is due today in memory as the pages' contract says.
type reminderBook struct {
	now func() time.Time

	mu    sync.Mutex
	today []web.Occurrence
	weeks map[string][]web.AdherenceWeek // by resident
	plans []web.ReminderPlan             // of 赵德明
	deny  bool
}

// newReminderBook has a morning behind it: something that was done, something that
// was missed, and an evening to come.
func newReminderBook(now func() time.Time) *reminderBook {
	at := now()
	return &reminderBook{now: now, today: []web.Occurrence{
		{ID: "o-bp", Resident: "r-zhao", What: "血压", Due: at.Add(-6 * time.Hour), Status: web.ReminderDone, OnTime: true, DoneAt: at.Add(-5 * time.Hour), Told: 1},
		{ID: "o-aspirin", Resident: "r-zhao", What: "阿司匹林 100 mg", Detail: "1 片", Due: at.Add(-4 * time.Hour), Status: web.ReminderMissed, Told: 3, Settles: true, Now: true},
		{ID: "o-insulin", Resident: "r-brown", What: "Insulin <glargine>", Detail: "12 units", Due: at.Add(-40 * time.Minute), Status: web.ReminderMissed, Critical: true, Told: 3, Settles: true, Now: true},
		{ID: "o-water", Resident: "r-li", What: "喝一杯水", Due: at.Add(-10 * time.Minute), Status: web.ReminderTold, Told: 1, Settles: true, Now: true},
		{ID: "o-walk", Resident: "r-li", What: "散步", Due: at.Add(-2 * time.Hour), Status: web.ReminderSkipped, Reason: "下雨"},
		{ID: "o-evening", Resident: "r-zhao", What: "阿司匹林 100 mg", Detail: "1 片", Due: at.Add(8 * time.Hour), Status: web.ReminderDue, Settles: true},
	}, plans: []web.ReminderPlan{
		{ID: "m1", Version: 3, Kind: "medication", What: "阿司匹林 100 mg", Schedule: "daily at 08:00, 20:00", Dose: "1 <片>", Food: "after", Helper: "c-fang"},
		{ID: "m2", Version: 1, Kind: "measurement", What: "Blood pressure, morning and evening", Schedule: "every mon, thu at 06:00", Metrics: []string{"bp_systolic", "bp_diastolic"}, Readings: 2, Start: "2027-01-04"},
		{ID: "m3", Version: 1, Kind: "appointment", What: "Dr. <Wu>", Schedule: "once 2026-11-02 09:30", End: "2026-11-03"},
		{ID: "m4", Version: 1, Kind: "device_test", What: "Try the SOS button", Schedule: "cron 0 10 1 * *"},
		{ID: "m5", Version: 1, Kind: "recheck", What: "Measure again"},
	}, weeks: map[string][]web.AdherenceWeek{"r-zhao": {
		{Reminder: "m1", What: "阿司匹林 100 mg", Monday: "2026-11-23", Due: 1, Done: 0},
		{Reminder: "m2", What: "血压", Monday: "2026-11-23", Due: 1, Done: 1},
		{Reminder: "m1", What: "阿司匹林 100 mg", Monday: "2026-11-16", Due: 14, Skipped: 1, Done: 13},
	}}}
}

func (b *reminderBook) Today(_ context.Context, _ web.User, residents ...string) (all []web.Occurrence, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.today {
		if slices.Contains(residents, o.Resident) {
			all = append(all, o)
		}
	}
	return all, nil
}

func (b *reminderBook) Adherence(_ context.Context, _ web.User, resident string) ([]web.AdherenceWeek, error) {
	return b.weeks[resident], nil
}

func (b *reminderBook) Finish(_ context.Context, _ web.User, resident, id string) error {
	return b.settle(resident, id, func(o *web.Occurrence) error {
		if !o.Now {
			return web.ErrNotNow
		}
		o.Status, o.DoneAt, o.OnTime = web.ReminderDone, b.now(), o.Status != web.ReminderMissed
		return nil
	})
}

func (b *reminderBook) Skip(_ context.Context, _ web.User, resident, id, reason string) error {
	return b.settle(resident, id, func(o *web.Occurrence) error {
		o.Status, o.Reason = web.ReminderSkipped, reason
		return nil
	})
}

func (b *reminderBook) settle(resident, id string, how func(*web.Occurrence) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.today, func(o web.Occurrence) bool { return o.ID == id && o.Resident == resident })
	if i < 0 {
		return web.ErrNotFound
	}
	if err := how(&b.today[i]); err != nil {
		return err
	}
	b.today[i].Settles = false
	return nil
}

func (b *reminderBook) MayPlan(context.Context, web.User, string) (bool, error) { return !b.deny, nil }

func (b *reminderBook) Plans(_ context.Context, _ web.User, resident string) ([]web.ReminderPlan, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deny {
		return nil, web.ErrNotFound
	}
	if resident != "r-zhao" {
		return nil, nil
	}
	return slices.Clone(b.plans), nil
}

func (b *reminderBook) Plan(ctx context.Context, user web.User, resident, id string) (web.ReminderPlan, error) {
	all, err := b.Plans(ctx, user, resident)
	i := slices.IndexFunc(all, func(p web.ReminderPlan) bool { return p.ID == id })
	if err != nil || i < 0 {
		return web.ReminderPlan{}, web.ErrNotFound
	}
	return all[i], nil
}

func (b *reminderBook) NextTimes(_ context.Context, _ web.User, _ string, p web.ReminderPlan, most int) (times []time.Time, _ error) {
	if b.deny {
		return nil, web.ErrNotFound
	}
	pattern, err := timetable.Parse(p.Schedule)
	if err != nil && p.Kind != "recheck" {
		return nil, web.ReminderFault{"schedule"}
	}
	for _, slot := range (timetable.Plan{Pattern: pattern}).Between(b.now(), b.now().AddDate(0, 0, 60)) {
		if len(times) < most {
			times = append(times, slot.Due)
		}
	}
	return times, nil
}

func (b *reminderBook) KeepPlan(_ context.Context, _ web.User, _ string, p web.ReminderPlan) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Kind == "medication" && p.What == "" {
		return web.ReminderFault{"what", "stock.refill"}
	}
	for i := range b.plans {
		if b.plans[i].ID == p.ID {
			if p.Version != b.plans[i].Version {
				return web.ErrChanged
			}
			p.Version++
			b.plans[i] = p
			return nil
		}
	}
	p.ID, p.Version = fmt.Sprintf("m%d", len(b.plans)+1), 1
	b.plans = append(b.plans, p)
	return nil
}

func (b *reminderBook) EndPlan(_ context.Context, _ web.User, _, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.plans)
	if b.plans = slices.DeleteFunc(b.plans, func(p web.ReminderPlan) bool { return p.ID == id }); len(b.plans) == before {
		return web.ErrNotFound
	}
	return nil
}
