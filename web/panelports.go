package web

import (
	"context"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records/panels"
)

// The refusals of panels.
var (
	// RefusedNoConsent: the resident has not agreed that experts are asked.
	RefusedNoConsent = Refusal{"no_consent"}
	// RefusedPanelIdle: the panel takes no questions.
	RefusedPanelIdle = Refusal{"panel_idle"}
	// RefusedEnded: the question is under way no more.
	RefusedEnded = Refusal{"consultation_ended"}
	// RefusedTurn: others speak before.
	RefusedTurn = Refusal{"not_your_turn"}
	// RefusedWaiting: opinions are awaited still.
	RefusedWaiting = Refusal{"opinions_awaited"}
	// RefusedAltered: what is kept is not what was signed.
	RefusedAltered = Refusal{"altered"}
	// RefusedDecided: the change was accepted or declined already.
	RefusedDecided = Refusal{"change_decided"}
	// RefusedMoved: what the change is about has changed since.
	RefusedMoved = Refusal{"change_moved"}
	// RefusedSuperseded: a later advice has taken its place.
	RefusedSuperseded = Refusal{"superseded"}
	// RefusedDocumentGone: the document was taken out of the file since.
	RefusedDocumentGone = Refusal{"document_gone"}
	// RefusedPanelID: another panel has the id.
	RefusedPanelID = Refusal{"panel_id"}
)

// Panels puts questions about residents to experts. Who may not see something is told
// that there is none: [ErrNotFound]. What is said wrong is a [PanelFault], what cannot
// be done a [Refusal].
type Panels interface {
	// Asked are the questions about a resident, the newest first.
	Asked(ctx context.Context, user User, resident string) (Questions, error)
	// Asking is what a question can be put to, for who may put one.
	Asking(ctx context.Context, user User, resident string) (Asking, error)
	// Ask puts one; the resident, the user and no rule are set by it.
	Ask(ctx context.Context, user User, resident string, q panels.Question) (id string, err error)
	// Consultation is a question with all that the user may see of it.
	Consultation(ctx context.Context, user User, id string) (Consultation, error)
	// Document is one that was put to a question, by its number in the evidence.
	Document(ctx context.Context, user User, id string, n int) (PanelDocument, error)
	Withdraw(ctx context.Context, user User, id, reason string) error

	// Speak, DeclineToAnswer and Advise are what experts do.
	Speak(ctx context.Context, user User, id string, v panels.View) error
	DeclineToAnswer(ctx context.Context, user User, id, reason string) error
	Advise(ctx context.Context, user User, id string, a Advising) error

	// AcceptChange says yes to a change that is advised; now is how what it is about is
	// as the user has seen it, nil where that was not shown. DeclineChange says no.
	AcceptChange(ctx context.Context, user User, id string, n int, reason string, now *string) error
	DeclineChange(ctx context.Context, user User, id string, n int, reason string) error
	// Review says that advice was looked at again; next is a day, "" for never again.
	Review(ctx context.Context, user User, id, note, next string) error

	// Sits reports whether the user is in a panel.
	Sits(ctx context.Context, user User) (bool, error)
	// Cases are those in which an expert is asked.
	Cases(ctx context.Context, user User) (CaseBoard, error)

	// All are all panels, and Panel is one with its versions, for administrators.
	All(ctx context.Context, user User) ([]panels.Panel, error)
	Panel(ctx context.Context, user User, id string) (PanelFile, error)
	// Choices are whom and what a panel can have.
	Choices(ctx context.Context, user User) (PanelChoices, error)
	// KeepPanel adds a panel, or changes one from a version; from is 0 for a new one.
	KeepPanel(ctx context.Context, user User, p panels.Panel, from int) (id string, err error)
}

// PanelFault is what is wrong with what was said, by its fields: "question",
// "changes[2].to".
type PanelFault []string

func (f PanelFault) Error() string { return "wrong: " + strings.Join(f, ", ") }

// Questions are what was asked about a resident.
type Questions struct {
	List []Consultation
	// Keeps is set for who may ask, and decide on what is advised.
	Keeps bool
}

// Asking is what a question about a resident can be put to.
type Asking struct {
	Panels []panels.Panel // that take questions
	// Consent says that the resident's holds, MayConsent that the user may enter one.
	Consent, MayConsent bool
	// Reviews are the advice that could be looked at again.
	Reviews []panels.Advice
	// Documents are those of the file that can be put to the question, for who may see
	// them.
	Documents []FileDocument
}

// FileDocument is a document of a resident's file; On is of which day it is.
type FileDocument struct{ ID, Title, Sort, On string }

// Consultation is a question, with what the user may see of it.
type Consultation struct {
	panels.Consultation
	PanelName string
	// Whom is who it is about; the zero one for an expert, who is not to know.
	Whom Resident
	// AskedBy is the name of who asked, and RuleName that of a rule that did.
	AskedBy  string
	RuleName Text
	// Names are those of the users in it.
	Names map[string]string
	// Unreached are the experts who could not be told that it waits for them, by user: for
	// who looks after the resident.
	Unreached map[string]WayOut
	// Evidence is nil for who does not see all of it.
	Evidence *panels.Evidence
	// DocumentsGone are those of its documents that were taken out of the file since.
	DocumentsGone map[int]bool
	Opinions      []panels.Opinion
	// Words are what each change of the opinions would do, as the opinions are.
	Words [][]panels.Text
	// Points put the opinions beside each other, once all can be seen.
	Points []PanelPoint
	// Advice is nil while there is none.
	Advice *PanelAdvice
	// Altered says, in a list, that the advice is not what was signed, and not shown.
	Altered bool
	// Mine is where the user is asked; nil for others.
	Mine *panels.Case
	// Keeps is set for who may decide on what is advised.
	Keeps bool
}

// PanelDocument is a document, and of what type it is, "application/pdf".
type PanelDocument struct {
	Type    string
	Content []byte
}

// WayOut is how somebody who could not be told can be the next time.
type WayOut struct {
	// Contact is the one at which the user may enter a channel; "" where there is none, or
	// that is not theirs to do.
	Contact string
	// Staff says that the user is of those who enter channels.
	Staff bool
}

// PanelPoint is how the experts stand on something.
type PanelPoint struct {
	// Change is nil for their answers.
	Change *panels.Change
	Words  panels.Text
	Agreed bool
}

// PanelAdvice is what was advised, and what became of it.
type PanelAdvice struct {
	panels.Advice
	Changes []AdvisedChange
}

// AdvisedChange is a change that is advised.
type AdvisedChange struct {
	panels.Proposal
	Words panels.Text
	// Stand is how what it is about stands now; of those not decided on.
	panels.Stand
	// ForStaff says that the staff decide on it, of whom the user is none.
	ForStaff bool
	// After is what came after it; nil for what was not made, and for who may not see it.
	After *panels.Effect
}

// Advising is an advice as a chair says it: ReviewBy is a day.
type Advising struct {
	Text, ReviewBy string
	Plain          panels.Text
	Changes        []panels.Change
	// Seen are the seals of the opinions that were on the page.
	Seen []string
}

// CaseBoard is what waits for an expert.
type CaseBoard struct {
	panels.Board
	Cases []panels.Case
	// Panels are those that the user is in, with their figures.
	Panels []PanelFigures
}

// PanelFigures are how a panel does.
type PanelFigures struct {
	Name string
	panels.Figures
}

// PanelFile is a panel with its versions, the newest first.
type PanelFile struct {
	panels.Panel
	Versions []panels.Panel
	Names    map[string]string
	Figures  panels.Figures
}

// PanelChoices are whom and what a panel can have.
type PanelChoices struct {
	Experts []Expert
	Rules   []PanelRule
}

// Expert is a user who can be in a panel.
type Expert struct {
	ID, Name string
	// Only says that this is all that they are.
	Only bool
}

// PanelRule is a rule, by its name.
type PanelRule struct {
	ID   string
	Name Text
}

// Advices knows what panels of experts have published for residents.
type Advices interface {
	// Published is what was published about a resident between two moments, the newest
	// first; nothing for who may not see it.
	Published(ctx context.Context, user User, resident string, from, to time.Time) ([]Advice, error)
}

// Advice is what a panel has published: By is what the panel is called, Text what is
// said to the user, in plain words to the family.
type Advice struct {
	At   time.Time
	By   string
	Text Text
}
