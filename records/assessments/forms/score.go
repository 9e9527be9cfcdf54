package forms

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anxin-care/anxin/internal/spelling"
)

// Result is what answers to a form come to.
type Result struct {
	// Answers are those that were given, with what was computed of them.
	Answers Answers
	// Scored is set for a form with a total.
	Scored bool
	Total  int
	// Set is the id of the band set, Band that of the band in it; "" without a total.
	Set, Band string
}

// longestText is the longest text that can be answered, in characters.
const longestText = 2000

// Score adds up answers and finds their band in a set; "" is the form's first one.
// Values of computed items are not taken from the answers but made anew. What the
// form does not allow is refused with [Complaints].
func (f *Form) Score(given Answers, set string) (Result, error) {
	r := Result{Answers: Answers{}}
	var wrong Complaints
	for i := range f.Items {
		item := &f.Items[i]
		a, there := given[item.ID]
		there = there && !a.empty()
		switch {
		case item.Kind == Computed:
		case !there && !item.Optional:
			wrong = append(wrong, Complaint{Item: item.ID, Kind: Missing, Message: "is missing"})
		case there:
			if c, ok := f.check(item, a, given); !ok {
				wrong = append(wrong, c)
				continue
			}
			r.Answers[item.ID] = a
		}
	}
	for _, id := range slices.Sorted(maps.Keys(given)) {
		if _, ok := f.Item(id); !ok {
			wrong = append(wrong, Complaint{Item: id, Kind: NoItem, Message: "is no item of the form" + spelling.DidYouMean(id, f.ids())})
		}
	}
	if len(wrong) > 0 {
		return Result{}, wrong
	}
	f.compute(r.Answers)
	if f.Scoring == nil {
		return r, nil
	}
	bands, ok := f.Set(set)
	if !ok {
		return Result{}, Complaints{{Kind: NoItem, Message: fmt.Sprintf("there is no band set %q", set)}}
	}
	r.Scored, r.Set = true, bands.ID
	for _, id := range f.Scoring.Sum {
		item, _ := f.Item(id)
		points, _ := f.Points(item, r.Answers[id])
		r.Total += points
	}
	if band, ok := bands.Band(r.Total, r.Answers); ok {
		r.Band = band.ID
	}
	return r, nil
}

func (f *Form) ids() []string {
	ids := make([]string, len(f.Items))
	for i := range f.Items {
		ids[i] = f.Items[i].ID
	}
	return ids
}

// check says what is wrong with one answer; true when nothing is.
func (f *Form) check(item *Item, a Answer, all Answers) (Complaint, bool) {
	wrong := func(kind Trouble, format string, with ...any) (Complaint, bool) {
		return Complaint{Item: item.ID, Kind: kind, Message: fmt.Sprintf(format, with...)}, false
	}
	if want := item.answers(); a.Kind != want {
		return wrong(Malformed, "is to be answered with %s", map[Kind]string{Number: "a number", Several: "an array of numbers", Words: "text"}[want])
	}
	switch item.Kind {
	case Choice:
		if !item.allows(a.Number) {
			return wrong(NotAllowed, "= %s is not allowed: want %s", plain(a.Number), item.allowed())
		}
	case Several:
		for _, value := range a.Chosen {
			if !item.allows(float64(value)) {
				return wrong(NotAllowed, "= %d is not allowed: want some of %s", value, item.allowed())
			}
		}
	case Number:
		switch scale := math.Pow10(item.Decimals); {
		case a.Number < *item.Min || a.Number > *item.Max:
			return wrong(OutOfRange, "= %s is not plausible: want %s to %s", plain(a.Number), plain(*item.Min), plain(*item.Max))
		case math.Abs(a.Number*scale-math.Round(a.Number*scale)) > 1e-6:
			return wrong(TooFine, "= %s is too fine: want at most %d decimals", plain(a.Number), item.Decimals)
		}
		if under, ok := all[item.Over]; ok && under.Kind == Number && a.Number <= under.Number {
			return wrong(NotOver, "= %s is to be over %s, which is %s", plain(a.Number), item.Over, plain(under.Number))
		}
	case Words:
		switch {
		case utf8.RuneCountInString(a.Text) > longestText:
			return wrong(TooLong, "is longer than %d characters", longestText)
		case !utf8.ValidString(a.Text) || strings.ContainsFunc(a.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
			return wrong(Malformed, "holds characters that are not text")
		}
	}
	return Complaint{}, true
}

// answers is the kind of answer that an item takes.
func (i *Item) answers() Kind {
	if i.Kind == Choice {
		return Number
	}
	return i.Kind
}

func (i *Item) allows(value float64) bool {
	return slices.ContainsFunc(i.Choices, func(c Option) bool { return float64(c.Value) == value })
}

// allowed lists the values of the choices: "0, 3 or 5".
func (i *Item) allowed() string {
	var values []string
	for _, c := range i.Choices {
		values = append(values, strconv.Itoa(c.Value))
	}
	if n := len(values); n > 1 {
		return strings.Join(values[:n-1], ", ") + " or " + values[n-1]
	}
	return strings.Join(values, "")
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// compute adds the items that are made of others, where those are there.
func (f *Form) compute(answers Answers) {
	for i := range f.Items {
		item := &f.Items[i]
		if item.Kind != Computed {
			continue
		}
		weight, heavy := answers[item.Of[0]]
		height, tall := answers[item.Of[1]]
		if heavy && tall {
			scale, meters := math.Pow10(item.Decimals), height.Number/100
			answers[item.ID] = Said(math.Round(weight.Number/(meters*meters)*scale) / scale)
		}
	}
}
