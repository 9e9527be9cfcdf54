package web_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/web"
)

// reminderBook keeps what is due today in memory as the pages' contract says.
type reminderBook struct {
	now func() time.Time

	mu    sync.Mutex
	today []web.Occurrence
	weeks map[string][]web.AdherenceWeek // by resident
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
