// Package simulated gives simulated homes to a backtest: what their devices
// publish, read by the codecs that read it live. Of simulated people it is known
// what happened to them, and so which alerts are true.
package simulated

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/simulate"
	"github.com/anxin-care/anxin/vitals"
)

// Paces at which devices are looked at. Live they speak more often: once a minute
// is what bracelets do that save their battery.
const (
	ofPeople = time.Minute
	ofRooms  = 5 * time.Minute
)

func pace(d *simulate.Device) time.Duration {
	switch d.Make {
	case simulate.AirMonitor, simulate.Hygrometer, simulate.Plug:
		return ofRooms
	}
	return ofPeople
}

// Source is a neighbourhood over a period.
type Source struct {
	homes    simulate.Homes
	from, to time.Time
	router   *codec.Router
}

// New returns a neighbourhood of n residents from a time until another. The same
// seed plays the same people. Happens is what befalls them; see [Befall].
func New(n int, seed uint64, from, to time.Time, happens ...Happening) (*Source, error) {
	router, err := codec.NewRouter(codec.All(), nil)
	if err != nil {
		return nil, fmt.Errorf("simulate homes: %w", err)
	}
	s := &Source{homes: simulate.Generate(n, seed), from: from, to: to, router: router}
	for _, h := range happens {
		for i := range s.homes.Residents {
			if r := &s.homes.Residents[i]; r.ID == h.Resident {
				r.Person.Episodes = append(r.Person.Episodes, h.Episode)
			}
		}
	}
	return s, nil
}

// Residents implements [backtest.Source].
func (s *Source) Residents(context.Context) ([]backtest.Resident, error) {
	all := make([]backtest.Resident, len(s.homes.Residents))
	for i := range s.homes.Residents {
		r := &s.homes.Residents[i]
		p := engine.Profile{Zone: r.Person.Zone}
		for _, c := range r.Person.Conditions {
			p.Conditions = append(p.Conditions, string(c))
		}
		born, err := time.Parse(time.DateOnly, r.BirthDate)
		if err != nil {
			return nil, fmt.Errorf("read the birth date of resident %s: %w", r.ID, err)
		}
		p.Birth = born
		all[i] = backtest.Resident{ID: r.ID, Profile: p, From: s.from, To: s.to, Home: r.Home, Equipment: s.equipment(r)}
	}
	return all, nil
}

// equipment is what is expected of a resident's devices.
func (s *Source) equipment(r *simulate.Resident) engine.Equipment {
	e := engine.Equipment{Zone: r.Person.Zone}
	for _, d := range s.homes.DevicesOf(r) {
		habit := devices.HabitOf(d.Kind)
		e.Devices = append(e.Devices, engine.Expected{ID: d.ID, Every: habit.Every.Milliseconds(), Safety: habit.Safety})
	}
	return e
}

// Messages implements [backtest.Source].
func (s *Source) Messages(_ context.Context, resident string, from, to time.Time) iter.Seq2[backtest.Message, error] {
	return func(yield func(backtest.Message, error) bool) {
		for i := range s.homes.Residents {
			r := &s.homes.Residents[i]
			if r.ID != resident {
				continue
			}
			for p := range simulate.Play(&s.homes, s.homes.DevicesOf(r), from, to, ofPeople, pace) {
				m, err := s.read(&p)
				if !yield(m, err) || err != nil {
					return
				}
			}
		}
	}
}

// read decodes what a device published.
func (s *Source) read(p *simulate.Published) (backtest.Message, error) {
	received := p.At.UnixMilli()
	out := backtest.Message{Received: received, Readings: engine.Readings{Device: p.Device.ID, Zone: p.Device.Zone}}
	c, filter, rest, ok := s.router.Route(p.Topic)
	if !ok {
		return out, fmt.Errorf("read what %s published: no codec reads %s", p.Device.ID, p.Topic)
	}
	reports, err := c.Decode(codec.Message{Topic: p.Topic, Payload: p.Payload, Filter: filter, Rest: rest, Received: received})
	if err != nil {
		return out, fmt.Errorf("read what %s published: %w", p.Device.ID, err)
	}
	for i := range reports {
		out.Samples = append(out.Samples, reports[i].Samples...)
	}
	for i := range out.Samples {
		if out.Samples[i].At == 0 {
			out.Samples[i].At = received
		}
		vitals.Check(&out.Samples[i])
	}
	return out, nil
}
