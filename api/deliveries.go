package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Tester sends test messages.
type Tester interface {
	Test(ctx context.Context, contact, channel string) (delivery string, err error)
}

// Reach proves who can be told.
type Reach interface {
	Of(ctx context.Context, resident string) ([]deliveries.Proof, error)
}

// Drills begins drills and knows what came of them.
type Drills interface {
	Begin(ctx context.Context, resident string) error
	Of(ctx context.Context, resident string) ([]deliveries.Drill, error)
}

// deliveryOperations are what becomes of telling people.
func (a *API) deliveryOperations(api huma.API, get, post func(id, path, summary string, tags ...string) huma.Operation) {
	huma.Register(api, get("alert-deliveries", "/alerts/{id}/deliveries", "Who was told of an alert over what, and what became of it", "deliveries"), a.alertDeliveries)
	huma.Register(api, get("list-deliveries", "/deliveries", "Deliveries that failed, newest first", "deliveries"), a.listDeliveries)
	huma.Register(api, get("read-delivery", "/deliveries/{id}", "Read a delivery with its attempts", "deliveries"), a.readDelivery)
	huma.Register(api, post("test-channel", "/contacts/{id}/channels/{channel}/test", "Send a test message over a channel", "deliveries"), a.testChannel)
	huma.Register(api, post("test-my-channel", "/me/contact/channels/{channel}/test", "Send a test message over a channel of mine", "me"), a.testMyChannel)
	huma.Register(api, get("resident-reach", "/residents/{id}/reach", "For each severity, whether somebody can be told of the resident's alerts", "deliveries"), a.residentReach)
	huma.Register(api, get("resident-drills", "/residents/{id}/drills", "The last drills, newest first", "deliveries"), a.residentDrills)
	huma.Register(api, post("begin-drill", "/residents/{id}/drills", "Begin a drill: a virtual SOS, told as an alert is until somebody answers", "deliveries"), a.beginDrill)
}

// Delivery is one attempt to tell one person over one channel.
type Delivery struct {
	ID          string            `json:"id"`
	About       string            `json:"about" enum:"alert,news,occurrence,test,digest"`
	Alert       string            `json:"alert,omitempty"`
	Step        int               `json:"step"`
	Says        string            `json:"says" doc:"What is said: call, gap, remind, taken, over; plain for words that came with it, many for a digest"`
	Resident    string            `json:"resident,omitempty"`
	Contact     string            `json:"contact"`
	Relation    string            `json:"relation"`
	Severity    string            `json:"severity" enum:"info,warning,critical"`
	Channel     string            `json:"channel,omitempty" doc:"None when the contact had no channel for this"`
	Kind        string            `json:"kind,omitempty" enum:"email,webpush,webhook,chat,sms,speaker"`
	Digest      string            `json:"digest,omitempty" doc:"The digest that it went in"`
	Status      string            `json:"status" enum:"queued,sending,sent,delivered,seen,failed,dropped"`
	Answer      string            `json:"answer,omitempty" doc:"The provider's last answer, or why it was dropped"`
	QueuedAt    time.Time         `json:"queued_at"`
	DueAt       time.Time         `json:"due_at" doc:"When the contact may be told"`
	NextAt      *time.Time        `json:"next_at,omitempty" doc:"When it is tried again"`
	SentAt      *time.Time        `json:"sent_at,omitempty"`
	DeliveredAt *time.Time        `json:"delivered_at,omitempty"`
	SeenAt      *time.Time        `json:"seen_at,omitempty"`
	EndedAt     *time.Time        `json:"ended_at,omitempty" doc:"When it failed or was dropped"`
	Attempts    []DeliveryAttempt `json:"attempts"`
}

// DeliveryAttempt is one try.
type DeliveryAttempt struct {
	N       int        `json:"n"`
	At      time.Time  `json:"at"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
	Outcome string     `json:"outcome,omitempty" enum:"accepted,refused,failed" doc:"None while it is not known"`
	Answer  string     `json:"answer,omitempty"`
	Said    string     `json:"said,omitempty" doc:"The message as it was said, without its links, for those who may do something about the alert; none of what went in a digest"`
}

func showDelivery(d deliveries.Delivery, attempts []deliveries.Attempt, words bool) Delivery {
	out := Delivery{
		ID: d.ID, About: string(d.About), Step: d.Step, Says: string(d.Says), Resident: d.Resident, Contact: d.Contact, Relation: string(d.Relation), Severity: d.Severity.String(),
		Channel: d.Channel, Kind: string(d.Kind), Digest: d.Digest, Status: string(d.Status), Answer: d.Answer, QueuedAt: d.QueuedAt, DueAt: d.DueAt, NextAt: known(d.NextAt),
		SentAt: known(d.SentAt), DeliveredAt: known(d.DeliveredAt), SeenAt: known(d.SeenAt), EndedAt: known(d.EndedAt), Attempts: []DeliveryAttempt{},
	}
	if d.About == deliveries.OfAlert || d.About == deliveries.OfNews {
		out.Alert = d.Subject
	}
	for _, t := range attempts {
		one := DeliveryAttempt{N: t.N, At: t.At, EndedAt: known(t.EndedAt), Outcome: t.Outcome, Answer: t.Answer}
		if words {
			one.Said = t.Said
		}
		out.Attempts = append(out.Attempts, one)
	}
	return out
}

type deliveriesOutput struct{ Body []Delivery }

// showDeliveries shows deliveries; words says whether what was said is shown, too.
func (a *API) showDeliveries(ctx context.Context, list []deliveries.Delivery, words bool) (*deliveriesOutput, error) {
	attempts, err := a.deliveries.Attempts(ctx, list)
	if err != nil {
		return nil, a.failed(ctx, "read attempts", err)
	}
	out := &deliveriesOutput{Body: []Delivery{}}
	for _, d := range list {
		out.Body = append(out.Body, showDelivery(d, attempts[d.ID], words))
	}
	return out, nil
}

func (a *API) alertDeliveries(ctx context.Context, in *AlertPath) (*deliveriesOutput, error) {
	one, _, err := a.alert(ctx, in.ID, alerts.MayRead)
	if err != nil {
		return nil, err
	}
	_, concerned, err := a.names.Of(ctx, one)
	if err != nil {
		return nil, a.failed(ctx, "read whom the alert concerns", err)
	}
	list, err := a.deliveries.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read deliveries", err)
	}
	user, _ := UserOf(ctx)
	return a.showDeliveries(ctx, list, alerts.MayAct(ctx, a.access, user, concerned))
}

type listDeliveriesInput struct {
	Status string `query:"status" enum:"failed" default:"failed"`
	Before string `query:"before" doc:"The id of the last delivery of the page before"`
	Limit  int64  `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (a *API) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*deliveriesOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	list, err := a.deliveries.Failed(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, a.failed(ctx, "list deliveries", err)
	}
	return a.showDeliveries(ctx, list, false)
}

// DeliveryPath names the delivery in an operation's path.
type DeliveryPath struct {
	ID string `path:"id" doc:"Delivery id"`
}

type deliveryOutput struct{ Body Delivery }

func (a *API) readDelivery(ctx context.Context, in *DeliveryPath) (*deliveryOutput, error) {
	d, err := a.deliveries.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the delivery", err)
	}
	user, _ := UserOf(ctx)
	if d.Resident == "" {
		err = a.access.MayManage(ctx, user)
	} else {
		err = a.access.MaySee(ctx, user, records.Alerts, d.Resident)
	}
	if err != nil {
		return nil, a.failed(ctx, "read the delivery", store.NotFound("delivery", in.ID))
	}
	out, err := a.showDeliveries(ctx, []deliveries.Delivery{d}, d.About != deliveries.OfDigest && d.Resident != "" && a.access.LooksAfter(ctx, user, d.Resident))
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{Body: out.Body[0]}, nil
}

type testChannelInput struct {
	ID      string `path:"id" doc:"Contact id"`
	Channel string `path:"channel" doc:"Channel id"`
}

func (a *API) testChannel(ctx context.Context, in *testChannelInput) (*deliveryOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayTestChannel(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	return a.tested(ctx, in.ID, in.Channel)
}

func (a *API) testMyChannel(ctx context.Context, in *ChannelPath) (*deliveryOutput, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	return a.tested(ctx, c.ID, in.Channel)
}

// tested sends a test message, and shows what is to become of it.
func (a *API) tested(ctx context.Context, contact, channel string) (*deliveryOutput, error) {
	id, err := a.tester.Test(ctx, contact, channel)
	if err != nil {
		return nil, a.failed(ctx, "test the channel", err)
	}
	d, err := a.deliveries.Get(ctx, id)
	if err != nil {
		return nil, a.failed(ctx, "read the delivery", err)
	}
	out, err := a.showDeliveries(ctx, []deliveries.Delivery{d}, false)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{Body: out.Body[0]}, nil
}

// Proof is whether somebody can be told of alerts of one severity.
type Proof struct {
	Severity string     `json:"severity" enum:"info,warning,critical"`
	Reached  bool       `json:"reached"`
	Contact  string     `json:"contact,omitempty" doc:"The first person who can be told"`
	Channel  string     `json:"channel,omitempty"`
	Kind     string     `json:"kind,omitempty"`
	WorkedAt *time.Time `json:"worked_at,omitempty" doc:"When that channel last worked"`
	Untried  []string   `json:"untried" doc:"Persons with a channel that has not worked lately: a test message to one of them may close the gap"`
}

type reachOutput struct{ Body []Proof }

func (a *API) residentReach(ctx context.Context, in *ResidentPath) (*reachOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	proofs, err := a.reach.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "prove who can be told", err)
	}
	out := &reachOutput{Body: []Proof{}}
	for _, p := range proofs {
		shown := Proof{Severity: p.Severity.String(), Reached: p.Reached(), Contact: p.Contact, Channel: p.Channel, Kind: string(p.Kind), WorkedAt: known(p.WorkedAt), Untried: p.Untried}
		if shown.Untried == nil {
			shown.Untried = []string{}
		}
		out.Body = append(out.Body, shown)
	}
	return out, nil
}

// Drill is a virtual SOS and how long it took until somebody answered.
type Drill struct {
	Alert      string     `json:"alert"`
	BeganAt    time.Time  `json:"began_at"`
	ToldAt     *time.Time `json:"told_at,omitempty" doc:"When a provider first had a message"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	AnsweredBy string     `json:"answered_by,omitempty" doc:"A user, or contact: and the id of a contact"`
	TookMS     int64      `json:"took_ms,omitempty" doc:"From its beginning to the answer"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
}

type drillsOutput struct{ Body []Drill }

func (a *API) residentDrills(ctx context.Context, in *ResidentPath) (*drillsOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	all, err := a.drills.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the drills", err)
	}
	out := &drillsOutput{Body: []Drill{}}
	for _, d := range all {
		out.Body = append(out.Body, Drill{
			Alert: d.Alert, BeganAt: d.BeganAt, ToldAt: known(d.ToldAt), AnsweredAt: known(d.AnsweredAt), AnsweredBy: d.By, TookMS: d.Took().Milliseconds(), EndedAt: known(d.EndedAt),
		})
	}
	return out, nil
}

func (a *API) beginDrill(ctx context.Context, in *ResidentPath) (*drillsOutput, error) {
	user, _ := UserOf(ctx)
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	if err := a.access.MayLookAfter(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "begin a drill", err)
	}
	if err := a.drills.Begin(ctx, in.ID); err != nil {
		return nil, a.failed(ctx, "begin a drill", err)
	}
	return a.residentDrills(ctx, in)
}
