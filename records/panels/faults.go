package panels

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anxin-care/anxin/store"
)

// Codes of the faults that are not simply "panel.not_found", "panel.invalid",
// "consultation.not_found" and so on.
const (
	// CodePanelExists: the id is taken.
	CodePanelExists = "panel.exists"
	// CodePanelChanged: somebody has changed it since it was read.
	CodePanelChanged = "panel.changed"
	// CodePanelIdle: it takes no questions now.
	CodePanelIdle = "panel.not_active"
	// CodeNoConsent: the resident has not agreed to ask panels.
	CodeNoConsent = "consultation.no_consent"
	// CodePut: a rule has put it already.
	CodePut = "consultation.put"
	// CodeEnded: it is under way no more.
	CodeEnded = "consultation.ended"
	// CodeNotYours: the user is not asked in it.
	CodeNotYours = "consultation.not_yours"
	// CodeNotYourTurn: others before have not spoken yet.
	CodeNotYourTurn = "consultation.not_your_turn"
	// CodeWaiting: opinions are awaited still.
	CodeWaiting = "consultation.waiting"
	// CodeUnread: an opinion has come in that the chair has not seen.
	CodeUnread = "consultation.unread"
	// CodeAltered: what is kept is not what was signed.
	CodeAltered = "consultation.altered"
	// CodeDocumentGone: the document was taken out of the resident's file.
	CodeDocumentGone = "consultation.document_gone"
	// CodeDeclined: the expert has declined to answer.
	CodeDeclined = "opinion.declined"
	// CodeDecided: somebody has accepted or declined it already.
	CodeDecided = "proposal.decided"
	// CodeMoved: what it would change has changed since.
	CodeMoved = "proposal.changed"
	// CodeOver: a later advice has taken its place.
	CodeOver = "advice.superseded"
)

const (
	// mostText and mostWords are in characters: of what is written at length, and of
	// what is said in a line.
	mostText, mostWords = 10_000, 200
	// mostReason is in characters, as of other changes.
	mostReason = 2000
	// mostMembers and mostChanges bound a panel, and what an opinion or advice proposes.
	mostMembers, mostChanges = 20, 20
)

// faults collects what is wrong with what somebody says.
type faults struct{ list []store.Field }

func (f *faults) add(path, message string, with ...any) {
	f.list = append(f.list, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
}

// text puts words in the form in which they are kept, and checks them.
func (f *faults) text(path string, s *string, most int, needed bool) {
	*s = strings.TrimSpace(*s)
	switch {
	case *s == "" && needed:
		f.add(path, "is empty")
	case utf8.RuneCountInString(*s) > most:
		f.add(path, "is longer than %d characters", most)
	case !utf8.ValidString(*s), strings.ContainsFunc(*s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		f.add(path, "holds characters that cannot be shown")
	}
}

func conflict(code, entity, id, detail string, with ...any) error {
	return &store.Fault{Kind: store.ErrConflict, Code: code, Entity: entity, ID: id, Detail: fmt.Sprintf(detail, with...)}
}

func forbidden(id, detail string) error {
	return &store.Fault{Kind: store.ErrForbidden, Code: CodeNotYours, Entity: "consultation", ID: id, Detail: detail}
}

// WasAltered reports whether an error says that what is kept is not what was signed.
func WasAltered(err error) bool {
	fault, ok := errors.AsType[*store.Fault](err)
	return ok && fault.Code == CodeAltered
}

func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// about names what an error is about that does not do so itself.
func about(entity, id string, err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		return fault
	}
	return fmt.Errorf("%s %q: %w", entity, id, err)
}
