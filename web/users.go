package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"
)

// roles are what users are to the service.
var roles = []string{"family", "caregiver", "expert", "administrator"}

// usersView is who signs in.
type usersView struct {
	page
	Accounts    []accountForm
	Invitations []invitationLine
	Residents   []Resident
	// Contacts are those to choose from who can be told already.
	Contacts []Person
	Mails    bool
	// Link is one that was just made, For whom it is; to be seen this once.
	Link, For string
	// Sent is set when an invitation was sent by e-mail.
	Sent bool
}

type accountForm struct {
	Account
	l *locale
	// Self is set on who asks.
	Self bool
}

// As is what the user is, in words.
func (f accountForm) As() string { return f.l.T("role." + f.Role) }

// Roles are those to choose from.
func (f accountForm) Roles() []option { return f.l.roles(f.Role) }

func (l *locale) roles(chosen string) []option {
	var list []option
	for _, role := range roles {
		list = append(list, option{Value: role, Label: l.T("role." + role), Chosen: role == chosen})
	}
	return list
}

type invitationLine struct {
	Invitation
	As, Until string
}

// Roles are those to choose from for somebody new.
func (v usersView) Roles() []option { return v.roles("family") }

// Relations are those to choose from for somebody new.
func (v usersView) Relations() []option {
	return memberForm{Member: Member{Relation: "family"}, l: v.locale}.Relations()
}

func (s *Site) userList(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showUsers(w, r, user, func(*usersView) {})
}

// showUsers shows who signs in, with what was just done.
func (s *Site) showUsers(w http.ResponseWriter, r *http.Request, user User, done func(*usersView)) error {
	ctx := r.Context()
	accounts, err := s.users.List(ctx, user)
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	invitations, err := s.users.Invitations(ctx, user)
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	view := usersView{page: s.newPage(r, user, "users.title"), Mails: s.users.Mails()}
	view.Path = "/users"
	if view.Residents, err = s.residents.List(ctx, user); err != nil {
		return fmt.Errorf("list residents: %w", err)
	}
	slices.SortFunc(view.Residents, func(a, b Resident) int { return cmp.Or(compareNatural(a.Home, b.Home), compareNatural(a.Name, b.Name)) })
	if view.Contacts, err = s.people.Contacts(ctx, user); err != nil {
		return fmt.Errorf("list contacts: %w", err)
	}
	for _, one := range accounts {
		view.Accounts = append(view.Accounts, accountForm{one, view.locale, one.ID == user.ID})
	}
	for _, one := range invitations {
		line := invitationLine{Invitation: one, As: view.T("role." + one.Role), Until: one.Expires.UTC().Format("2006-01-02 15:04 UTC")}
		if one.Name == "" {
			line.Name = view.T("users.somebody")
		}
		if one.Resident != "" {
			line.As += " · " + one.Resident + " · " + view.T("relation."+string(one.Relation))
		}
		view.Invitations = append(view.Invitations, line)
	}
	done(&view)
	s.render(w, http.StatusOK, "users", view)
	return nil
}

func (s *Site) invite(w http.ResponseWriter, r *http.Request, user User) error {
	i := Invitation{
		Role: r.PostFormValue("role"), Language: r.PostFormValue("language"), Contact: r.PostFormValue("contact"),
		Resident: r.PostFormValue("resident"), Relation: Relation(r.PostFormValue("relation")),
	}
	var err error
	if i.Name, err = text(r, "name"); err != nil {
		return err
	}
	if i.Email, err = text(r, "email"); err != nil {
		return err
	}
	if !slices.Contains(roles, i.Role) || i.Resident != "" && !slices.Contains(relations, i.Relation) {
		return fmt.Errorf("%w: role %q, relation %q", errForm, i.Role, i.Relation)
	}
	if i.Resident == "" {
		i.Relation = ""
	}
	link, err := s.users.Invite(r.Context(), user, i)
	if err != nil {
		return err
	}
	return s.showUsers(w, r, user, func(v *usersView) {
		v.Link, v.For, v.Sent = s.whole(r, link), i.Name, link == ""
		if v.For == "" {
			v.For = v.T("users.somebody")
		}
	})
}

func (s *Site) resetUser(w http.ResponseWriter, r *http.Request, user User) error {
	id := chi.URLParam(r, "id")
	link, err := s.users.ResetLink(r.Context(), user, id)
	if err != nil {
		return err
	}
	return s.showUsers(w, r, user, func(v *usersView) {
		v.Link = s.whole(r, link)
		for _, one := range v.Accounts {
			if one.ID == id {
				v.For = one.Name
			}
		}
	})
}

// whole is a link as it can be handed over: where the service does not know its address
// from outside, that at which this page was asked for.
func (s *Site) whole(r *http.Request, link string) string {
	if link == "" || link[0] != '/' {
		return link
	}
	scheme := "http://"
	if s.secure || r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + link
}

// changeUser does one thing about a user.
func (s *Site) changeUser(ctx context.Context, user User, id string, r *http.Request) error {
	switch do := r.PostFormValue("do"); do {
	case "role":
		role := r.PostFormValue("role")
		if !slices.Contains(roles, role) {
			return fmt.Errorf("%w: role %q", errForm, role)
		}
		return s.users.SetRole(ctx, user, id, role)
	case "disable", "enable":
		return s.users.SetDisabled(ctx, user, id, do == "disable")
	case "sign-out":
		return s.users.SignOutUser(ctx, user, id)
	default:
		return fmt.Errorf("%w: do %q", errForm, do)
	}
}

func (s *Site) takeBack(ctx context.Context, user User, id string, _ *http.Request) error {
	return s.users.TakeBack(ctx, user, id)
}
