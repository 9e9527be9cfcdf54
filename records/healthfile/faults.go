package healthfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

const (
	// mostWords is the longest name or line, mostText the longest text, in characters.
	mostWords = 200
	mostText  = 10_000
	// mostReason is the longest reason of a change.
	mostReason = 2000
)

// faults gathers what is wrong with a body, by field.
type faults struct {
	today records.Date // where it is latest
	list  []store.Field
}

func (f *faults) add(path, message string, with ...any) {
	f.list = append(f.list, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
}

// words checks a name or a line, and takes the blanks around it away.
func (f *faults) words(path string, s *string) { f.trimmed(path, s, mostWords, false) }

// text checks a text that may have several lines.
func (f *faults) text(path string, s *string) { f.trimmed(path, s, mostText, true) }

func (f *faults) trimmed(path string, s *string, most int, lines bool) {
	*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
	odd := func(c rune) bool { return unicode.IsControl(c) && !(lines && (c == '\n' || c == '\t')) }
	switch {
	case !utf8.ValidString(*s) || strings.ContainsFunc(*s, odd):
		f.add(path, "holds characters that are not text")
	case utf8.RuneCountInString(*s) > most:
		f.add(path, "is longer than %d characters", most)
	}
}

// needed is words that must be there.
func (f *faults) needed(path string, s *string, what string) {
	if f.words(path, s); *s == "" {
		f.add(path, "is empty: say %s", what)
	}
}

// past checks a day that is behind us, or not known.
func (f *faults) past(path string, d Day) {
	if f.day(path, d); d.valid() && d.first().Compare(f.today) > 0 {
		f.add(path, "is in the future")
	}
}

// day checks a day of the calendar, or none.
func (f *faults) day(path string, d Day) {
	if d != "" && !d.valid() {
		f.add(path, "%q is not a day, a month or a year such as 1998-05-12, 1998-05 or 1998", d)
	}
}

// order checks that something does not end before it begins.
func (f *faults) order(fromPath, toPath string, from, to Day) {
	if from.valid() && to.valid() && to.last().Compare(from.first()) < 0 {
		f.add(toPath, "is before %s", fromPath)
	}
}

// among checks a choice. One that is not needed may be none.
func among[T ~string](f *faults, path string, chosen T, all []T, needed bool) {
	if chosen == "" && !needed || slices.Contains(all, chosen) {
		return
	}
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = string(one)
	}
	f.add(path, "%q is none of %s", chosen, strings.Join(names, ", "))
}

// some checks several choices, and takes what was said twice as once.
func some[T ~string](f *faults, path string, chosen *[]T, all []T) {
	for _, one := range *chosen {
		among(f, path, one, all, true)
	}
	slices.SortFunc(*chosen, func(a, b T) int { return slices.Index(all, a) - slices.Index(all, b) })
	*chosen = slices.Compact(*chosen)
}

// between checks a number, or none.
func (f *faults) between(path string, n *float64, least, most float64) {
	if n != nil && !(*n >= least && *n <= most) { // NaN is none of them
		f.add(path, "%v: want %v to %v", *n, least, most)
	}
}
