package backtest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Text writes the report for people, in the language of a BCP 47 tag: Chinese for
// what begins with "zh", else English.
func (r *Report) Text(w io.Writer, language string) error {
	t := writer{language: language, names: r.names}
	t.head(r)
	t.each(r)
	t.compared(r)
	t.then(r)
	t.worst(r)
	t.budget(&r.Budget)
	_, err := io.WriteString(w, t.String())
	return err
}

// BudgetText writes how alerts stand beside the budget, for people. Known are the
// rules that there are.
func BudgetText(w io.Writer, b *budget.Standing, known []rules.Rule, language string) error {
	t := writer{language: language, names: namesOf(known)}
	t.budget(b)
	_, err := io.WriteString(w, strings.TrimLeft(t.String(), "\n"))
	return err
}

// ListText writes the alerts, a line for each, for people.
func (r *Report) ListText(w io.Writer, language string) error {
	t := writer{language: language, names: r.names}
	for _, a := range r.Alerts {
		ended := t.in("open", "未结束")
		if !a.Ended.IsZero() {
			ended = a.Ended.Format(time.RFC3339)
		}
		fmt.Fprintln(&t, a.Began.Format(time.RFC3339), ended, a.Resident, t.rule(a.Rule), t.severity(a.Severity))
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// Lasting is a length of time with two units at the most, "2 d 3 h", in a language.
func Lasting(d time.Duration, language string) string {
	t := writer{language: language}
	return t.lasting(rules.Span(d))
}

// namesOf are the names of rules by their ids.
func namesOf(all []rules.Rule) map[string]rules.Text {
	names := make(map[string]rules.Text, len(all))
	for i := range all {
		names[all[i].ID] = all[i].Name
	}
	return names
}

// writer writes in one of the two languages.
type writer struct {
	strings.Builder
	language string
	names    map[string]rules.Text // of the rules, by their ids
}

// rule is a rule's id, which English readers understand, and its name in Chinese.
func (t *writer) rule(id string) string {
	if name, ok := t.names[id]; ok {
		return t.in(id, name.ZH+"（"+id+"）")
	}
	return id
}

func (t *writer) rules(ids []string) string {
	told := make([]string, len(ids))
	for i, id := range ids {
		told[i] = t.rule(id)
	}
	return strings.Join(told, t.in(", ", "、"))
}

func (t *writer) severity(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return t.in("critical", "危急")
	case rules.Warning:
		return t.in("warning", "警告")
	}
	return t.in("info", "提示")
}

// metric is a metric's name as programs write it, and as people do in Chinese.
func (t *writer) metric(name string) string {
	if m, ok := vitals.ParseMetric(name); ok {
		return t.in(name, m.Info().Display("zh-CN"))
	}
	return name
}

func (t *writer) say(en, zh string, args ...any) {
	fmt.Fprintf(t, rules.Text{EN: en, ZH: zh}.In(t.language)+"\n", args...)
}

func (t *writer) gap() { t.WriteByte('\n') }

func (t *writer) in(en, zh string) string { return rules.Text{EN: en, ZH: zh}.In(t.language) }

func (t *writer) head(r *Report) {
	const moment = "2006-01-02 15:04"
	t.say("%d residents, %s to %s UTC (%.1f resident-weeks); %s of warm-up before. %d messages, %d readings.",
		"%d位长者，%s至%s UTC（共%.1f人周）；之前预热%s。消息%d条，读数%d个。",
		r.Residents, r.From.Format(moment), r.To.Format(moment), r.ResidentWeeks, t.lasting(r.WarmUp), r.Messages, r.Readings)
	if len(r.Unfit) > 0 {
		var parts []string
		for _, m := range slices.Sorted(maps.Keys(r.Unfit)) {
			parts = append(parts, fmt.Sprintf("%s %d", t.metric(m), r.Unfit[m]))
		}
		t.say("Kept out of the rules as artefacts: %s.", "视为伪差、未用于规则：%s。", strings.Join(parts, t.in(", ", "、")))
	}
	if len(r.NotJudged) > 0 {
		t.say("Not tried, as it is not known what is expected of devices: %s.", "未试算（不知设备应有的表现）：%s。", t.rules(r.NotJudged))
	}
	t.gap()
	t.say("%d alerts, %.2f a resident and week: %d critical, %d warning, %d info; %d at night (22:00-07:00); %d told as parts of others; %d residents have any.",
		"共%d条警报，每人每周%.2f条：危急%d、警告%d、提示%d；夜间（22:00-07:00）%d条；并入其他警报%d条；涉及%d位长者。",
		r.All.Alerts, r.All.PerWeek, r.All.Critical, r.All.Warning, r.All.Info, r.All.Night, r.All.Parts, r.All.Residents)
	if r.Today != nil {
		t.say("Today's rules: %d alerts, %.2f a resident and week; %d at night.", "现行规则：共%d条警报，每人每周%.2f条；夜间%d条。", r.Today.Alerts, r.Today.PerWeek, r.Today.Night)
	}
}

// each lists what each rule gave. Those that gave nothing, now and today, are
// only named.
func (t *writer) each(r *Report) {
	rows := table{{
		t.in("rule", "规则"), t.in("alerts", "警报"), t.in("critical", "危急"), t.in("warning", "警告"), t.in("info", "提示"), t.in("night", "夜间"),
		t.in("residents", "人数"), t.in("a week", "每人每周"), t.in("median", "中位时长"), t.in("longest", "最长"), t.in("open at end", "末未结束"), t.in("open before", "前已开始"),
	}}
	var quiet []string
	for i := range r.Rules {
		rule := &r.Rules[i]
		f := &rule.Try
		if f.Alerts+f.OpenBefore == 0 {
			quiet = append(quiet, rule.ID)
			continue
		}
		rows = append(rows, []string{
			t.rule(rule.ID), strconv.Itoa(f.Alerts), strconv.Itoa(f.Critical), strconv.Itoa(f.Warning), strconv.Itoa(f.Info), strconv.Itoa(f.Night), strconv.Itoa(f.Residents),
			fmt.Sprintf("%.2f", f.PerWeek), t.lasting(f.Median), t.lasting(f.Longest), strconv.Itoa(f.OpenAtEnd), strconv.Itoa(f.OpenBefore),
		})
	}
	if len(rows) > 1 {
		t.gap()
		rows.write(t)
	}
	if len(quiet) > 0 {
		t.gap()
		slices.Sort(quiet)
		t.say("No alert: %s.", "无警报：%s。", t.rules(quiet))
	}
}

// compared stands the rules beside those of today and a plain threshold.
func (t *writer) compared(r *Report) {
	rows := table{{t.in("rule", "规则"), t.in("readings over", "超限读数"), t.in("times crossed", "越限次数"), t.in("alerts", "警报"), t.in("today's rule", "现行规则")}}
	some := false
	for i := range r.Rules {
		rule := &r.Rules[i]
		readings, runs, today := "-", "-", "-"
		if rule.Plain != nil {
			readings, runs = strconv.Itoa(rule.Plain.Readings), strconv.Itoa(rule.Plain.Runs)
		}
		if rule.Today != nil {
			today = strconv.Itoa(rule.Today.Alerts)
		}
		if (rule.Plain == nil || rule.Plain.Readings == 0) && (rule.Today == nil || rule.Today.Alerts == 0) {
			continue
		}
		some = true
		rows = append(rows, []string{t.rule(rule.ID), readings, runs, strconv.Itoa(rule.Try.Alerts), today})
	}
	if !some {
		return
	}
	t.gap()
	t.say("Beside a plain threshold on single readings:", "与单次读数的简单阈值相比：")
	rows.write(t)
}

func (t *writer) then(r *Report) {
	h := r.All.Then
	if h.True+h.False+h.Test+h.Open+h.MissedTrue+h.SparedFalse == 0 {
		return
	}
	t.gap()
	t.say("Of these, %d were found true then, %d false, %d tests, %d without a verdict; %d are new. %d found true then would be missed, %d found false spared.",
		"其中当时判为真%d条、误报%d条、测试%d条、未判%d条；新增%d条。当时为真而将漏报%d条，当时误报而将免去%d条。",
		h.True, h.False, h.Test, h.Open, h.New, h.MissedTrue, h.SparedFalse)
}

func (t *writer) worst(r *Report) {
	if len(r.Worst) == 0 {
		return
	}
	var parts []string
	for _, s := range r.Worst {
		parts = append(parts, fmt.Sprintf("%s %d", s.Resident, s.Alerts))
	}
	t.gap()
	t.say("Most alerts: %s.", "警报最多：%s。", strings.Join(parts, t.in(", ", "、")))
}

func (t *writer) budget(b *budget.Standing) {
	unjudged := b.Critical - b.True - b.False
	t.gap()
	if b.Within && unjudged > 0 {
		t.say("Alert budget: kept, as far as critical alerts have a verdict", "警报预算：未超（仅就已有判定的危急警报而言）")
	} else {
		t.say("Alert budget: %s", "警报预算：%s", t.kept(b.Within))
	}
	falsePerMonth, falseKept := fmt.Sprintf("%.2f", b.FalsePerMonth), t.kept(b.FalsePerMonth <= budget.FalseCriticalPerMonth)
	ppv, ppvKept := "-", t.in("nothing to judge", "无可判定")
	switch {
	case b.PPV != nil:
		ppv, ppvKept = fmt.Sprintf("%.0f %%", 100**b.PPV), t.kept(*b.PPV >= budget.CriticalPPV)
	case unjudged > 0: // nobody has said of any
		ppvKept = t.in("no verdict yet", "尚无判定")
		falsePerMonth, falseKept = "-", ppvKept
	}
	rows := table{
		{t.in("not critical, a resident and week", "非危急，每人每周"), fmt.Sprintf("%.2f", b.PerWeek), fmt.Sprintf("≤ %.0f", budget.NonCriticalPerWeek), t.kept(b.PerWeek <= budget.NonCriticalPerWeek)},
		{t.in("false critical, a resident and month", "危急误报，每人每月"), falsePerMonth, fmt.Sprintf("≤ %.0f", budget.FalseCriticalPerMonth), falseKept},
		{t.in("critical that are true", "危急中属实"), ppv, fmt.Sprintf("≥ %.0f %%", 100*budget.CriticalPPV), ppvKept},
	}
	rows.write(t)
	t.say("%d residents, %.1f resident-weeks; critical: %d (%d true, %d false, %d without a verdict).",
		"%d位长者，共%.1f人周；危急%d条（属实%d，误报%d，未判%d）。",
		b.Residents, b.ResidentWeeks, b.Critical, b.True, b.False, unjudged)
	if b.Tests > 0 {
		t.say("Not counted: %d tests.", "测试%d条不计。", b.Tests)
	}
	if len(b.Rules) > 0 {
		var parts []string
		for _, rule := range b.Rules[:min(len(b.Rules), mostWorst)] {
			parts = append(parts, fmt.Sprintf("%s %d", t.rule(rule.Rule), rule.NonCritical+rule.Critical))
		}
		t.say("By rule: %s.", "按规则：%s。", strings.Join(parts, t.in(", ", "、")))
	}
	if len(b.Over) > 0 {
		var parts []string
		for _, one := range b.Over[:min(len(b.Over), mostWorst)] {
			parts = append(parts, fmt.Sprintf("%s %.1f", one.Resident, one.PerWeek))
		}
		t.say("Residents over the budget themselves: %d (alerts that are not critical, a week): %s.", "本人超出预算：%d位（非危急，每周）：%s。", len(b.Over), strings.Join(parts, t.in(", ", "、")))
	}
}

func (t *writer) kept(ok bool) string {
	if ok {
		return t.in("kept", "未超")
	}
	return t.in("exceeded", "超出")
}

// lasting is a length of time with two units at the most: "2 d 3 h".
func (t *writer) lasting(s rules.Span) string {
	if s == 0 {
		return "-"
	}
	units := []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, t.in("d", "天")}, {time.Hour, t.in("h", "小时")}, {time.Minute, t.in("min", "分")}, {time.Second, t.in("s", "秒")}}
	var parts []string
	left := time.Duration(s)
	for _, u := range units {
		n := left / u.length
		left -= n * u.length
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
		}
		if n == 0 && len(parts) > 0 || len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " ")
}

// table is written with columns of one width each, the first to the left and the
// others to the right.
type table [][]string

func (rows table) write(w io.Writer) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-cells(cell))
			if i == 0 {
				line += cell + pad
			} else {
				line += "  " + pad + cell
			}
		}
		_, _ = io.WriteString(w, strings.TrimRight(line, " ")+"\n")
	}
}

// cells is how wide a text stands on a terminal: a Chinese character is as wide as
// two letters.
func cells(s string) (n int) {
	for _, c := range s {
		switch width.LookupRune(c).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
