package reminders

import (
	"testing"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
)

func TestPresetsCanBeKept(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Presets() {
		var schedule timetable.Pattern
		if p.Kind != Recheck {
			var err error
			if schedule, err = timetable.Parse(p.Schedule); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
		r := Reminder{Kind: p.Kind, What: p.Title.EN, Schedule: schedule, Metrics: p.Metrics, Readings: p.Readings, Window: p.Window, Food: p.Food}
		if wrong := r.settle(); len(wrong) > 0 {
			t.Errorf("%s: %v", p.Name, wrong)
		}
		if names[p.Name] || p.Title.ZH == "" {
			t.Errorf("%s is there twice, or not in Chinese", p.Name)
		}
		names[p.Name] = true
	}
}
