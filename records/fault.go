package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// The kinds of fault, for errors.Is.
var (
	ErrNotFound  = store.ErrNotFound
	ErrConflict  = store.ErrConflict
	ErrInvalid   = store.ErrInvalid
	ErrForbidden = store.ErrForbidden
)

// Codes of the faults that are not simply "resident.not_found",
// "resident.invalid", "user.not_found" and so on.
const (
	// CodeResidentExists: the id is taken.
	CodeResidentExists = "resident.exists"
	// CodeMerged: the resident's file went into another's.
	CodeMerged = "resident.merged"
	// CodeIdentityChanged: somebody has changed since it was read who a resident is.
	CodeIdentityChanged = "resident.changed"
	// CodeUserExists: the id is taken.
	CodeUserExists = "user.exists"
	// CodeLoginTaken: another user signs in with it.
	CodeLoginTaken = "user.login_taken"
	// CodeLastAdministrator: nobody else could manage the service.
	CodeLastAdministrator = "user.last_administrator"
	// CodeWrongPassword: the password of before is another.
	CodeWrongPassword = "user.wrong_password"
	// CodeManyTokens: the user has no room for more.
	CodeManyTokens = "token.too_many"
	// CodeCareChanged: somebody has changed it since it was read.
	CodeCareChanged = "care.changed"
	// CodeNoSituation: the resident is in none of that kind.
	CodeNoSituation = "situation.not_found"
	// CodeContactExists: the id is taken.
	CodeContactExists = "contact.exists"
	// CodeContactOfUser: the user is another contact already.
	CodeContactOfUser = "contact.user_taken"
	// CodeNoContact: the user is no contact yet.
	CodeNoContact = "contact.of_user_not_found"
	// CodeChannelExists: the contact has a channel to this address.
	CodeChannelExists = "channel.exists"
	// CodeManyChannels and CodeManyMembers: there is no room for more.
	CodeManyChannels = "channel.too_many"
	CodeManyMembers  = "member.too_many"
	// CodeNotMember: the contact is not in the care team.
	CodeNotMember = "member.not_found"
	// CodeTeamExists: the id is taken.
	CodeTeamExists = "team.exists"
	// CodeDutyHeld: somebody else has the duty token.
	CodeDutyHeld = "duty.held"
	// CodeDutyOver: the offer was answered or taken back, or its time has passed.
	CodeDutyOver = "duty.over"
	// CodeDutyNotYours: the duty token, or its offer, is another's.
	CodeDutyNotYours = "duty.not_yours"
	// CodeNoDuty: nobody has the duty token.
	CodeNoDuty = "duty.not_held"
	// CodeOwnReview: nobody reviews what they did themselves.
	CodeOwnReview = "emergency.own"
	// CodeReviewed: it was reviewed already.
	CodeReviewed = "emergency.reviewed"
	// CodeForbidden: the user's role does not allow it.
	CodeForbidden = "access.forbidden"
)

func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// about names the entity in an error that does not do so itself.
func about(entity, id string, err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		return fault
	}
	return fmt.Errorf("%s %q: %w", entity, id, err)
}

func exists(ctx context.Context, db bun.IDB, table, id string) (bool, error) {
	return db.NewSelect().Table(table).Where("id = ?", id).Exists(ctx)
}
