package forms

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Form is one version of what is asked of a resident, and of what answers to it
// come to.
type Form struct {
	ID string `yaml:"id"`
	// Version counts from 1. Answers stay with the version that they were given to.
	Version int  `yaml:"version"`
	Title   Text `yaml:"title"`
	// Hint tells the assessor how to go about it; it may be empty.
	Hint Text `yaml:"hint"`
	// Standard is the norm or the publication that it follows, Source where its
	// words and numbers were taken from; both in English.
	Standard string `yaml:"standard"`
	Source   string `yaml:"source"`
	// Verified says that its items and their values were compared with the source.
	// Items and band sets say so for themselves where it is otherwise with them.
	Verified *bool `yaml:"verified"`
	// Every is after how many months it is due again, 0 where the norm does not say.
	Every int `yaml:"every_months"`
	// FromAge is the age from which on it is meant for everybody, in years; 0 where it
	// is for whoever needs it. It may be used for others, too.
	FromAge int `yaml:"from_age"`
	// Modes are the ways in which it may be filled in; all where it names none.
	Modes []Mode `yaml:"modes"`
	Items []Item `yaml:"items"`
	// Scoring is nil for a form without a total.
	Scoring *Scoring `yaml:"scoring"`
}

// Text is in both languages.
type Text struct {
	EN string `yaml:"en" json:"en"`
	ZH string `yaml:"zh" json:"zh"`
}

// Mode is how answers come about.
type Mode string

// The modes.
const (
	Self     Mode = "self"     // the resident answers
	Proxy    Mode = "proxy"    // somebody who knows the resident answers
	Observed Mode = "observed" // the assessor has seen it
)

// Modes are all of them.
func Modes() []Mode { return []Mode{Self, Proxy, Observed} }

// Item is one thing that is asked or measured.
type Item struct {
	ID string `yaml:"id"`
	// Heading begins a part of the form; empty on most items.
	Heading Text `yaml:"heading"`
	Text    Text `yaml:"text"`
	// Kind is [Choice] where it is not said.
	Kind Kind `yaml:"kind"`
	// Choices are what can be answered to a [Choice] or [Several].
	Choices []Option `yaml:"choices"`
	// Optional says that it can be left out.
	Optional bool `yaml:"optional"`
	// Unit is the UCUM unit of a [Number] or [Computed], Min and Max what is plausible
	// of it, both included, and Decimals how many there are behind the point.
	Unit     string   `yaml:"unit"`
	Min      *float64 `yaml:"min"`
	Max      *float64 `yaml:"max"`
	Decimals int      `yaml:"decimals"`
	// Over is an item that this number must be greater than, as a systolic pressure
	// is than the diastolic.
	Over string `yaml:"over"`
	// Of are the items that a [Computed] one is made of: the weight in kg and the
	// height in cm of a body mass index.
	Of []string `yaml:"of"`
	// LOINC is its code, "" where none is known.
	LOINC string `yaml:"loinc"`
	// Verified is nil where it is as with the form.
	Verified *bool `yaml:"verified"`

	line int
}

// UnmarshalYAML remembers where the item stands.
func (i *Item) UnmarshalYAML(n *yaml.Node) error {
	type plain Item
	if err := n.Decode((*plain)(i)); err != nil {
		return err
	}
	i.line = n.Line
	if i.Kind == "" {
		i.Kind = Choice
	}
	return nil
}

// Kind is what an answer to an item is.
type Kind string

// The kinds.
const (
	Choice   Kind = "choice"   // one of its choices
	Several  Kind = "several"  // any of its choices
	Number   Kind = "number"   // a number in its unit
	Words    Kind = "text"     // what was written
	Computed Kind = "computed" // made of other items: the body mass index
)

// Option is something that can be chosen.
type Option struct {
	Value int  `yaml:"value"`
	Text  Text `yaml:"text"`
}

// Scoring is how answers become a total and a band.
type Scoring struct {
	// Sum are the items that are added up, Reversed those of them whose points run
	// against their values: the most is the least.
	Sum      []string `yaml:"sum"`
	Reversed []string `yaml:"reversed"`
	// Better is which end of the total is the good one.
	Better End `yaml:"better"`
	// LOINC is the total's code, BandLOINC that of its band; "" where none is known.
	LOINC     string `yaml:"loinc"`
	BandLOINC string `yaml:"band_loinc"`
	// Sets are the ways in which totals are put into bands; the first holds unless
	// another is chosen.
	Sets []BandSet `yaml:"band_sets"`
}

// End is an end of a scale.
type End string

// The ends.
const (
	Low  End = "low"
	High End = "high"
)

// BandSet puts totals into bands.
type BandSet struct {
	ID     string `yaml:"id"`
	Title  Text   `yaml:"title"`
	Source string `yaml:"source"`
	// Verified says that the limits were compared with the source.
	Verified *bool `yaml:"verified"`
	// By is an item on whose answer the limits depend, such as the education; "" where
	// they do not.
	By string `yaml:"by"`
	// Bands are in order, the best first.
	Bands []Band `yaml:"bands"`

	line int
}

// UnmarshalYAML remembers where the set stands.
func (s *BandSet) UnmarshalYAML(n *yaml.Node) error {
	type plain BandSet
	if err := n.Decode((*plain)(s)); err != nil {
		return err
	}
	s.line = n.Line
	return nil
}

// Band is what totals from From to To mean.
type Band struct {
	ID   string `yaml:"id"`
	Text Text   `yaml:"text"`
	From int    `yaml:"from"`
	To   int    `yaml:"to"`
	// When are the answers to the set's By for which it holds.
	When []int `yaml:"when"`
	// Then is a form that is to follow, "" for none.
	Then string `yaml:"then"`
}

// Item finds an item by its id.
func (f *Form) Item(id string) (*Item, bool) {
	i := slices.IndexFunc(f.Items, func(item Item) bool { return item.ID == id })
	if i < 0 {
		return nil, false
	}
	return &f.Items[i], true
}

// Set finds a band set by its id; "" is the first one.
func (f *Form) Set(id string) (*BandSet, bool) {
	if f.Scoring == nil {
		return nil, false
	}
	for i := range f.Scoring.Sets {
		if set := &f.Scoring.Sets[i]; id == "" || set.ID == id {
			return set, true
		}
	}
	return nil, false
}

// IsVerified reports whether the form's items were compared with the source.
func (f *Form) IsVerified() bool { return f.Verified != nil && *f.Verified }

// IsVerified reports whether the set's limits were compared with the source.
func (s *BandSet) IsVerified() bool { return s.Verified != nil && *s.Verified }

// Knows reports whether an item was compared with the source.
func (f *Form) Knows(i *Item) bool {
	if i.Verified != nil {
		return *i.Verified
	}
	return f.IsVerified()
}

// Allows reports whether the form may be filled in that way.
func (f *Form) Allows(m Mode) bool {
	if len(f.Modes) == 0 {
		return slices.Contains(Modes(), m)
	}
	return slices.Contains(f.Modes, m)
}

// Range is the least and the greatest total that there can be.
func (f *Form) Range() (least, most int) {
	if f.Scoring == nil {
		return 0, 0
	}
	for _, id := range f.Scoring.Sum {
		item, _ := f.Item(id)
		low, high := item.bounds()
		least, most = least+low, most+high
	}
	return least, most
}

// bounds are the least and the greatest number that can be answered to an item of
// the sum.
func (i *Item) bounds() (low, high int) {
	if i.Kind == Number {
		return int(*i.Min), int(*i.Max)
	}
	low, high = i.Choices[0].Value, i.Choices[0].Value
	for _, c := range i.Choices {
		low, high = min(low, c.Value), max(high, c.Value)
	}
	return low, high
}

// Option finds a choice by its value.
func (i *Item) Option(value int) (Option, bool) {
	n := slices.IndexFunc(i.Choices, func(c Option) bool { return c.Value == value })
	if n < 0 {
		return Option{}, false
	}
	return i.Choices[n], true
}

// Points are what an answer to an item adds to the total; false for an item that
// adds nothing.
func (f *Form) Points(i *Item, a Answer) (int, bool) {
	if f.Scoring == nil || !slices.Contains(f.Scoring.Sum, i.ID) {
		return 0, false
	}
	value := int(a.Number)
	if slices.Contains(f.Scoring.Reversed, i.ID) {
		low, high := i.bounds()
		value = low + high - value
	}
	return value, true
}

// Band finds the band of a total under what was answered.
func (s *BandSet) Band(total int, answers Answers) (*Band, bool) {
	for i := range s.Bands {
		b := &s.Bands[i]
		if total >= b.From && total <= b.To && (s.By == "" || slices.Contains(b.When, int(answers[s.By].Number))) {
			return b, true
		}
	}
	return nil, false
}
