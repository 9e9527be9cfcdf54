package timetable

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/anxin-care/anxin/records"
)

// Pattern is when something is to be done, as [Parse] reads it. On the clock on
// the wall it gives each day its times; every so many hours it goes by elapsed
// time instead, whatever the clock says. The zero Pattern is never.
type Pattern struct {
	text string
	// times are those of each day that counts, in minutes since midnight; nil for
	// cron and for elapsed time.
	times    []int
	weekdays [7]bool      // which days count; none for all
	from     records.Date // of once and of every so many days or months
	days     int          // between two that count; 0 for none
	months   int
	once     bool
	cron     cron.Schedule
	every    time.Duration // elapsed
	anchor   time.Time     // the first of every
}

// String is the pattern as [Parse] reads it, in one way of writing.
func (p Pattern) String() string { return p.text }

// IsZero reports whether it is never.
func (p Pattern) IsZero() bool { return p.text == "" }

// Elapsed is the time between two when that goes by elapsed time; 0 otherwise.
func (p Pattern) Elapsed() time.Duration { return p.every }

// on are the times of a day, in minutes since midnight, in order.
func (p Pattern) on(day records.Date) []int {
	switch {
	case p.cron != nil:
		return p.cronOn(day)
	case p.once && day != p.from,
		p.days > 0 && !p.isNthDay(day),
		p.months > 0 && !p.isNthMonth(day),
		p.weekdays != [7]bool{} && !p.weekdays[wall(day).Weekday()]:
		return nil
	}
	return p.times
}

// cronOn asks cron on a clock that is never put forward or back: what that comes
// to where clocks are is settled for all patterns alike.
func (p Pattern) cronOn(day records.Date) (times []int) {
	midnight := wall(day)
	for t := p.cron.Next(midnight.Add(-time.Second)); !t.IsZero() && t.Before(midnight.Add(24*time.Hour)); t = p.cron.Next(t) {
		times = append(times, int(t.Sub(midnight)/time.Minute))
	}
	return times
}

func (p Pattern) isNthDay(day records.Date) bool {
	since := int(wall(day).Sub(wall(p.from)) / (24 * time.Hour))
	return since >= 0 && since%p.days == 0
}

// isNthMonth counts the last day of a month that is too short.
func (p Pattern) isNthMonth(day records.Date) bool {
	since := (day.Year-p.from.Year)*12 + int(day.Month-p.from.Month)
	last := time.Date(day.Year, day.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return since >= 0 && since%p.months == 0 && day.Day == min(p.from.Day, last)
}

// wall is the midnight that a day begins with, on a clock that is never changed.
func wall(d records.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

func plus(d records.Date, days int) records.Date { return records.DateOf(wall(d).AddDate(0, 0, days)) }

const (
	// mostTimes bounds the times of one day.
	mostTimes = 48
	// closest is how near each other two times of one thing may be: so soon nobody
	// has done the first.
	closest = 10 * time.Minute
	// An elapsed time is neither shorter nor longer.
	shortest, longest = time.Hour, 31 * 24 * time.Hour
)

// forms are what there is to choose from, for who wrote something else.
const forms = `want "daily at 08:00, 20:00", "every mon, thu at 09:00", "every 3 days from 2026-03-01 at 09:00", ` +
	`"every 3 months from 2026-03-01 at 09:00", "every 8h from 2026-03-01T06:00+08:00", "once 2026-03-05 09:00" or "cron 30 7 * * 1-5"`

// Parse reads a pattern:
//
//	daily at 08:00, 20:00
//	every mon, thu at 09:00
//	every 3 days from 2026-03-01 at 09:00
//	every 3 months from 2026-01-31 at 09:00   (the last day of a shorter month)
//	every 8h from 2026-03-01T06:00+08:00      (by elapsed time)
//	once 2026-03-05 09:00
//	cron 30 7 * * 1-5                         (minute, hour, day, month, weekday)
//
// Times are those of the clock on the wall where the resident is.
func Parse(text string) (Pattern, error) {
	p, err := parse(strings.Fields(strings.ToLower(strings.ReplaceAll(text, ",", ", "))), text)
	if err != nil {
		return Pattern{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	return p, nil
}

func parse(words []string, text string) (Pattern, error) {
	if len(words) == 0 || len(text) > 500 {
		return Pattern{}, fmt.Errorf("it is none: %s", forms)
	}
	rest := words[1:]
	switch words[0] {
	case "daily":
		return timesAt(Pattern{}, "daily", rest)
	case "once":
		return parseOnce(rest)
	case "cron":
		return parseCron(strings.Fields(text)[1:])
	case "every":
		return parseEvery(rest)
	}
	return Pattern{}, fmt.Errorf("it does not begin with daily, every, once or cron: %s", forms)
}

func parseOnce(words []string) (p Pattern, err error) {
	if len(words) != 2 {
		return p, fmt.Errorf("want a day and a time: once 2026-03-05 09:00")
	}
	if p.from, err = date(words[0]); err != nil {
		return p, err
	}
	at, err := clock(words[1])
	p.once, p.times, p.text = true, []int{at}, fmt.Sprintf("once %s %s", p.from, told(at))
	return p, err
}

func parseEvery(words []string) (p Pattern, err error) {
	var n int
	if len(words) > 4 && words[2] == "from" && strings.Trim(words[0], "0123456789") == "" {
		if _, err := fmt.Sscan(words[0], &n); err != nil || n < 1 || n > 366 {
			return p, fmt.Errorf("every %s: want 1 to 366", words[0])
		}
		if p.from, err = date(words[3]); err != nil {
			return p, err
		}
		switch words[1] {
		case "day", "days":
			p.days = n
			return timesAt(p, fmt.Sprintf("every %d days from %s", n, p.from), words[4:])
		case "month", "months":
			p.months = n
			return timesAt(p, fmt.Sprintf("every %d months from %s", n, p.from), words[4:])
		}
		return p, fmt.Errorf("every %d %s: want days or months", n, words[1])
	}
	if len(words) == 3 && words[1] == "from" {
		return parseElapsed(words[0], words[2])
	}
	at := slices.Index(words, "at")
	if at < 1 {
		return p, fmt.Errorf("it is none: %s", forms)
	}
	for _, word := range list(words[:at]) {
		i := slices.Index(weekdays, word[:min(3, len(word))])
		if i < 0 || !strings.HasPrefix(strings.ToLower(time.Weekday(i).String()), word) {
			return p, fmt.Errorf("%q is no day of the week: want mon, tue, wed, thu, fri, sat or sun", word)
		}
		p.weekdays[i] = true
	}
	var names []string
	for i := range weekdays { // from Monday on
		if d := (i + 1) % 7; p.weekdays[d] {
			names = append(names, weekdays[d])
		}
	}
	return timesAt(p, "every "+strings.Join(names, ", "), words[at:])
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func parseElapsed(every, from string) (p Pattern, err error) {
	if p.every, err = time.ParseDuration(every); err != nil || p.every < shortest || p.every > longest || p.every%time.Minute != 0 {
		return p, fmt.Errorf("every %s: want whole minutes from %s to %s, such as 8h", every, "1h", "744h")
	}
	const minutes = "2006-01-02T15:04Z07:00"
	if p.anchor, err = time.Parse(minutes, strings.ToUpper(from)); err != nil {
		return p, fmt.Errorf("from %s: want a day, a time and how far that is from UTC: 2026-03-01T06:00+08:00", from)
	}
	if err := inReach(p.anchor.Year()); err != nil {
		return p, err
	}
	p.text = fmt.Sprintf("every %s from %s", hours(p.every), p.anchor.Format(minutes))
	return p, nil
}

func hours(d time.Duration) string {
	h, m := int(d/time.Hour), int(d%time.Hour/time.Minute)
	if m == 0 {
		return fmt.Sprintf("%dh", h)
	}
	return fmt.Sprintf("%dh%dm", h, m)
}

// parseCron takes the five fields that cron has everywhere, and nothing else that
// robfig/cron knows: zones are the resident's, and "@every" forgets where it was
// at each start.
func parseCron(fields []string) (p Pattern, err error) {
	if len(fields) != 5 || strings.Trim(strings.Join(fields, ""), "0123456789*/,-?abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return p, fmt.Errorf("want five fields: minute, hour, day, month, weekday")
	}
	expression := strings.Join(fields, " ")
	if p.cron, err = cron.ParseStandard(expression); err != nil {
		return p, err
	}
	if p.cron.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return p, fmt.Errorf("there is no such day")
	}
	if s, ok := p.cron.(*cron.SpecSchedule); ok && gap(s.Minute) < closest {
		return p, fmt.Errorf("its times are closer than %s: want ten minutes or more between two", "10m")
	}
	p.text = "cron " + expression
	return p, nil
}

// gap is the shortest time between two minutes of the hour, round the clock.
func gap(minutes uint64) time.Duration {
	shortest, first, last := 60, -1, -1
	for m := range 60 {
		if minutes&(1<<m) == 0 {
			continue
		}
		if first < 0 {
			first = m
		} else {
			shortest = min(shortest, m-last)
		}
		last = m
	}
	return time.Duration(min(shortest, first+60-last)) * time.Minute
}

// timesAt completes a pattern by "at 08:00, 20:00".
func timesAt(p Pattern, text string, words []string) (Pattern, error) {
	if len(words) < 2 || words[0] != "at" {
		return p, fmt.Errorf("want at and times: daily at 08:00, 20:00")
	}
	for _, word := range list(words[1:]) {
		at, err := clock(word)
		if err != nil {
			return p, err
		}
		p.times = append(p.times, at)
	}
	slices.Sort(p.times)
	p.times = slices.Compact(p.times)
	if len(p.times) > mostTimes {
		return p, fmt.Errorf("%d times a day are too many: %d at most", len(p.times), mostTimes)
	}
	var names []string
	for i, at := range p.times {
		if i > 0 && time.Duration(at-p.times[i-1])*time.Minute < closest {
			return p, fmt.Errorf("%s and %s are closer than ten minutes", told(p.times[i-1]), told(at))
		}
		names = append(names, told(at))
	}
	p.text = text + " at " + strings.Join(names, ", ")
	return p, nil
}

// list takes the commas off.
func list(words []string) []string {
	out := make([]string, 0, len(words))
	for _, word := range words {
		if word = strings.TrimSuffix(word, ","); word != "" {
			out = append(out, word)
		}
	}
	return out
}

func date(word string) (records.Date, error) {
	d, err := records.ParseDate(word)
	if err != nil {
		return d, err
	}
	return d, cmp.Or(inReach(d.Year), err)
}

// inReach refuses years in which nobody plans anything now.
func inReach(year int) error {
	if year < 1970 || year > 2200 {
		return fmt.Errorf("the year %d is too far away", year)
	}
	return nil
}

// clock reads a time of the day, in minutes.
func clock(word string) (int, error) {
	t, err := time.Parse("15:04", word)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 08:00", word)
	}
	return t.Hour()*60 + t.Minute(), nil
}

func told(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
