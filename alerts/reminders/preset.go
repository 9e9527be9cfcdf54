package reminders

import (
	"time"

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
	medicine := func(name, en, zh, at string, food Food) Preset {
		return Preset{Name: name, Title: rules.Text{EN: en, ZH: zh}, Kind: Medication, Schedule: "daily at " + at, Food: food}
	}
	return []Preset{
		medicine("medicine_before_breakfast", "Before breakfast", "早餐前", "07:30", BeforeFood),
		medicine("medicine_after_breakfast", "After breakfast", "早餐后", "07:30", AfterFood),
		medicine("medicine_noon", "At noon", "中午", "12:00", AnyFood),
		medicine("medicine_evening", "In the evening", "晚上", "18:00", AnyFood),
		medicine("medicine_bedtime", "At bedtime", "睡前", "21:00", AnyFood),
		medicine("medicine_twice_a_day", "Twice a day", "每日两次", "08:00, 20:00", AnyFood),
		{
			Name: "bp_twice_a_day", Title: rules.Text{EN: "Blood pressure, morning and evening", ZH: "早晚测血压"}, Kind: Measurement,
			Schedule: "daily at 06:00, 18:00", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2, Window: 3 * time.Hour,
		},
		{
			Name: "bp_once_a_week", Title: rules.Text{EN: "Blood pressure, one day a week", ZH: "每周一天测血压"}, Kind: Measurement,
			Schedule: "every mon at 06:00, 18:00", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2, Window: 3 * time.Hour,
		},
		{
			Name: "glucose_fasting", Title: rules.Text{EN: "Glucose, fasting", ZH: "空腹血糖"}, Kind: Measurement,
			Schedule: "daily at 06:00", Metrics: []vitals.Metric{vitals.GlucoseFasting}, Window: 2 * time.Hour,
		},
		{
			Name: "glucose_after_breakfast", Title: rules.Text{EN: "Glucose, 2 h after breakfast", ZH: "早餐后2小时血糖"}, Kind: Measurement,
			Schedule: "daily at 09:30", Metrics: []vitals.Metric{vitals.Glucose2hPostprandial}, Window: time.Hour,
		},
		{
			Name: "glucose_bedtime", Title: rules.Text{EN: "Glucose at bedtime", ZH: "睡前血糖"}, Kind: Measurement,
			Schedule: "daily at 21:00", Metrics: []vitals.Metric{vitals.GlucoseRandom}, Window: time.Hour,
		},
		{
			Name: "weight_daily", Title: rules.Text{EN: "Weight in the morning", ZH: "晨起称体重"}, Kind: Measurement,
			Schedule: "daily at 06:30", Metrics: []vitals.Metric{vitals.BodyWeight}, Window: 3 * time.Hour,
		},
		{
			Name: "drinking", Title: rules.Text{EN: "A glass of water (150 to 200 mL); not for who may drink little: heart failure, kidney disease", ZH: "喝一杯水（150–200毫升）；心衰、肾病限水者不用"}, Kind: Drinking,
			Schedule: "daily at 08:00, 09:30, 11:00, 12:15, 14:00, 15:30, 17:30, 19:30",
		},
		{Name: "exercise", Title: rules.Text{EN: "Exercise", ZH: "锻炼"}, Kind: Exercise, Schedule: "daily at 10:00"},
		{Name: "annual_check", Title: rules.Text{EN: "Annual check-up", ZH: "年度体检"}, Kind: Appointment, Schedule: "every 12 months from 2027-01-15 at 09:00"},
		{Name: "follow_up", Title: rules.Text{EN: "Follow-up every three months", ZH: "每三个月随访"}, Kind: FollowUp, Schedule: "every 3 months from 2027-01-15 at 09:00"},
		{Name: "charge_bracelet", Title: rules.Text{EN: "Charge the bracelet", ZH: "给手环充电"}, Kind: Charge, Schedule: "daily at 20:00"},
		{Name: "glucose_recheck", Title: rules.Text{EN: "Measure glucose again, 15 minutes after a low one", ZH: "低血糖15分钟后复测血糖"}, Kind: Recheck},
		{Name: "check_in", Title: rules.Text{EN: "Are you all right?", ZH: "每日问候"}, Kind: CheckIn, Schedule: "daily at 09:00", Window: usualAnswer},
		{Name: "sos_test", Title: rules.Text{EN: "Try the SOS button", ZH: "测试SOS按钮"}, Kind: DeviceTest, Schedule: "cron 0 10 1 * *"},
	}
}
