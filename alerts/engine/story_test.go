package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// story is a resident with the default rules, and a clock that the test turns.
type story struct {
	t      *testing.T
	engine *Engine
	state  *State
	seq    uint64
	now    time.Time
	told   []Transition
}

var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

func defaultSet(t testing.TB) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newStory(t *testing.T, profile Profile) *story {
	t.Helper()
	s := &story{t: t, engine: New(defaultSet(t)), state: &State{Resident: "r1"}, now: time.Date(2026, 11, 24, 10, 0, 0, 0, shanghai)}
	if profile.Zone == nil {
		profile.Zone = shanghai
	}
	s.do(profile)
	return s
}

func (s *story) do(what any) {
	out, _ := s.engine.Step(s.state, Event{At: s.now.UnixMilli(), What: what})
	s.told = append(s.told, out...)
}

// in lets time pass, with ticks as seldom as a lazy clock's.
func (s *story) in(d time.Duration) *story {
	s.now = s.now.Add(d)
	s.do(Tick{})
	return s
}

// says publishes values now: "heart_rate 72", "door_contact open @entrance !d2".
func (s *story) says(texts ...string) *story { return s.saidAt(s.now, texts...) }

func (s *story) saidAt(at time.Time, texts ...string) *story {
	s.t.Helper()
	in := Readings{Device: "d1", Samples: []vitals.Sample{{At: at.UnixMilli()}}}
	for _, text := range texts {
		fields := strings.Fields(text)
		m, ok := vitals.ParseMetric(fields[0])
		if !ok {
			s.t.Fatalf("there is no metric %s", fields[0])
		}
		v, err := m.Parse(fields[1], "")
		if err != nil {
			s.t.Fatal(err)
		}
		for _, more := range fields[2:] {
			switch {
			case more[0] == '@':
				in.Zone = more[1:]
			case more[0] == '#':
				in.Class = more[1:]
			case more[0] == '!':
				in.Device = more[1:]
			}
		}
		in.Samples[0].Values = append(in.Samples[0].Values, v)
	}
	vitals.Check(&in.Samples[0])
	s.seq++
	out, _ := s.engine.Step(s.state, Event{At: s.now.UnixMilli(), Seq: s.seq, What: in})
	s.told = append(s.told, out...)
	return s
}

// every says the same again and again.
func (s *story) every(d time.Duration, times int, texts ...string) *story {
	s.t.Helper()
	for range times {
		s.now = s.now.Add(d)
		s.says(texts...)
	}
	return s
}

// expects compares what was told since it was last asked.
func (s *story) expects(want ...string) *story {
	s.t.Helper()
	var got []string
	for _, t := range s.told {
		got = append(got, fmt.Sprintf("%s %s %s", t.Rule, t.Cause, t.Severity))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("at %s:\n got %q\nwant %q", s.now.Format("15:04:05"), got, want)
	}
	s.told = nil
	return s
}

// alert is the id of the open alert of a rule.
func (s *story) alert(rule string) string {
	s.t.Helper()
	for _, j := range s.state.judged {
		if j.alert != nil && s.engine.set.Programs()[j.rule].ID == rule {
			return j.alert.ID
		}
	}
	s.t.Fatalf("no alert of %s is open", rule)
	return ""
}

func newStoryAt(t *testing.T, at time.Time) *story {
	s := newStory(t, Profile{})
	s.now, s.state, s.told = at, &State{Resident: "r1"}, nil
	s.do(Profile{Zone: shanghai})
	return s
}
