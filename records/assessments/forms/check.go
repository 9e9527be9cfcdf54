package forms

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/anxin-care/anxin/internal/spelling"
)

var wordID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

const wantID = "want lower case letters, digits and underscores, a letter first"

// checker gathers what is wrong with a form.
type checker struct {
	*Form
	wrong []error
}

// at complains about what is on a line of the file.
func (c *checker) at(line int, format string, with ...any) {
	c.wrong = append(c.wrong, fmt.Errorf("line %d: "+format, append([]any{line}, with...)...))
}

// say complains about the form as a whole.
func (c *checker) say(format string, with ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, with...))
}

// faults are all that is wrong with the form by itself.
func (f *Form) faults() []error {
	c := &checker{Form: f}
	if !wordID.MatchString(f.ID) {
		c.say("id %q: %s", f.ID, wantID)
	}
	if f.Version < 1 {
		c.say("version %d: want 1 or more", f.Version)
	}
	if !f.Title.both() {
		c.say("title: want both en and zh")
	}
	if f.Hint.half() {
		c.say("hint: want both en and zh, or none")
	}
	if f.Source == "" {
		c.say("source: want where its words and numbers are from")
	}
	if f.Verified == nil {
		c.say("verified: want true or false")
	}
	if f.Every < 0 || f.Every > 120 {
		c.say("every_months %d: want 1 to 120, or none", f.Every)
	}
	if f.FromAge < 0 || f.FromAge > 120 {
		c.say("from_age %d: want an age in years", f.FromAge)
	}
	for _, m := range f.Modes {
		if !slices.Contains(Modes(), m) {
			c.say("modes: %q: want self, proxy or observed%s", m, spelling.DidYouMean(string(m), []string{string(Self), string(Proxy), string(Observed)}))
		}
	}
	if len(f.Items) == 0 {
		c.say("items: there are none")
	}
	for i := range f.Items {
		c.checkItem(i)
	}
	if f.Scoring != nil {
		c.checkScoring()
	}
	return c.wrong
}

func (t Text) both() bool { return t.EN != "" && t.ZH != "" }
func (t Text) half() bool { return (t.EN == "") != (t.ZH == "") }

func (c *checker) checkItem(i int) {
	item := &c.Items[i]
	say := func(format string, with ...any) {
		c.at(item.line, "item %s: "+format, append([]any{item.ID}, with...)...)
	}
	if !wordID.MatchString(item.ID) {
		say("its id: " + wantID)
	}
	if slices.ContainsFunc(c.Items[:i], func(other Item) bool { return other.ID == item.ID }) {
		say("there is another with this id")
	}
	if !item.Text.both() {
		say("text: want both en and zh")
	}
	if item.Heading.half() {
		say("heading: want both en and zh, or none")
	}
	switch item.Kind {
	case Choice, Several:
		item.checkChoices(say)
	case Number:
		item.checkNumber(say)
	case Computed:
		c.checkComputed(item, say)
	case Words:
	default:
		say("kind %q: want choice, several, number, text or computed%s", item.Kind,
			spelling.DidYouMean(string(item.Kind), []string{string(Choice), string(Several), string(Number), string(Words), string(Computed)}))
	}
	if item.Kind != Choice && item.Kind != Several && len(item.Choices) > 0 {
		say("choices: of a choice or several alone")
	}
	if item.Kind != Number && (item.Min != nil || item.Max != nil || item.Over != "") {
		say("min, max and over: of a number alone")
	}
	if item.Kind != Number && item.Kind != Computed && (item.Unit != "" || item.Decimals != 0) {
		say("unit and decimals: of a number alone")
	}
	if item.Kind != Computed && len(item.Of) > 0 {
		say("of: of what is computed alone")
	}
	if item.Decimals < 0 || item.Decimals > 4 {
		say("decimals %d: want 0 to 4", item.Decimals)
	}
	if under, ok := c.Item(item.Over); item.Over != "" && (!ok || under.Kind != Number || item.Over == item.ID) {
		say("over %q: want another item that is a number%s", item.Over, spelling.DidYouMean(item.Over, c.ids()))
	}
}

func (i *Item) checkChoices(say func(string, ...any)) {
	if len(i.Choices) < 2 {
		say("choices: want two or more")
	}
	for n, o := range i.Choices {
		if !o.Text.both() {
			say("choice %d: want both en and zh", o.Value)
		}
		if slices.ContainsFunc(i.Choices[:n], func(other Option) bool { return other.Value == o.Value }) {
			say("choice %d: there is another with this value", o.Value)
		}
	}
}

func (i *Item) checkNumber(say func(string, ...any)) {
	if i.Min == nil || i.Max == nil || *i.Min >= *i.Max {
		say("min and max: want what is plausible, the less first")
	}
}

func (c *checker) checkComputed(item *Item, say func(string, ...any)) {
	if len(item.Of) != 2 {
		say("of: want the item of the weight and that of the height")
		return
	}
	for n, want := range []string{"kg", "cm"} {
		of, ok := c.Item(item.Of[n])
		switch {
		case !ok:
			say("of: there is no item %q%s", item.Of[n], spelling.DidYouMean(item.Of[n], c.ids()))
		case of.Kind != Number || of.Unit != want || of.Min == nil || *of.Min <= 0:
			say("of: %s is to be a number over 0 in %s", of.ID, want)
		}
	}
}

func (c *checker) checkScoring() {
	s := c.Scoring
	if s.Better != Low && s.Better != High {
		c.say("scoring: better %q: want low or high", s.Better)
	}
	if len(s.Sum) == 0 {
		c.say("scoring: sum: there is nothing to add up")
	}
	sums := true
	for n, id := range s.Sum {
		if err := c.checkSummand(id, s.Sum[:n]); err != nil {
			sums = false
			c.say("scoring: sum: %w", err)
		}
	}
	for _, id := range s.Reversed {
		if !slices.Contains(s.Sum, id) {
			c.say("scoring: reversed: %s is not in the sum%s", id, spelling.DidYouMean(id, s.Sum))
		}
	}
	if len(s.Sets) == 0 {
		c.say("scoring: band_sets: want at least one")
	}
	for i := range s.Sets {
		c.checkSet(i, sums)
	}
}

func (c *checker) checkSummand(id string, before []string) error {
	item, ok := c.Item(id)
	switch {
	case !ok:
		return fmt.Errorf("there is no item %q%s", id, spelling.DidYouMean(id, c.ids()))
	case slices.Contains(before, id):
		return fmt.Errorf("%s is in it twice", id)
	case item.Optional:
		return fmt.Errorf("%s is optional: without it the total would be another", id)
	case item.Kind == Choice && len(item.Choices) > 0:
	case item.Kind == Number && item.Decimals == 0 && item.Min != nil && item.Max != nil && whole(*item.Min) && whole(*item.Max):
	default:
		return fmt.Errorf("%s is neither a choice nor a whole number with whole limits", id)
	}
	return nil
}

func whole(v float64) bool { return v == float64(int(v)) }

func (c *checker) checkSet(n int, sums bool) {
	set := &c.Scoring.Sets[n]
	say := func(format string, with ...any) {
		c.at(set.line, "band set %s: "+format, append([]any{set.ID}, with...)...)
	}
	if !wordID.MatchString(set.ID) {
		say("its id: " + wantID)
	}
	if slices.ContainsFunc(c.Scoring.Sets[:n], func(other BandSet) bool { return other.ID == set.ID }) {
		say("there is another with this id")
	}
	if !set.Title.both() {
		say("title: want both en and zh")
	}
	if set.Source == "" {
		say("source: want where its limits are from")
	}
	if set.Verified == nil {
		say("verified: want true or false")
	}
	for i, b := range set.Bands {
		if !wordID.MatchString(b.ID) {
			say("band %q: its id: "+wantID, b.ID)
		}
		if !b.Text.both() {
			say("band %s: want both en and zh", b.ID)
		}
		if b.From > b.To {
			say("band %s: from %d to %d", b.ID, b.From, b.To)
		}
		if (len(b.When) > 0) != (set.By != "") {
			say("band %s: when and by belong together", b.ID)
		}
		for _, other := range set.Bands[:i] {
			if other.ID == b.ID && other.Text != b.Text {
				say("band %s: there is another text for it", b.ID)
			}
		}
	}
	if sums {
		c.checkCover(set, say)
	}
}

// checkCover sees to it that each total that there can be is in one band, and that
// the bands are in order.
func (c *checker) checkCover(set *BandSet, say func(string, ...any)) {
	cases := []Option{{}}
	if set.By != "" {
		item, ok := c.Item(set.By)
		if !ok || item.Kind != Choice || item.Optional {
			say("by %q: want an item that is a choice and not optional%s", set.By, spelling.DidYouMean(set.By, c.ids()))
			return
		}
		cases = item.Choices
	}
	least, most := c.Range()
	for _, one := range cases {
		var holds []Band
		for _, b := range set.Bands {
			if set.By == "" || slices.Contains(b.When, one.Value) {
				holds = append(holds, b)
			}
		}
		under := ""
		if set.By != "" {
			under = fmt.Sprintf(" where %s is %d", set.By, one.Value)
		}
		if c.Scoring.Better == High {
			slices.Reverse(holds)
		}
		next := least
		for _, b := range holds {
			if b.From != next {
				say("band %s begins at %d%s: want %d, as the totals go from %d to %d and the best band is the first", b.ID, b.From, under, next, least, most)
				return
			}
			next = b.To + 1
		}
		if next != most+1 {
			say("the bands go to %d%s: want %d", next-1, under, most)
		}
	}
}

// idsOf are the ids of forms, sorted.
func idsOf(list []*Form) []string {
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// named is "form self_care version 1".
func (f *Form) named() string { return fmt.Sprintf("form %s version %d", f.ID, f.Version) }
