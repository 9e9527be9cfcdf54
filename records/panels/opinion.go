package panels

import (
	"time"

	"github.com/anxin-care/anxin/store"
)

// Answer is an expert's answer in one word.
type Answer string

// The answers.
const (
	WouldChange Answer = "change"
	WouldLeave  Answer = "leave"
	WouldRefer  Answer = "refer"
	Unsure      Answer = "unsure"
)

// Confidence is how sure an expert is.
type Confidence string

// The confidences.
const (
	Low      Confidence = "low"
	Moderate Confidence = "moderate"
	High     Confidence = "high"
)

// View is what an expert says.
type View struct {
	Answer     Answer     `json:"answer" enum:"change,leave,refer,unsure" doc:"In one word: change something, leave it as it is, have somebody else see the resident, or not sure"`
	Text       string     `json:"text" minLength:"1" maxLength:"10000" doc:"The answer in words"`
	Reasons    string     `json:"reasons" minLength:"1" maxLength:"10000"`
	Confidence Confidence `json:"confidence" enum:"low,moderate,high"`
	Changes    []Change   `json:"changes,omitempty" maxItems:"20" nullable:"false" doc:"What they would change"`
}

// settle puts the view in the form in which it is kept, and finds what is wrong
// with it.
func (v *View) settle() error {
	var f faults
	f.text("text", &v.Text, mostText, true)
	f.text("reasons", &v.Reasons, mostText, true)
	switch v.Answer {
	case WouldChange, WouldLeave, WouldRefer, Unsure:
	default:
		f.add("answer", "%q is not change, leave, refer or unsure", v.Answer)
	}
	switch v.Confidence {
	case Low, Moderate, High:
	default:
		f.add("confidence", "%q is not low, moderate or high", v.Confidence)
	}
	settleChanges(&f, v.Changes)
	if v.Answer == WouldLeave && len(v.Changes) > 0 {
		f.add("changes", "are not for who would leave it as it is")
	}
	return store.Invalid("opinion", "", f.list)
}

// Opinion is a view that an expert has signed. Its JSON is what is sealed.
type Opinion struct {
	Consultation string `json:"consultation"`
	Expert       string `json:"expert"` // a user
	Speciality   string `json:"speciality"`
	Version      int    `json:"version"` // from 1
	// Evidence is the SHA-256 of what they went by.
	Evidence string `json:"evidence"`
	// Unseen says that others' opinions could not be seen when it was signed.
	Unseen   bool      `json:"unseen"`
	SignedAt time.Time `json:"signed_at"`
	View     View      `json:"view"`

	// Seal is the SHA-256 of all that, hexadecimal. It is in the audit, too.
	Seal string `json:"-"`
}
