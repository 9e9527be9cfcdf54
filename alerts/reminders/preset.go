package reminders

import (
	"time"

	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Preset is a reminder as it usually is, to begin with.
type Preset struct {
	Name     string // "bp_twice_a_day"
	Title    rules.Text
	Kind     Kind
	Schedule string
	Metrics  []vitals.Metric
	Readings int
	Window   time.Duration
	Food     Food
}

// Presets are those of Anxin's clinical catalogue, section 6. Annual and monthly
// ones begin on a day of one's own.
func Presets() []Preset {
	medicine := func(name, at string, food Food) Preset {
		return Preset{Name: name, Kind: Medication, Schedule: "daily at " + at, Food: food}
	}
	all := []Preset{
		medicine("medicine_before_breakfast", "07:30", BeforeFood),
		medicine("medicine_after_breakfast", "07:30", AfterFood),
		medicine("medicine_noon", "12:00", AnyFood),
		medicine("medicine_evening", "18:00", AnyFood),
		medicine("medicine_bedtime", "21:00", AnyFood),
		medicine("medicine_twice_a_day", "08:00, 20:00", AnyFood),
		{
			Name: "bp_twice_a_day", Kind: Measurement,
			Schedule: "daily at 06:00, 18:00", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2, Window: 3 * time.Hour,
		},
		{
			Name: "bp_once_a_week", Kind: Measurement,
			Schedule: "every mon at 06:00, 18:00", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2, Window: 3 * time.Hour,
		},
		{
			Name: "glucose_fasting", Kind: Measurement,
			Schedule: "daily at 06:00", Metrics: []vitals.Metric{vitals.GlucoseFasting}, Window: 2 * time.Hour,
		},
		{
			Name: "glucose_after_breakfast", Kind: Measurement,
			Schedule: "daily at 09:30", Metrics: []vitals.Metric{vitals.Glucose2hPostprandial}, Window: time.Hour,
		},
		{
			Name: "glucose_bedtime", Kind: Measurement,
			Schedule: "daily at 21:00", Metrics: []vitals.Metric{vitals.GlucoseRandom}, Window: time.Hour,
		},
		{
			Name: "weight_daily", Kind: Measurement,
			Schedule: "daily at 06:30", Metrics: []vitals.Metric{vitals.BodyWeight}, Window: 3 * time.Hour,
		},
		{
			Name: "drinking", Kind: Drinking,
			Schedule: "daily at 08:00, 09:30, 11:00, 12:15, 14:00, 15:30, 17:30, 19:30",
		},
		{Name: "exercise", Kind: Exercise, Schedule: "daily at 10:00"},
		{Name: "annual_check", Kind: Appointment, Schedule: "every 12 months from 2027-01-15 at 09:00"},
		{Name: "follow_up", Kind: FollowUp, Schedule: "every 3 months from 2027-01-15 at 09:00"},
		{Name: "charge_bracelet", Kind: Charge, Schedule: "daily at 20:00"},
		{Name: "glucose_recheck", Kind: Recheck},
		{Name: "check_in", Kind: CheckIn, Schedule: "daily at 09:00", Window: usualAnswer},
		{Name: "sos_test", Kind: DeviceTest, Schedule: "cron 0 10 1 * *"},
	}
	known := titles.All()
	for i := range all {
		all[i].Title = known[all[i].Name]
	}
	return all
}
