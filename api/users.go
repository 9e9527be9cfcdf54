package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// userOperations are who signs in, for administrators.
func (a *API) userOperations(api huma.API, get, post, patch, remove describe) {
	huma.Register(api, get("list-users", "/users", "List who signs in", "users"), a.listUsers)
	huma.Register(api, get("read-user", "/users/{id}", "Read a user", "users"), a.readUser)
	huma.Register(api, patch("change-user", "/users/{id}", "Change a user's role, or disable them: sessions and tokens are worth nothing at once", "users"), a.changeUser)
	huma.Register(api, remove("end-user-sessions", "/users/{id}/sessions", "Sign a user out everywhere", "users"), a.endUserSessions)
	huma.Register(api, post("reset-password", "/users/{id}/reset", "Make a link by which a user chooses another password; it is shown this once", "users"), a.resetPassword)
	huma.Register(api, get("list-user-tokens", "/users/{id}/tokens", "List a user's tokens", "users"), a.listUserTokens)
	huma.Register(api, remove("revoke-user-token", "/users/{id}/tokens/{token}", "Make a user's token worthless", "users"), a.revokeUserToken)
	huma.Register(api, get("list-invitations", "/invitations", "Invitations that nobody has accepted yet", "users"), a.listInvitations)
	huma.Register(api, post("invite", "/invitations", "Invite somebody by a link, which is shown this once, or sent by e-mail", "users"), a.invite)
	huma.Register(api, remove("take-back-invitation", "/invitations/{id}", "Take an invitation back", "users"), a.takeBackInvitation)
}

// User is somebody who signs in.
type User struct {
	ID         string     `json:"id"`
	Login      string     `json:"login"`
	Name       string     `json:"name"`
	Language   string     `json:"language,omitempty"`
	Role       string     `json:"role" enum:"administrator,caregiver,family,expert"`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at,omitempty" doc:"Since when they cannot sign in"`
}

func showUser(u records.User) User {
	return User{ID: u.ID, Login: u.Login, Name: u.Name, Language: u.Language, Role: string(u.Role), CreatedAt: u.CreatedAt, DisabledAt: when(u.DisabledAt)}
}

type usersOutput struct{ Body []User }

func (a *API) listUsers(ctx context.Context, _ *struct{}) (*usersOutput, error) {
	if _, err := a.mayAppoint(ctx); err != nil {
		return nil, err
	}
	list, err := a.users.List(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list users", err)
	}
	out := &usersOutput{Body: []User{}}
	for _, u := range list {
		out.Body = append(out.Body, showUser(u))
	}
	return out, nil
}

// UserPath names a user.
type UserPath struct {
	ID string `path:"id" doc:"User id"`
}

type userOutput struct{ Body User }

func (a *API) readUser(ctx context.Context, in *UserPath) (*userOutput, error) {
	if _, err := a.mayAppoint(ctx); err != nil {
		return nil, err
	}
	return a.oneUser(ctx, in.ID)
}

func (a *API) oneUser(ctx context.Context, id string) (*userOutput, error) {
	u, err := a.users.Get(ctx, id)
	if err != nil {
		return nil, a.failed(ctx, "read the user", err)
	}
	return &userOutput{showUser(u)}, nil
}

type changeUserInput struct {
	UserPath
	Body struct {
		Role     string `json:"role,omitempty" enum:"administrator,caregiver,family,expert"`
		Disabled *bool  `json:"disabled,omitempty"`
	}
}

func (a *API) changeUser(ctx context.Context, in *changeUserInput) (*userOutput, error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Role != "" {
		if err := a.users.SetRole(ctx, in.ID, records.Role(in.Body.Role), by.ID); err != nil {
			return nil, a.failed(ctx, "change the role", err)
		}
	}
	if disabled := in.Body.Disabled; disabled != nil {
		do := a.users.Enable
		if *disabled {
			do = a.users.Disable
		}
		if err := do(ctx, in.ID, by.ID); err != nil {
			return nil, a.failed(ctx, "change who may sign in", err)
		}
	}
	return a.oneUser(ctx, in.ID)
}

func (a *API) endUserSessions(ctx context.Context, in *UserPath) (*struct{}, error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.users.EndSessions(ctx, in.ID, "", by.ID); err != nil {
		return nil, a.failed(ctx, "sign the user out", err)
	}
	return nil, nil
}

// Link is one that is shown once.
type Link struct {
	Link      string    `json:"link" doc:"Its path alone where the service does not know its address from outside"`
	ExpiresAt time.Time `json:"expires_at"`
}

type linkOutput struct{ Body Link }

func (a *API) resetPassword(ctx context.Context, in *UserPath) (*linkOutput, error) {
	link, expires, err := a.Reset(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "reset the password", err)
	}
	return &linkOutput{Link{link, expires}}, nil
}

func (a *API) listUserTokens(ctx context.Context, in *UserPath) (*tokensOutput, error) {
	if _, err := a.mayAppoint(ctx); err != nil {
		return nil, err
	}
	return a.tokensOf(ctx, in.ID)
}

type userTokenPath struct {
	UserPath
	TokenPath
}

func (a *API) revokeUserToken(ctx context.Context, in *userTokenPath) (*struct{}, error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return nil, err
	}
	return a.revoke(ctx, in.ID, in.Token, by.ID)
}

// Invitation lets somebody become a user.
type Invitation struct {
	ID        string    `json:"id"`
	Role      string    `json:"role" enum:"administrator,caregiver,family,expert"`
	Name      string    `json:"name,omitempty"`
	Language  string    `json:"language,omitempty"`
	Email     string    `json:"email,omitempty" doc:"Where the link was sent"`
	Contact   string    `json:"contact,omitempty" doc:"Who they are already among those who can be told"`
	Resident  string    `json:"resident,omitempty" doc:"In whose care team they come"`
	Relation  string    `json:"relation,omitempty"`
	MadeBy    string    `json:"made_by,omitempty"`
	MadeAt    time.Time `json:"made_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func showInvitation(i records.Invitation) Invitation {
	return Invitation{
		ID: i.ID, Role: string(i.Role), Name: i.Name, Language: i.Language, Email: i.Email, Contact: i.Contact, Resident: i.Resident,
		Relation: string(i.Relation), MadeBy: i.MadeBy, MadeAt: i.MadeAt, ExpiresAt: i.ExpiresAt,
	}
}

type invitationsOutput struct{ Body []Invitation }

func (a *API) listInvitations(ctx context.Context, _ *struct{}) (*invitationsOutput, error) {
	if _, err := a.mayAppoint(ctx); err != nil {
		return nil, err
	}
	list, err := a.users.Invitations(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list invitations", err)
	}
	out := &invitationsOutput{Body: []Invitation{}}
	for _, i := range list {
		out.Body = append(out.Body, showInvitation(i))
	}
	return out, nil
}

type inviteInput struct {
	Body struct {
		Role     string `json:"role" enum:"administrator,caregiver,family,expert"`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Language string `json:"language,omitempty" example:"zh-CN" doc:"Of the e-mail"`
		Email    string `json:"email,omitempty" maxLength:"200" doc:"Sends the link there, and nowhere else"`
		Contact  string `json:"contact,omitempty" doc:"Who they are already among those who can be told"`
		Resident string `json:"resident,omitempty" doc:"In whose care team they come"`
		Relation string `json:"relation,omitempty" enum:"family,family_manager,neighbour,caregiver,doctor,resident"`
	}
}

type inviteOutput struct {
	Body struct {
		Invitation
		Link string `json:"link,omitempty" doc:"Shown this once; absent when it was sent by e-mail"`
	}
}

func (a *API) invite(ctx context.Context, in *inviteInput) (*inviteOutput, error) {
	b := &in.Body
	link, made, err := a.Invite(ctx, records.Invitation{
		Role: records.Role(b.Role), Name: b.Name, Language: b.Language, Email: b.Email, Contact: b.Contact, Resident: b.Resident, Relation: records.Relation(b.Relation),
	})
	if err != nil {
		return nil, a.failed(ctx, "invite", err)
	}
	out := &inviteOutput{}
	out.Body.Invitation, out.Body.Link = showInvitation(made), link
	return out, nil
}

// InvitationPath names an invitation.
type InvitationPath struct {
	ID string `path:"id" doc:"Invitation id"`
}

func (a *API) takeBackInvitation(ctx context.Context, in *InvitationPath) (*struct{}, error) {
	by, err := a.mayAppoint(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.users.TakeBack(ctx, in.ID, by.ID); err != nil {
		return nil, a.failed(ctx, "take the invitation back", err)
	}
	return nil, nil
}
