package engine

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// missed raises a medicine that was not taken.
func (s *story) missed(id, what string) *story {
	at := s.now.UnixMilli()
	s.do(Raise{ID: id, Rule: "medication_missed", Since: at, Incidents: []Incident{{Key: id, Kind: "missed", What: what, At: at, Tries: 3}}})
	return s
}

func (s *story) incidents() (all []string) {
	for _, one := range s.told[len(s.told)-1].Evidence.Incidents {
		all = append(all, fmt.Sprintf("%s %s over=%t", one.Kind, one.What, one.Over))
	}
	return all
}

func TestWhatIsRaisedIsLowered(t *testing.T) {
	s := newStory(t, Profile{})
	s.missed("o1", "Metformin")
	first := s.told[0]
	s.expects("medication_missed began warning")
	s.in(time.Hour).missed("o2", "Aspirin")
	if got, want := s.incidents(), []string{"missed Metformin over=false", "missed Aspirin over=false"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	s.expects("medication_missed repeated warning")
	s.missed("o2", "Aspirin").expects() // it was heard
	s.do(Claim{Alert: first.Alert, By: "u1", Until: s.now.Add(30 * time.Minute).UnixMilli()})
	s.in(time.Hour).expects("medication_missed claimed warning", "medication_missed claim_expired warning")
	s.do(Lower{Rule: "medication_missed", Key: "o1"})
	s.do(Lower{Rule: "medication_missed", Key: "o1"})
	s.do(Lower{Rule: "medication_missed", Key: "other"})
	s.expects()
	s.do(Lower{Rule: "medication_missed", Key: "o2"})
	if got, want := s.incidents(), []string{"missed Metformin over=true", "missed Aspirin over=true"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	s.expects("medication_missed cleared warning")
	s.do(Lower{Rule: "medication_missed", Key: "o2"})
	s.expects()
}

// Who closed one alert is told of what is missed next, at once.
func TestAPersonClosesWhatWasRaised(t *testing.T) {
	s := newStory(t, Profile{})
	s.missed("o1", "Metformin")
	s.do(Resolve{Alert: s.told[0].Alert, By: "u1", Verdict: TrueAlarm})
	s.in(time.Minute).missed("o2", "Aspirin")
	if got := s.incidents(); !slices.Equal(got, []string{"missed Aspirin over=false"}) {
		t.Errorf("the new alert is about %v", got)
	}
	s.expects("medication_missed began warning", "medication_missed resolved warning", "medication_missed began warning")
}

func TestWhatIsRaisedWorsens(t *testing.T) {
	s := newStory(t, Profile{})
	raise := func(id string, severity rules.Severity, kind string) {
		s.do(Raise{ID: id, Rule: "medication_missed_critical", Severity: severity, Since: s.now.UnixMilli(), Incidents: []Incident{
			{Key: "h1", Kind: "missed", What: "Insulin", At: s.now.Add(-24 * time.Hour).UnixMilli(), Over: true},
			{Key: "o1", Kind: kind, What: "Insulin", At: s.now.UnixMilli()},
		}})
	}
	raise("o1/late", rules.Warning, "late")
	s.do(Snooze{Alert: s.told[0].Alert, By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	s.in(time.Minute).expects("medication_missed_critical began warning", "medication_missed_critical snoozed warning")
	raise("o1/missed", rules.Critical, "missed")
	if got, want := s.incidents(), []string{"missed Insulin over=true", "missed Insulin over=false"}; !slices.Equal(got, want) || s.told[0].Snoozed != 0 {
		t.Errorf("%v, want %v; snoozed until %d", got, want, s.told[0].Snoozed)
	}
	s.expects("medication_missed_critical worsened critical")
	s.do(Lower{Rule: "medication_missed_critical", Key: "o1"})
	s.expects("medication_missed_critical cleared critical")
}

func TestRulesThatAreNotRaised(t *testing.T) {
	s := newStory(t, Profile{})
	for _, rule := range []string{"sos", "no_such_rule", "home_dark"} {
		s.do(Raise{ID: "x", Rule: rule, Incidents: []Incident{{Key: "x"}}})
	}
	s.expects()
	for i := range 3 * mostIncidents {
		s.missed(fmt.Sprint("o", i), "Metformin")
	}
	if n := len(s.incidents()); n != mostIncidents {
		t.Errorf("an alert has %d incidents, want %d", n, mostIncidents)
	}
}

// What is raised and lowered gives the same transitions with the same ids after
// any restart, and never two open alerts of a rule.
func TestRaisedIsTheSameAfterARestart(t *testing.T) {
	g := New(defaultSet(t))
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 11))
		at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMilli()
		events := []Event{{At: at, Input: 1, What: Profile{Zone: shanghai}}}
		var known []string
		probe := &State{Resident: "r"}
		for i := range uint64(200) {
			at += rng.Int64N(time.Hour.Milliseconds())
			e := Event{At: at, Input: i + 2}
			key := fmt.Sprint("k", rng.IntN(5))
			rule := []string{"medication_missed", "medication_missed_critical"}[rng.IntN(2)]
			switch n := rng.IntN(10); {
			case n < 4:
				e.What = Raise{ID: fmt.Sprint("raise", i), Rule: rule, Severity: rules.Severity(rng.IntN(4)), Since: at, Incidents: []Incident{{Key: key, What: key, At: at}}}
			case n < 7:
				e.What = Lower{Rule: rule, Key: key}
			case n == 7 && len(known) > 0:
				e.What = Claim{Alert: known[rng.IntN(len(known))], By: "u", Until: at + rng.Int64N(int64(time.Hour/time.Millisecond))}
			case n == 8 && len(known) > 0:
				e.What = Resolve{Alert: known[rng.IntN(len(known))], By: "u", Verdict: TrueAlarm}
			default:
				e.What = Tick{}
			}
			events = append(events, e)
			out, _ := g.Step(probe, e)
			for _, tr := range out {
				known = append(known, tr.Alert)
			}
		}
		s := &State{Resident: "r"}
		want := play(t, g, s, events)
		open := map[string]string{}
		for _, tr := range want {
			if was, ok := open[tr.Rule]; ok && was != tr.Alert {
				t.Fatalf("seed %d: %s has two open alerts", seed, tr.Rule)
			}
			open[tr.Rule] = tr.Alert
			if tr.Status == Resolved {
				delete(open, tr.Rule)
			}
		}
		cut := rng.IntN(len(events))
		s = &State{Resident: "r"}
		got := play(t, g, s, events[:cut])
		text, err := g.Save(s)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = g.Load(text); err != nil {
			t.Fatal(err)
		}
		got = append(got, play(t, g, s, events[max(0, cut-20):])...) // some are heard twice
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: another life after a restart at %d", seed, cut)
		}
	}
}
