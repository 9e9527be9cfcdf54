package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// consentOperations are who may see what, by whose leave, and who has looked.
func (a *API) consentOperations(api huma.API, get, post, ask describe) {
	huma.Register(api, get("consent-text", "/consent-texts/{purpose}", "The text that is agreed to for a purpose", "consents"), a.consentText)
	huma.Register(api, get("list-consents", "/residents/{id}/consents", "What was agreed to, newest first, with what was withdrawn", "consents"), a.listConsents)
	huma.Register(api, post("give-consent", "/residents/{id}/consents", "Keep a consent; with the first one to share with a contact, consents alone say what they may see", "consents"), a.giveConsent)
	huma.Register(api, ask("withdraw-consent", "/residents/{id}/consents/{consent}/withdraw", "Withdraw a consent: at once, everywhere", "consents"), a.withdrawConsent)
	huma.Register(api, get("resident-audit", "/residents/{id}/audit", "Who saw and changed what of the resident, and why that was allowed, newest first", "audit"), a.residentAudit)
	huma.Register(api, get("read-audit", "/audit", "The audit of the service, newest first", "audit"), a.readAudit)
	huma.Register(api, post("break-glass", "/residents/{id}/emergency", "Have access for an hour in an emergency: others are told, and it is reviewed", "audit"), a.breakGlass)
	huma.Register(api, get("list-emergencies", "/emergencies", "Access in emergencies, newest first", "audit"), a.listEmergencies)
	huma.Register(api, ask("review-emergency", "/emergencies/{id}/review", "Say whether it was justified", "audit"), a.reviewEmergency)
}

// ConsentText is what somebody agrees to.
type ConsentText struct {
	Purpose  string `json:"purpose"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Text     string `json:"text"`
	Hash     string `json:"sha256"`
}

type consentTextInput struct {
	Purpose  string `path:"purpose" enum:"monitoring,sharing,panel,research,abroad"`
	Language string `query:"language" default:"en" example:"zh-CN"`
}

type consentTextOutput struct{ Body ConsentText }

func (a *API) consentText(ctx context.Context, in *consentTextInput) (*consentTextOutput, error) {
	t, err := records.ConsentTextFor(records.Purpose(in.Purpose), in.Language)
	if err != nil {
		return nil, a.failed(ctx, "read the text", err)
	}
	return &consentTextOutput{ConsentText{in.Purpose, t.Version, t.Language, t.Text, t.Hash}}, nil
}

// Consent is what was agreed to, by whom and for how long.
type Consent struct {
	ID          string     `json:"id"`
	Resident    string     `json:"resident"`
	Purpose     string     `json:"purpose" enum:"monitoring,sharing,panel,research,abroad"`
	Contact     string     `json:"contact,omitempty" doc:"To whom data is shown, for the purpose of sharing"`
	Scopes      []string   `json:"scopes,omitempty" doc:"Which kinds: status, vitals, alerts, file, documents"`
	GivenBy     string     `json:"given_by"`
	Capacity    string     `json:"capacity" enum:"resident,guardian"`
	Proof       string     `json:"proof,omitempty"`
	Witness     string     `json:"witness,omitempty"`
	Manner      string     `json:"manner" enum:"signed_in,paper,spoken"`
	TextVersion string     `json:"text_version"`
	TextHash    string     `json:"text_sha256"`
	Language    string     `json:"language"`
	GivenAt     time.Time  `json:"given_at"`
	From        time.Time  `json:"from"`
	Until       *time.Time `json:"until,omitempty"`
	Holds       bool       `json:"holds" doc:"Now"`
	RecordedBy  string     `json:"recorded_by,omitempty"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
	WithdrawnBy string     `json:"withdrawn_by,omitempty"`
	Withdrawal  string     `json:"withdrawal,omitempty"`
}

func (a *API) showConsent(c records.Consent) Consent {
	shown := Consent{
		ID: c.ID, Resident: c.Resident, Purpose: string(c.Purpose), Contact: c.Contact, GivenBy: c.GivenBy, Capacity: string(c.Capacity),
		Proof: c.Proof, Witness: c.Witness, Manner: string(c.Manner), TextVersion: c.TextVersion, TextHash: c.TextHash, Language: c.Language,
		GivenAt: c.GivenAt, From: c.From, Until: when(c.Until), Holds: c.Holds(a.now()), RecordedBy: c.RecordedBy,
		WithdrawnAt: when(c.WithdrawnAt), WithdrawnBy: c.WithdrawnBy, Withdrawal: c.Withdrawal,
	}
	if c.Scope != 0 {
		shown.Scopes = c.Scope.Names()
	}
	return shown
}

type consentsOutput struct{ Body []Consent }

func (a *API) listConsents(ctx context.Context, in *ResidentPath) (*consentsOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayReadConsents(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	list, err := a.consents.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "list consents", err)
	}
	out := &consentsOutput{Body: []Consent{}}
	for _, c := range list {
		out.Body = append(out.Body, a.showConsent(c))
	}
	return out, nil
}

type giveConsentInput struct {
	ResidentPath
	Body struct {
		Purpose  string    `json:"purpose" enum:"monitoring,sharing,panel,research,abroad"`
		Contact  string    `json:"contact,omitempty"`
		Scopes   []string  `json:"scopes,omitempty" example:"[\"status\",\"alerts\"]"`
		GivenBy  string    `json:"given_by" minLength:"1" maxLength:"200" doc:"The name of who agreed"`
		Capacity string    `json:"capacity" enum:"resident,guardian"`
		Proof    string    `json:"proof,omitempty" maxLength:"200" doc:"What shows the guardian's right, or where the paper is"`
		Witness  string    `json:"witness,omitempty" maxLength:"200"`
		Manner   string    `json:"manner" enum:"signed_in,paper,spoken"`
		Language string    `json:"language,omitempty" doc:"Of the text that was agreed to" example:"zh-CN"`
		From     time.Time `json:"from,omitempty" doc:"Default now"`
		Until    time.Time `json:"until,omitempty" doc:"Default until it is withdrawn"`
	}
}

type consentOutput struct{ Body Consent }

func (a *API) giveConsent(ctx context.Context, in *giveConsentInput) (*consentOutput, error) {
	user, err := a.mayConsent(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	scope, err := records.ParseScope(b.Scopes...)
	if err != nil {
		return nil, invalid("body.scopes", b.Scopes, err.Error())
	}
	kept, err := a.consents.Give(ctx, records.Consent{
		Resident: in.ID, Purpose: records.Purpose(b.Purpose), Contact: b.Contact, Scope: scope, GivenBy: b.GivenBy, Capacity: records.Capacity(b.Capacity),
		Proof: b.Proof, Witness: b.Witness, Manner: records.Manner(b.Manner), Language: b.Language, From: b.From, Until: b.Until, RecordedBy: user.ID,
	})
	if err != nil {
		return nil, a.failed(ctx, "give the consent", err)
	}
	return &consentOutput{a.showConsent(kept)}, nil
}

type withdrawConsentInput struct {
	ResidentPath
	Consent string `path:"consent" doc:"Consent id"`
	Body    struct {
		Words string `json:"words,omitempty" maxLength:"2000" doc:"Who withdrew it, and why"`
	}
}

func (a *API) withdrawConsent(ctx context.Context, in *withdrawConsentInput) (*consentOutput, error) {
	user, err := a.mayConsent(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.consents.Withdraw(ctx, in.ID, in.Consent, user.ID, in.Body.Words)
	if err != nil {
		return nil, a.failed(ctx, "withdraw the consent", err)
	}
	return &consentOutput{a.showConsent(c)}, nil
}
