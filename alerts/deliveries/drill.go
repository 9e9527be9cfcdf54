package deliveries

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// mostDrills bounds what is shown of a resident's drills.
const mostDrills = 20

// Pretence begins a drill: an alert of [alerts.DrillRule] as if the resident had called
// for help. It may be called again with the same id.
type Pretence interface {
	Drill(ctx context.Context, resident, id string) error
}

// Drill is a virtual SOS that went all the way to somebody's tap, or did not.
type Drill struct {
	Alert   string
	BeganAt time.Time
	// ToldAt is when a provider first had a message, AnsweredAt when somebody
	// answered; zero while that is not so.
	ToldAt, AnsweredAt time.Time
	By                 string // who answered: a user, or "contact:" and a contact
	EndedAt            time.Time
}

// Took is how long it took until somebody answered, 0 while nobody has.
func (d *Drill) Took() time.Duration {
	if d.AnsweredAt.IsZero() {
		return 0
	}
	return d.AnsweredAt.Sub(d.BeganAt)
}

// Drills begins drills and reads what came of them. A drill is told as an alert is,
// and says so wherever it is told; who taps "I have it" ends it.
type Drills struct {
	db       *store.DB
	alerts   *alerts.Alerts
	pretence Pretence
}

// NewDrills returns the drills in db.
func NewDrills(db *store.DB, pretence Pretence) *Drills {
	return &Drills{db: db, alerts: alerts.NewAlerts(db), pretence: pretence}
}

// Begin begins a drill for a resident, unless one is under way.
func (d *Drills) Begin(ctx context.Context, resident string) error {
	open, err := d.alerts.List(ctx, alerts.Query{Residents: []string{resident}, Rule: alerts.DrillRule, Open: true, Limit: 1})
	if err == nil && len(open) > 0 {
		err = &store.Fault{Kind: store.ErrConflict, Code: "drill.under_way", Entity: "resident", ID: resident, Detail: "a drill is under way: answer it first"}
	}
	if err == nil {
		err = d.pretence.Drill(ctx, resident, ulid.Make().String())
	}
	if err != nil {
		return fmt.Errorf("begin a drill for resident %s: %w", resident, err)
	}
	return nil
}

// Of are the last drills of a resident, newest first.
func (d *Drills) Of(ctx context.Context, resident string) ([]Drill, error) {
	all, err := d.alerts.List(ctx, alerts.Query{Residents: []string{resident}, Rule: alerts.DrillRule, Limit: mostDrills})
	if err != nil {
		return nil, fmt.Errorf("read the drills of resident %s: %w", resident, err)
	}
	drills := make([]Drill, len(all))
	for i := range all {
		if drills[i], err = d.report(ctx, all[i].ID); err != nil {
			return nil, fmt.Errorf("read the drills of resident %s: %w", resident, err)
		}
	}
	return drills, nil
}

func (d *Drills) report(ctx context.Context, alert string) (Drill, error) {
	a, err := d.alerts.One(ctx, alert)
	if err != nil {
		return Drill{}, err
	}
	drill := Drill{Alert: a.ID, BeganAt: a.BeganAt, EndedAt: a.ResolvedAt}
	for _, t := range a.Transitions {
		if t.Cause == engine.WasClaimed || t.Cause == engine.WasResolved {
			drill.AnsweredAt, drill.By = t.At, t.By
			break
		}
	}
	var first struct{ SentAt int64 }
	err = d.db.NewSelect().Model((*row)(nil)).ColumnExpr("coalesce(min(sent_at), 0) AS sent_at").Where("subject = ?", alert).Where("about = ?", OfAlert).Scan(ctx, &first)
	if err != nil {
		return drill, fmt.Errorf("read when alert %s was first told: %w", alert, err)
	}
	drill.ToldAt = store.Time(first.SentAt)
	return drill, nil
}
