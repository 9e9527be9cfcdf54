package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// desk is where alerts are made ready to be read by one user.
type desk struct {
	s      *Service
	names  *alerts.Names
	who    records.User
	access records.Access
	users  map[string]web.User // those who were looked up
}

func (b alertBook) open(ctx context.Context, user web.User) (*desk, error) {
	who, err := b.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	return &desk{s: b.s, names: alerts.NewNames(b.s.Residents, b.s.Registry).Remembering(), who: who, access: b.s.access, users: map[string]web.User{"": {}}}, nil
}

// about is whom or what an alert is about.
type about struct {
	alerts.About
	resident string // the one whom it concerns, "" when there are others
	place    string // the device and the home, where it is about those
}

func (d *desk) mayAct(ctx context.Context, a alerts.Alert) (bool, error) {
	_, err := d.about(ctx, a, alerts.MayAct)
	if errors.Is(err, web.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// permission is one of [alerts.MayRead] and [alerts.MayAct].
type permission func(context.Context, records.Access, records.User, []records.Resident) bool

// about finds out whom an alert is about; web.ErrNotFound when the user has not
// the permission.
func (d *desk) about(ctx context.Context, a alerts.Alert, may permission) (about, error) {
	names, concerned, err := d.names.Of(ctx, a)
	if err != nil {
		return about{}, err
	}
	if !may(ctx, d.access, d.who, concerned) {
		return about{}, web.ErrNotFound
	}
	found := about{About: names}
	if found.Zone == nil {
		found.Zone = time.UTC
	}
	if len(concerned) == 1 {
		found.resident = concerned[0].ID
	}
	if a.Resident == "" {
		found.place, err = d.place(ctx, a, names, len(concerned) > 1)
	}
	return found, err
}

// place says where a trouble of a device or a home is, and whose it is where that
// is several.
func (d *desk) place(ctx context.Context, a alerts.Alert, names alerts.About, several bool) (string, error) {
	said := []string{names.Device}
	if a.Home != "" {
		home, err := d.s.Registry.Home(ctx, a.Home)
		if err != nil && !errors.Is(err, devices.ErrNotFound) {
			return "", fmt.Errorf("read the home of alert %s: %w", a.ID, err)
		}
		said = append(said, home.Name)
	}
	if several {
		said = append(said, names.Name)
	}
	said = slices.DeleteFunc(said, func(part string) bool { return part == "" })
	return strings.Join(said, " · "), nil
}

// user is somebody by what they did something as. Who is not there any more is told
// by that alone.
func (d *desk) user(ctx context.Context, id string) (web.User, error) {
	if u, ok := d.users[id]; ok {
		return u, nil
	}
	name, err := faces{d.s}.NameOf(ctx, id)
	if err != nil {
		return web.User{}, fmt.Errorf("read user %s: %w", id, err)
	}
	shown := web.User{ID: id, Name: name}
	if shown.Name == "" {
		shown.Name = id
	}
	d.users[id] = shown
	return shown, nil
}

func (d *desk) alert(ctx context.Context, a alerts.Alert) (web.Alert, error) {
	who, err := d.about(ctx, a, alerts.MayRead)
	if err != nil {
		return web.Alert{}, err
	}
	shown := web.Alert{
		ID: a.ID, Resident: who.resident, Place: who.place, Zone: who.Zone, Name: web.Text(a.Rule.Name),
		Message:  web.Text{EN: a.Message("en", who.About), ZH: a.Message("zh", who.About)},
		Why:      web.Text(a.Why(who.About)),
		Severity: web.Severity(a.Severity), Technical: a.Rule.Tells == rules.Technician,
		Since: a.Since, BeganAt: a.BeganAt, ResolvedAt: a.ResolvedAt, SnoozedUntil: a.SnoozedUntil, Verdict: web.Verdict(a.Verdict),
		Repeats: a.Repeats, RepeatedAt: a.RepeatedAt, Gone: a.Gone(d.s.rules.Current().Set),
	}
	if a.Status == engine.Claimed {
		if shown.Holder, err = d.user(ctx, a.ClaimedBy); err != nil {
			return shown, err
		}
		shown.HeldUntil = a.ClaimedUntil
	}
	for _, part := range a.Parts {
		under, err := d.alert(ctx, part)
		if err != nil {
			return shown, err
		}
		shown.Parts = append(shown.Parts, under)
	}
	return shown, nil
}

// file is all that is kept about an alert.
func (d *desk) file(ctx context.Context, a alerts.Alert) (web.AlertFile, error) {
	shown, err := d.alert(ctx, a)
	if err != nil {
		return web.AlertFile{}, err
	}
	file := web.AlertFile{Alert: shown, Whole: a.PartOf, Source: a.Rule.Source, Score: pageScore(a.Evidence.NEWS2)}
	if file.Steps, err = d.steps(ctx, &a); err != nil {
		return file, err
	}
	if shown.Gone {
		if file.Alike, err = d.alike(ctx, a); err != nil {
			return file, err
		}
	}
	if a.Rule.ID == gapRule && a.Open() {
		if file.Unreached, err = d.unreached(ctx); err != nil {
			return file, err
		}
	}
	if file.Telling, err = d.telling(ctx, a.ID); err != nil {
		return file, err
	}
	file.Scene = a.Scene.At
	if file.Arrived, err = d.user(ctx, a.Scene.By); err != nil {
		return file, err
	}
	for _, c := range a.Comments {
		by, err := d.user(ctx, c.By)
		if err != nil {
			return file, err
		}
		file.Comments = append(file.Comments, web.Comment{At: c.At, By: by, Text: c.Text})
	}
	file.Seen = seenOf(a.Evidence)
	for _, series := range a.Around {
		shown := web.Series{Metric: series.Metric}
		for _, p := range series.Points {
			shown.Points = append(shown.Points, web.Point{At: p.At, Value: p.Value, Marked: marksOf(p.Marks).Unfit()})
		}
		file.Series = append(file.Series, shown)
	}
	for _, bound := range a.Evidence.Bounds {
		if bound.Passed {
			file.Bounds = append(file.Bounds, web.Bound{Metric: bound.Metric, Fn: bound.Fn, Span: time.Duration(bound.Span), Op: bound.Op, Value: bound.Value})
		}
	}
	return file, nil
}

// unreached are the residents of whom nobody can be told, as far as the user may see
// how they are. Their names are on the page alone: the alert has none.
func (d *desk) unreached(ctx context.Context) (list []web.Unreached, err error) {
	gaps, err := d.s.prover.Gaps(ctx)
	if err != nil {
		return nil, err
	}
	for id, severity := range gaps {
		may, err := d.access.Sees(ctx, d.who, records.Status, id)
		if err != nil {
			return nil, err
		}
		resident, err := d.s.Residents.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !may {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, web.Unreached{ID: id, Name: resident.Name, Severity: web.Severity(severity)})
	}
	slices.SortFunc(list, func(a, b web.Unreached) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// alike is how many other alerts of a rule that is gone the user may close.
func (d *desk) alike(ctx context.Context, a alerts.Alert) (n int, err error) {
	others, err := alerts.NewAlerts(d.s.Records).LikeGone(ctx, a, d.s.rules.Current().Set)
	for _, other := range others {
		ok, err := d.mayAct(ctx, other)
		if err != nil {
			return 0, err
		}
		if ok {
			n++
		}
	}
	return n, err
}

func seenOf(e alerts.Evidence) (seen []vitals.Reading) {
	for _, r := range e.Readings {
		seen = append(seen, vitals.Reading{
			Device: r.Device, Metric: r.Metric, Number: r.Value, Marks: marksOf(r.Marks), At: r.At, Received: r.Received,
		})
	}
	return seen
}

func marksOf(names []string) vitals.Marks { return vitals.ParseMarks(strings.Join(names, ",")) }

func pageScore(s *alerts.Score) *web.Score {
	if s == nil {
		return nil
	}
	shown := &web.Score{Total: s.Total, Scale: s.Scale, Version: s.Version, Risk: string(s.Risk)}
	for _, p := range news2.Parameters() {
		shown.Parts = append(shown.Parts, web.ScorePart{Metric: p.Metric(), Points: s.Sub[p.String()]})
	}
	return shown
}

// kinds are what the causes are called on the pages.
var kinds = map[engine.Cause]web.StepKind{
	engine.Began: web.Began, engine.Worsened: web.Worsened, engine.Repeated: web.Repeated, engine.Cleared: web.Cleared,
	engine.WasClaimed: web.WasClaimed, engine.WasSnoozed: web.WasSnoozed, engine.WasResolved: web.WasResolved, engine.ClaimExpired: web.ClaimExpired, engine.SnoozeEnded: web.SnoozeEnded, engine.Withdrawn: web.Withdrawn,
	engine.Grouped: web.Grouped, engine.Ungrouped: web.Ungrouped,
}

func (d *desk) steps(ctx context.Context, a *alerts.Alert) ([]web.Step, error) {
	var steps []web.Step
	for _, t := range a.Transitions {
		by, err := d.user(ctx, t.By)
		if err != nil {
			return nil, err
		}
		step := web.Step{
			At: t.At, Kind: kinds[t.Cause], Severity: web.Severity(t.Severity), By: by, Until: t.Until, Verdict: web.Verdict(t.Verdict), Reason: t.Reason,
		}
		if step.Kind == web.ClaimExpired && t.By != "" {
			step.Kind = web.ClaimLost
		}
		if step.Kind == web.Repeated {
			step.Seen = seenOf(t.Evidence)
			if n := len(t.Evidence.Incidents); n > 0 { // oldest first
				step.What, step.Due = t.Evidence.Incidents[n-1].What, t.Evidence.Incidents[n-1].At
			}
		}
		steps = append(steps, step)
	}
	return steps, nil
}
