package web

import (
	"context"
	"errors"
	"time"
)

// The refusals of what people do about how they sign in.
var (
	// RefusedPassword: the password of before is another.
	RefusedPassword = Refusal{"password"}
	// RefusedShort: the new password has fewer than 8 characters, or more than can be kept.
	RefusedShort = Refusal{"short"}
	// RefusedGuesses: it was tried too often.
	RefusedGuesses = Refusal{"guesses"}
	// RefusedLogin: nobody can sign in with a login like that, RefusedTaken: somebody else
	// does.
	RefusedLogin = Refusal{"login"}
	RefusedTaken = Refusal{"taken"}
	// RefusedLast: nobody else could manage the service.
	RefusedLast = Refusal{"last"}
	// RefusedMail: the letter could not be sent.
	RefusedMail = Refusal{"mail"}
	// RefusedSignsIn: the contact signs in already.
	RefusedSignsIn = Refusal{"signs_in"}
	// RefusedScopes: a token would be good for nothing.
	RefusedScopes = Refusal{"scopes"}
)

// ErrInPerson says that a program asks for what only people do who signed in.
var ErrInPerson = errors.New("for people who signed in")

// Self is what somebody does about how they themselves sign in: whoever signed the
// request in.
type Self interface {
	// Sessions lists where they are signed in.
	Sessions(ctx context.Context) ([]Session, error)
	EndSession(ctx context.Context, id string) error
	// EndOthers signs them out everywhere but here.
	EndOthers(ctx context.Context) error
	ChangePassword(ctx context.Context, before, password string) error
	SetLanguage(ctx context.Context, language string) error
	Tokens(ctx context.Context) ([]Token, error)
	// MakeToken returns the secret of a new token, which is shown this once.
	MakeToken(ctx context.Context, t Token) (secret string, err error)
	RevokeToken(ctx context.Context, id string) error
}

// Session is a browser in which somebody is signed in.
type Session struct {
	ID string
	// Device is the family of the browser and of what it runs on, "" when not known.
	Device  string
	Address string
	Began   time.Time
	Used    time.Time
	Current bool
}

// Token lets a program act as its user.
type Token struct {
	ID, Label string
	Scopes    []string
	// Service: it may go about homes, devices, rules and people; Changes: it may not
	// only read.
	Service, Changes    bool
	Made, Used, Expires time.Time // Used is zero when it never was
}

// Users are who signs in, for administrators. A method answers ErrNotFound to others.
type Users interface {
	List(ctx context.Context, user User) ([]Account, error)
	Invitations(ctx context.Context, user User) ([]Invitation, error)
	// Invite returns the link to hand over, "" when it was sent by e-mail.
	Invite(ctx context.Context, user User, i Invitation) (link string, err error)
	TakeBack(ctx context.Context, user User, invitation string) error
	SetRole(ctx context.Context, user User, id, role string) error
	SetDisabled(ctx context.Context, user User, id string, disabled bool) error
	SignOutUser(ctx context.Context, user User, id string) error
	// ResetLink returns a link to hand over, by which a user chooses another password.
	ResetLink(ctx context.Context, user User, id string) (link string, err error)
	// Mails says whether links can be sent by e-mail.
	Mails() bool
}

// Account is somebody who signs in.
type Account struct {
	ID, Login, Name, Role string
	Disabled              bool
}

// Invitation lets somebody become a user.
type Invitation struct {
	ID, Name, Role string
	Language       string
	// Email is where the link is sent, "" when it is handed over.
	Email string
	// Contact is who they are already among those who can be told.
	Contact string
	// Resident is in whose care team they come, as Relation. Where an invitation is
	// shown, it is a name.
	Resident string
	Relation Relation
	Expires  time.Time
}

// Doors are what people do before they can sign in.
type Doors interface {
	// Invited is the invitation behind a link; [ErrNoLink] when there is none.
	Invited(ctx context.Context, secret string) (Invitation, error)
	// Accept makes a user of whoever has the link.
	Accept(ctx context.Context, secret string, a Acceptance) error
	// ResetOf tells whether a link resets a password; [ErrNoLink] when it does not.
	ResetOf(ctx context.Context, secret string) error
	UseReset(ctx context.Context, secret, password string) error
	// Forgot writes to whoever has the login, if anybody, and can be written to. It is a
	// [Waits] when somebody asks too often.
	Forgot(ctx context.Context, login string) error
	// MayForget says whether anybody can be written to.
	MayForget() bool
}

// Acceptance is what somebody says who accepts an invitation.
type Acceptance struct{ Login, Name, Language, Password string }
