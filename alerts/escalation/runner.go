package escalation

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Config is what a runner stands on.
type Config struct {
	DB       *store.DB
	Policies *Policies
	Circles  Circles
	Queue    Queue
	Feed     *alerts.Feed
	Log      *slog.Logger
	Now      func() time.Time
}

// Runner makes the steps of all alerts. Several may run on one database.
type Runner struct {
	Config
	woken chan struct{}
}

// NewRunner returns a runner that makes no steps before [Runner.Run].
func NewRunner(c Config) *Runner {
	return &Runner{Config: c, woken: make(chan struct{}, 1)}
}

const (
	// atOnce is how many alerts one transaction decides about: enough that its fixed
	// cost does not count in a storm, few enough that others get their turn to write.
	atOnce = 200
	// lookEvery is how often it is looked for what came about without a word: other
	// processes may write to the same database. A look costs six searches in indexes.
	lookEvery = 2 * time.Second
	// failedWait is how long is waited after something could not be decided.
	failedWait = 2 * time.Second
)

// Wake makes the runner look for what is due.
func (r *Runner) Wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// Run makes steps until ctx ends. What fails is tried again.
func (r *Runner) Run(ctx context.Context) error {
	watch, stop := r.Feed.Watch(func(string) bool { return true })
	defer stop()
	for {
		wait := lookEvery
		next, err := r.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			r.Log.Error("people may not be told of alerts; tried again soon", "error", err)
			wait = failedWait
		case !next.IsZero():
			wait = min(wait, max(next.Sub(r.Now()), 0))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-watch.Ready():
			watch.Take()
		case <-r.woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look decides about all alerts that have changed, or of which something is due,
// and returns when something is due next. What is grave comes first, also what
// begins while it is at work. One alert that cannot be decided about keeps no other
// from it.
func (r *Runner) look(ctx context.Context) (next time.Time, err error) {
	var done []string // that is not to be looked at again, for nothing can be decided
	var why error
	for {
		ids, err := r.waiting(ctx, done)
		if err != nil {
			return next, err
		}
		if len(ids) == 0 {
			break
		}
		n, err := r.decide(ctx, ids)
		if err == nil && n == 0 {
			done = append(done, ids...) // others were first
		}
		if err == nil {
			continue
		}
		for _, id := range ids {
			if _, err := r.decide(ctx, []string{id}); err != nil {
				done, why = append(done, id), fmt.Errorf("alert %s: %w", id, err)
			}
			if ctx.Err() != nil {
				return next, ctx.Err()
			}
		}
	}
	if why != nil {
		return next, why
	}
	return nextDue(ctx, r.DB)
}

// waiting are some alerts that have changed, or else of which something is due, but
// for those that are done.
func (r *Runner) waiting(ctx context.Context, done []string) ([]string, error) {
	ids, err := alerts.Untold(ctx, r.DB, done, atOnce)
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	return due(ctx, r.DB, r.Now(), done, atOnce)
}

// decided is what came of some alerts.
type decided struct {
	alerts   int // how many there was something to decide about
	tellings []Telling
	gaps     []string // of which it was found that nobody can be told but the service's staff
}

// decide makes what is to be told now of some alerts, in one transaction, and
// returns of how many there was anything.
func (r *Runner) decide(ctx context.Context, ids []string) (n int, err error) {
	var out decided
	err = r.DB.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		out, err = r.decideIn(ctx, tx, ids)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("decide whom to tell of alerts: %w", err)
	}
	if len(out.tellings) > 0 {
		r.Queue.Queued(out.tellings)
	}
	for _, alert := range out.gaps {
		r.Log.Error("nobody can be told of an alert but the service's staff", "alert", alert)
	}
	return out.alerts, nil
}

func (r *Runner) decideIn(ctx context.Context, tx bun.Tx, ids []string) (out decided, err error) {
	now := store.Time(r.Now().UnixMilli())
	news, err := alerts.ReadNews(ctx, tx, ids)
	if err != nil {
		return out, err
	}
	states, err := readStates(ctx, tx, ids)
	if err != nil {
		return out, err
	}
	news = slices.DeleteFunc(news, func(n alerts.News) bool {
		due := states[n.ID].Due
		return len(n.New) == 0 && (due.IsZero() || due.After(now)) // another runner was first
	})
	if out.alerts = len(news); out.alerts == 0 {
		return out, nil
	}
	circles, policies, err := r.around(ctx, tx, news, now)
	if err != nil {
		return out, err
	}
	var rows outcome
	for i := range news {
		n := &news[i]
		facts, circle := factsOf(n), circles[aboutOf(n)]
		d := Plan(states[n.ID], facts, &circle, policies.policy(subjectOf(n), n.Resident, n.Severity), now)
		rows.add(n.ID, d, now)
		out.tellings = append(out.tellings, d.tellings(&facts)...)
		if d.Gap {
			out.gaps = append(out.gaps, n.ID)
		}
	}
	if err := rows.write(ctx, tx); err != nil {
		return out, err
	}
	if err := alerts.MarkTold(ctx, tx, ids); err != nil {
		return out, err
	}
	if len(out.tellings) == 0 {
		return out, nil
	}
	return out, r.Queue.Queue(ctx, tx, out.tellings)
}

// around are the people and the policies of alerts.
func (r *Runner) around(ctx context.Context, tx bun.Tx, news []alerts.News, now time.Time) (map[About]Circle, *chosen, error) {
	var about []About
	var residents []string
	for i := range news {
		about = append(about, aboutOf(&news[i]))
		if news[i].Resident != "" {
			residents = append(residents, news[i].Resident)
		}
	}
	circles, err := r.Circles.Circles(ctx, tx, about, now)
	if err != nil {
		return nil, nil, err
	}
	policies, err := r.Policies.read(ctx, tx, residents)
	return circles, policies, err
}

func aboutOf(n *alerts.News) About {
	if n.Resident != "" {
		return About{Resident: n.Resident}
	}
	return About{Home: n.Home, Device: n.Device}
}

// subjectOf is what decides whom an alert is told.
func subjectOf(n *alerts.News) Subject {
	if n.Resident == "" || n.Tells == rules.Technician {
		return Equipment
	}
	return Residents
}

func factsOf(n *alerts.News) Facts {
	f := Facts{
		Alert: n.ID, About: aboutOf(n), Part: n.PartOf != "", Severity: n.Severity, Status: n.Status, BeganAt: n.BeganAt,
		ClaimedBy: n.ClaimedBy, ClaimedUntil: n.ClaimedUntil, SnoozedUntil: n.SnoozedUntil,
	}
	for _, t := range n.New {
		f.New = append(f.New, Change{At: t.At, Cause: t.Cause, By: t.By})
	}
	return f
}

// tellings are whom to tell what of a decision.
func (d *Decision) tellings(f *Facts) []Telling {
	var all []Telling
	hold := holdOf(f)
	for _, m := range d.Made {
		for _, contact := range m.Whom {
			all = append(all, Telling{
				Alert: f.Alert, Resident: f.About.Resident, Step: m.N, Stage: m.Stage, Round: m.Round, Contact: contact, Why: m.Why, Severity: d.State.Severity,
				Due: m.Due, At: m.At, Late: m.Late, Emergency: m.Emergency, Holder: hold.By, HeldUntil: hold.Until,
				Again: m.Again, Unanswered: m.unanswered() && hold.By == "",
			})
		}
	}
	return all
}

// Unreached notes in tx whom no channel reached. Where that is everybody of the
// newest step of an alert who can help, what comes next is due at once: after tx is
// committed, [Runner.Wake] is to be called.
func (r *Runner) Unreached(ctx context.Context, tx bun.Tx, lost []Lost) error {
	for _, l := range lost {
		left, news, err := unreached(ctx, tx, l)
		if err != nil {
			return err
		}
		if news && len(left) > 0 {
			helps, err := r.helps(ctx, tx, l.Alert, left)
			if err != nil {
				return fmt.Errorf("find who may still help with alert %s: %w", l.Alert, err)
			}
			news = !helps
		}
		if !news {
			continue
		}
		if err := hasten(ctx, tx, l, store.Time(r.Now().UnixMilli())); err != nil {
			return fmt.Errorf("go on with alert %s, since nobody was reached with step %d: %w", l.Alert, l.Step, err)
		}
	}
	return nil
}

// helps reports whether any of some contacts is not whom an alert is about.
func (r *Runner) helps(ctx context.Context, tx bun.Tx, alert string, contacts []string) (bool, error) {
	news, err := alerts.ReadNews(ctx, tx, []string{alert})
	if err != nil || len(news) == 0 {
		return false, err
	}
	about := aboutOf(&news[0])
	circles, err := r.Circles.Circles(ctx, tx, []About{about}, r.Now())
	circle := circles[about]
	return circle.helps(contacts), err
}

// Overdue is how long the step waits that should have been made first, or the
// change of an alert that somebody should have heard of; 0 when none waits.
func (r *Runner) Overdue(ctx context.Context) (time.Duration, error) {
	next, err := nextDue(ctx, r.DB)
	if err != nil {
		return 0, err
	}
	since, err := alerts.UntoldSince(ctx, r.DB)
	if err != nil {
		return 0, err
	}
	var waits time.Duration
	for _, at := range []time.Time{next, since} {
		if !at.IsZero() {
			waits = max(waits, r.Now().Sub(at))
		}
	}
	return waits, nil
}

// Unheard is of how many open alerts nobody can be told, the service's staff
// neither: there is nobody, or no channel reached one of them.
func (r *Runner) Unheard(ctx context.Context) (n int, err error) {
	ids, err := unheard(ctx, r.DB)
	return len(ids), err
}

// Retry makes the next step at once for the alerts of which nobody could be told: there
// may be somebody now. It returns how many there are.
func (r *Runner) Retry(ctx context.Context) (n int, err error) {
	err = r.DB.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		n, err = retry(ctx, tx, store.Time(r.Now().UnixMilli()))
		return err
	})
	if n > 0 && err == nil {
		r.Wake()
	}
	return n, err
}
