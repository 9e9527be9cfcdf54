package web_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// alertBook keeps alerts in memory as the pages' contract says, and tells whoever
// follows that one has changed.
type alertBook struct {
	now func() time.Time

	mu      sync.Mutex
	files   map[string]*web.AlertFile
	behind  time.Duration
	stopped []web.Part
	told    []web.Told // of the gravest alert, nil for the usual
	failing bool
	// unlisted is how many more are open.
	unlisted int
	// counted and listed are how often the open alerts were asked for.
	counted, listed int
	changed         map[chan string]struct{}
}

func newAlertBook(now func() time.Time) *alertBook {
	return &alertBook{now: now, files: map[string]*web.AlertFile{}, changed: map[chan string]struct{}{}}
}

// watch follows the ids of alerts that change.
func (b *alertBook) watch() (ids chan string, stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids = make(chan string, 100)
	b.changed[ids] = struct{}{}
	return ids, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.changed, ids)
	}
}

func (b *alertBook) tell(id string) {
	for ids := range b.changed {
		ids <- id
	}
}

// begin adds an alert, and tells of it.
func (b *alertBook) begin(f web.AlertFile) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Steps == nil {
		f.Steps = []web.Step{{At: f.BeganAt, Kind: web.Began, Severity: f.Severity}}
	}
	b.files[f.ID] = &f
	b.tell(f.ID)
}

// lag says that the judging is behind.
func (b *alertBook) lag(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.behind = by
}

// Told says that the gravest alert was told.
func (b *alertBook) Told(_ context.Context, _ web.User, alert string) ([]web.Told, error) {
	if alert != "01OXYGEN" {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.told != nil {
		return b.told, nil
	}
	began := b.now().Add(-12 * time.Minute)
	return []web.Told{
		{Name: "王芳", For: web.ToldForHelp, Stage: 1, Kind: "sms", Status: web.ToldFailed, At: began.Add(time.Minute), Attempts: 7, Answer: "the connection was refused"},
		{Name: "王芳", For: web.ToldForHelp, Stage: 2, Said: "Very low oxygen: 李秀英\nLow oxygen 86% for 李秀英. Call now.\n<At 11:48>", Kind: "email", Status: web.ToldSeen, At: began.Add(2 * time.Minute), Attempts: 1, Answer: "250 ok"},
		{Name: "李强", For: web.ToldWhoHasIt, Kind: "chat", Status: web.ToldSent, At: began.Add(time.Second), Attempts: 1, Digest: true},
		{Name: "", Status: web.ToldFailed, At: began, Answer: "no channel for this"},
	}, nil
}

func (b *alertBook) Behind() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.behind
}

// stop says that parts of Anxin do not move.
func (b *alertBook) stop(parts ...web.Part) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = parts
}

func (b *alertBook) Stopped() []web.Part {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stopped
}

func (b *alertBook) find(keep func(web.Alert) bool, order func(x, y web.Alert) int) ([]web.Alert, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failing {
		return nil, fmt.Errorf("the database is gone")
	}
	var found []web.Alert
	for _, f := range b.files {
		if f.Whole == "" && keep(f.Alert) {
			found = append(found, f.Alert)
		}
	}
	slices.SortFunc(found, order)
	return found, nil
}

func (b *alertBook) Open(context.Context, web.User) ([]web.Alert, int, error) {
	b.mu.Lock()
	b.listed++
	b.mu.Unlock()
	open, err := b.find(func(a web.Alert) bool { return a.ResolvedAt.IsZero() }, func(x, y web.Alert) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), x.BeganAt.Compare(y.BeganAt), cmp.Compare(x.ID, y.ID))
	})
	return open, b.unlisted, err
}

func (b *alertBook) OpenOf(ctx context.Context, user web.User, resident string) ([]web.Alert, error) {
	b.mu.Lock()
	b.listed++
	b.mu.Unlock()
	return b.find(func(a web.Alert) bool { return a.ResolvedAt.IsZero() && a.Resident == resident }, func(x, y web.Alert) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), x.BeganAt.Compare(y.BeganAt), cmp.Compare(x.ID, y.ID))
	})
}

func (b *alertBook) Count(ctx context.Context, user web.User) (counted web.Alarms, err error) {
	b.mu.Lock()
	b.counted++
	b.mu.Unlock()
	open, err := b.find(func(a web.Alert) bool { return a.ResolvedAt.IsZero() }, func(x, y web.Alert) int { return 0 })
	for _, a := range open {
		counted.N++
		counted.Worst = max(counted.Worst, a.Severity)
	}
	counted.N += b.unlisted
	return counted, err
}

func (b *alertBook) Resolved(_ context.Context, _ web.User, since time.Time, residents ...string) ([]web.Alert, error) {
	return b.find(func(a web.Alert) bool {
		return a.ResolvedAt.After(since) && (len(residents) == 0 || slices.Contains(residents, a.Resident))
	}, func(x, y web.Alert) int { return cmp.Or(y.ResolvedAt.Compare(x.ResolvedAt), cmp.Compare(x.ID, y.ID)) })
}

func (b *alertBook) Alert(_ context.Context, _ web.User, id string) (web.AlertFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.files[id]
	if !ok {
		return web.AlertFile{}, fmt.Errorf("alert %q: %w", id, web.ErrNotFound)
	}
	return *f, nil
}

// change does something about an open alert, and tells of it.
func (b *alertBook) change(id string, do func(*web.AlertFile)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.files[id]
	switch {
	case !ok:
		return fmt.Errorf("alert %q: %w", id, web.ErrNotFound)
	case !f.ResolvedAt.IsZero():
		return fmt.Errorf("alert %q: %w", id, web.ErrResolved)
	}
	do(f)
	b.tell(id)
	return nil
}

func (b *alertBook) Claim(_ context.Context, user web.User, id string, until time.Time) error {
	return b.change(id, func(f *web.AlertFile) {
		f.Holder, f.HeldUntil = user, until
		f.Steps = append(f.Steps, web.Step{At: b.now(), Kind: web.WasClaimed, Severity: f.Severity, By: user, Until: until})
	})
}

func (b *alertBook) Resolve(_ context.Context, user web.User, id string, verdict web.Verdict, reason string) error {
	return b.change(id, func(f *web.AlertFile) {
		f.ResolvedAt, f.Verdict = b.now(), verdict
		f.Steps = append(f.Steps, web.Step{At: b.now(), Kind: web.WasResolved, Severity: f.Severity, By: user, Verdict: verdict, Reason: reason})
	})
}

// ResolveGone closes all whose rules are gone: here there is one such rule.
func (b *alertBook) ResolveGone(ctx context.Context, user web.User, id string, verdict web.Verdict, reason string) error {
	gone, err := b.find(func(a web.Alert) bool { return a.Gone && a.ResolvedAt.IsZero() }, func(x, y web.Alert) int { return cmp.Compare(x.ID, y.ID) })
	for _, a := range gone {
		if err := b.Resolve(ctx, user, a.ID, verdict, reason); err != nil {
			return err
		}
	}
	return err
}

func (b *alertBook) Snooze(_ context.Context, user web.User, id string, until time.Time) error {
	b.mu.Lock()
	f, ok := b.files[id]
	critical := ok && f.Severity == web.Critical
	b.mu.Unlock()
	if critical {
		return fmt.Errorf("alert %q: %w", id, web.ErrCritical)
	}
	return b.change(id, func(f *web.AlertFile) {
		f.SnoozedUntil = until
		f.Steps = append(f.Steps, web.Step{At: b.now(), Kind: web.WasSnoozed, Severity: f.Severity, By: user, Until: until})
	})
}

func (b *alertBook) Arrive(_ context.Context, user web.User, id string) error {
	b.mu.Lock()
	mine := b.files[id] != nil && b.files[id].Holder.ID == user.ID
	b.mu.Unlock()
	if !mine {
		return fmt.Errorf("alert %q: %w", id, web.ErrNotYours)
	}
	return b.change(id, func(f *web.AlertFile) { f.Scene, f.Arrived = b.now(), user })
}

func (b *alertBook) Responses(context.Context, web.User, int) ([]web.ResponseWeek, error) {
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	return []web.ResponseWeek{
		{Team: "House 5", From: monday, Critical: 40, Soon: 39, Late: 39, Never: 1, SoonMet: true, Scenes: 3, SceneSoon: 2, Uncounted: 2},
		{From: monday.AddDate(0, 0, -7), Critical: 1, Soon: 1, Late: 1, SoonMet: true, LateMet: true},
	}, nil
}

func (b *alertBook) Comment(_ context.Context, user web.User, id, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.files[id]
	if !ok {
		return fmt.Errorf("alert %q: %w", id, web.ErrNotFound)
	}
	f.Comments = append(f.Comments, web.Comment{At: b.now(), By: user, Text: text})
	b.tell(id)
	return nil
}

// others are people beside the one who is signed in.
var otherNurse = web.User{ID: "u-2", Name: "Nurse Wu"}

// trouble gives the neighbourhood alerts of every kind, as of now.
func (n *neighbourhood) trouble() {
	now := n.now()
	oxygen := web.AlertFile{
		Alert: web.Alert{
			ID: "01OXYGEN", Resident: "r-li", Severity: web.Critical,
			Name:    web.Text{EN: "Very low oxygen", ZH: "血氧过低"},
			Message: web.Text{EN: "Low oxygen 86% for 李秀英. Call now.", ZH: "李秀英血氧过低 86%，请立即联系，气促或口唇发紫请拨打120。"},
			Since:   now.Add(-14 * time.Minute), BeganAt: now.Add(-12 * time.Minute),
			Parts: []web.Alert{{
				ID: "01BREATH", Resident: "r-li", Severity: web.Warning, Name: web.Text{EN: "Fast breathing", ZH: "呼吸偏快"},
				Message: web.Text{EN: "Breathing rate 23/min for 李秀英.", ZH: "李秀英呼吸频率 23 次/分，偏快，请观察。"}, BeganAt: now.Add(-10 * time.Minute),
			}},
			Why: web.Text{EN: "Oxygen saturation was 86 % at 11:47, twice below 92 % within 5 minutes.", ZH: "11:47 血氧饱和度 86 %，5 分钟内两次低于 92 %。"},
		},
		Source: "NEWS2 <=91=3",
		Seen: []vitals.Reading{
			{Resident: "r-li", Device: "band-1", Metric: vitals.SpO2, Number: 86, At: now.Add(-12 * time.Minute)},
			{Resident: "r-li", Device: "band-1", Metric: vitals.RespiratoryRate, Number: 23, At: now.Add(-12 * time.Minute)},
			{Resident: "r-li", Device: "cuff-1", Metric: vitals.BodyTemperature, Number: 36.55, At: now.Add(-2 * time.Hour), Marks: vitals.ClockWrong},
		},
		Score: &web.Score{Total: 5, Scale: 1, Version: "NEWS2-RCP-2017", Risk: "low_medium", Parts: []web.ScorePart{
			{Metric: vitals.RespiratoryRate, Points: 2}, {Metric: vitals.SpO2, Points: 3}, {Metric: vitals.SupplementalOxygen}, {Metric: vitals.BPSystolic},
			{Metric: vitals.HeartRate}, {Metric: vitals.Consciousness}, {Metric: vitals.BodyTemperature},
		}},
		Telling: web.Telling{
			Phase: web.TellingRuns, Policy: web.Text{EN: "Emergency: until somebody answers", ZH: "紧急：直到有人应答"},
			Next: now.Add(3 * time.Minute), Whom: []string{"林护士", "Nurse Wu"},
			Told: []web.ToldStep{
				{At: now.Add(-12 * time.Minute), Kind: web.ToldForHelp, Stage: 1, Whom: []string{"李小红"}, Unreached: []string{"李小红"}},
				{At: now.Add(-2 * time.Minute), Kind: web.ToldForHelp, Stage: 4, Late: true, Emergency: true, Whom: []string{"李小红", "Ada <Brown>"}},
			},
		},
		Bounds:   []web.Bound{{Metric: vitals.SpO2, Op: "<", Value: 92}},
		Comments: []web.Comment{{At: now.Add(-3 * time.Minute), By: otherNurse, Text: "Daughter called, is on her way."}},
	}
	for _, series := range []web.Series{{Metric: vitals.HeartRate}, {Metric: vitals.SpO2}, {Metric: vitals.BedPresence}} {
		for minute := -42; minute <= 0; minute += 2 {
			at := now.Add(time.Duration(minute) * time.Minute)
			point := web.Point{At: at, Value: map[vitals.Metric]float64{
				vitals.HeartRate: 74 + float64(minute%8), vitals.SpO2: 96, vitals.BedPresence: 1,
			}[series.Metric]}
			if series.Metric == vitals.SpO2 && minute > -16 {
				point.Value = 86
			}
			point.Marked = series.Metric == vitals.SpO2 && minute == -20
			series.Points = append(series.Points, point)
		}
		oxygen.Series = append(oxygen.Series, series)
	}
	n.alerts.begin(oxygen)
	n.alerts.begin(web.AlertFile{Alert: oxygen.Parts[0], Whole: oxygen.ID})
	n.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01CUFF", Resident: "r-brown", Severity: web.Warning, Name: web.Text{EN: "High blood pressure", ZH: "血压偏高"},
		Message: web.Text{EN: "Blood pressure 172/95 for Ada <Brown>.", ZH: "Ada <Brown> 血压 172/95，偏高。"},
		Since:   now.Add(-26 * time.Hour), BeganAt: now.Add(-25 * time.Hour), Holder: otherNurse, HeldUntil: now.Add(20 * time.Minute),
	}})
	n.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01SLEEP", Resident: "r-brown", Severity: web.Info, Name: web.Text{EN: "Short sleep", ZH: "睡眠不足"},
		Message: web.Text{EN: "Short sleep on several nights.", ZH: "近期多次睡眠不足，请关注。"},
		Since:   now.Add(-5 * time.Hour), BeganAt: now.Add(-5 * time.Hour), SnoozedUntil: now.Add(time.Hour), Gone: true,
	}, Alike: 2})
	n.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01BAND", Resident: "r-zhao", Place: "Bracelet", Severity: web.Warning, Technical: true, Name: web.Text{EN: "Device silent", ZH: "设备离线"},
		Message: web.Text{EN: "Bracelet of 赵德明 is offline since 09:00.", ZH: "赵德明的Bracelet自09:00离线，请检查。"},
		Since:   now.Add(-3 * time.Hour), BeganAt: now.Add(-150 * time.Minute),
	}})
	n.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01DARK", Place: "5-2 · 王芳, 王强", Zone: n.residents[0].Zone, Severity: web.Warning, Technical: true, Name: web.Text{EN: "Home dark", ZH: "全屋失联"},
		Message: web.Text{EN: "All devices of the home of 王芳, 王强 are silent since 10:40.", ZH: "王芳, 王强家中所有设备自10:40起失联。"},
		Since:   now.Add(-80 * time.Minute), BeganAt: now.Add(-50 * time.Minute),
	}})
	n.alerts.begin(web.AlertFile{
		Alert: web.Alert{
			ID: "01FALL", Resident: "r-zhao", Severity: web.Critical, Name: web.Text{EN: "Fall", ZH: "跌倒"},
			Message: web.Text{EN: "Fall detected for 赵德明 in the home. Call now.", ZH: "检测到赵德明在家中跌倒，请立即联系。"},
			Since:   now.Add(-8 * time.Hour), BeganAt: now.Add(-8 * time.Hour), ResolvedAt: now.Add(-7 * time.Hour), Verdict: web.FalseAlarm, Repeats: 1, RepeatedAt: now.Add(-477 * time.Minute),
		},
		Steps: []web.Step{
			{At: now.Add(-8 * time.Hour), Kind: web.Began, Severity: web.Critical},
			{At: now.Add(-477 * time.Minute), Kind: web.Repeated, Severity: web.Critical, Seen: []vitals.Reading{{Metric: vitals.FallEvent, Number: 1, At: now.Add(-477 * time.Minute)}}},
			{At: now.Add(-475 * time.Minute), Kind: web.WasClaimed, Severity: web.Critical, By: otherNurse, Until: now.Add(-445 * time.Minute)},
			{At: now.Add(-445 * time.Minute), Kind: web.ClaimExpired, Severity: web.Critical},
			{At: now.Add(-7 * time.Hour), Kind: web.WasResolved, Severity: web.Critical, By: otherNurse, Verdict: web.FalseAlarm, Reason: "Dropped the pendant."},
		},
	})
	n.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01HEART", Resident: "r-zhao", Severity: web.Warning, Name: web.Text{EN: "Fast heart", ZH: "心率偏快"},
		Message: web.Text{EN: "Heart rate 118/min for 赵德明.", ZH: "赵德明心率 118 次/分，偏快。"},
		Since:   now.Add(-50 * time.Hour), BeganAt: now.Add(-50 * time.Hour), ResolvedAt: now.Add(-49 * time.Hour),
	}})
}
