package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Token lets a program act as a user, within bounds.
type Token struct {
	ID        string     `json:"id"`
	Label     string     `json:"label"`
	Scopes    []string   `json:"scopes" nullable:"false" doc:"The kinds of residents' data that it may see, of those that its user may"`
	Service   bool       `json:"service" doc:"It may go about homes, devices, rules and people as its user may"`
	Changes   bool       `json:"changes" doc:"It may change what its user may, and not only read"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"Within five minutes; absent when it never was"`
}

func showToken(t records.Token) Token {
	shown := Token{
		ID: t.ID, Label: t.Label, Scopes: records.Everything.Names(), Service: true, Changes: true,
		CreatedAt: t.CreatedAt, ExpiresAt: when(t.ExpiresAt), UsedAt: when(t.UsedAt),
	}
	if t.Bound.Bounded {
		shown.Scopes, shown.Service, shown.Changes = t.Bound.Scope.Names(), t.Bound.Service, t.Bound.Changes
	}
	return shown
}

// NewToken is what a token is to be.
type NewToken struct {
	Label     string    `json:"label,omitempty" maxLength:"200" doc:"What it is for" example:"home assistant"`
	Scopes    []string  `json:"scopes,omitempty" doc:"Which kinds of residents' data: status, vitals, alerts, file, documents" example:"[\"status\",\"vitals\"]"`
	Service   bool      `json:"service,omitempty" doc:"Homes, devices, rules and people, too"`
	Changes   bool      `json:"changes,omitempty" doc:"It may change something, and not only read"`
	ExpiresAt time.Time `json:"expires_at,omitempty" doc:"Default in a year; at most in ten"`
}

// For is what is to be issued to a user.
func (n NewToken) For(user string) (records.Token, error) {
	scope, err := records.ParseScope(n.Scopes...)
	if err != nil {
		return records.Token{}, invalid("body.scopes", n.Scopes, err.Error())
	}
	t := records.Token{UserID: user, Label: n.Label, ExpiresAt: n.ExpiresAt}
	if scope != records.Everything || !n.Service || !n.Changes {
		t.Bound = records.Bound{Bounded: true, Scope: scope, Service: n.Service, Changes: n.Changes}
	}
	return t, nil
}

type tokensOutput struct{ Body []Token }

func (a *API) tokensOf(ctx context.Context, user string) (*tokensOutput, error) {
	list, err := a.users.Tokens(ctx, user)
	if err != nil {
		return nil, a.failed(ctx, "list tokens", err)
	}
	out := &tokensOutput{Body: []Token{}}
	for _, t := range list {
		out.Body = append(out.Body, showToken(t))
	}
	return out, nil
}

func (a *API) listMyTokens(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
	user, _, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	return a.tokensOf(ctx, user.ID)
}

type newTokenInput struct{ Body NewToken }

type newTokenOutput struct {
	Body struct {
		Token
		Secret string `json:"secret" doc:"For Authorization: Bearer; shown this once"`
	}
}

func (a *API) makeMyToken(ctx context.Context, in *newTokenInput) (*newTokenOutput, error) {
	user, _, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	t, err := in.Body.For(user.ID)
	if err != nil {
		return nil, err
	}
	secret, issued, err := a.users.IssueToken(ctx, t, user.ID)
	if err != nil {
		return nil, a.failed(ctx, "make the token", err)
	}
	out := &newTokenOutput{}
	out.Body.Token, out.Body.Secret = showToken(issued), secret
	return out, nil
}

// TokenPath names a token.
type TokenPath struct {
	Token string `path:"token" doc:"Token id"`
}

func (a *API) revokeMyToken(ctx context.Context, in *TokenPath) (*struct{}, error) {
	user, _, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	return a.revoke(ctx, user.ID, in.Token, user.ID)
}

func (a *API) revoke(ctx context.Context, user, token, by string) (*struct{}, error) {
	if err := a.users.RevokeToken(ctx, user, token, by); err != nil {
		return nil, a.failed(ctx, "revoke the token", err)
	}
	return nil, nil
}
