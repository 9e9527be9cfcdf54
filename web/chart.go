package web

import (
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// chart is what the script needs to draw a metric over time; it fetches the
// readings itself.
type chart struct {
	Key   string
	Label string
	Unit  string
	// Kind is how it is drawn: "line", "bars" of sums, or a "strip" of states.
	Kind string
	// Metrics are the one or two metrics in it, separated by a space; Names are
	// theirs, separated by a line feed.
	Metrics, Names string
	// Words are those of a strip's numbers, separated by a line feed.
	Words string
	// Decimals are those of a line's numbers.
	Decimals int
	// Past is set for events: a strip shows when they were, not how long.
	Past bool
	// FreshMS is for how long, in milliseconds, a reading is continued; past it
	// there is a gap.
	FreshMS int64
}

func newChart(l *locale, m vitals.Metric, t tile) chart {
	info := m.Info()
	c := chart{Key: t.Key, Label: t.Label, Unit: t.Unit, Kind: chartKind(info), Past: t.Past, FreshMS: t.FreshMS}
	var metrics, names, words []string
	for _, p := range t.Parts {
		metric, _ := vitals.ParseMetric(p.Metric)
		metrics = append(metrics, p.Metric)
		names = append(names, metric.Info().Display(l.Tag))
	}
	for _, word := range info.Words {
		words = append(words, l.T("word."+word))
	}
	c.Metrics, c.Names, c.Words = strings.Join(metrics, " "), strings.Join(names, "\n"), strings.Join(words, "\n")
	_, decimals, _ := strings.Cut(m.Format(0), ".")
	c.Decimals = len(decimals)
	return c
}

func chartKind(info vitals.Info) string {
	switch info.Metric {
	case vitals.StepCount, vitals.ActiveMinutes, vitals.FluidIntake:
		return "bars" // amounts of an interval each; other counters count since a start
	}
	if len(info.Words) > 0 {
		return "strip"
	}
	return "line"
}
