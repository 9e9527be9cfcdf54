package reports

import (
	"fmt"
	"strings"
	"time"
)

var weekdays = [...]Text{{"Sunday", "周日"}, {"Monday", "周一"}, {"Tuesday", "周二"}, {"Wednesday", "周三"}, {"Thursday", "周四"}, {"Friday", "周五"}, {"Saturday", "周六"}}

// clock is a day of the week with the time.
func clock(t time.Time) Text {
	day, at := weekdays[t.Weekday()], t.Format("15:04")
	return Text{day.EN + " at " + at, day.ZH + at}
}

// Title says whose week it is, and which.
func (f *Facts) Title() Text {
	days := f.Days()
	from, to := days.Start(0), days.Start(6)
	en := from.Format("2 January 2006")
	switch {
	case from.Year() == to.Year() && from.Month() == to.Month():
		en = from.Format("2")
	case from.Year() == to.Year():
		en = from.Format("2 January")
	}
	zh := to.Format("1月2日")
	switch {
	case from.Year() != to.Year():
		zh = to.Format("2006年1月2日")
	case from.Month() == to.Month():
		zh = to.Format("2日")
	}
	return Text{
		fmt.Sprintf("The week of %s, %s to %s", f.Name, en, to.Format("2 January 2006")),
		fmt.Sprintf("%s的一周：%s至%s", f.Name, from.Format("2006年1月2日"), zh),
	}
}

// these are some days of the week: "Tuesday, Friday and Saturday".
func (f *Facts) these(days []int) Text {
	var en, zh []string
	for _, i := range days {
		name := weekdays[f.Days().Start(i).Weekday()]
		en, zh = append(en, name.EN), append(zh, name.ZH)
	}
	return Text{and(en), strings.Join(zh, "、")}
}

// and joins English words.
func and(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// times is how often, in words.
func times(n int) Text {
	switch n {
	case 1:
		return Text{"once", "1次"}
	case 2:
		return Text{"twice", "2次"}
	}
	return Text{fmt.Sprintf("%d times", n), fmt.Sprintf("%d次", n)}
}

// some is a number of things in English.
func some(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
