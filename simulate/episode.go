package simulate

import (
	"fmt"
	"math"
	"time"
)

// Episode is something that happens to a person: it begins, takes its course
// and ends.
type Episode struct {
	Kind     string
	From     time.Time
	Duration time.Duration
}

// The kinds of episodes.
const (
	Fall        = "fall"        // lies on the floor, after a while presses the button
	Hypoxia     = "hypoxia"     // oxygen saturation falls to the low eighties
	Fever       = "fever"       // rises to 39 Cel over hours
	Hypo        = "hypo"        // glucose falls below 3 mmol/L
	Tachycardia = "tachycardia" // 140 /min at rest
	Wandering   = "wandering"   // out of the door, and nobody at home
	Silence     = "silence"     // the devices stop, without a word
)

var lasts = map[string]time.Duration{
	Fall: 20 * time.Minute, Hypoxia: 40 * time.Minute, Fever: 24 * time.Hour, Hypo: 45 * time.Minute,
	Tachycardia: 30 * time.Minute, Wandering: 90 * time.Minute, Silence: 6 * time.Hour,
}

// NewEpisode returns an episode of a kind with its usual length.
func NewEpisode(kind string, from time.Time) (Episode, error) {
	length, ok := lasts[kind]
	if !ok {
		return Episode{}, fmt.Errorf("there is no episode %q: want fall, hypoxia, fever, hypo, tachycardia, wandering or silence", kind)
	}
	return Episode{Kind: kind, From: from, Duration: length}, nil
}

// change makes a state what it is during the episode.
func (e Episode) change(s *State, t time.Time) {
	since := t.Sub(e.From)
	if since < 0 || since > e.Duration {
		return
	}
	// How far it has come: in over the first fifth, out over the last.
	part := float64(since) / float64(e.Duration)
	strength := math.Min(1, math.Min(part, 1-part)*5)
	toward := func(value *float64, goal float64) { *value += (goal - *value) * strength }
	switch e.Kind {
	case Fall:
		s.Fallen, s.Asleep, s.InBed, s.Activity = true, false, false, 0
		s.Pressed = since > 2*time.Minute && since < 2*time.Minute+30*time.Second
		s.HeartRate += 25 * strength
		s.RespiratoryRate += 5 * strength
	case Hypoxia:
		toward(&s.SpO2, 82)
		s.HeartRate += 22 * strength
		s.RespiratoryRate += 9 * strength
	case Fever:
		toward(&s.Temperature, 39.1)
		s.HeartRate += 16 * strength
		s.RespiratoryRate += 3 * strength
	case Hypo:
		toward(&s.Glucose, 2.7)
		s.HeartRate += 12 * strength
	case Tachycardia:
		toward(&s.HeartRate, 142)
		s.Activity = 0
	case Wandering:
		s.Asleep, s.InBed, s.Room, s.Activity = false, false, Outside, 0.7
	case Silence:
		s.Silent = true
	}
}
