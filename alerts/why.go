package alerts

import (
	"fmt"
	"strings"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Why says in plain words what the rule saw and since when, in both languages.
func (a *Alert) Why(about About) rules.Text {
	return rules.Text{EN: a.why("en", about), ZH: a.why("zh", about)}
}

func (a *Alert) why(language string, about About) string {
	w := words["en"]
	if strings.HasPrefix(language, "zh") {
		w = words["zh"]
	}
	var said []string
	for _, b := range a.Evidence.Bounds {
		if b.Passed {
			said = append(said, w.bound(b, language))
		}
	}
	if s := a.Evidence.NEWS2; s != nil {
		said = append(said, w.score(s, language))
	}
	for _, one := range a.Evidence.Incidents {
		said = append(said, w.incident(one, language, clock(one.At, a.BeganAt, about.Zone)))
	}
	if len(said) == 0 {
		for _, r := range a.Evidence.Readings {
			what := r.Metric.Info().Display(language)
			if _, isWord := r.Metric.Word(r.Value); !isWord {
				what += " " + r.Metric.Format(r.Value)
			}
			said = append(said, fmt.Sprintf(w.reading, what, clock(r.At, a.BeganAt, about.Zone)))
		}
	}
	if notes := a.Evidence.Incidents; len(notes) > 0 && w.notes[notes[0].Kind] != "" {
		return strings.Join(said, w.between) + w.end // it says when
	}
	since, began := clock(a.Since, a.BeganAt, about.Zone), clock(a.BeganAt, a.BeganAt, about.Zone)
	if since == began {
		said = append(said, fmt.Sprintf(w.at, began))
	} else {
		said = append(said, fmt.Sprintf(w.since, since, began))
	}
	return strings.Join(said, w.between) + w.end
}

// phrases are how a sentence is made in one language.
type phrases struct {
	limits                       map[string]string // by operator
	fns                          map[string]string
	compared, past, reading      string
	since, at                    string
	total, scored, between, list string
	end                          string
	signs                        map[string]string // of units that are words
	incidents                    map[string]string // by kind
	incidentAt, tried            string
	// notes are sentences of their own, by kind of an incident: of when, and of which
	// severity it was.
	notes      map[string]string
	severities map[string]string
}

var words = map[string]phrases{
	"en": {
		limits: map[string]string{">=": "%s or more", ">": "over %s", "<=": "%s or less", "<": "under %s", "==": "exactly %s", "!=": "not %s"},
		fns:    map[string]string{"avg": "average", "min": "lowest", "max": "highest"},
		past:   "%s, %s of %s", compared: "%s %s %s (limit: %s)", reading: "%s, %s",
		incidents:  map[string]string{"missed": "not done", "late": "not done yet", "untold": "not done; nobody could be told of it in time", "empty": "nearly used up", "refused": "answered no", "unanswered": "not answered", "unreviewed": "not looked at again"},
		incidentAt: "%s (%s): %s", tried: ", told %d times",
		notes:      map[string]string{"gap": "Since %s nobody can be told for sure of what is %s", "drill": "A drill that somebody began at %[1]s"},
		severities: map[string]string{"info": "for information", "warning": "a warning", "critical": "critical"},
		since:      "from %s, believed at %s", at: "at %s", total: "NEWS2 %d (%s)", scored: "%s %d", between: "; ", list: ", ", end: ".",
	},
	"zh": {
		limits: map[string]string{">=": "不低于%s", ">": "高于%s", "<=": "不高于%s", "<": "低于%s", "==": "等于%s", "!=": "不等于%s"},
		fns:    map[string]string{"avg": "平均", "min": "最低", "max": "最高"},
		past:   "%s（%[3]s内%[2]s）", compared: "%s %s %s（界限：%s）", reading: "%s（%s）",
		signs:      map[string]string{"/min": "次/分", "{steps}": "步"},
		incidents:  map[string]string{"missed": "未完成", "late": "尚未完成", "untold": "未完成，且未能按时提醒", "empty": "即将用完", "refused": "回答“不”", "unanswered": "未答复", "unreviewed": "未复查"},
		incidentAt: "%s（%s）：%s", tried: "，已提醒%d次",
		notes:      map[string]string{"gap": "自%s起，%s级别的警报不一定能通知到人", "drill": "%[1]s有人开始了演习"},
		severities: map[string]string{"info": "提示", "warning": "警告", "critical": "危急"},
		since:      "自%s起，%s确认", at: "时间%s", total: "NEWS2评分%d（%s）", scored: "%s %d分", between: "；", list: "、", end: "。",
	},
}

func (w phrases) bound(b Bound, language string) string {
	i := b.Metric.Info()
	what := i.Display(language)
	if b.Fn != "" {
		what = fmt.Sprintf(w.past, what, w.fns[b.Fn], b.Span)
	}
	unit := i.Unit
	if sign, ok := w.signs[unit]; ok {
		unit = sign
	} else if sign, ok := signs[unit]; ok {
		unit = sign
	}
	said := fmt.Sprintf(w.compared, what, b.Metric.Format(b.Actual), unit, fmt.Sprintf(w.limits[b.Op], b.Metric.Format(b.Value)))
	return strings.Replace(said, "  ", " ", 1)
}

// incident says what went wrong, and what was done about it.
func (w phrases) incident(one Incident, language, at string) string {
	if said, ok := w.notes[one.Kind]; ok {
		return fmt.Sprintf(said, at, w.severities[one.What])
	}
	kind, ok := w.incidents[one.Kind]
	if !ok {
		kind = one.Kind
	}
	said := fmt.Sprintf(w.incidentAt, titles.In(one.What, language), at, kind)
	if one.Tries > 0 {
		said += fmt.Sprintf(w.tried, one.Tries)
	}
	return said
}

// signs write UCUM units as people do, in both languages.
var signs = map[string]string{"mm[Hg]": "mmHg", "Cel": "°C", "[ppm]": "ppm", "{score}": "", "{steps}": ""}

// score names the parts of a NEWS2 that gave points.
func (w phrases) score(s *Score, language string) string {
	var parts []string
	for _, p := range news2.Parameters() {
		if points := s.Sub[p.String()]; points > 0 {
			parts = append(parts, fmt.Sprintf(w.scored, p.Metric().Info().Display(language), points))
		}
	}
	return fmt.Sprintf(w.total, s.Total, strings.Join(parts, w.list))
}
