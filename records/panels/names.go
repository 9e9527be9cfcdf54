package panels

import "github.com/anxin-care/anxin/vitals"

// limitNames are the thresholds of the rules as people call them.
var limitNames = map[string]Text{
	"bp.extreme.systolic":    {"the limit of extremely high systolic pressure", "收缩压极高的界限"},
	"bp.extreme.diastolic":   {"the limit of extremely high diastolic pressure", "舒张压极高的界限"},
	"bp.severe.systolic":     {"the limit of severely high systolic pressure", "收缩压重度升高的界限"},
	"bp.severe.diastolic":    {"the limit of severely high diastolic pressure", "舒张压重度升高的界限"},
	"bp.high.systolic":       {"the upper limit of systolic pressure", "收缩压上限"},
	"bp.high.diastolic":      {"the upper limit of diastolic pressure", "舒张压上限"},
	"bp.home.systolic":       {"the limit of the average systolic pressure at home", "家庭平均收缩压的界限"},
	"bp.home.diastolic":      {"the limit of the average diastolic pressure at home", "家庭平均舒张压的界限"},
	"bp.low.systolic":        {"the lower limit of systolic pressure", "收缩压下限"},
	"bp.low.diastolic":       {"the lower limit of diastolic pressure", "舒张压下限"},
	"bp.very_low.systolic":   {"the limit of very low systolic pressure", "收缩压过低的界限"},
	"hr.high":                {"the upper limit of the heart rate", "心率上限"},
	"hr.very_high":           {"the limit of a very high heart rate", "心率过快的界限"},
	"hr.low":                 {"the lower limit of the heart rate", "心率下限"},
	"hr.low_asleep":          {"the lower limit of the heart rate asleep", "睡眠中心率下限"},
	"hr.very_low":            {"the limit of a very low heart rate", "心率过慢的界限"},
	"spo2.low":               {"the lower limit of oxygen saturation", "血氧下限"},
	"spo2.very_low":          {"the limit of very low oxygen saturation", "血氧过低的界限"},
	"spo2.drop":              {"the limit of a drop in oxygen saturation", "血氧下降幅度的界限"},
	"rr.high":                {"the upper limit of the breathing rate", "呼吸频率上限"},
	"rr.very_high":           {"the limit of very fast breathing", "呼吸过快的界限"},
	"rr.low":                 {"the lower limit of the breathing rate", "呼吸频率下限"},
	"rr.very_low":            {"the limit of very slow breathing", "呼吸过慢的界限"},
	"temperature.raised":     {"the limit of a raised temperature", "体温略高的界限"},
	"temperature.fever":      {"the limit of fever", "发热的界限"},
	"temperature.high_fever": {"the limit of high fever", "高热的界限"},
	"temperature.low":        {"the lower limit of body temperature", "体温下限"},
	"glucose.low":            {"the lower limit of glucose", "血糖下限"},
	"glucose.very_low":       {"the limit of very low glucose", "血糖过低的界限"},
	"glucose.high":           {"the upper limit of glucose", "血糖上限"},
	"glucose.very_high":      {"the limit of very high glucose", "血糖过高的界限"},
	"glucose.fasting":        {"the upper limit of fasting glucose", "空腹血糖上限"},
	"glucose.bedtime":        {"the lower limit of glucose at bedtime", "睡前血糖下限"},
	"weight.gain":            {"the limit of weight gain", "体重增加的界限"},
	"room.cold":              {"the limit of a cold room", "室温偏低的界限"},
	"room.very_cold":         {"the limit of a very cold room", "室温过低的界限"},
	"room.hot":               {"the limit of a hot room", "室温偏高的界限"},
	"room.very_hot":          {"the limit of a very hot room", "室温过高的界限"},
}

// conditionNames are the conditions of the rules as people call them.
var conditionNames = map[string]Text{
	"copd":                  {"COPD", "慢性阻塞性肺疾病"},
	"beta_blocker":          {"a beta blocker", "服用β受体阻滞剂"},
	"athlete":               {"an athlete's heart", "运动员心脏"},
	"atrial_fibrillation":   {"permanent atrial fibrillation", "永久性心房颤动"},
	"diabetes_complex":      {"complex diabetes", "糖尿病（健康状况复杂）"},
	"diabetes_very_complex": {"very complex diabetes", "糖尿病（健康状况非常复杂）"},
	"heart_failure":         {"heart failure", "心力衰竭"},
	"treated_hypertension":  {"treated hypertension", "已治疗的高血压"},
}

// nameOf is what a change is about, as people call it.
func nameOf(c *Change) Text {
	switch c.Kind {
	case OfLimit:
		if t, ok := limitNames[c.Target]; ok {
			return t
		}
	case OfCondition:
		if t, ok := conditionNames[c.Target]; ok {
			return t
		}
	case OfPlan:
		if m, ok := vitals.ParseMetric(c.Target); ok {
			return Text{EN: m.Info().Display("en"), ZH: m.Info().Display("zh")}
		}
	}
	return Text{EN: c.Target, ZH: c.Target}
}
