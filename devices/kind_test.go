package devices_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
)

func TestWhatIsExpectedOfKinds(t *testing.T) {
	const steadily, onEvents, byHand = 10 * time.Minute, 9 * time.Hour, 0
	for kind, want := range map[string]devices.Habit{
		"bracelet": {Every: steadily}, "Bracelet": {Every: steadily}, "glucose patch": {Every: steadily}, "air monitor": {Every: steadily},
		"thermo-hygrometer": {Every: steadily}, "room_thermometer": {Every: steadily}, "bed mat": {Every: steadily}, "plug": {Every: steadily},
		"手环": {Every: steadily}, "智能手环": {Every: steadily},
		"radar": {Every: steadily, Safety: true}, "fall radar": {Every: steadily, Safety: true}, "跌倒雷达": {Every: steadily, Safety: true},
		"door contact": {Every: onEvents}, "motion sensor": {Every: onEvents}, "leak sensor": {Every: onEvents}, "bed sensor": {Every: onEvents},
		"": {Every: onEvents}, "repair robot": {Every: onEvents}, "chair": {Every: onEvents},
		"SOS button": {Every: onEvents, Safety: true}, "sos_button": {Every: onEvents, Safety: true}, "fall detector": {Every: onEvents, Safety: true},
		"smoke alarm": {Every: onEvents, Safety: true}, "gas detector": {Every: onEvents, Safety: true},
		"carbon-monoxide alarm": {Every: onEvents, Safety: true}, "CO alarm": {Every: onEvents, Safety: true}, "一氧化碳报警器": {Every: onEvents, Safety: true},
		"cuff": {Every: byHand}, "blood pressure cuff": {Every: byHand}, "scale": {Every: byHand}, "thermometer": {Every: byHand},
		"glucose meter": {Every: byHand}, "血压计": {Every: byHand}, "hub": {Every: byHand},
	} {
		if got := devices.HabitOf(kind); got != want {
			t.Errorf("%q: %+v, want %+v", kind, got, want)
		}
	}
}

func TestRadarsAreKnownAsSuch(t *testing.T) {
	for kind, want := range map[string]string{
		"radar": "radar", "Radar": "radar", "fall_radar": "radar", "Fall-Radar": "radar", "mmWave radar": "radar",
		"雷达": "radar", "跌倒雷达": "radar", "毫米波雷达传感器": "radar",
		"": "", "bracelet": "", "fall detector": "", "跌倒报警器": "",
	} {
		if got := devices.ClassOf(kind); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
}
