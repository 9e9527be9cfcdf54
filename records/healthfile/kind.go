package healthfile

import (
	"encoding/json"
	"fmt"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Kind is what an entry is about.
type Kind string

// The kinds, in the order in which a file is read.
const (
	AParticulars Kind = "particulars"
	ACondition   Kind = "condition"
	AnAllergy    Kind = "allergy"
	AMedicine    Kind = "medicine"
	AnOperation  Kind = "operation"
	ARelative    Kind = "family_history"
	AVaccination Kind = "vaccination"
	Habitual     Kind = "habits"
	ADisability  Kind = "disability"
	AGoal        Kind = "goal"
	ATask        Kind = "task"
	ANote        Kind = "note"
	ADocument    Kind = "document"
)

// Kinds are all of them, in that order.
func Kinds() []Kind {
	return []Kind{
		AParticulars, ACondition, AnAllergy, AMedicine, AnOperation, ARelative, AVaccination, Habitual, ADisability, AGoal, ATask, ANote, ADocument,
	}
}

// Single reports that a resident has one entry of the kind.
func (k Kind) Single() bool { return k == AParticulars || k == Habitual }

// Scope is the kind of data that entries of the kind are, for the access check.
func (k Kind) Scope() records.Scope {
	if k == ADocument {
		return records.Documents
	}
	return records.File
}

// Body is what an entry says: a pointer to one of the structs of this package.
type Body interface {
	// Kind is the kind of entries that say it.
	Kind() Kind
	// settle puts it in the form in which it is kept, and finds what is wrong with it.
	settle(f *faults)
}

// NewBody is an empty body of a kind, nil when there is no such kind.
func NewBody(k Kind) Body {
	switch k {
	case AParticulars:
		return &Particulars{}
	case ACondition:
		return &Condition{}
	case AnAllergy:
		return &Allergy{}
	case AMedicine:
		return &Medicine{}
	case AnOperation:
		return &Operation{}
	case ARelative:
		return &Relative{}
	case AVaccination:
		return &Vaccination{}
	case Habitual:
		return &Habits{}
	case ADisability:
		return &Disability{}
	case AGoal:
		return &Goal{}
	case ATask:
		return &Task{}
	case ANote:
		return &Note{}
	case ADocument:
		return &Document{}
	}
	return nil
}

// ParseBody reads a body from JSON: of a kind that there is not, it is a fault.
func ParseBody(k Kind, text []byte) (Body, error) {
	b := NewBody(k)
	if b == nil {
		return nil, store.NotFound("kind of entry", string(k))
	}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, fmt.Errorf("read the body of kind %s: %w", k, err)
	}
	return b, nil
}
