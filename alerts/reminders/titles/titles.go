// Package titles has the names of reminders as they usually are, in both languages.
// Who takes one over keeps the name in one language; its readers read it in theirs.
package titles

import "github.com/anxin-care/anxin/alerts/rules"

// All are the titles, by the preset's name.
func All() map[string]rules.Text {
	return map[string]rules.Text{
		"medicine_before_breakfast": {EN: "Before breakfast", ZH: "早餐前"},
		"medicine_after_breakfast":  {EN: "After breakfast", ZH: "早餐后"},
		"medicine_noon":             {EN: "At noon", ZH: "中午"},
		"medicine_evening":          {EN: "In the evening", ZH: "晚上"},
		"medicine_bedtime":          {EN: "At bedtime", ZH: "睡前"},
		"medicine_twice_a_day":      {EN: "Twice a day", ZH: "每日两次"},
		"bp_twice_a_day":            {EN: "Blood pressure, morning and evening", ZH: "早晚测血压"},
		"bp_once_a_week":            {EN: "Blood pressure, one day a week", ZH: "每周一天测血压"},
		"glucose_fasting":           {EN: "Glucose, fasting", ZH: "空腹血糖"},
		"glucose_after_breakfast":   {EN: "Glucose, 2 h after breakfast", ZH: "早餐后2小时血糖"},
		"glucose_bedtime":           {EN: "Glucose at bedtime", ZH: "睡前血糖"},
		"weight_daily":              {EN: "Weight in the morning", ZH: "晨起称体重"},
		"drinking":                  {EN: "A glass of water (150 to 200 mL); not for who may drink little: heart failure, kidney disease", ZH: "喝一杯水（150–200毫升）；心衰、肾病限水者不用"},
		"exercise":                  {EN: "Exercise", ZH: "锻炼"},
		"annual_check":              {EN: "Annual check-up", ZH: "年度体检"},
		"follow_up":                 {EN: "Follow-up every three months", ZH: "每三个月随访"},
		"charge_bracelet":           {EN: "Charge the bracelet", ZH: "给手环充电"},
		"glucose_recheck":           {EN: "Measure glucose again, 15 minutes after a low one", ZH: "低血糖15分钟后复测血糖"},
		"check_in":                  {EN: "Are you all right?", ZH: "每日问候"},
		"sos_test":                  {EN: "Try the SOS button", ZH: "测试SOS按钮"},
	}
}

// Text is what a reminder is called, in both languages: a title in each, other words
// as they are.
func Text(what string) rules.Text {
	for _, title := range All() {
		if what == title.EN || what == title.ZH {
			return title
		}
	}
	return rules.Text{EN: what, ZH: what}
}

// In is what a reminder is called in a language.
func In(what, language string) string { return Text(what).In(language) }
