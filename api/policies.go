package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Policies are those by which people are told, and may be changed.
type Policies interface {
	List(ctx context.Context) ([]escalation.Entry, error)
	Get(ctx context.Context, id string) (escalation.Entry, error)
	Versions(ctx context.Context, id string) ([]escalation.Version, error)
	Save(ctx context.Context, p escalation.Policy, e escalation.Edit) (escalation.Entry, error)
	Revert(ctx context.Context, id string, e escalation.Edit) error
	Of(ctx context.Context, resident string) (map[rules.Severity]escalation.Policy, error)
	Choose(ctx context.Context, resident string, severity rules.Severity, policy, by string) error
}

// WholePolicy says who is told of an alert, and when: what its file would hold, and who
// has changed it.
type WholePolicy struct {
	ID        string             `json:"id"`
	Version   int                `json:"version" doc:"0 for a default one that nobody has changed"`
	Policy    escalation.Policy  `json:"policy" doc:"As in a file of policies"`
	Default   *escalation.Policy `json:"default,omitempty" doc:"What it goes back to when the change of it is taken away"`
	ChangedAt *time.Time         `json:"changed_at,omitempty"`
	ChangedBy string             `json:"changed_by,omitempty" doc:"A user"`
	Reason    string             `json:"reason,omitempty" doc:"Of the newest change"`
}

func showPolicy(e escalation.Entry) WholePolicy {
	return WholePolicy{
		ID: e.Policy.ID, Version: e.Policy.Version, Policy: e.Policy, Default: e.Default, ChangedAt: known(e.ChangedAt), ChangedBy: e.ChangedBy, Reason: e.Reason,
	}
}

// PolicyPath names the policy in an operation's path.
type PolicyPath struct {
	ID string `path:"id" doc:"Policy id"`
}

type policyOutput struct{ Body WholePolicy }

type policiesOutput struct{ Body []WholePolicy }

func (a *API) policyOperations(api huma.API, get, put, remove describe) {
	huma.Register(api, get("list-policies", "/policies", "List who is told of alerts, and when", "policies"), a.listPolicies)
	huma.Register(api, get("read-policy", "/policies/{id}", "Read a policy as data", "policies"), a.readPolicy)
	huma.Register(api, put("save-policy", "/policies/{id}", "Make a policy, or change one: for alerts that begin from now on", "policies"), a.savePolicy)
	huma.Register(api, remove("revert-policy", "/policies/{id}", "Go back to the default policy, or take away one that has none", "policies"), a.revertPolicy)
	huma.Register(api, get("policy-versions", "/policies/{id}/versions", "The versions that people have made of a policy, newest first", "policies"), a.policyVersions)
	huma.Register(api, get("resident-policies", "/residents/{id}/policies", "The policies that hold for a resident, by severity", "policies"), a.residentPolicies)
	huma.Register(api, put("choose-policy", "/residents/{id}/policies/{severity}", "Choose the policy for a resident's alerts of a severity", "policies"), a.choosePolicy)
}

func (a *API) listPolicies(ctx context.Context, _ *struct{}) (*policiesOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	all, err := a.policies.List(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list the policies", err)
	}
	out := &policiesOutput{Body: []WholePolicy{}}
	for _, e := range all {
		out.Body = append(out.Body, showPolicy(e))
	}
	return out, nil
}

func (a *API) readPolicy(ctx context.Context, in *PolicyPath) (*policyOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	e, err := a.policies.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the policy", err)
	}
	return &policyOutput{Body: showPolicy(e)}, nil
}

type savePolicyInput struct {
	PolicyPath
	Body struct {
		Policy    given  `json:"policy"`
		Reason    string `json:"reason,omitempty" maxLength:"2000" doc:"Why it is changed"`
		IfVersion *int   `json:"if_version,omitempty" doc:"The version that was read before: refused when there is another by now; 0 when nobody had changed it"`
	}
}

func (a *API) savePolicy(ctx context.Context, in *savePolicyInput) (*policyOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	text, err := in.Body.Policy.yaml()
	if err != nil {
		return nil, invalid("body.policy", nil, err.Error())
	}
	all, err := escalation.Parse(text)
	if err != nil {
		return nil, wrongPolicy(err)
	}
	if len(all) != 1 || all[0].ID != in.ID {
		return nil, invalid("body.policy", nil, "want one policy with the id "+in.ID+", as in the address: it never changes")
	}
	user, _ := UserOf(ctx)
	e, err := a.policies.Save(ctx, all[0], escalation.Edit{By: user.ID, Reason: in.Body.Reason, IfVersion: in.Body.IfVersion})
	if err != nil {
		return nil, a.failed(ctx, "change the policy", err)
	}
	return &policyOutput{Body: showPolicy(e)}, nil
}

// wrongPolicy is the answer to a policy that was not taken: all that is wrong with
// it, and where.
func wrongPolicy(err error) error {
	problem := &huma.ErrorModel{
		Type: "urn:anxin:error:policy.invalid", Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity,
		Detail: "the policy cannot be taken",
	}
	for _, m := range escalation.Mistakes(err) {
		problem.Errors = append(problem.Errors, &huma.ErrorDetail{Location: "body.policy." + m.Path, Message: m.Message})
	}
	if len(problem.Errors) == 0 {
		problem.Detail += ": " + lineBefore.ReplaceAllString(err.Error(), "")
	}
	return problem
}

type revertPolicyInput struct {
	PolicyPath
	Reason    string `query:"reason" maxLength:"2000" doc:"Why"`
	IfVersion int    `query:"if_version" minimum:"1" doc:"The version that was read before: refused when there is another by now"`
}

func (a *API) revertPolicy(ctx context.Context, in *revertPolicyInput) (*struct{}, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	e := escalation.Edit{By: user.ID, Reason: in.Reason}
	if in.IfVersion > 0 {
		e.IfVersion = &in.IfVersion
	}
	if err := a.policies.Revert(ctx, in.ID, e); err != nil {
		return nil, a.failed(ctx, "take back the policy", err)
	}
	return nil, nil
}

// PolicyVersion is a version of a policy that people have made.
type PolicyVersion struct {
	Version int                `json:"version"`
	At      time.Time          `json:"at"`
	By      string             `json:"by" doc:"A user"`
	Reason  string             `json:"reason,omitempty"`
	Policy  *escalation.Policy `json:"policy,omitempty" doc:"None for one that went back to the default, or took the policy away"`
}

type policyVersionsOutput struct{ Body []PolicyVersion }

func (a *API) policyVersions(ctx context.Context, in *PolicyPath) (*policyVersionsOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	all, err := a.policies.Versions(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the versions of the policy", err)
	}
	out := &policyVersionsOutput{Body: []PolicyVersion{}}
	for _, v := range all {
		out.Body = append(out.Body, PolicyVersion(v))
	}
	return out, nil
}

// ResidentPolicies are the policies that hold for a resident.
type ResidentPolicies struct {
	Info     escalation.Policy `json:"info"`
	Warning  escalation.Policy `json:"warning"`
	Critical escalation.Policy `json:"critical"`
}

type residentPoliciesOutput struct{ Body ResidentPolicies }

func (a *API) residentPolicies(ctx context.Context, in *ResidentPath) (*residentPoliciesOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	of, err := a.policies.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the policies of the resident", err)
	}
	return &residentPoliciesOutput{Body: ResidentPolicies{Info: of[rules.Info], Warning: of[rules.Warning], Critical: of[rules.Critical]}}, nil
}

type choosePolicyInput struct {
	ResidentPath
	Severity string `path:"severity" enum:"info,warning,critical"`
	Body     struct {
		Policy string `json:"policy" doc:"Policy id; empty for the standard one"`
	}
}

func (a *API) choosePolicy(ctx context.Context, in *choosePolicyInput) (*residentPoliciesOutput, error) {
	user, err := a.mayArrange(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	var severity rules.Severity
	if err := severity.UnmarshalText([]byte(in.Severity)); err != nil {
		return nil, a.failed(ctx, "choose the policy", store.NotFound("severity", in.Severity))
	}
	if err := a.policies.Choose(ctx, in.ID, severity, in.Body.Policy, user.ID); err != nil {
		return nil, a.failed(ctx, "choose the policy", err)
	}
	return a.residentPolicies(ctx, &in.ResidentPath)
}
