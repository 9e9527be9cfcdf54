package engine

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// saved is a state as it is written: rules and windows by what they are, not by
// their numbers, so that another set of rules can read what is still of it.
type saved struct {
	_        struct{} `cbor:",toarray"`
	Format   int
	Resident string
	Now      int64
	Seq      uint64
	Input    uint64
	Since    int64
	Profile  *savedProfile
	Latest   []savedLatest
	Past     []savedPast
	Moved    int64
	Rhythm   rhythm
	Episodes [numEpisodes]int64
	Judged   []savedRule
}

const savedFormat = 1

type savedProfile struct {
	_          struct{} `cbor:",toarray"`
	Zone       string
	Birth      time.Time
	Conditions []string
	Limits     map[string]float64
	Scale2     bool
	Planned    map[vitals.Metric]rules.Span
	Situations map[rules.Situation]int64
}

type savedLatest struct {
	_             struct{} `cbor:",toarray"`
	Metric        uint8
	Marks         uint8
	Number        float64
	At, Received  int64
	Device, Class string
}

type savedPast struct {
	_       struct{} `cbor:",toarray"`
	Window  rules.Window
	Buckets []bucket
}

type savedRule struct {
	_      struct{} `cbor:",toarray"`
	Rule   string
	Levels [mostLevels]streak
	Clear  streak
	Alert  *open
	Hushed int64
	Again  int64
}

// Save writes a state, for [Engine.Load] of an engine with this or another set
// of rules.
func (e *Engine) Save(s *State) ([]byte, error) {
	out := saved{
		Format: savedFormat, Resident: s.Resident, Now: s.now, Seq: s.seq, Input: s.input, Since: s.since, Moved: s.moved, Rhythm: s.rhythm, Episodes: s.episodes,
	}
	if p := s.profile; p != nil {
		zone := "UTC"
		if p.Zone != nil {
			zone = p.Zone.String()
		}
		out.Profile = &savedProfile{
			Zone: zone, Birth: p.Birth, Conditions: p.Conditions, Limits: p.Limits, Scale2: p.Scale2, Planned: p.Planned, Situations: p.Situations,
		}
	}
	for _, l := range s.latest {
		out.Latest = append(out.Latest, savedLatest{
			Metric: uint8(l.metric), Marks: uint8(l.marks), Number: l.number, At: l.at, Received: l.received, Device: l.device, Class: l.class,
		})
	}
	for i, r := range s.past {
		if len(r) > 0 {
			out.Past = append(out.Past, savedPast{Window: e.set.Windows()[i], Buckets: r})
		}
	}
	for _, j := range s.judged {
		out.Judged = append(out.Judged, savedRule{
			Rule: e.set.Programs()[j.rule].ID, Levels: j.levels, Clear: j.clear, Alert: j.alert, Hushed: j.hushed, Again: j.again,
		})
	}
	text, err := cbor.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("save the state of resident %s: %w", s.Resident, err)
	}
	return text, nil
}

// Load reads what [Engine.Save] wrote. Windows and rules that the engine's set
// does not have are left out; those that it has besides know nothing yet.
func (e *Engine) Load(text []byte) (*State, error) {
	var in saved
	if err := cbor.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("load a state: %w", err)
	}
	if in.Format != savedFormat {
		return nil, fmt.Errorf("load the state of resident %s: format %d, want %d", in.Resident, in.Format, savedFormat)
	}
	s := &State{Resident: in.Resident, now: in.Now, seq: in.Seq, input: in.Input, since: in.Since, moved: in.Moved, rhythm: in.Rhythm, episodes: in.Episodes}
	if p := in.Profile; p != nil {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			return nil, fmt.Errorf("load the state of resident %s: %w", in.Resident, err)
		}
		s.profile = &Profile{
			Zone: zone, Birth: p.Birth, Conditions: p.Conditions, Limits: p.Limits, Scale2: p.Scale2, Planned: p.Planned, Situations: p.Situations,
		}
	}
	for _, l := range in.Latest {
		s.note(latest{
			metric: vitals.Metric(l.Metric), marks: vitals.Marks(l.Marks), number: l.Number, at: l.At, received: l.Received, device: l.Device, class: l.Class,
		})
	}
	if len(in.Past) > 0 {
		s.past = make([]ring, len(e.set.Windows()))
	}
	for _, kept := range in.Past {
		for i, w := range e.set.Windows() {
			if w == kept.Window {
				s.past[i] = kept.Buckets
			}
		}
	}
	for _, kept := range in.Judged {
		if i, ok := e.set.Find(kept.Rule); ok {
			s.remember(judged{rule: i, levels: kept.Levels, clear: kept.Clear, alert: kept.Alert, hushed: kept.Hushed, again: kept.Again})
		}
	}
	return s, nil
}
