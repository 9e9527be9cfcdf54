package reports

import "fmt"

// Rows are a week's figures as lines of a letter, for who cares for the resident.
func Rows(f *Facts) (rows []Text) {
	for _, fig := range Figures(&f.Measured) {
		m := fig.Metric
		if !fig.Known {
			rows = append(rows, Text{
				fmt.Sprintf("%s: too few days (%d)", m.Info().Display("en"), fig.Days), fmt.Sprintf("%s：天数太少（%d 天）", m.Info().Display("zh"), fig.Days),
			})
			continue
		}
		en := fmt.Sprintf("%s: %s%s (%s to %s), %s", m.Info().Display("en"), m.Format(fig.Value), unitOf(m), m.Format(fig.Min), m.Format(fig.Max), some(fig.Days, "day", "days"))
		zh := fmt.Sprintf("%s：%s%s（%s 至 %s），%d 天", m.Info().Display("zh"), m.Format(fig.Value), unitOf(m), m.Format(fig.Min), m.Format(fig.Max), fig.Days)
		if fig.Compared() {
			sign := ""
			if fig.Change() > 0 {
				sign = "+"
			}
			en += fmt.Sprintf("; usually %s ± %s, change %s%s", m.Format(fig.Usual), m.Format(fig.Spread), sign, m.Format(fig.Change()))
			zh += fmt.Sprintf("；平时 %s ± %s，变化 %s%s", m.Format(fig.Usual), m.Format(fig.Spread), sign, m.Format(fig.Change()))
		}
		rows = append(rows, Text{en, zh})
	}
	return rows
}
