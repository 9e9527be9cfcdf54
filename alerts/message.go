package alerts

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// Message is what the alert tells, in a language, with the resident's name in
// it. What is not known stands as a dash.
func (a *Alert) Message(language, name string) string {
	text := a.Rule.Message.In(language)
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		key := found[1 : len(found)-1]
		if key == "name" {
			return name
		}
		if v, ok := a.Evidence.Shown[key]; ok {
			return a.shown(key, v)
		}
		switch key {
		case "since", "time":
			return a.Since.Format("15:04")
		case "minutes":
			return strconv.Itoa(int(a.ChangedAt.Sub(a.Since).Minutes()))
		case "param":
			return a.reds(language)
		case "zone":
			return rules.Text{EN: "the home", ZH: "家中"}.In(language)
		}
		return "–"
	})
}

// shown is a value at the resolution of its metric, when it is that of one.
func (a *Alert) shown(key string, v float64) string {
	if m, ok := a.shownMetric(key); ok {
		return m.Format(v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (a *Alert) shownMetric(key string) (vitals.Metric, bool) {
	if text, ok := a.Rule.Show[key]; ok {
		for _, m := range vitals.Metrics() {
			if strings.Contains(text, m.String()) {
				return m, true
			}
		}
		return 0, false
	}
	if len(a.Evidence.Readings) == 0 {
		return 0, false
	}
	return a.Evidence.Readings[0].Metric, true
}

// reds are the parameters of NEWS2 with 3 points.
func (a *Alert) reds(language string) string {
	if a.Evidence.NEWS2 == nil {
		return "–"
	}
	var reds []string
	for _, p := range news2.Parameters() {
		if a.Evidence.NEWS2.Sub[p.String()] == 3 {
			reds = append(reds, p.Metric().Info().Display(language))
		}
	}
	return strings.Join(reds, ", ")
}
