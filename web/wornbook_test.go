package web_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// wornBook keeps in memory who wore band-1.
type wornBook struct {
	now  func() time.Time
	zone *time.Location

	mu    sync.Mutex
	asked []web.WornSaid
	made  []web.WornSaid
	fault web.WornFault // what is said to the next that is said
}

func (b *wornBook) Worn(_ context.Context, user web.User, device string) (web.WornDevice, error) {
	if device != "band-1" || !user.Staff {
		return web.WornDevice{}, fmt.Errorf("device %q: %w", device, web.ErrNotFound)
	}
	li, zhao := web.Person{ID: "r-li", Name: "李秀英"}, web.Person{ID: "r-zhao", Name: "赵德明"}
	day := func(n int) time.Time { return b.now().AddDate(0, 0, n) }
	return web.WornDevice{
		ID: "band-1", Name: "Bracelet <1>", Zone: b.zone, People: []web.Person{zhao, li},
		Spells: []web.WornSpell{{Who: zhao, To: day(-20)}, {Who: li, From: day(-20)}},
		Corrections: []web.WornCorrection{
			{Was: li, Is: web.Person{}, From: day(-4), To: day(-3), Why: "in the drawer", At: day(0), Readings: map[vitals.Metric]int{}},
			{Was: zhao, Is: li, From: day(-20), To: day(-18), Why: "mixed up in the laundry", By: "Nurse", At: day(-17), Done: true,
				Readings: map[vitals.Metric]int{vitals.HeartRate: 2880, vitals.SpO2: 96}, Hours: 3, Mixed: 1,
				NotTheirs: []web.WornAlert{{ID: "01OXYGEN", Name: web.Text{EN: "Low oxygen", ZH: "血氧偏低"}, Began: day(-19)}},
				Found:     []web.WornAlert{{Name: web.Text{EN: "High heart rate", ZH: "心率偏高"}, Began: day(-19)}}},
		},
	}, nil
}

func (b *wornBook) Foresee(_ context.Context, _ web.User, said web.WornSaid) (web.WornCorrection, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, said)
	if b.fault != "" {
		return web.WornCorrection{}, b.fault
	}
	return web.WornCorrection{
		Was: web.Person{ID: "r-li", Name: "李秀英"}, Is: web.Person{ID: "r-zhao", Name: "赵德明"}, From: said.From, To: said.To, GoesOn: said.To.IsZero(),
		Readings:  map[vitals.Metric]int{vitals.HeartRate: 17},
		NotTheirs: []web.WornAlert{{ID: "01OXYGEN", Name: web.Text{EN: "Low oxygen", ZH: "血氧偏低"}, Began: b.now()}},
	}, nil
}

func (b *wornBook) Correct(_ context.Context, _ web.User, said web.WornSaid) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault != "" {
		return b.fault
	}
	b.made = append(b.made, said)
	return nil
}
