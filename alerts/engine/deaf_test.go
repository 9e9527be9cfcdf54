package engine

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

func (s *story) deaf(d time.Duration) {
	from := s.now
	s.now = s.now.Add(d)
	s.do(Deaf{From: from.UnixMilli(), To: s.now.UnixMilli()})
}

func TestDeafnessEndsNoAlert(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("motion motion @bathroom").in(70*time.Minute).expects("bathroom_long began warning", "bathroom_long worsened critical")
	s.deaf(6 * time.Minute)
	s.in(20 * time.Minute).expects()
	s.says("motion motion @bathroom").in(time.Minute).expects() // who lies there moves an arm
	s.says("motion motion @kitchen").expects("bathroom_long cleared critical")

	planned := Profile{Planned: map[vitals.Metric]rules.Span{vitals.BodyWeight: rules.Span(24 * time.Hour)}}
	s = newStory(t, planned)
	s.in(27 * time.Hour).expects("measure_missed began info")
	s.deaf(6 * time.Minute)
	s.in(time.Hour).expects()
	s.says("body_weight 61").expects("measure_missed cleared info")
}

func TestDeafnessLightsNoHome(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat").in(time.Hour)
	h.tells("home_dark began")
	h.deaf(2 * time.Minute)
	h.by(changed(t, without("spo2_low")), false) // all rules are looked at
	h.in(time.Hour).tells()
	h.hears(time.Minute, "mat").tells("home_dark cleared")
}

func TestWhatCameLongAgoIsNoWordOfNow(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat")
	dark := h.now
	h.in(time.Hour).tells("home_dark began")
	old := h.now
	h.now = dark.Add(time.Minute) // tried again from the shelf, as it arrived then
	for range 3 {
		h.now = h.now.Add(time.Minute)
		h.do(Heard{Device: "band"})
	}
	h.now = old
	h.in(time.Minute).tells()
}

func TestPartsOfDevicesStandOnTheirOwnAfterwards(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"door": 9 * time.Hour, "mat": often})
	for _, level := range []float64{15, 13, 11, 9} {
		h.battery("door", level)
		h.hears(time.Minute, "mat", "door")
		h.battery("door", level)
		h.hears(24*time.Hour, "mat", "door")
	}
	h.tells("battery_low began door", "battery_ends began door")
	parts := 0
	for _, j := range h.state.device("door").judged {
		if j.alert != nil && j.alert.Of != "" {
			parts++
		}
	}
	if parts != 1 {
		t.Errorf("%d of two are parts", parts)
	}
	h.battery("door", 45)
	h.tells("battery_low cleared door", "battery_ends ungrouped door")
}

func TestAChangedRuleBeginsItsStreaksAnew(t *testing.T) {
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	var was rules.Rule
	for _, r := range all {
		if r.ID == "hr_very_high" {
			was = r
		}
	}
	mild := was
	mild.When, mild.For = "heart_rate >= 100", rules.Span(2*time.Hour)
	s := newStory(t, Profile{})
	s.by(changed(t, with(mild)), false)
	s.in(time.Second).every(time.Minute, 30, "heart_rate 102")
	s.told = nil
	s.by(changed(t, with(was)), false)
	s.in(30 * time.Second).says("heart_rate 135").expects() // one reading confirms nothing
}
