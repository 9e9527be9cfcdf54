package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Rules are the rules that alerts come from, and may be changed.
type Rules interface {
	Current() *rulebook.Contents
	Versions(ctx context.Context, id string) ([]rulebook.Version, error)
	Save(ctx context.Context, r rules.Rule, c rulebook.Change) (rulebook.Entry, error)
	Revert(ctx context.Context, id string, c rulebook.Change) error
	Check(r rules.Rule) error
}

// ListedRule is a condition over a resident's readings, a device's or a home's.
type ListedRule struct {
	ID       string      `json:"id"`
	Version  int         `json:"version"`
	From     string      `json:"from" enum:"pack,folder,edited" doc:"Where it comes from: the default rules, the rules folder, or a change over the API"`
	Off      bool        `json:"off" doc:"It is kept and not judged"`
	Name     Text        `json:"name"`
	Message  Text        `json:"message"`
	Source   string      `json:"source,omitempty" doc:"The guideline that it comes from"`
	Subject  string      `json:"subject" enum:"resident,device,home"`
	Tells    string      `json:"tells" enum:"care,devices"`
	Active   string      `json:"active,omitempty" doc:"Hours of the resident's day in which it may begin" example:"22:00-06:00"`
	Raised   bool        `json:"raised,omitempty" doc:"No reading shows what it is about: Anxin raises its alerts, and lowers them"`
	Levels   []RuleLevel `json:"levels" doc:"Mildest first"`
	Clear    string      `json:"clear,omitempty" doc:"The condition under which it resolves by itself; none when only a person closes it"`
	ClearFor string      `json:"clear_for,omitempty"`
	Problem  string      `json:"problem,omitempty" doc:"Why the newest version cannot be judged by: the default holds, or none"`
}

// RuleLevel is when a rule begins, and how grave that is.
type RuleLevel struct {
	Severity string `json:"severity"`
	When     string `json:"when"`
	For      string `json:"for,omitempty"`
	Readings int    `json:"readings,omitempty"`
	Within   string `json:"within,omitempty"`
}

type rulesOutput struct{ Body []ListedRule }

func (a *API) listRules(ctx context.Context, _ *struct{}) (*rulesOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	out := &rulesOutput{Body: []ListedRule{}}
	for _, e := range a.rules.Current().Entries {
		out.Body = append(out.Body, showRule(e))
	}
	return out, nil
}

func showRule(e rulebook.Entry) ListedRule {
	r := &e.Rule
	out := ListedRule{
		ID: r.ID, Version: r.Version, From: string(e.From), Off: r.Off, Name: r.Name, Message: r.Message, Source: r.Source,
		Subject: string(r.Subject), Tells: string(r.Tells), Active: r.Active.String(), Raised: r.Raised, Clear: r.Clear.When, ClearFor: lasting(r.Clear.For), Problem: e.Problem,
	}
	if out.Subject == "" {
		out.Subject = string(rules.OfResident)
	}
	if out.Tells == "" {
		out.Tells = string(rules.Care)
	}
	for _, l := range r.AllLevels() {
		out.Levels = append(out.Levels, RuleLevel{Severity: l.Severity.String(), When: l.When, For: lasting(l.For), Readings: l.Readings, Within: lasting(l.Within)})
	}
	return out
}

func lasting(s rules.Span) string {
	if s == 0 {
		return ""
	}
	return s.String()
}

// WholeRule is a rule as data: what its file would hold.
type WholeRule struct {
	ID        string      `json:"id"`
	Version   int         `json:"version"`
	From      string      `json:"from" enum:"pack,folder,edited"`
	Rule      rules.Rule  `json:"rule" doc:"As in a file of rules"`
	Default   *rules.Rule `json:"default,omitempty" doc:"What it goes back to when the change of it is taken away"`
	ChangedAt *time.Time  `json:"changed_at,omitempty"`
	ChangedBy string      `json:"changed_by,omitempty" doc:"A user"`
	Reason    string      `json:"reason,omitempty" doc:"Of the newest change"`
	Problem   string      `json:"problem,omitempty" doc:"Why the newest version cannot be judged by"`
}

// RulePath names the rule in an operation's path.
type RulePath struct {
	ID string `path:"id" doc:"Rule id"`
}

type ruleOutput struct{ Body WholeRule }

func (a *API) readRule(ctx context.Context, in *RulePath) (*ruleOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	e, ok := a.rules.Current().Find(in.ID)
	if !ok {
		return nil, noRule(in.ID)
	}
	return &ruleOutput{Body: showWholeRule(e)}, nil
}

func noRule(id string) error {
	fault := store.NotFound("rule", id)
	return faultProblem(fault, fault)
}

func showWholeRule(e rulebook.Entry) WholeRule {
	return WholeRule{
		ID: e.Rule.ID, Version: e.Rule.Version, From: string(e.From), Rule: e.Rule, Default: e.Default, ChangedAt: known(e.ChangedAt), ChangedBy: e.ChangedBy,
		Reason: e.Reason, Problem: e.Problem,
	}
}

// RuleVersion is a version of a rule that people have changed.
type RuleVersion struct {
	Version int         `json:"version"`
	At      time.Time   `json:"at"`
	By      string      `json:"by" doc:"A user"`
	Reason  string      `json:"reason" doc:"Why; empty where it was not said"`
	Rule    *rules.Rule `json:"rule,omitempty" doc:"None for one that went back to the default"`
}

type ruleVersionsOutput struct{ Body []RuleVersion }

func (a *API) ruleVersions(ctx context.Context, in *RulePath) (*ruleVersionsOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	all, err := a.rules.Versions(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the versions of the rule", err)
	}
	if _, ok := a.rules.Current().Find(in.ID); !ok && len(all) == 0 {
		return nil, noRule(in.ID)
	}
	out := &ruleVersionsOutput{Body: []RuleVersion{}}
	for _, v := range all {
		out.Body = append(out.Body, RuleVersion(v))
	}
	return out, nil
}

// given is a rule, or a policy, in a request. It is read as one in a file is, which
// says better what is wrong than the description of the API could.
type given struct{ text json.RawMessage }

// UnmarshalJSON implements [json.Unmarshaler].
func (g *given) UnmarshalJSON(text []byte) error {
	g.text = bytes.Clone(text)
	return nil
}

// Schema implements [huma.SchemaProvider].
func (given) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "With the keys that it has in a file; its version rises by itself"}
}

// yaml is what is given as a file would hold it.
func (g given) yaml() ([]byte, error) {
	// Escapes of JSON that YAML does not know are gone once it is written anew.
	var any any
	if err := json.Unmarshal(g.text, &any); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(any)
	return text.Bytes(), err
}

var lineBefore = regexp.MustCompile(`^(yaml: )?line \d+: `)

// rule reads the rule that is given.
func (g given) rule() (rules.Rule, error) {
	text, err := g.yaml()
	if err != nil {
		return rules.Rule{}, err
	}
	all, err := rules.Parse(text)
	if err != nil {
		return rules.Rule{}, errors.New(lineBefore.ReplaceAllString(err.Error(), ""))
	}
	if len(all) != 1 {
		return rules.Rule{}, errors.New("want one rule")
	}
	return all[0], nil
}

type saveRuleInput struct {
	RulePath
	Body struct {
		Rule      given  `json:"rule"`
		Reason    string `json:"reason,omitempty" maxLength:"2000" doc:"Why it is changed"`
		IfVersion *int   `json:"if_version,omitempty" doc:"The version that was read before: refused when there is another by now; 0 when there was no such rule"`
	}
}

func (a *API) saveRule(ctx context.Context, in *saveRuleInput) (*ruleOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	r, err := in.Body.Rule.rule()
	if err != nil {
		return nil, invalid("body.rule", nil, err.Error())
	}
	if r.ID == "" {
		r.ID = in.ID
	}
	if r.ID != in.ID {
		return nil, invalid("body.rule.id", r.ID, "want "+in.ID+", as in the address: the id of a rule never changes")
	}
	user, _ := UserOf(ctx)
	e, err := a.rules.Save(ctx, r, rulebook.Change{By: user.ID, Reason: in.Body.Reason, IfVersion: in.Body.IfVersion})
	if err != nil {
		return nil, a.ruleFailed(ctx, "change the rule", err)
	}
	return &ruleOutput{Body: showWholeRule(e)}, nil
}

// ruleFailed is the answer to a rule that was not taken: what is wrong with it,
// in the words of `anxin rules check`, and where.
func (a *API) ruleFailed(ctx context.Context, what string, err error) error {
	var refused *rules.Refused
	if !errors.As(err, &refused) {
		return a.failed(ctx, what, err)
	}
	problem := &huma.ErrorModel{
		Type: "urn:anxin:error:rule.invalid", Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity, Detail: err.Error(),
	}
	for _, p := range rules.Problems(err) {
		detail := &huma.ErrorDetail{Location: "body.rule." + p.Field, Message: p.Reason}
		if p.Text != "" {
			detail.Value = p.Text
		}
		problem.Errors = append(problem.Errors, detail)
	}
	return problem
}

type revertRuleInput struct {
	RulePath
	Reason    string `query:"reason" maxLength:"2000" doc:"Why"`
	IfVersion int    `query:"if_version" minimum:"1" doc:"The version that was read before: refused when there is another by now"`
}

func (a *API) revertRule(ctx context.Context, in *revertRuleInput) (*struct{}, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	c := rulebook.Change{By: user.ID, Reason: in.Reason}
	if in.IfVersion > 0 {
		c.IfVersion = &in.IfVersion
	}
	if err := a.rules.Revert(ctx, in.ID, c); err != nil {
		return nil, a.failed(ctx, "go back to the default rule", err)
	}
	return nil, nil
}

type checkRuleInput struct {
	Body struct {
		Rule given `json:"rule"`
	}
}

// CheckedRule says what is wrong with a rule.
type CheckedRule struct {
	OK       bool            `json:"ok"`
	Problems []rules.Problem `json:"problems" doc:"All that is wrong with it"`
}

type checkRuleOutput struct{ Body CheckedRule }

func (a *API) checkRule(ctx context.Context, in *checkRuleInput) (*checkRuleOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	r, err := in.Body.Rule.rule()
	if err == nil {
		err = a.rules.Check(r)
	}
	out := &checkRuleOutput{Body: CheckedRule{OK: err == nil, Problems: []rules.Problem{}}}
	out.Body.Problems = append(out.Body.Problems, rules.Problems(err)...)
	return out, nil
}
