package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Judge hears what people do about alerts.
type Judge interface {
	Claim(ctx context.Context, alert, user string, until time.Time) error
	Resolve(ctx context.Context, alert, user string, verdict engine.Verdict, reason string) error
	ResolveGone(ctx context.Context, alert, user string, verdict engine.Verdict, reason string, may func(context.Context, alerts.Alert) (bool, error)) error
	Snooze(ctx context.Context, alert, user string, until time.Time) error
}

// Alert is a rule that fired for a resident.
type Alert struct {
	ID           string            `json:"id"`
	Resident     string            `json:"resident,omitempty" doc:"Whom it is about; none for an alert about a device or a home"`
	Home         string            `json:"home,omitempty" doc:"The home that it is about, or that of the device"`
	Device       string            `json:"device,omitempty" doc:"The device that it is about"`
	Tells        string            `json:"tells" enum:"care,devices" doc:"Who is to hear of it: who cares for the resident, or who looks after devices"`
	PartOf       string            `json:"part_of,omitempty" doc:"The alert that it is a part of, for they have one cause"`
	Rule         string            `json:"rule"`
	Version      int               `json:"rule_version"`
	Name         Text              `json:"name"`
	Message      Text              `json:"message"`
	Why          Text              `json:"why" doc:"What the rule saw and since when, in plain words"`
	Source       string            `json:"source,omitempty" doc:"The guideline that the rule comes from"`
	Severity     string            `json:"severity" enum:"info,warning,critical"`
	Status       string            `json:"status" enum:"firing,claimed,resolved"`
	Since        time.Time         `json:"since" doc:"When the rule began to hold"`
	BeganAt      time.Time         `json:"began_at" doc:"When it was believed"`
	ChangedAt    time.Time         `json:"changed_at"`
	ResolvedAt   *time.Time        `json:"resolved_at,omitempty"`
	ClaimedBy    string            `json:"claimed_by,omitempty" doc:"The user who has it"`
	ClaimedUntil *time.Time        `json:"claimed_until,omitempty"`
	SnoozedUntil *time.Time        `json:"snoozed_until,omitempty"`
	Repeats      int               `json:"repeats,omitempty" doc:"How many times somebody has called again, or fallen again, while it was open"`
	RepeatedAt   *time.Time        `json:"repeated_at,omitempty" doc:"When that was the last time"`
	Verdict      string            `json:"verdict,omitempty" enum:"true,false_alarm,test,not_theirs" doc:"What it was found to have been; not_theirs: it began by readings that were found to be somebody else's"`
	RuleGone     bool              `json:"rule_gone,omitempty" doc:"It is open and its rule was taken away or switched off: it does not end by itself"`
	Evidence     alerts.Evidence   `json:"evidence" doc:"What the rule saw when it last began or worsened"`
	Around       []alerts.Series   `json:"around,omitempty" doc:"The readings from half an hour before until half an hour after it began, kept with it; where one alert is read"`
	Parts        []Alert           `json:"parts,omitempty" doc:"The alerts that are parts of it; where one alert is read"`
	Transitions  []AlertTransition `json:"transitions,omitempty" doc:"All steps, oldest first; where one alert is read"`
	OnScene      *AlertScene       `json:"on_scene,omitempty" doc:"When whoever had it was with the resident; where one alert is read"`
	Comments     []AlertComment    `json:"comments,omitempty" doc:"What people said about it, oldest first; where one alert is read"`
}

// Text is in both languages of the product.
type Text = rules.Text

// AlertTransition is a step of an alert's life.
type AlertTransition struct {
	N        int             `json:"n"`
	Version  int             `json:"rule_version"`
	At       time.Time       `json:"at"`
	Status   string          `json:"status"`
	Severity string          `json:"severity"`
	Cause    string          `json:"cause" enum:"began,worsened,repeated,cleared,claimed,snoozed,resolved,claim_expired,snooze_ended,grouped,ungrouped,withdrawn"`
	By       string          `json:"by,omitempty" doc:"A user"`
	Until    *time.Time      `json:"until,omitempty"`
	Verdict  string          `json:"verdict,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Evidence alerts.Evidence `json:"evidence"`
}

// AlertScene is that somebody was with the resident.
type AlertScene struct {
	At time.Time `json:"at"`
	By string    `json:"by" doc:"A user"`
}

// AlertComment is what somebody said about an alert.
type AlertComment struct {
	At   time.Time `json:"at"`
	By   string    `json:"by" doc:"A user"`
	Text string    `json:"text"`
}

// showAlert is an alert as it is, beside the rules that hold.
func (a *API) showAlert(one alerts.Alert, about alerts.About) Alert {
	out := showAlert(one, about)
	out.RuleGone = one.Gone(a.rules.Current().Set)
	return out
}

func showAlert(a alerts.Alert, about alerts.About) Alert {
	out := Alert{
		ID: a.ID, PartOf: a.PartOf, Resident: a.Resident, Home: a.Home, Device: a.Device, Tells: string(tells(a)), Rule: a.Rule.ID, Version: a.Rule.Version, Name: Text(a.Rule.Name), Source: a.Rule.Source,
		Message: Text{EN: a.Message("en", about), ZH: a.Message("zh", about)}, Why: Text(a.Why(about)), Around: a.Around,
		Severity: a.Severity.String(), Status: string(a.Status), Since: a.Since, BeganAt: a.BeganAt, ChangedAt: a.ChangedAt,
		ResolvedAt: known(a.ResolvedAt), ClaimedBy: a.ClaimedBy, ClaimedUntil: known(a.ClaimedUntil), SnoozedUntil: known(a.SnoozedUntil), Repeats: a.Repeats, RepeatedAt: known(a.RepeatedAt),
		Verdict: string(a.Verdict), Evidence: a.Evidence,
	}
	for _, part := range a.Parts {
		out.Parts = append(out.Parts, showAlert(part, about))
	}
	for _, t := range a.Transitions {
		out.Transitions = append(out.Transitions, AlertTransition{
			N: t.N, Version: t.Version, At: t.At, Status: string(t.Status), Severity: t.Severity.String(), Cause: string(t.Cause), By: t.By, Until: known(t.Until),
			Verdict: string(t.Verdict), Reason: t.Reason, Evidence: t.Evidence,
		})
	}
	if !a.Scene.At.IsZero() {
		out.OnScene = &AlertScene{At: a.Scene.At, By: a.Scene.By}
	}
	for _, c := range a.Comments {
		out.Comments = append(out.Comments, AlertComment(c))
	}
	return out
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// AlertsQuery says which alerts, and how many of them.
type AlertsQuery struct {
	Rule     string `query:"rule" doc:"Only of this rule"`
	Status   string `query:"status" enum:"open,all" default:"all" doc:"open: not resolved, worst first and then oldest; all: newest first"`
	Severity string `query:"severity" enum:"info,warning,critical" doc:"At least so grave"`
	Parts    bool   `query:"parts" doc:"With the alerts that are parts of others"`
	Before   string `query:"before" doc:"The id of the last alert of the page before"`
	Limit    int64  `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type alertsInput struct {
	AlertsQuery
	Resident []string `query:"resident" doc:"Only of these residents"`
}

type residentAlertsInput struct {
	ResidentPath
	AlertsQuery
}

type alertsOutput struct{ Body []Alert }

func (a *API) listAlerts(ctx context.Context, in *alertsInput) (*alertsOutput, error) {
	for _, id := range in.Resident {
		if _, err := a.resident(ctx, records.Alerts, id); err != nil {
			return nil, err
		}
	}
	return a.alertsOf(ctx, in.Resident, "", in.AlertsQuery)
}

func (a *API) residentAlerts(ctx context.Context, in *residentAlertsInput) (*alertsOutput, error) {
	who, err := a.resident(ctx, records.Alerts, in.ID)
	if err != nil {
		return nil, err
	}
	return a.alertsOf(ctx, []string{in.ID}, who.HomeID, in.AlertsQuery)
}

// alertsOf lists alerts, of residents and of their home when some are named.
func (a *API) alertsOf(ctx context.Context, residents []string, home string, in AlertsQuery) (*alertsOutput, error) {
	q := alerts.Query{Residents: residents, Home: home, Rule: in.Rule, Open: in.Status == "open", Before: in.Before, Limit: in.Limit, Whole: !in.Parts}
	if in.Severity != "" {
		if err := q.Severity.UnmarshalText([]byte(in.Severity)); err != nil {
			return nil, invalid("query.severity", in.Severity, err.Error())
		}
	}
	page, err := a.alerts.List(ctx, q)
	if err != nil {
		return nil, a.failed(ctx, "list alerts", err)
	}
	out := &alertsOutput{Body: []Alert{}}
	user, _ := UserOf(ctx)
	names := a.names.Remembering()
	for _, one := range page {
		about, concerned, err := names.Of(ctx, one)
		if err != nil {
			return nil, a.failed(ctx, "read whom the alert concerns", err)
		}
		if alerts.MayRead(ctx, a.access, user, concerned) {
			out.Body = append(out.Body, a.showAlert(one, about))
		}
	}
	return out, nil
}

// AlertPath names the alert in an operation's path.
type AlertPath struct {
	ID string `path:"id" doc:"Alert id"`
}

type alertOutput struct{ Body Alert }

func (a *API) readAlert(ctx context.Context, in *AlertPath) (*alertOutput, error) {
	_, about, err := a.alert(ctx, in.ID, alerts.MayRead)
	if err != nil {
		return nil, err
	}
	whole, err := a.alerts.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the alert", err)
	}
	return &alertOutput{Body: a.showAlert(whole, about)}, nil
}

// permission is one of [alerts.MayRead] and [alerts.MayAct].
type permission func(context.Context, records.Access, records.User, []records.Resident) bool

// alert returns an alert about which the request may do something, and what it
// names.
func (a *API) alert(ctx context.Context, id string, may permission) (alerts.Alert, alerts.About, error) {
	one, err := a.alerts.One(ctx, id)
	if err != nil {
		return one, alerts.About{}, a.failed(ctx, "read the alert", err)
	}
	about, concerned, err := a.names.Of(ctx, one)
	if err != nil {
		return one, about, a.failed(ctx, "read whom the alert concerns", err)
	}
	if user, _ := UserOf(ctx); !may(ctx, a.access, user, concerned) {
		return one, about, a.failed(ctx, "read the alert", store.NotFound("alert", id))
	}
	return one, about, nil
}

// tells is who hears of an alert.
func tells(a alerts.Alert) rules.Audience {
	if a.Rule.Tells == "" {
		return rules.Care
	}
	return a.Rule.Tells
}

type claimAlertInput struct {
	AlertPath
	Body struct {
		Until time.Time `json:"until" doc:"When you will have looked after it; at most 12 hours ahead"`
	}
}

func (a *API) claimAlert(ctx context.Context, in *claimAlertInput) (*alertOutput, error) {
	return a.actOn(ctx, in.ID, func(user string) error { return a.judge.Claim(ctx, in.ID, user, in.Body.Until) })
}

type resolveAlertInput struct {
	AlertPath
	Body struct {
		Verdict string `json:"verdict" enum:"true,false_alarm,test" doc:"What it was"`
		Reason  string `json:"reason,omitempty" maxLength:"2000"`
		All     bool   `json:"all_of_rule,omitempty" doc:"Also all other open alerts of its rule that you may close, where that rule is not judged any more"`
	}
}

func (a *API) resolveAlert(ctx context.Context, in *resolveAlertInput) (*alertOutput, error) {
	return a.actOn(ctx, in.ID, func(user string) error {
		if in.Body.All {
			return a.judge.ResolveGone(ctx, in.ID, user, engine.Verdict(in.Body.Verdict), in.Body.Reason, a.mayAct)
		}
		return a.judge.Resolve(ctx, in.ID, user, engine.Verdict(in.Body.Verdict), in.Body.Reason)
	})
}

func (a *API) mayAct(ctx context.Context, one alerts.Alert) (bool, error) {
	_, concerned, err := a.names.Of(ctx, one)
	user, _ := UserOf(ctx)
	return err == nil && alerts.MayAct(ctx, a.access, user, concerned), err
}

type snoozeAlertInput struct {
	AlertPath
	Body struct {
		Until time.Time `json:"until" doc:"At most 24 hours ahead; what is critical cannot be snoozed"`
	}
}

func (a *API) snoozeAlert(ctx context.Context, in *snoozeAlertInput) (*alertOutput, error) {
	return a.actOn(ctx, in.ID, func(user string) error { return a.judge.Snooze(ctx, in.ID, user, in.Body.Until) })
}

type commentAlertInput struct {
	AlertPath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"2000"`
	}
}

func (a *API) commentAlert(ctx context.Context, in *commentAlertInput) (*alertOutput, error) {
	return a.actOn(ctx, in.ID, func(user string) error { return a.comments.Add(ctx, in.ID, user, in.Body.Text) })
}

func (a *API) arrive(ctx context.Context, in *AlertPath) (*alertOutput, error) {
	return a.actOn(ctx, in.ID, func(user string) error { return a.scenes.Arrive(ctx, in.ID, user) })
}

func (a *API) actOn(ctx context.Context, id string, act func(user string) error) (*alertOutput, error) {
	if _, _, err := a.alert(ctx, id, alerts.MayAct); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	if err := act(user.ID); err != nil {
		return nil, a.failed(ctx, "change the alert", err)
	}
	return a.readAlert(ctx, &AlertPath{ID: id})
}
