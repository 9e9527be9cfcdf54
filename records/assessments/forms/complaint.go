package forms

import "strings"

// Complaint is what is wrong with an answer.
type Complaint struct {
	// Item is the item's id; "" where it is about the whole.
	Item string
	Kind Trouble
	// Message says it in English: "is missing".
	Message string
}

// Trouble is a kind of complaint. It is stable: pages translate it.
type Trouble string

// The troubles.
const (
	Missing    Trouble = "missing"      // there is no answer
	NoItem     Trouble = "no_item"      // the form has no such item
	Malformed  Trouble = "malformed"    // no answer of this kind
	NotAllowed Trouble = "not_allowed"  // none of the choices
	OutOfRange Trouble = "out_of_range" // not plausible
	TooFine    Trouble = "too_fine"     // more decimals than can be
	NotOver    Trouble = "not_over"     // not greater than what it must be greater than
	TooLong    Trouble = "too_long"     // text
)

// Complaints are all that is wrong with some answers, in the order of the items.
type Complaints []Complaint

// Error says them all.
func (c Complaints) Error() string {
	said := make([]string, len(c))
	for i, one := range c {
		said[i] = strings.TrimSpace(one.Item + " " + one.Message)
	}
	return strings.Join(said, "; ")
}

// Of are those about one item.
func (c Complaints) Of(item string) (some Complaints) {
	for _, one := range c {
		if one.Item == item {
			some = append(some, one)
		}
	}
	return some
}
