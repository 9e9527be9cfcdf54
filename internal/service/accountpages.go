package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// saidOfAccounts makes a fault about how people sign in what the pages say to it.
func saidOfAccounts(err error) error {
	status, isStatus := errors.AsType[huma.StatusError](err)
	fault, isFault := errors.AsType[*store.Fault](err)
	switch {
	case isStatus && status.GetStatus() == 403:
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case !isFault:
		return err
	}
	known := map[string]error{
		records.CodeForbidden: web.ErrNotFound, "user.not_found": web.ErrNotFound, "session.not_found": web.ErrNotFound, "token.not_found": web.ErrNotFound,
		"invitation.not_found": web.ErrNotFound, "contact.not_found": web.ErrNotFound, "resident.not_found": web.ErrNotFound,
		records.CodeWrongPassword: web.RefusedPassword, records.CodeLoginTaken: web.RefusedTaken, records.CodeLastAdministrator: web.RefusedLast,
		records.CodeContactOfUser: web.RefusedSignsIn, api.CodeNoMail: web.RefusedMail,
	}
	if refused, ok := known[fault.Code]; ok {
		return fmt.Errorf("%w: %w", refused, err)
	}
	for _, f := range fault.Fields {
		switch f.Path {
		case "password":
			return fmt.Errorf("%w: %w", web.RefusedShort, err)
		case "login":
			return fmt.Errorf("%w: %w", web.RefusedLogin, err)
		case "email":
			return fmt.Errorf("%w: %w", web.RefusedAddress, err)
		case "scopes":
			return fmt.Errorf("%w: %w", web.RefusedScopes, err)
		}
	}
	return err
}

// self does for the pages what people do about how they sign in.
type self struct{ s *Service }

// inPerson is who signed in with a password, and the session's secret.
func (p self) inPerson(ctx context.Context) (records.User, string, error) {
	u, secret, err := p.s.api.InPerson(ctx)
	if err != nil {
		return u, "", fmt.Errorf("%w: %w", web.ErrInPerson, err)
	}
	return u, secret, nil
}

// Sessions implements [web.Self].
func (p self) Sessions(ctx context.Context) ([]web.Session, error) {
	u, secret, err := p.inPerson(ctx)
	if err != nil {
		return nil, err
	}
	list, err := p.s.Users.Sessions(ctx, u.ID, secret)
	shown := make([]web.Session, len(list))
	for i, one := range list {
		shown[i] = web.Session{ID: one.ID, Device: one.Device, Address: one.Address, Began: one.CreatedAt, Used: one.UsedAt, Current: one.Current}
	}
	return shown, err
}

// EndSession implements [web.Self].
func (p self) EndSession(ctx context.Context, id string) error {
	u, _, err := p.inPerson(ctx)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.EndOneSession(ctx, u.ID, id))
}

// EndOthers implements [web.Self].
func (p self) EndOthers(ctx context.Context) error {
	u, secret, err := p.inPerson(ctx)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.EndSessions(ctx, u.ID, secret, u.ID))
}

// ChangePassword implements [web.Self].
func (p self) ChangePassword(ctx context.Context, before, password string) error {
	if _, _, err := p.inPerson(ctx); err != nil {
		return err
	}
	return saidOfAccounts(p.s.api.ChangePassword(ctx, before, password))
}

// SetLanguage implements [web.Self].
func (p self) SetLanguage(ctx context.Context, language string) error {
	u, _, err := p.inPerson(ctx)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.SetLanguage(ctx, u.ID, language))
}

// Tokens implements [web.Self].
func (p self) Tokens(ctx context.Context) ([]web.Token, error) {
	u, _, err := p.inPerson(ctx)
	if err != nil {
		return nil, err
	}
	list, err := p.s.Users.Tokens(ctx, u.ID)
	shown := make([]web.Token, len(list))
	for i, t := range list {
		shown[i] = web.Token{ID: t.ID, Label: t.Label, Scopes: records.Everything.Names(), Service: true, Changes: true, Made: t.CreatedAt, Used: t.UsedAt, Expires: t.ExpiresAt}
		if t.Bound.Bounded {
			shown[i].Scopes, shown[i].Service, shown[i].Changes = t.Bound.Scope.Names(), t.Bound.Service, t.Bound.Changes
		}
	}
	return shown, err
}

// MakeToken implements [web.Self].
func (p self) MakeToken(ctx context.Context, t web.Token) (string, error) {
	u, _, err := p.inPerson(ctx)
	if err != nil {
		return "", err
	}
	made, err := api.NewToken{Label: t.Label, Scopes: t.Scopes, Service: t.Service, Changes: t.Changes, ExpiresAt: t.Expires}.For(u.ID)
	if err != nil {
		return "", err
	}
	secret, _, err := p.s.Users.IssueToken(ctx, made, u.ID)
	return secret, saidOfAccounts(err)
}

// RevokeToken implements [web.Self].
func (p self) RevokeToken(ctx context.Context, id string) error {
	u, _, err := p.inPerson(ctx)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.RevokeToken(ctx, u.ID, id, u.ID))
}

// userPages shows the pages who signs in.
type userPages struct{ s *Service }

// appoints is who asks, who may say who signs in.
func (p userPages) appoints(ctx context.Context, user web.User) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	return who, saidOfAccounts(p.s.access.MayAppoint(ctx, who))
}

// List implements [web.Users].
func (p userPages) List(ctx context.Context, user web.User) ([]web.Account, error) {
	if _, err := p.appoints(ctx, user); err != nil {
		return nil, err
	}
	list, err := p.s.Users.List(ctx)
	shown := make([]web.Account, len(list))
	for i, u := range list {
		shown[i] = web.Account{ID: u.ID, Login: u.Login, Name: u.Name, Role: string(u.Role), Disabled: !u.DisabledAt.IsZero()}
	}
	return shown, err
}

// Invitations implements [web.Users].
func (p userPages) Invitations(ctx context.Context, user web.User) ([]web.Invitation, error) {
	if _, err := p.appoints(ctx, user); err != nil {
		return nil, err
	}
	list, err := p.s.Users.Invitations(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]web.Invitation, len(list))
	for i, one := range list {
		if shown[i], err = p.s.pageInvitation(ctx, one); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// pageInvitation names the resident and the contact.
func (s *Service) pageInvitation(ctx context.Context, i records.Invitation) (web.Invitation, error) {
	shown := web.Invitation{ID: i.ID, Name: i.Name, Role: string(i.Role), Language: i.Language, Email: i.Email, Relation: web.Relation(i.Relation), Expires: i.ExpiresAt}
	if i.Contact != "" && i.Name == "" {
		c, err := s.People.Contact(ctx, i.Contact)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return shown, err
		}
		shown.Name = c.Name
	}
	if i.Resident != "" {
		r, err := s.Residents.Get(ctx, i.Resident)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return shown, err
		}
		shown.Resident = r.Name
	}
	return shown, nil
}

// Invite implements [web.Users].
func (p userPages) Invite(ctx context.Context, _ web.User, i web.Invitation) (string, error) {
	link, made, err := p.s.api.Invite(ctx, records.Invitation{
		Role: records.Role(i.Role), Name: i.Name, Language: i.Language, Email: i.Email, Contact: i.Contact, Resident: i.Resident, Relation: records.Relation(i.Relation),
	})
	if err != nil && made.ID != "" { // it is there no more: the letter could not be sent
		p.s.log.WarnContext(ctx, "an invitation was taken back", "error", err)
		return "", web.RefusedMail
	}
	return link, saidOfAccounts(err)
}

// TakeBack implements [web.Users].
func (p userPages) TakeBack(ctx context.Context, user web.User, invitation string) error {
	who, err := p.appoints(ctx, user)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.TakeBack(ctx, invitation, who.ID))
}

// SetRole implements [web.Users].
func (p userPages) SetRole(ctx context.Context, user web.User, id, role string) error {
	who, err := p.appoints(ctx, user)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.SetRole(ctx, id, records.Role(role), who.ID))
}

// SetDisabled implements [web.Users].
func (p userPages) SetDisabled(ctx context.Context, user web.User, id string, disabled bool) error {
	who, err := p.appoints(ctx, user)
	if err != nil {
		return err
	}
	if disabled {
		return saidOfAccounts(p.s.Users.Disable(ctx, id, who.ID))
	}
	return saidOfAccounts(p.s.Users.Enable(ctx, id, who.ID))
}

// SignOutUser implements [web.Users].
func (p userPages) SignOutUser(ctx context.Context, user web.User, id string) error {
	who, err := p.appoints(ctx, user)
	if err != nil {
		return err
	}
	return saidOfAccounts(p.s.Users.EndSessions(ctx, id, "", who.ID))
}

// ResetLink implements [web.Users].
func (p userPages) ResetLink(ctx context.Context, _ web.User, id string) (string, error) {
	link, _, err := p.s.api.Reset(ctx, id)
	return link, saidOfAccounts(err)
}

// Mails implements [web.Users].
func (p userPages) Mails() bool { return p.s.api.MayForget() }

// doors lets in, through the pages, who cannot sign in yet.
type doors struct{ s *Service }

// noLink says that a link leads nowhere, where that is so.
func noLink(err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok && (fault.Code == "invitation.not_found" || fault.Code == "reset.not_found") {
		return web.ErrNoLink
	}
	return saidOfAccounts(err)
}

// Invited implements [web.Doors]. Who follows a link is not told of whom it speaks: they
// see that once they are in.
func (d doors) Invited(ctx context.Context, secret string) (web.Invitation, error) {
	i, err := d.s.Users.Invited(ctx, secret)
	if err != nil {
		return web.Invitation{}, noLink(err)
	}
	shown, err := d.s.pageInvitation(ctx, i)
	shown.Resident = i.Resident
	return shown, err
}

// Accept implements [web.Doors].
func (d doors) Accept(ctx context.Context, secret string, a web.Acceptance) error {
	_, err := d.s.Users.Accept(ctx, secret, records.Acceptance{Login: a.Login, Name: a.Name, Language: a.Language, Password: a.Password, TimeZone: usualZone})
	return noLink(err)
}

// ResetOf implements [web.Doors].
func (d doors) ResetOf(ctx context.Context, secret string) error {
	_, err := d.s.Users.ResetOf(ctx, secret)
	return noLink(err)
}

// UseReset implements [web.Doors].
func (d doors) UseReset(ctx context.Context, secret, password string) error {
	_, err := d.s.Users.UseReset(ctx, secret, password)
	return noLink(err)
}

// Forgot implements [web.Doors].
func (d doors) Forgot(ctx context.Context, login string) error { return d.s.api.Forgot(ctx, login) }

// MayForget implements [web.Doors].
func (d doors) MayForget() bool { return d.s.api.MayForget() }
