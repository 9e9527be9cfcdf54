package recordings_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest/recordings"
	"github.com/anxin-care/anxin/alerts/budget"
)

const (
	patients = 8
	// admitted is late in the evening: the first night touches three days.
	admitted = "2031-03-01T22:00:00Z"
	stay     = 7 * 24 // hours
	// worst is the hour at which the first patient becomes gravely ill.
	worst = 100
)

// ward is a made-up ward, measured by the hour as on a real one, and nobody says
// how awake anybody is. All come with a high pressure on the first day, gain water
// and lose it again, and have one fever with a fast heart, fast breathing and low
// oxygen, each sign from another hour on and now and then at its threshold.
func ward(t *testing.T) *recordings.Recordings {
	t.Helper()
	begin, err := time.Parse(time.RFC3339, admitted)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("hospitalization_id,recorded_utc,vital_category,vital_value,age_at_admission\n")
	for patient := range patients {
		for hour := range stay {
			at := begin.Add(time.Duration(hour) * time.Hour).Format(time.RFC3339)
			says := func(vital string, value float64) {
				fmt.Fprintf(&b, "bed-%d,%s,%s,%.1f,%d\n", patient, at, vital, value, 70+patient)
			}
			wobble := float64((hour*7+patient*3)%5 - 2) // -2 to 2
			ill := func(after int) bool { return hour >= 40+patient+after && hour < 70+patient }
			heart, breath, oxygen, warmth, upper, lower, weight := 78+2*wobble, 16+wobble/2, 97.0, 36.8, 126+2*wobble, 74+wobble, 70.0
			if hour < 30 {
				upper, lower = 138+wobble, 86
			}
			if hour >= 30 && hour < 80 {
				weight = 74.5
			}
			if ill(0) {
				warmth = 38.3 + wobble/10
			}
			if ill(1) {
				heart = 108 + wobble
			}
			if ill(3) {
				oxygen = 93
			}
			if ill(4) {
				breath = 23
			}
			if patient == 0 && hour >= worst && hour < worst+4 {
				breath, upper, lower = 29, 78, 52
			}
			says("heart_rate", heart)
			says("respiratory_rate", breath)
			says("spo2", oxygen)
			says("sbp", upper)
			says("dbp", lower)
			if hour%4 == 0 || ill(0) {
				says("temp_c", warmth)
			}
			if hour%24 == 8 {
				says("weight_kg", weight)
			}
		}
	}
	r, err := recordings.Read(fstest.MapFS{"vitals.csv": {Data: []byte(b.String())}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAWardIsWithinTheBudget keeps the promise of the budget alive where the whole
// recordings are absent: one illness is one alert, however many signs it has. What
// is critical is told for itself.
func TestAWardIsWithinTheBudget(t *testing.T) {
	report, _ := onDefaults(t, ward(t))
	b := report.Budget
	if b.PerWeek > budget.NonCriticalPerWeek {
		t.Errorf("%.2f alerts that are not critical a resident and week: %+v", b.PerWeek, b.Rules)
	}
	found := map[string]bool{}
	begin, _ := time.Parse(time.RFC3339, admitted)
	for _, a := range report.Alerts {
		if a.Rule == "temp_fever" || !a.Part {
			found[a.Resident+" "+a.Rule] = true
		}
		if hour := a.Began.Sub(begin).Hours(); a.Resident == "bed-0" && !a.Part && hour >= worst && hour < worst+2 {
			found["in time "+a.Rule] = true
		}
	}
	want := []string{"in time bp_low_critical", "in time rr_very_high"}
	for patient := range patients {
		want = append(want, fmt.Sprintf("bed-%d temp_fever", patient))
	}
	for _, what := range want {
		if !found[what] {
			t.Errorf("%s is not found: %v", what, found)
		}
	}
}
