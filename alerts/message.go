package alerts

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// About is what a message names: it stands in the records, not in the alert.
type About struct {
	// Name is the resident's, or those of all who live in the home.
	Name string
	// Zone is the time zone that clock times are told in; UTC when it is nil.
	Zone *time.Location
	// Device is what the device is called, for an alert about one.
	Device string
	// Place is where in the home it happened; empty when that is not known.
	Place rules.Text
}

// Clock is a time as messages tell it, with the day when it is another one than
// that of now.
func (about About) Clock(at, now time.Time) string { return clock(at, now, about.Zone) }

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// Message is what the alert tells, in a language. What is not known stands as a
// dash.
func (a *Alert) Message(language string, about About) string {
	text := a.Rule.Message.In(language)
	told := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		key := found[1 : len(found)-1]
		if v, ok := a.Evidence.Shown[key]; ok {
			return a.shown(key, v)
		}
		told := "–"
		switch key {
		case "name":
			told = about.Name
		case "since", "time":
			told = clock(a.Since, a.ChangedAt, about.Zone)
		case "measured":
			if len(a.Evidence.Readings) > 0 {
				told = clock(a.Evidence.Readings[0].At, a.ChangedAt, about.Zone)
			}
		case "minutes":
			told = strconv.Itoa(int(a.ChangedAt.Sub(a.Since).Minutes()))
		case "param":
			told = a.reds(language)
		case "zone":
			told = place(about.Place).In(language)
		case "device":
			told = about.Device
		case "metric":
			told = a.firstMetric(language)
		case "what":
			told = strings.Join(a.incidents(language), ", ")
		case "count":
			told = strconv.Itoa(len(a.incidents(language)))
		}
		if told == "" {
			return "–"
		}
		return told
	})
	told = strings.NewReplacer(" .", ".", " 。", "。").Replace(told)
	if a.untold() {
		told += rules.Text{EN: " Nobody could be told of it in time.", ZH: "事先未能提醒到任何人。"}.In(language)
	}
	return told
}

// untold reports that it is about something of which nobody could be told when it
// was due.
func (a *Alert) untold() bool {
	return slices.ContainsFunc(a.Evidence.Incidents, func(one Incident) bool { return !one.Over && one.Kind == "untold" })
}

func place(known rules.Text) rules.Text {
	if known == (rules.Text{}) {
		return rules.Text{EN: "the home", ZH: "家中"}
	}
	return known
}

// clock is a time on the resident's clock, with the day when it is another one
// than that of now.
func clock(at, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	at, now = at.In(zone), now.In(zone)
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.Format("2006-01-02 15:04")
	}
	return at.Format("15:04")
}

// incidents are what those that are not over happened to, each once for each time.
func (a *Alert) incidents(language string) (what []string) {
	for _, one := range a.Evidence.Incidents {
		if !one.Over {
			what = append(what, titles.In(one.What, language))
		}
	}
	return what
}

// shown is a value at the resolution of its metric, when it is that of one.
func (a *Alert) shown(key string, v float64) string {
	if m, ok := a.shownMetric(key); ok {
		if _, isWord := m.Word(v); isWord {
			return "" // the metric's name says it
		}
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

func (a *Alert) firstMetric(language string) string {
	if len(a.Evidence.Readings) == 0 {
		return ""
	}
	return a.Evidence.Readings[0].Metric.Info().Display(language)
}

// reds are the parameters of NEWS2 with 3 points.
func (a *Alert) reds(language string) string {
	if a.Evidence.NEWS2 == nil {
		return ""
	}
	var reds []string
	for _, p := range news2.Parameters() {
		if a.Evidence.NEWS2.Sub[p.String()] == 3 {
			reds = append(reds, p.Metric().Info().Display(language))
		}
	}
	return strings.Join(reds, ", ")
}
