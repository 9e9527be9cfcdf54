package timetable

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Days are the days of the calendar on which something is planned.
type Days string

// The days. Medicine and measurements do not know holidays; appointments do.
const (
	EveryDay    Days = ""
	NotHolidays Days = "not_holidays" // all but public holidays
	WorkingDays Days = "working_days" // Monday to Friday but for holidays, and the weekends that are worked instead
)

func (d Days) include(day records.Date, c Calendar) bool {
	kind, known := c[day]
	switch d {
	case NotHolidays:
		return !known || kind.Works
	case WorkingDays:
		if known {
			return kind.Works
		}
		weekday := wall(day).Weekday()
		return weekday != time.Saturday && weekday != time.Sunday
	}
	return true
}

// Special is a day that is not as its day of the week would have it.
type Special struct {
	// Works is set for a weekend that is worked instead of a holiday (调休), and not
	// for a holiday.
	Works bool
	Name  string // "春节"
}

// Calendar are the days that are special. It is data: China's State Council says
// each autumn which holidays of the next year are worked for on which weekends.
type Calendar map[records.Date]Special

//go:embed china-2026.csv
var china2026 string

// China is the calendar of China's public holidays as far as Anxin comes with it:
// that of 2026, by the State Council's notice of 4 November 2025. Later years are
// imported.
func China() Calendar {
	c, err := ReadCalendar(strings.NewReader(china2026))
	if err != nil {
		panic(err) // a test reads the same
	}
	return c
}

// ReadCalendar reads lines of a day, "holiday" or "work", and a name:
//
//	2026-02-14,work,春节
//	2026-02-15,holiday,春节
//
// Lines that begin with # are passed over.
func ReadCalendar(r io.Reader) (Calendar, error) {
	lines := csv.NewReader(r)
	lines.Comment, lines.FieldsPerRecord, lines.TrimLeadingSpace = '#', 3, true
	c := Calendar{}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the calendar: %w", err)
		}
		line, _ := lines.FieldPos(0)
		day, err := records.ParseDate(fields[0])
		if err != nil || day.IsZero() {
			return nil, fmt.Errorf("read the calendar: line %d: %q is not a day such as 2026-02-15", line, fields[0])
		}
		if _, twice := c[day]; twice {
			return nil, fmt.Errorf("read the calendar: line %d: %s is there twice", line, day)
		}
		switch fields[1] {
		case "holiday", "work":
		default:
			return nil, fmt.Errorf("read the calendar: line %d: %q is neither holiday nor work", line, fields[1])
		}
		c[day] = Special{Works: fields[1] == "work", Name: fields[2]}
	}
}

// Dates are the calendar's days in order.
func (c Calendar) Dates() []records.Date {
	return slices.SortedFunc(maps.Keys(c), records.Date.Compare)
}
