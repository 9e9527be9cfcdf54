package engine

import (
	"testing"
	"time"
)

// A home of few sensors, as of real recordings: nothing moves but doors, a seat
// and a bed.
func TestAVisitToTheBathroomEndsByAllThatShowsWhereSomebodyIs(t *testing.T) {
	for what, after := range map[string]string{
		"the bed":         "bed_presence in @bedroom",
		"the fridge":      "door_contact open @kitchen !fridge",
		"the seat":        "presence present @living_room",
		"the front door":  "door_contact open @entrance !front",
		"another motion":  "motion motion @kitchen",
		"one of no place": "motion motion",
	} {
		s := newStoryAt(t, time.Date(2026, 11, 24, 15, 0, 0, 0, shanghai))
		s.says("motion motion @bathroom").in(10 * time.Minute).says(after)
		s.in(2 * time.Hour).expects()
		if t.Failed() {
			t.Fatalf("ended by %s", what)
		}
	}
	s := newStory(t, Profile{})
	s.says("motion motion @bathroom").in(10*time.Minute).says("door_contact open @bathroom !cabinet", "step_count 4")
	s.in(35 * time.Minute).expects("bathroom_long began warning")
}

func TestAnAbsenceEndsInBed(t *testing.T) {
	s := newStoryAt(t, time.Date(2026, 11, 24, 22, 55, 0, 0, shanghai))
	s.says("door_contact open @entrance !front").in(time.Minute).says("bed_presence in @bedroom")
	s.in(time.Hour).expects()
}

// Who opens the door to go is seen by what watches the entrance, and is gone all
// the same.
func TestLeavingPastASensorAtTheEntrance(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("motion motion @hall").in(time.Second).says("door_contact open @entrance !front").in(3 * time.Second).says("motion motion @entrance !eye")
	s.in(10 * time.Hour).expects() // nobody is missed who is out
	s.says("door_contact closed @entrance !front").says("motion motion @entrance !eye")
	s.in(6*time.Hour + time.Minute).expects() // after 22:00 it does not begin
	s.now = time.Date(2026, 11, 25, 13, 1, 0, 0, shanghai)
	s.in(0).expects("no_activity_day began warning")
}

// What a sensor says again is a sign of its life, not of the resident's.
func TestASignOfLifeIsNoMovement(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("motion motion @kitchen").says("door_contact closed @entrance !front").says("door_contact open @bedroom !window").says("switch on !lamp")
	for range 7 {
		s.in(50*time.Minute).says("door_contact closed @entrance !front", "device_battery 80").says("door_contact open @bedroom !window").says("switch on !lamp")
	}
	s.expects()
	s.in(11 * time.Minute).expects("no_activity_day began warning")
}

func TestABedThatIsEmptyAtNightWasNotLeft(t *testing.T) {
	s := newStoryAt(t, time.Date(2026, 11, 24, 21, 0, 0, 0, shanghai))
	s.says("bed_presence out @bedroom")
	s.every(50*time.Minute, 4, "bed_presence out @bedroom") // a sign of life after 23:00
	s.in(time.Hour).expects()
	s.says("bed_presence in @bedroom").in(time.Hour).says("bed_presence out @bedroom")
	s.in(20 * time.Minute).expects("night_out_of_bed began info")
}

// A nurse measures every hour: what is out of bounds twice is believed, and what
// is well twice ends it. A bracelet that says nothing for an hour has not gone on.
func TestStreaksOfWhatIsMeasuredSeldom(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Hour, 6, "spo2 97").expects()
	s.every(time.Hour, 1, "spo2 88").expects()
	s.every(time.Hour, 1, "spo2 89").expects("spo2_very_low began critical")
	s.every(time.Hour, 1, "spo2 96").expects()
	s.every(time.Hour, 1, "spo2 96").expects("spo2_very_low cleared critical")

	s = newStory(t, Profile{})
	s.every(time.Minute, 60, "spo2 97").expects()
	s.every(time.Hour, 1, "spo2 88").expects()
	s.every(time.Minute, 1, "spo2 97").expects()
	s.every(time.Minute, 1, "spo2 88").expects()
	s.every(time.Hour, 1, "spo2 88").expects()
}
