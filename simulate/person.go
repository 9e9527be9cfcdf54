package simulate

import (
	"math"
	"time"
)

// Condition is a lasting illness that shows in the readings.
type Condition string

// The conditions that are played.
const (
	COPD               Condition = "copd"                // SpO2 of 88 to 92 %, fast breathing
	Hypertension       Condition = "hypertension"        // some 150/90 mm[Hg]
	Diabetes           Condition = "diabetes"            // glucose high after meals
	AtrialFibrillation Condition = "atrial_fibrillation" // a fast and uneven pulse
)

// Person is a resident's body and day.
type Person struct {
	Seed       uint64
	Zone       *time.Location
	Conditions []Condition
	// Weight in kg.
	Weight float64
	// Episodes are what happens to the person besides the usual.
	Episodes []Episode
}

func (p *Person) has(c Condition) bool {
	for _, own := range p.Conditions {
		if own == c {
			return true
		}
	}
	return false
}

// Room is where a person is.
type Room int

// The rooms of a home. Outside is none of them.
const (
	Bedroom Room = iota
	LivingRoom
	Kitchen
	Bathroom
	Hall
	Outside
)

// State is how a person is at a moment.
type State struct {
	HeartRate, RespiratoryRate, SpO2, Temperature float64 // /min, /min, %, Cel
	Systolic, Diastolic                           float64 // mm[Hg]
	Glucose                                       float64 // mmol/L
	Weight                                        float64 // kg
	Activity                                      float64 // 0 at rest to 1
	Asleep, InBed                                 bool
	Room                                          Room
	// Fallen is set from a fall until help has come; Pressed while the SOS
	// button is being pressed; Silent while the devices say nothing.
	Fallen, Pressed, Silent bool
}

// At is how the person is at the time. The levels are those of healthy and less
// healthy people between 70 and 95.
func (p *Person) At(t time.Time) State {
	local := t.In(p.Zone)
	s := p.day(local)
	own := func(name string, spread float64) float64 { return spread * lattice(stream(p.Seed, name), 0) }
	waves := func(name string, period time.Duration, size float64) float64 {
		return size * noise(stream(p.Seed, name), t, period)
	}
	// The body clock: lowest at four in the morning, highest twelve hours later.
	hour := float64(local.Hour()) + float64(local.Minute())/60
	clock := -math.Cos((hour - 4) / 24 * 2 * math.Pi)
	rest := 0.0
	if s.Asleep {
		rest = 1
	}

	s.HeartRate = 68 + own("hr", 6) + 4*clock - 6*rest + 28*s.Activity + waves("hr", 90*time.Second, 3) + waves("hr2", 20*time.Minute, 3)
	s.RespiratoryRate = 15.5 + own("rr", 1.5) - 1.5*rest + 5*s.Activity + waves("rr", 2*time.Minute, 1)
	s.SpO2 = 96.3 + own("spo2", 0.8) - 0.8*rest - 0.5*s.Activity + waves("spo2", 3*time.Minute, 0.7)
	s.Temperature = 36.4 + own("temp", 0.2) + 0.25*clock + 0.1*s.Activity + waves("temp", time.Hour, 0.08)
	s.Systolic = 132 + own("bp", 8) + 6*clock - 10*rest + 12*s.Activity + waves("bp", 30*time.Minute, 5)
	s.Diastolic = 76 + own("bpd", 5) + 3*clock - 6*rest + 5*s.Activity + waves("bpd", 30*time.Minute, 3)
	s.Glucose = 5.4 + own("glu", 0.4) + meals(hour)*1.8 + waves("glu", 40*time.Minute, 0.3)
	s.Weight = p.Weight + waves("weight", 72*time.Hour, 0.6)
	if p.has(COPD) {
		s.SpO2 = math.Min(s.SpO2-6.2, 92)
		s.RespiratoryRate += 2.5
	}
	if p.has(Hypertension) {
		s.Systolic += 18
		s.Diastolic += 10
	}
	if p.has(Diabetes) {
		s.Glucose += 2 + meals(hour)*2.6
	}
	if p.has(AtrialFibrillation) {
		s.HeartRate += 14 + waves("af", 7*time.Second, 12)
	}
	for _, e := range p.Episodes {
		e.change(&s, t)
	}
	s.SpO2 = math.Min(math.Max(s.SpO2, 60), 100)
	return s
}

// meals is how much of a meal is in the blood: after eight, noon and six.
func meals(hour float64) (up float64) {
	for _, meal := range []float64{8, 12.2, 18.2} {
		if since := hour - meal; since > 0 && since < 4 {
			up += since / 0.9 * math.Exp(1-since/0.9)
		}
	}
	return up
}

// day says where the person is and what doing.
func (p *Person) day(local time.Time) (s State) {
	seed := stream(p.Seed, "day")
	hour := float64(local.Hour()) + float64(local.Minute())/60
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	up := 6.3 + 0.6*noise(stream(seed, "up"), date, 48*time.Hour)
	down := 21.5 + 0.7*noise(stream(seed, "down"), date, 48*time.Hour)
	// What somebody does holds for a quarter of an hour.
	draw := chance(seed, local, 15*time.Minute)
	switch {
	case hour < up || hour > down:
		s.InBed, s.Asleep, s.Room = true, true, Bedroom
		// Up at night, now and then, for ten minutes.
		if hour < up-0.5 && chance(stream(seed, "night"), local, 10*time.Minute) < 0.04 {
			s.InBed, s.Asleep, s.Room, s.Activity = false, false, Bathroom, 0.3
		}
	case hour > 13 && hour < 14.2 && chance(stream(seed, "nap"), date, 24*time.Hour) < 0.7:
		s.InBed, s.Asleep, s.Room = true, true, Bedroom
	case (hour > 9 && hour < 11 || hour > 15 && hour < 17) && draw < 0.35:
		s.Room, s.Activity = Outside, 0.6
	case hour > 7 && hour < 8.3 || hour > 11.3 && hour < 12.5 || hour > 17.3 && hour < 18.5:
		s.Room, s.Activity = Kitchen, 0.4
	case draw < 0.12:
		s.Room, s.Activity = Bathroom, 0.2
	case draw < 0.2:
		s.Room, s.Activity = Hall, 0.5
	default:
		s.Room, s.Activity = LivingRoom, 0.1
	}
	s.Activity *= 0.6 + 0.4*chance(stream(seed, "effort"), local, 5*time.Minute)
	return s
}

// activity is how much the person moves, in an episode too: who has fallen makes
// no steps.
func (p *Person) activity(t time.Time) float64 {
	s := p.day(t.In(p.Zone))
	for _, e := range p.Episodes {
		e.change(&s, t)
	}
	return s.Activity
}

// Steps is how many steps the person makes in an interval up to t.
func (p *Person) Steps(t time.Time, interval time.Duration) int {
	const perMinute = 95 // of a slow walk without a pause
	steps := 0.0
	for left := interval; left > 0; left -= time.Minute {
		if a := p.activity(t.Add(-left)); a > 0.15 {
			steps += a * perMinute * min(left, time.Minute).Minutes()
		}
	}
	// Half a step is one now and then.
	return int(steps + chance(stream(p.Seed, "steps"), t, time.Second))
}
