package web_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/web"
)

// accountBook keeps in memory how somebody signs in, and who else does, as the pages'
// contracts say.
type accountBook struct {
	mu          sync.Mutex
	manages     bool
	mails       bool
	wait        bool // the user asks too often
	sessions    []web.Session
	tokens      []web.Token
	accounts    []web.Account
	invitations []web.Invitation
	invited     []web.Invitation // as they were said
	accepted    []web.Acceptance
	passwords   []string // that were chosen
	language    string
	forgotten   []string // logins
}

func newAccountBook(now func() time.Time) *accountBook {
	day := 24 * time.Hour
	return &accountBook{
		manages: true, mails: true,
		sessions: []web.Session{
			{ID: "s-1", Device: "Chrome, Android", Address: "203.0.113.7", Began: now().Add(-3 * day), Used: now().Add(-2 * time.Minute), Current: true},
			{ID: "s-2", Address: "198.51.100.1", Began: now().Add(-20 * day), Used: now().Add(-9 * day)},
		},
		tokens: []web.Token{
			{ID: "t-1", Label: "Home <Assistant>", Scopes: []string{"status", "vitals"}, Made: now().Add(-day), Used: now().Add(-time.Hour), Expires: now().Add(364 * day)},
			{ID: "t-2", Scopes: []string{"status", "vitals", "alerts", "file", "documents"}, Service: true, Changes: true},
		},
		accounts: []web.Account{
			{ID: "u-1", Login: "nurse", Name: "Nurse Chen", Role: "administrator"},
			{ID: "u-2", Login: "fang", Name: "赵小芳", Role: "family"},
			{ID: "u-3", Login: "gone", Name: "<Gone>", Role: "caregiver", Disabled: true},
		},
		invitations: []web.Invitation{
			{ID: "i-1", Name: "赵敏", Role: "family", Email: "min@example.org", Resident: "赵德明", Relation: "family_manager", Expires: now().Add(6 * day)},
			{ID: "i-2", Role: "caregiver", Expires: now().Add(day)},
		},
	}
}

func (b *accountBook) Sessions(context.Context) ([]web.Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sessions), nil
}

func (b *accountBook) EndSession(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.sessions)
	if b.sessions = slices.DeleteFunc(b.sessions, func(s web.Session) bool { return s.ID == id }); len(b.sessions) == before {
		return web.ErrNotFound
	}
	return nil
}

func (b *accountBook) EndOthers(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sessions = slices.DeleteFunc(b.sessions, func(s web.Session) bool { return !s.Current })
	return nil
}

func (b *accountBook) ChangePassword(_ context.Context, before, chosen string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.wait:
		return tooOften{}
	case before != password:
		return web.RefusedPassword
	case len(chosen) < 8:
		return web.RefusedShort
	}
	b.passwords = append(b.passwords, chosen)
	return nil
}

func (b *accountBook) SetLanguage(_ context.Context, language string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.language = language
	return nil
}

func (b *accountBook) Tokens(context.Context) ([]web.Token, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.tokens), nil
}

func (b *accountBook) MakeToken(_ context.Context, t web.Token) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(t.Scopes) == 0 && !t.Service {
		return "", web.RefusedScopes
	}
	t.ID = "t-3"
	b.tokens = append(b.tokens, t)
	return "anxin_secret", nil
}

func (b *accountBook) RevokeToken(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = slices.DeleteFunc(b.tokens, func(t web.Token) bool { return t.ID == id })
	return nil
}

// may is an error for who does not manage the service.
func (b *accountBook) may() error {
	if !b.manages {
		return web.ErrNotFound
	}
	return nil
}

func (b *accountBook) List(context.Context, web.User) ([]web.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.accounts), b.may()
}

func (b *accountBook) Invitations(context.Context, web.User) ([]web.Invitation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.invitations), b.may()
}

func (b *accountBook) Invite(_ context.Context, _ web.User, i web.Invitation) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.may(); err != nil {
		return "", err
	}
	b.invited = append(b.invited, i)
	if i.Email == "" {
		return "/welcome/fresh", nil
	}
	return "", nil
}

func (b *accountBook) TakeBack(_ context.Context, _ web.User, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.invitations = slices.DeleteFunc(b.invitations, func(i web.Invitation) bool { return i.ID == id })
	return b.may()
}

// change does something to one account.
func (b *accountBook) change(id string, do func(*web.Account)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.may(); err != nil {
		return err
	}
	for i := range b.accounts {
		if b.accounts[i].ID == id {
			do(&b.accounts[i])
			return nil
		}
	}
	return web.ErrNotFound
}

func (b *accountBook) SetRole(_ context.Context, _ web.User, id, role string) error {
	if id == "u-1" {
		return web.RefusedLast
	}
	return b.change(id, func(a *web.Account) { a.Role = role })
}

func (b *accountBook) SetDisabled(_ context.Context, _ web.User, id string, disabled bool) error {
	return b.change(id, func(a *web.Account) { a.Disabled = disabled })
}

func (b *accountBook) SignOutUser(_ context.Context, _ web.User, id string) error {
	return b.change(id, func(*web.Account) {})
}

func (b *accountBook) ResetLink(_ context.Context, _ web.User, id string) (string, error) {
	return "https://anxin.example.org/reset/fresh", b.change(id, func(*web.Account) {})
}

func (b *accountBook) Mails() bool { return b.mails }

func (b *accountBook) Invited(_ context.Context, secret string) (web.Invitation, error) {
	if secret != "good" {
		return web.Invitation{}, web.ErrNoLink
	}
	return web.Invitation{Name: "赵敏", Role: "family", Resident: "r-zhao", Relation: "family"}, nil
}

func (b *accountBook) Accept(_ context.Context, secret string, a web.Acceptance) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case secret != "good":
		return web.ErrNoLink
	case a.Login == login:
		return web.RefusedTaken
	case len(a.Password) < 8:
		return web.RefusedShort
	}
	b.accepted = append(b.accepted, a)
	return nil
}

func (b *accountBook) ResetOf(_ context.Context, secret string) error {
	if secret != "good" {
		return web.ErrNoLink
	}
	return nil
}

func (b *accountBook) UseReset(ctx context.Context, secret, chosen string) error {
	if err := b.ResetOf(ctx, secret); err != nil {
		return err
	}
	return b.ChangePassword(ctx, password, chosen)
}

func (b *accountBook) Forgot(_ context.Context, login string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wait {
		return tooOften{}
	}
	b.forgotten = append(b.forgotten, login)
	return nil
}

func (b *accountBook) MayForget() bool { return b.mails }
