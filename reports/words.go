package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// Words are the week for the family, a sentence or two in each: what was heard, what
// happened, how it was beside what is usual for this person. They say what is not
// known, and call nothing fine.
func (f *Facts) Words() []Text {
	w := &words{Facts: f, figures: Figures(&f.Measured)}
	if !f.Over() {
		w.say("This week is not over yet.", "这一周还没有结束。")
	}
	w.situations()
	switch {
	case f.Vitals:
		w.coverage()
	default:
		w.say("Measurements are not shared with you, so nothing is said of them here.", "测量数据未与您共享，因此这里不作说明。")
	}
	if f.Alerts {
		w.alerts()
	} else {
		w.say("Alerts and reminders are not shared with you, so nothing is said of them here.", "警报和提醒未与您共享，因此这里不作说明。")
	}
	if !w.nothing {
		w.lives()
		w.body()
	}
	if f.Alerts {
		w.reminders()
	}
	return w.said
}

// words are a week's, as they are put together.
type words struct {
	*Facts
	figures []Figure
	said    []Text
	// partly is set when nothing of the body was measured on some day, nothing when that
	// is so of all days.
	partly, nothing bool
}

func (w *words) say(en, zh string) { w.said = append(w.said, Text{en, zh}) }

// situations say where the resident was.
func (w *words) situations() {
	days := w.Days()
	for _, s := range w.Situations {
		first, _ := days.Day(s.From)
		last, _ := days.Day(s.To)
		first, last = max(0, first), min(6, last)
		from, to := weekdays[days.Start(first).Weekday()], weekdays[days.Start(last).Weekday()]
		en, zh := "On "+from.EN, from.ZH
		if first != last {
			en, zh = "From "+from.EN+" to "+to.EN, from.ZH+"至"+to.ZH
		}
		if s.Kind == "hospital" {
			w.say(en+" "+w.Name+" was in hospital.", zh+w.Name+"住院。")
		} else {
			w.say(en+" "+w.Name+" was away from home.", zh+w.Name+"不在家。")
		}
	}
}

// coverage says on which days anything was measured, and at home heard.
func (w *words) coverage() {
	begun := w.begun()
	week := w.Measured.Last(7)
	var silent []int
	for i := range begun {
		if week.Body[i] == 0 {
			silent = append(silent, i)
		}
	}
	little := w.little()
	w.partly, w.nothing = len(silent)+len(little) > 0, begun > 0 && len(silent) == begun
	switch days := w.these(silent); {
	case w.nothing:
		w.say("Nothing was measured: from what is worn or used to measure, nothing came. We do not know how "+w.Name+" was. That nothing came is no sign that all was well: please ask.",
			"没有收到任何身体测量数据，我们不知道"+w.Name+"这段时间的情况。没有数据不等于平安无事，请您问候一下。")
	case len(silent) > 0:
		w.say(fmt.Sprintf("Measurements came on %d of %s. Of %s we know nothing from them: it may be that nothing was worn or charged. That is no sign that all was well.", begun-len(silent), some(begun, "day", "days"), days.EN),
			fmt.Sprintf("%d天中有%d天收到了测量数据。%s没有数据，可能没有佩戴或没有充电；没有数据不等于平安无事。", begun, begun-len(silent), days.ZH))
	case len(little) > 0:
		w.say("Something was measured on every day.", "每天都收到了一些测量数据。")
	default:
		w.say("Measurements came on every day.", "每天都收到了测量数据。")
	}
	if days := w.these(little); len(little) > 0 {
		w.say("On "+days.EN+" much less was measured than usual: it may be that something was not worn or charged. That is no sign that all was well.",
			days.ZH+"的测量数据明显比平时少，可能没有佩戴或没有充电；数据少不等于平安无事。")
	}
	if !slices.ContainsFunc(w.Measured.Home, func(hours int) bool { return hours > 0 }) {
		return // there are no sensors at home
	}
	var mute []int
	for i := range begun {
		if week.Home[i] == 0 {
			mute = append(mute, i)
		}
	}
	switch days := w.these(mute); {
	case len(mute) > 0 && len(mute) == begun:
		w.say("The sensors at home were not heard at all.", "家中的传感器一直没有信号。")
	case len(mute) > 0:
		w.say("The sensors at home were not heard on "+days.EN+".", "家中的传感器在"+days.ZH+"没有信号。")
	case w.partly:
		w.say("The sensors at home were heard on every day.", "家中的传感器每天都有信号。")
	}
}

// little are the days of which something is known, but in less than half as many hours
// as on a good day of the same person: one of the best quarter. A cuff that is used still
// is not to hide a bracelet that is not worn.
func (w *words) little() (days []int) {
	var hours []int
	for _, h := range w.Measured.Body {
		if h > 0 {
			hours = append(hours, h)
		}
	}
	if len(hours) == 0 {
		return nil
	}
	slices.Sort(hours)
	good := hours[len(hours)*3/4]
	week := w.Measured.Last(7)
	for i, h := range week.Body {
		if h > 0 && 2*h < good && !week.Start(i+1).After(w.Now) {
			days = append(days, i)
		}
	}
	return days
}

// mostTimes bounds how many times of one kind of alert are named.
const mostTimes = 4

// alerts say what was raised, the gravest first: what is only information is not.
func (w *words) alerts() {
	grave := slices.DeleteFunc(slices.Clone(w.Raised), func(a Alert) bool { return a.Severity < 2 })
	if len(grave) == 0 {
		en, zh := "No alert was raised.", "没有出现警报。"
		if w.partly {
			en, zh = en+" What is not measured can raise none.", zh+"但没有测量到的情况，也不会触发警报。"
		}
		w.say(en, zh)
		return
	}
	en, zh := "There was 1 alert.", "出现了1次警报。"
	if len(grave) > 1 {
		en, zh = fmt.Sprintf("There were %d alerts.", len(grave)), fmt.Sprintf("出现了%d次警报。", len(grave))
	}
	w.say(en, zh)
	slices.SortStableFunc(grave, func(a, b Alert) int { return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.Began.Compare(b.Began)) })
	var names []Text
	of := map[Text][]Alert{}
	for _, a := range grave {
		if of[a.Name] == nil {
			names = append(names, a.Name)
		}
		of[a.Name] = append(of[a.Name], a)
	}
	zone := w.Measured.First.Location()
	for _, name := range names {
		var en, zh []string
		for _, a := range of[name][:min(mostTimes, len(of[name]))] {
			at, became := clock(a.Began.In(zone)), became(&a)
			en, zh = append(en, at.EN+" ("+became.EN+")"), append(zh, at.ZH+"（"+became.ZH+"）")
		}
		if more := len(of[name]) - mostTimes; more > 0 {
			en, zh = append(en, times(more).EN+" more"), append(zh, "另有"+times(more).ZH)
		}
		n := times(len(of[name]))
		w.say(name.EN+": "+n.EN+", "+and(en)+".", name.ZH+"："+n.ZH+"，"+strings.Join(zh, "、")+"。")
	}
}

// became is what became of an alert.
func became(a *Alert) Text {
	switch {
	case a.Ended.IsZero():
		return Text{"still open", "尚未处理完"}
	case a.Verdict == "true":
		return Text{"it was real", "属实"}
	case a.Verdict == "false_alarm":
		return Text{"a false alarm", "误报"}
	case a.Verdict == "test":
		return Text{"a test", "测试"}
	}
	return Text{"it passed by itself", "已自行解除"}
}

// figure is the one of a metric.
func (w *words) figure(m vitals.Metric) (Figure, bool) {
	i := slices.IndexFunc(w.figures, func(f Figure) bool { return f.Metric == m })
	if i < 0 {
		return Figure{}, false
	}
	return w.figures[i], true
}

// lives say of sleep and steps what the day was like.
func (w *words) lives() {
	for _, of := range []struct {
		metric vitals.Metric
		is     func(v float64) Text
		name   Text
	}{
		{vitals.SleepDuration, night, Text{"Sleep", "睡眠"}},
		{vitals.StepCount, walked, Text{"Steps", "步数"}},
	} {
		f, ok := w.figure(of.metric)
		switch {
		case !ok:
		case !f.Known:
			w.say(of.name.EN+": there are too few days to say anything.", of.name.ZH+"：有数据的天数太少，无法说明。")
		default:
			is, beside := of.is(f.Value), beside(&f, of.is)
			w.say(of.name.EN+": "+is.EN+beside.EN+".", of.name.ZH+"："+is.ZH+beside.ZH+"。")
		}
	}
}

// night is a length of sleep, to the half hour.
func night(minutes float64) Text {
	halves := int(minutes/30 + 0.5)
	hours := fmt.Sprint(halves / 2)
	if halves%2 == 1 {
		hours += ".5"
	}
	return Text{"about " + hours + " hours a night", "每晚约" + hours + "小时"}
}

// walked is a number of steps, to the hundred.
func walked(steps float64) Text {
	n := fmt.Sprint(int(steps/100+0.5) * 100)
	return Text{"about " + n + " a day", "每天约" + n + "步"}
}

// beside says how a figure is beside what is usual; nothing where there is nothing to
// compare it with.
func beside(f *Figure, is func(v float64) Text) Text {
	was := is(f.Usual)
	switch {
	case !f.Compared():
		return Text{}
	case !f.Notable():
		return Text{", as usual", "，与平时差不多"}
	case f.Change() > 0:
		return Text{", more than usual (usually " + was.EN + ")", "，比平时多（平时" + was.ZH + "）"}
	}
	return Text{", less than usual (usually " + was.EN + ")", "，比平时少（平时" + was.ZH + "）"}
}

// vital are measurements of the body as the family knows them; blood pressure is one.
var vital = []struct {
	metrics []vitals.Metric
	name    Text
}{
	{[]vitals.Metric{vitals.HeartRate}, Text{"Heart rate", "心率"}},
	{[]vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Text{"Blood pressure", "血压"}},
	{[]vitals.Metric{vitals.SpO2}, Text{"Oxygen saturation", "血氧"}},
	{[]vitals.Metric{vitals.RespiratoryRate}, Text{"Breathing rate", "呼吸频率"}},
	{[]vitals.Metric{vitals.BodyTemperature}, Text{"Temperature", "体温"}},
	{[]vitals.Metric{vitals.GlucoseFasting}, Text{"Fasting glucose", "空腹血糖"}},
	{[]vitals.Metric{vitals.Glucose2hPostprandial}, Text{"Glucose after meals", "餐后血糖"}},
	{[]vitals.Metric{vitals.GlucoseRandom}, Text{"Glucose", "血糖"}},
	{[]vitals.Metric{vitals.GlucoseCGM}, Text{"Glucose (sensor)", "动态血糖"}},
	{[]vitals.Metric{vitals.BodyWeight}, Text{"Weight", "体重"}},
}

// body says of measurements which are as usual, which are not, and of which nothing
// can be said. A number is not called good or bad.
func (w *words) body() {
	var same, early, unknown []Text
	var changed []func()
	for _, v := range vital {
		var parts []Figure
		for _, m := range v.metrics {
			if f, ok := w.figure(m); ok {
				parts = append(parts, f)
			}
		}
		switch {
		case len(parts) < len(v.metrics):
		case slices.ContainsFunc(parts, func(f Figure) bool { return !f.Known }):
			unknown = append(unknown, v.name)
		case slices.ContainsFunc(parts, func(f Figure) bool { return f.Weeks == 0 }):
			early = append(early, v.name)
		case slices.ContainsFunc(parts, func(f Figure) bool { return f.Notable() }):
			changed = append(changed, func() { w.changed(v.name, parts) })
		default:
			same = append(same, v.name)
		}
	}
	for _, tell := range changed {
		tell()
	}
	w.names(same, "as usual", "与平时差不多")
	w.names(early, "measured; it is too early to say what is usual", "有测量数据；时间还短，尚不能说明平时如何")
	w.names(unknown, "measured on too few days to say anything", "测量天数太少，无法说明")
}

// names says one thing of several measurements.
func (w *words) names(all []Text, en, zh string) {
	if len(all) == 0 {
		return
	}
	var english, chinese []string
	for i, name := range all {
		if i > 0 { // within a sentence
			name.EN = strings.ToLower(name.EN[:1]) + name.EN[1:]
		}
		english, chinese = append(english, name.EN), append(chinese, name.ZH)
	}
	was := "was"
	if len(all) > 1 {
		was = "were"
	}
	w.say(and(english)+" "+was+" "+en+".", strings.Join(chinese, "、")+zh+"。")
}

// changed says that a measurement is not as usual.
func (w *words) changed(name Text, parts []Figure) {
	var is, was []string
	up, down := false, false
	for _, f := range parts {
		is, was = append(is, f.Metric.Format(f.Value)), append(was, f.Metric.Format(f.Usual))
		up = up || f.Notable() && f.Change() > 0
		down = down || f.Notable() && f.Change() < 0
	}
	how := Text{"other than", "与平时不同"}
	switch {
	case up && !down:
		how = Text{"higher than", "比平时高"}
	case down && !up:
		how = Text{"lower than", "比平时低"}
	}
	unit := unitOf(parts[0].Metric)
	w.say(fmt.Sprintf("%s was %s usual: about %s%s, usually about %s.", name.EN, how.EN, strings.Join(is, "/"), unit, strings.Join(was, "/")),
		fmt.Sprintf("%s%s：约%s%s，平时约%s。", name.ZH, how.ZH, strings.Join(is, "/"), unit, strings.Join(was, "/")))
}

// unitOf is a metric's unit as people write it.
func unitOf(m vitals.Metric) string {
	switch unit := m.Info().Unit; unit {
	case "mm[Hg]":
		return " mmHg"
	case "Cel":
		return " °C"
	case "%":
		return "%"
	case "/min":
		return "/min"
	case "{steps}":
		return ""
	default:
		return " " + unit
	}
}

// reminders say how often what was to be done was done.
func (w *words) reminders() {
	var due, done, missed int
	var en, zh []string
	for _, r := range w.Reminders {
		due += r.Due - r.Skipped
		done += r.OnTime + r.Late
		missed += r.Miss
		if r.Miss > 0 {
			en = append(en, fmt.Sprintf("%s (%s)", r.What.EN, times(r.Miss).EN))
			zh = append(zh, fmt.Sprintf("%s（%s）", r.What.ZH, times(r.Miss).ZH))
		}
	}
	switch {
	case due == 0:
	case missed == 0:
		w.say(fmt.Sprintf("Of %s %d were noted as done, none was missed.", some(due, "reminder", "reminders"), done), fmt.Sprintf("%d次提醒，记录完成%d次，没有漏掉的。", due, done))
	default:
		w.say(fmt.Sprintf("Of %s %d were noted as done. Missed, or not noted: %s.", some(due, "reminder", "reminders"), done, and(en)),
			fmt.Sprintf("%d次提醒，记录完成%d次。漏掉或未记录的：%s。", due, done, strings.Join(zh, "、")))
	}
}
