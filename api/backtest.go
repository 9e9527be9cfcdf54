package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// Trials try rules on what was heard, and count what there was.
type Trials interface {
	Try(ctx context.Context, t backtest.Request) (*backtest.Report, error)
	Budget(ctx context.Context, residents []string, from, to time.Time) (budget.Standing, error)
}

// mostResidentDays bounds what one request may read, with the days from before that
// are read first: about a minute's work.
const mostResidentDays = 6800

// readBefore is how many days from before are counted for each resident: those 30
// that rules hear first at most, and 7 more for what arrived late in them.
const readBefore = 30 + 7

// tryAgain is when to ask again, in seconds, while another trial runs.
const tryAgain = 30

// errTrying is the answer while another trial runs: to wait for it would keep
// requests open that nobody may be reading any more.
func errTrying() error {
	return huma.ErrorWithHeaders(&huma.ErrorModel{
		Type: "urn:anxin:error:backtest.running", Title: http.StatusText(http.StatusTooManyRequests), Status: http.StatusTooManyRequests,
		Detail: "rules are being tried already, one trial at a time: ask again when that has ended",
	}, http.Header{"Retry-After": {strconv.Itoa(tryAgain)}})
}

type backtestInput struct {
	Body struct {
		Rule      *given    `json:"rule,omitempty" doc:"The rule to try, beside that of today with its id"`
		Rules     []string  `json:"rules,omitempty" maxItems:"200" doc:"Or the ids of rules of today; without either, all of them"`
		Residents []string  `json:"residents,omitempty" maxItems:"1000" doc:"On whom; without any, on all whom you may see"`
		From      time.Time `json:"from"`
		To        time.Time `json:"to" doc:"Not part of the period"`
	}
}

type backtestOutput struct{ Body *backtest.Report }

func describeBacktest(op huma.Operation) huma.Operation {
	op.Description = fmt.Sprintf("The rules run through the engine that judges live, over the readings of the timeline, from up to %[2]d days before. At most %[1]d days of residents at once, those %[2]d counted (100 residents for a month). One trial runs at a time: 429 while there is another. Rules about devices and homes are not tried.", mostResidentDays, readBefore)
	op.Errors = append(slices.Clone(op.Errors), http.StatusTooManyRequests)
	return op
}

func (a *API) backtestRules(ctx context.Context, in *backtestInput) (*backtestOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	t := backtest.Request{Residents: in.Body.Residents, From: in.Body.From, To: in.Body.To, IDs: in.Body.Rules}
	if in.Body.Rule != nil {
		r, err := in.Body.Rule.rule()
		if err != nil {
			return nil, invalid("body.rule", nil, err.Error())
		}
		t.Rules = []rules.Rule{r}
	}
	if len(t.Rules) > 0 && len(t.IDs) > 0 {
		return nil, invalid("body.rules", nil, "rule and rules: want one of them")
	}
	var err error
	if t.Residents, err = a.whom(ctx, t.Residents); err != nil {
		return nil, err
	}
	if err := a.bounded(t); err != nil {
		return nil, err
	}
	select {
	case a.trying <- struct{}{}:
		defer func() { <-a.trying }()
	default:
		return nil, errTrying()
	}
	report, err := a.trials.Try(ctx, t)
	var unknown *backtest.UnknownError
	if errors.As(err, &unknown) {
		return nil, invalid("body.rules", unknown.ID, unknown.Error())
	}
	if err != nil {
		return nil, a.ruleFailed(ctx, "try rules", err)
	}
	return &backtestOutput{Body: report}, nil
}

// bounded refuses a trial that is too long for one request.
func (a *API) bounded(t backtest.Request) error {
	if !t.From.Before(t.To) {
		return invalid("body.from", t.From, "from must be before to")
	}
	if now := a.now(); t.To.After(now.Add(ahead)) {
		return invalid("body.to", t.To, "nothing was heard of that yet")
	}
	days := (t.To.Sub(t.From).Hours()/24 + readBefore) * float64(len(t.Residents))
	if days > mostResidentDays {
		return invalid("body.residents", len(t.Residents), fmt.Sprintf(
			"%d residents over %.0f days are too much for one request: at most %d days of residents together, with %d from before for each; choose fewer residents or a shorter period, or run anxin rules backtest",
			len(t.Residents), t.To.Sub(t.From).Hours()/24, mostResidentDays, readBefore))
	}
	return nil
}

// whom are the residents that a request names, each of whom it must be allowed to
// see; without any, all that it may.
func (a *API) whom(ctx context.Context, named []string) ([]string, error) {
	for _, id := range named {
		if _, err := a.resident(ctx, records.Alerts, id); err != nil {
			return nil, err
		}
	}
	if len(named) > 0 {
		slices.Sort(named)
		return slices.Compact(named), nil
	}
	all, err := a.residentStore.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, a.failed(ctx, "list residents", err)
	}
	mine, err := visible(ctx, a, records.Alerts, all, residentID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(mine))
	for i, r := range mine {
		ids[i] = r.ID
	}
	return ids, nil
}

type budgetInput struct {
	Resident []string `query:"resident" doc:"Only these residents"`
	Weeks    int      `query:"weeks" minimum:"1" maximum:"52" default:"4" doc:"The last so many weeks"`
}

type budgetOutput struct{ Body budget.Standing }

func (a *API) rulesBudget(ctx context.Context, in *budgetInput) (*budgetOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	residents, err := a.whom(ctx, in.Resident)
	if err != nil {
		return nil, err
	}
	to := a.now().Add(time.Millisecond) // what began just now is among them
	b, err := a.trials.Budget(ctx, residents, to.AddDate(0, 0, -7*in.Weeks), to)
	if err != nil {
		return nil, a.failed(ctx, "count alerts", err)
	}
	return &budgetOutput{Body: b}, nil
}
