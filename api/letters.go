package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// The pages behind the links, before the secret.
const (
	welcomePath = "/welcome/"
	resetPath   = "/reset/"
)

// Letters sends links by e-mail.
type Letters interface {
	// Check says what is wrong with an address.
	Check(address string) error
	// Invite and Reset return when a letter was taken over by the mail server.
	Invite(ctx context.Context, address, language, link string) error
	Reset(ctx context.Context, address, language, link string) error
}

const (
	// lettersAtOnce bounds how many are being written to who asks for a new password;
	// what is more is dropped.
	lettersAtOnce = 4
	// letterWithin is how long one may take.
	letterWithin = 20 * time.Second
)

// CodeNoMail: there is no way to send e-mails with links.
const CodeNoMail = "invitation.no_mail"

// Invite makes an invitation, and returns its link, or sends it by e-mail and shows it
// to nobody else. What cannot be sent is no invitation.
func (a *API) Invite(ctx context.Context, i records.Invitation) (link string, made records.Invitation, err error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return "", made, err
	}
	i.MadeBy = by.ID
	if i.Email != "" {
		if a.letters == nil {
			return "", made, &store.Fault{Kind: store.ErrConflict, Code: CodeNoMail, Entity: "invitation", Detail: "e-mails with links need ANXIN_SMTP_URL and ANXIN_PUBLIC_URL"}
		}
		if err := a.letters.Check(i.Email); err != nil {
			return "", made, store.Invalid("invitation", "", []store.Field{{Path: "email", Message: "is no address: " + err.Error()}})
		}
	}
	secret, made, err := a.users.Invite(ctx, i)
	if err != nil {
		return "", made, err
	}
	link = a.publicURL + welcomePath + secret
	if made.Email == "" {
		return link, made, nil
	}
	if err := a.letters.Invite(ctx, made.Email, made.Language, link); err != nil {
		return "", made, errors.Join(fmt.Errorf("send invitation %q: %w", made.ID, err), a.users.TakeBack(context.WithoutCancel(ctx), made.ID, by.ID))
	}
	return "", made, nil
}

// Reset makes a link by which a user chooses another password, for an administrator who
// hands it over.
func (a *API) Reset(ctx context.Context, user string) (link string, expires time.Time, err error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	secret, expires, err := a.users.Reset(ctx, user, by.ID)
	return a.publicURL + resetPath + secret, expires, err
}

// MayForget reports whether somebody can be sent a link by which to choose another
// password.
func (a *API) MayForget() bool { return a.letters != nil }

// Forgot sends whoever signs in with a login, and reads an e-mail address that was
// confirmed, a link by which to choose another password. The answer is the same whether
// there is somebody or not, and as fast; it is a [TooManyTries] when one address asks
// too often.
func (a *API) Forgot(ctx context.Context, login string) error {
	if a.letters == nil {
		return nil
	}
	if wait := a.tries.count(a.now(), map[string]allowance{"forgot " + networkOf(addressOf(ctx)): forgotAllowance}); wait > 0 {
		return &TooManyTries{wait}
	}
	if a.tries.count(a.now(), map[string]allowance{"mail " + settled(login): mailAllowance}) > 0 {
		return nil // the letters of before are on their way
	}
	select {
	case a.writing <- struct{}{}:
	default:
		a.log.WarnContext(ctx, "a new password was asked for, and no letter sent: too many at once")
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letterWithin)
	go func() {
		defer func() { cancel(); <-a.writing }()
		if err := a.sendReset(ctx, login); err != nil {
			a.log.ErrorContext(ctx, "send the link for a new password", "error", err)
		}
	}()
	return nil
}

// endLetters waits for those who write letters, and lets nobody begin another.
func (a *API) endLetters() {
	for range lettersAtOnce {
		a.writing <- struct{}{}
	}
}

func (a *API) sendReset(ctx context.Context, login string) error {
	user, err := a.users.ByLogin(ctx, login)
	if err == nil && !user.DisabledAt.IsZero() {
		return nil
	}
	var c records.Contact
	if err == nil {
		c, err = a.people.ContactOf(ctx, user.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, channel := range c.Channels {
		if channel.Kind != records.Email || channel.ConfirmedAt.IsZero() {
			continue
		}
		secret, _, err := a.users.MailedReset(ctx, user.ID)
		if err != nil {
			return err
		}
		return a.letters.Reset(ctx, channel.Address, user.Language, a.publicURL+resetPath+secret)
	}
	return nil
}
