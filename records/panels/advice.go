package panels

import (
	"fmt"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Guidance is what a chair says for the panel.
type Guidance struct {
	// Text is for the staff.
	Text string `json:"text"`
	// Plain is for the resident and the family, in plain words; one of the two
	// languages may be missing.
	Plain Text `json:"plain"`
	// ReviewBy is the day by which it is looked at again, on the resident's clock.
	ReviewBy records.Date `json:"review_by"`
	// Changes are what it proposes. Somebody of those who look after the resident
	// accepts or declines each.
	Changes []Change `json:"changes,omitempty"`
	// Seen are the seals of the opinions that the chair has read: it is refused when there
	// are others by now. nil for whoever does not say.
	Seen []string `json:"-"`
}

// Text is in both languages of the product; "" where it was not written.
type Text struct {
	EN string `json:"en,omitempty" maxLength:"10000"`
	ZH string `json:"zh,omitempty" maxLength:"10000"`
}

// In is the text in a language, or in the other one where it is not there.
func (t Text) In(language string) string {
	zh := len(language) >= 2 && language[:2] == "zh"
	switch {
	case zh && t.ZH != "", t.EN == "":
		return t.ZH
	}
	return t.EN
}

func (g *Guidance) settle(today records.Date) error {
	var f faults
	f.text("text", &g.Text, mostText, true)
	f.text("plain.en", &g.Plain.EN, mostText, false)
	f.text("plain.zh", &g.Plain.ZH, mostText, false)
	if g.Plain == (Text{}) {
		f.add("plain", "is empty: say it to the family in plain words, in English or Chinese")
	}
	switch {
	case g.ReviewBy.IsZero():
		f.add("review_by", "is empty: say by when it is looked at again")
	case g.ReviewBy.Compare(today) < 0:
		f.add("review_by", "is in the past")
	}
	settleChanges(&f, g.Changes)
	return store.Invalid("advice", "", f.list)
}

func settleChanges(f *faults, changes []Change) {
	if len(changes) > mostChanges {
		f.add("changes", "are more than %d", mostChanges)
	}
	seen := map[string]bool{}
	for i := range changes {
		c := &changes[i]
		c.settle(f, fmt.Sprintf("changes[%d]", i))
		if seen[c.same()] {
			f.add(fmt.Sprintf("changes[%d]", i), "is about the same as one before")
		}
		seen[c.same()] = true
	}
}

// Advice is what a panel advises. What its JSON says is sealed.
type Advice struct {
	ID           string `json:"id"`
	Consultation string `json:"consultation"`
	// Resident is whose it is now; what was sealed says whose it was then.
	Resident string `json:"resident"`
	Panel    string `json:"panel"`
	// Evidence is the SHA-256 of what the experts went by, Opinions are the seals of
	// what they said.
	Evidence string    `json:"evidence"`
	Opinions []string  `json:"opinions"`
	SignedBy string    `json:"signed_by"` // the chair
	SignedAt time.Time `json:"signed_at"`
	Guidance Guidance  `json:"guidance"`
	// Befores are how what the changes are about was when the evidence was frozen, one
	// for each.
	Befores []string `json:"befores,omitempty"`
	// Supersedes is the advice whose place it takes; "" for none.
	Supersedes string `json:"supersedes,omitempty"`

	// Seal is the SHA-256 of all that, hexadecimal. It is in the audit, too.
	Seal string `json:"-"`
	// SupersededBy is the later advice; "" while this one holds.
	SupersededBy string `json:"-"`
	// ReviewAt is when it is to be looked at again; zero once it was.
	ReviewAt time.Time `json:"-"`
	// ReviewedAt is when somebody last said that it was looked at and stays, who, and
	// in what words.
	ReviewedAt             time.Time `json:"-"`
	ReviewedBy, ReviewNote string    `json:"-"`
	// Proposals are its changes, and what became of them.
	Proposals []Proposal `json:"-"`

	alarm string
}

// ProposalState is what became of a change that was proposed.
type ProposalState string

// The states.
const (
	Proposed ProposalState = "open"
	Accepted ProposalState = "accepted" // and about to be made
	Applied  ProposalState = "applied"
	Refused  ProposalState = "declined"
)

// Proposal is a change that an advice proposes, and what became of it.
type Proposal struct {
	Advice, Consultation, Resident string

	N      int // from 1
	Change Change
	// Before is how it was when the evidence was frozen, in the form of
	// [Change.After]; Was how it was when it was accepted.
	Before, Was string
	State       ProposalState
	DecidedAt   time.Time
	DecidedBy   string
	Reason      string
	AppliedAt   time.Time
	// Made is what came of it: "care version 3", "reminder 01J…".
	Made string
	// Problem says why it was not made yet, or is asked for again.
	Problem string
	// Effect is what came after it, once the time is over; nil before.
	Effect *Effect
}
