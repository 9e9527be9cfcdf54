package panels

import (
	"fmt"
	"strconv"
	"strings"
)

// Words say what the change is, in a sentence without a subject: "lower the upper
// limit of systolic pressure from 160 to 150". Before is how it is now, in the form
// of [Change.After]; of a limit that is not the resident's own, usual is what holds
// in its place, "" where that is not known.
func (c *Change) Words(before, usual string) Text {
	name := nameOf(c)
	switch c.Kind {
	case OfLimit:
		return limitWords(name, before, usual, c.To)
	case OfCondition:
		if c.To == "on" {
			return Text{EN: "have the rules go by " + name.EN, ZH: "让规则按“" + name.ZH + "”判断"}
		}
		return Text{EN: "have the rules go by " + name.EN + " no more", ZH: "规则不再按“" + name.ZH + "”判断"}
	case OfPlan:
		if c.To == "" {
			return Text{EN: "plan no measurement of " + lower(name.EN), ZH: "不再定期测量" + name.ZH}
		}
		every := everyWords(c.To)
		return Text{EN: fmt.Sprintf("measure %s every %s", lower(name.EN), every.EN), ZH: fmt.Sprintf("每%s测量一次%s", every.ZH, name.ZH)}
	case OfReminder:
		switch {
		case c.Reminder == nil:
			return Text{EN: "end the reminder " + orID(before, c.Target), ZH: "停止提醒：" + orID(before, c.Target)}
		case c.Target != "":
			return Text{EN: "change the reminder to " + c.Reminder.line(), ZH: "将提醒改为：" + c.Reminder.line()}
		}
		return Text{EN: "remind of " + c.Reminder.line(), ZH: "增加提醒：" + c.Reminder.line()}
	case FollowUp:
		return Text{EN: "follow up: " + c.Reminder.line(), ZH: "随访：" + c.Reminder.line()}
	case Referral:
		en, zh := fmt.Sprintf("refer to %s: %s", c.Errand.To, c.Errand.What), fmt.Sprintf("转介至%s：%s", c.Errand.To, c.Errand.What)
		if !c.Errand.By.IsZero() {
			en, zh = en+" by "+c.Errand.By.String(), zh+"（"+c.Errand.By.String()+"前）"
		}
		return Text{EN: en, ZH: zh}
	}
	return Text{}
}

func (r *Reminder) line() string { return fmt.Sprintf("%s, %s", r.What, r.Schedule) }

func orID(line, id string) string {
	if line != "" {
		return unkind(line)
	}
	return id
}

// unkind is a line of [ReminderLine] as people read it, without its kind.
func unkind(line string) string {
	if _, says, ok := strings.Cut(line, ": "); ok {
		return says
	}
	return line
}

func limitWords(name Text, before, usual, to string) Text {
	if to == "" {
		t := Text{EN: "go back to the usual value of " + name.EN, ZH: name.ZH + "恢复通用值"}
		if usual != "" {
			t.EN, t.ZH = t.EN+", "+usual, t.ZH+" "+usual
		}
		return t
	}
	from := before
	if from == "" {
		from = usual
	}
	was, errWas := strconv.ParseFloat(from, 64)
	is, errIs := strconv.ParseFloat(to, 64)
	switch {
	case errWas != nil || errIs != nil || was == is:
		return Text{EN: fmt.Sprintf("set %s to %s", name.EN, to), ZH: fmt.Sprintf("将%s设为 %s", name.ZH, to)}
	case is < was:
		return Text{EN: fmt.Sprintf("lower %s from %s to %s", name.EN, from, to), ZH: fmt.Sprintf("将%s从 %s 下调至 %s", name.ZH, from, to)}
	}
	return Text{EN: fmt.Sprintf("raise %s from %s to %s", name.EN, from, to), ZH: fmt.Sprintf("将%s从 %s 上调至 %s", name.ZH, from, to)}
}

func everyWords(every string) Text {
	n, unit := every[:len(every)-1], every[len(every)-1]
	units := map[byte]Text{'m': {"minutes", "分钟"}, 'h': {"hours", "小时"}, 'd': {"days", "天"}}[unit]
	if n == "1" {
		return Text{EN: strings.TrimSuffix(units.EN, "s"), ZH: units.ZH}
	}
	return Text{EN: n + " " + units.EN, ZH: " " + n + " " + units.ZH}
}

// lower is a name in the middle of a sentence: a name that is an abbreviation stays.
func lower(name string) string {
	if len(name) > 1 && name[1] >= 'A' && name[1] <= 'Z' {
		return name
	}
	return strings.ToLower(name[:min(1, len(name))]) + name[min(1, len(name)):]
}

var englishCounts = []string{"nobody", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
var chineseCounts = []string{"无", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"}

func countWords(n int) (en, zh string) {
	if n < len(englishCounts) {
		return englishCounts[n], chineseCounts[n]
	}
	return strconv.Itoa(n), strconv.Itoa(n)
}

// answerWords are the answers in a sentence.
var answerWords = map[Answer]Text{
	WouldChange: {"would change something", "建议作出调整"},
	WouldLeave:  {"would leave it as it is", "建议维持不变"},
	WouldRefer:  {"would have somebody else see the resident", "建议转介"},
	Unsure:      {"not sure", "不确定"},
}

// Words say how the experts stand on a point: "Two would lower the upper limit of
// systolic pressure from 160 to 150, one would leave it." Before and usual are as of
// [Change.Words].
func (p *Point) Words(before, usual string) Text {
	var en, zh []string
	for _, s := range p.Sides {
		n, k := countWords(len(s.Experts))
		say := p.side(s, before, usual)
		if p.Change == nil && s.Value == string(Unsure) {
			verb := "are"
			if len(s.Experts) == 1 {
				verb = "is"
			}
			say.EN = verb + " " + say.EN
		}
		en, zh = append(en, n+" "+say.EN), append(zh, k+"位专家"+say.ZH)
	}
	t := Text{EN: strings.Join(en, ", ") + ".", ZH: strings.Join(zh, "，") + "。"}
	if t.EN != "." {
		t.EN = strings.ToUpper(t.EN[:1]) + t.EN[1:]
	}
	return t
}

func (p *Point) side(s Side, before, usual string) Text {
	if p.Change == nil {
		return answerWords[Answer(s.Value)]
	}
	if s.Leave {
		return Text{EN: "would leave it", ZH: "建议不变"}
	}
	as := *p.Change
	switch as.Kind {
	case OfLimit, OfCondition, OfPlan:
		as.To = s.Value
	case OfReminder:
		if as.Target != "" && s.Value != as.After() {
			return Text{EN: "would have the reminder be " + orNothing(s.Value, "nothing"), ZH: "建议提醒为：" + orNothing(s.Value, "停止")}
		}
	}
	say := as.Words(before, usual)
	return Text{EN: "would " + say.EN, ZH: "建议" + say.ZH}
}

func orNothing(line, nothing string) string {
	if line == "" {
		return nothing
	}
	return unkind(line)
}
