package engine

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

func TestBaselineOfThisHour(t *testing.T) {
	set, err := rules.NewSet([]rules.Rule{{
		ID: "hr_for_the_hour", Name: rules.Text{EN: "n", ZH: "n"}, Message: rules.Text{EN: "m", ZH: "m"},
		Level: rules.Level{Severity: rules.Warning, When: `heart_rate > baseline(heart_rate, "14d").hour + 15`},
		Clear: rules.Clear{When: `heart_rate <= baseline(heart_rate, "14d").hour + 10`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, engine: New(set), state: &State{Resident: "r1"}}
	s.now = time.Date(2026, 11, 25, 0, 0, 0, 0, shanghai)
	s.do(Profile{Zone: shanghai})
	for range 10 * 24 * 6 { // ten days, every ten minutes: slow at night, faster by day
		rate := "heart_rate 55"
		if h := s.now.Hour(); h >= 7 && h < 23 {
			rate = "heart_rate 80"
		}
		s.every(10*time.Minute, 1, rate)
	}
	s.told = nil
	s.in(3 * time.Hour).says("heart_rate 74").expects("hr_for_the_hour began warning") // at three in the night
	s.in(time.Minute).says("heart_rate 60").expects("hr_for_the_hour cleared warning")
	s.in(12 * time.Hour).says("heart_rate 90").expects() // by day
	s.in(time.Minute).says("heart_rate 96").expects("hr_for_the_hour began warning")
}

func TestWhoIsUpAtNightIsKnownForIt(t *testing.T) {
	night := func(s *story, out time.Duration) {
		s.now = time.Date(s.now.Year(), s.now.Month(), s.now.Day(), 22, 0, 0, 0, shanghai)
		s.says("bed_presence in").in(4 * time.Hour).says("bed_presence out")
		s.in(out).says("bed_presence in").in(4 * time.Hour).says("bed_presence out")
		s.every(time.Hour, 10, "motion detected @kitchen")
	}
	s := newStory(t, Profile{})
	night(s, 35*time.Minute)
	s.expects("night_out_of_bed began info", "night_out_of_bed cleared info")
	for range 6 {
		night(s, 35*time.Minute)
	}
	s.told = nil
	night(s, 34*time.Minute)
	s.expects()
	night(s, 42*time.Minute)
	s.expects("night_out_of_bed began info", "night_out_of_bed cleared info")
}

func TestTwoLateMorningsAreKnown(t *testing.T) {
	morning := func(s *story, up time.Duration) *story {
		midnight := time.Date(s.now.Year(), s.now.Month(), s.now.Day()+1, 0, 0, 0, 0, shanghai)
		s.now = midnight.Add(-time.Hour)
		s.says("bed_presence in").in(time.Hour + up).says("bed_presence out")
		return s.every(time.Hour, 8, "motion detected @kitchen")
	}
	s := newStory(t, Profile{})
	morning(s, 10*time.Hour).expects("no_getup began warning", "no_getup cleared warning")
	morning(s, 14*time.Hour-time.Minute).expects("no_getup began warning", "no_getup cleared warning") // one of them may be of an illness
	morning(s, 11*time.Hour).expects()                                                                 // ten is usual then
	morning(s, 12*time.Hour).expects()                                                                 // and eleven now
	morning(s, 13*time.Hour+40*time.Minute).expects("no_getup began warning", "no_getup cleared warning")
}

func TestOneDayOnTheFloorIsNotUsual(t *testing.T) {
	if got, _ := usual([]int32{3600, 3000, 3300, 30000, 3200}); got != time.Hour {
		t.Errorf("usual is %s", got)
	}
	if _, known := usual([]int32{3600, 3600, 3600}); known {
		t.Error("three days are a rhythm")
	}
}
