package simulated

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/simulate"
)

// Happening is an episode of a resident.
type Happening struct {
	Resident string
	simulate.Episode
}

// found are the rules that find each kind of episode. Those of silence are about
// devices and homes.
var found = map[string][]string{
	simulate.Fall:        {"fall"},
	simulate.Hypoxia:     {"spo2_very_low", "spo2_copd_low"},
	simulate.Fever:       {"temp_fever", "temp_high_fever"},
	simulate.Hypo:        {"glucose_very_low", "glucose_low"},
	simulate.Tachycardia: {"hr_very_high"},
	simulate.Wandering:   {"night_wandering"},
	simulate.Silence:     {"device_offline", "home_dark"},
}

// follows are the rules of which an alert during an episode is right as well: a
// failing body shows in more than one sign.
var follows = map[string][]string{
	simulate.Fall:        {"sos", "hr_high", "rr_high"},
	simulate.Hypoxia:     {"spo2_low", "spo2_drop", "hr_high", "rr_high", "rr_very_high"},
	simulate.Fever:       {"temp_raised", "hr_high", "rr_high", "rr_very_high"},
	simulate.Hypo:        {"hr_high"},
	simulate.Tachycardia: {"hr_high"},
	simulate.Wandering:   {"no_activity_day"},
	simulate.Silence:     {"no_activity_day"}, // nobody knows better
}

// shows is what a resident must have so that an episode can be seen.
var shows = map[string]simulate.Make{
	simulate.Fall: simulate.Bracelet, simulate.Hypoxia: simulate.Bracelet, simulate.Fever: simulate.Thermometer, simulate.Hypo: simulate.GlucosePatch,
	simulate.Tachycardia: simulate.Bracelet, simulate.Wandering: simulate.Contact, simulate.Silence: simulate.Bracelet,
}

// Kinds are the kinds of episodes, in a fixed order.
func Kinds() []string {
	return []string{
		simulate.Fall, simulate.Hypoxia, simulate.Fever, simulate.Hypo, simulate.Tachycardia, simulate.Wandering, simulate.Silence,
	}
}

// Befall gives each of n residents one episode of their own, at some time of the
// period: of the kinds in turn that their devices can show.
func Befall(n int, seed uint64, from, to time.Time) ([]Happening, error) {
	homes := simulate.Generate(n, seed)
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	var all []Happening
	turn := 0
	for i := range homes.Residents {
		r := &homes.Residents[i]
		own := homes.DevicesOf(r)
		for range Kinds() {
			kind := Kinds()[turn%len(Kinds())]
			turn++
			if !slices.ContainsFunc(own, func(d *simulate.Device) bool { return d.Make == shows[kind] }) {
				continue
			}
			day := from.In(r.Person.Zone).AddDate(0, 0, 1+rng.IntN(max(1, int(to.Sub(from).Hours()/24)-2)))
			hour := 9 + rng.IntN(10)
			if kind == simulate.Wandering {
				hour = 1 + rng.IntN(2) // who leaves by day is not lost
			}
			at := time.Date(day.Year(), day.Month(), day.Day(), hour, rng.IntN(60), 0, 0, r.Person.Zone)
			episode, err := simulate.NewEpisode(kind, at)
			if err != nil {
				return nil, err
			}
			all = append(all, Happening{r.ID, episode})
			break
		}
	}
	return all, nil
}

// lingers is how long after an episode an alert may still be about it: a
// thermometer speaks every four hours.
const lingers = 4 * time.Hour

// about reports whether an alert is of the time of an episode.
func (h *Happening) about(a *backtest.Alert) bool {
	return a.Resident == h.Resident && !a.Began.Before(h.From) && !a.Began.After(h.From.Add(h.Duration+lingers))
}

// Truth says which alerts are true: critical ones are during an episode that calls
// for them, and false otherwise. Of those that are not critical it says nothing:
// high blood pressure may well be so.
func Truth(happens []Happening) func(backtest.Alert) engine.Verdict {
	return func(a backtest.Alert) engine.Verdict {
		for i := range happens {
			h := &happens[i]
			if h.about(&a) && (slices.Contains(found[h.Kind], a.Rule) || slices.Contains(follows[h.Kind], a.Rule)) {
				return engine.TrueAlarm
			}
		}
		if a.Severity == rules.Critical {
			return engine.FalseAlarm
		}
		return ""
	}
}

// Found is how many episodes of a kind there were, and how many of them an alert
// found.
type Found struct {
	Kind  string `json:"kind"`
	Of    int    `json:"of"`
	Found int    `json:"found"`
	// Median is how long after the episode's begin the alert came, in the middle.
	Median time.Duration `json:"median_delay"`
	// Missed are the residents whose episode no alert found.
	Missed []string `json:"missed,omitempty"`
}

// Find says which episodes the alerts found, by kind.
func Find(happens []Happening, alerts []backtest.Alert) []Found {
	var all []Found
	for _, kind := range Kinds() {
		f := Found{Kind: kind}
		var delays []time.Duration
		for i := range happens {
			h := &happens[i]
			if h.Kind != kind {
				continue
			}
			f.Of++
			first := time.Duration(-1)
			for n := range alerts {
				if a := &alerts[n]; h.about(a) && slices.Contains(found[kind], a.Rule) && (first < 0 || a.Began.Sub(h.From) < first) {
					first = a.Began.Sub(h.From)
				}
			}
			if first < 0 {
				f.Missed = append(f.Missed, h.Resident)
				continue
			}
			f.Found++
			delays = append(delays, first)
		}
		if f.Of == 0 {
			continue
		}
		if len(delays) > 0 {
			slices.Sort(delays)
			f.Median = delays[len(delays)/2]
		}
		all = append(all, f)
	}
	return all
}
