package alerts_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// house is a database with a judge on it, whose clock the test turns and which
// can be killed.
type house struct {
	t       testing.TB
	db      *store.DB
	set     *rules.Set
	judge   *alerts.Judge
	start   time.Time // of the story
	now     time.Time
	journal []alerts.Passed
	told    map[string]int // by alert and transition
	log     *slog.Logger

	residents []string
	fate      *rand.Rand
	aliases   map[string]string // of residents whose files went into others'
}

type sensors struct{}

func (sensors) Sensor(device string) (class, zone string) {
	if device == "radar" {
		return "radar", ""
	}
	return "", ""
}

func newHouse(t testing.TB, db *store.DB) *house {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, set: set, now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), told: map[string]int{}, log: slog.New(slog.DiscardHandler), fate: rand.New(rand.NewPCG(1, 1))}
	h.start = h.now
	h.open()
	return h
}

// reopened is a judge on what the database holds, as after a crash: it has heard
// nothing again yet.
func (h *house) reopened() *alerts.Judge {
	h.t.Helper()
	told := func(ts []engine.Transition) {
		for _, t := range ts {
			h.told[fmt.Sprint(t.Alert, t.N)]++
		}
	}
	j, err := alerts.OpenJudge(h.t.Context(), h.db, h.set, sensors{}, uint64(len(h.journal)), told, h.log, func() time.Time { return h.now })
	if err != nil {
		h.t.Fatal(err)
	}
	j.Alias(h.aliases)
	return j
}

// open begins anew from what the database holds, as after a crash.
func (h *house) open() {
	h.t.Helper()
	j := h.reopened()
	h.judge = j
	// It hears again what it had heard in other pieces, while the service around it
	// goes about its work already.
	for from := j.Cursor(); from < uint64(len(h.journal)); {
		h.enrol(h.residents...)
		if err := j.Tick(h.t.Context(), false); err != nil {
			h.t.Fatal(err)
		}
		if open := h.list(alerts.Query{Open: true}); len(open) > 0 {
			// What the tables hold is not known to the engine yet.
			if err := j.Claim(h.t.Context(), open[0].ID, "u9", h.now.Add(time.Minute)); err == nil {
				h.t.Fatal("claimed before all was heard again")
			}
		}
		to := min(from+1+h.fate.Uint64N(5), uint64(len(h.journal)))
		if err := j.Hear(h.t.Context(), h.journal[from:to]); err != nil {
			h.t.Fatal(err)
		}
		from = to
	}
}

func (h *house) enrol(residents ...string) {
	h.t.Helper()
	h.residents = residents
	profiles := map[string]alerts.Profile{}
	for _, r := range residents {
		profiles[r] = alerts.Profile{TimeZone: "Asia/Shanghai", BirthDate: "1941-03-05"}
	}
	if _, err := h.judge.Enrol(h.t.Context(), profiles); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) says(resident string, m vitals.Metric, n float64) {
	h.t.Helper()
	h.saysBy("d1", resident, m, n)
}

func (h *house) saysBy(device, resident string, m vitals.Metric, n float64) {
	h.t.Helper()
	h.journal = append(h.journal, alerts.Passed{Seq: uint64(len(h.journal) + 1), Report: vitals.Report{
		Device: device, Residents: []string{resident}, Received: h.now.UnixMilli(),
		Samples: []vitals.Sample{{At: h.now.UnixMilli(), Values: []vitals.Value{{Metric: m, Number: n}}}},
	}})
	if err := h.judge.Hear(h.t.Context(), h.journal[len(h.journal)-1:]); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tick() {
	h.t.Helper()
	if err := h.judge.Tick(h.t.Context(), true); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) list(q alerts.Query) []alerts.Alert {
	h.t.Helper()
	q.Limit = 1000
	all, err := alerts.NewAlerts(h.db).List(h.t.Context(), q)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func TestAnAlertsLife(t *testing.T) { storetest.Each(t, testAnAlertsLife) }

func testAnAlertsLife(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1")
	h.says("r1", vitals.SOSButton, 1)
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 || open[0].Rule.ID != "sos" || open[0].Severity != rules.Critical || open[0].Status != engine.Firing {
		t.Fatalf("open alerts: %+v", open)
	}
	id := open[0].ID
	if got := open[0].Message("zh-CN", alerts.About{Name: "李华"}); got != "李华按下了紧急呼叫按钮，请立即回应。" {
		t.Errorf("it tells %q", got)
	}
	ctx := t.Context()
	if err := h.judge.Snooze(ctx, id, "u1", h.now.Add(time.Hour)); err == nil {
		t.Error("a critical alert was snoozed")
	}
	if err := h.judge.Claim(ctx, id, "u1", h.now.Add(100*time.Hour)); err == nil {
		t.Error("an alert was claimed for days")
	}
	if err := h.judge.Claim(ctx, id, "u1", h.now.Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if a := h.list(alerts.Query{Open: true})[0]; a.Status != engine.Claimed || a.ClaimedBy != "u1" || !a.ClaimedUntil.Equal(h.now.Add(30*time.Minute)) {
		t.Errorf("claimed: %+v", a)
	}
	h.now = h.now.Add(31 * time.Minute)
	h.tick()
	if a := h.list(alerts.Query{Open: true})[0]; a.Status != engine.Firing || a.ClaimedBy != "" {
		t.Errorf("after the claim has run out: %+v", a)
	}
	if err := h.judge.Resolve(ctx, id, "u2", "maybe", ""); err == nil {
		t.Error("a verdict that is none was taken")
	}
	if err := h.judge.Resolve(ctx, id, "u2", engine.FalseAlarm, "sat on it"); err != nil {
		t.Fatal(err)
	}
	if err := h.judge.Claim(ctx, id, "u1", h.now.Add(time.Minute)); err == nil {
		t.Error("a resolved alert was claimed")
	}
	a, err := alerts.NewAlerts(h.db).Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var causes []engine.Cause
	for _, step := range a.Transitions {
		causes = append(causes, step.Cause)
	}
	if want := []engine.Cause{engine.Began, engine.WasClaimed, engine.ClaimExpired, engine.WasResolved}; !reflect.DeepEqual(causes, want) {
		t.Errorf("its life was %v, want %v", causes, want)
	}
	last := a.Transitions[3]
	if a.Open() || a.Verdict != engine.FalseAlarm || last.By != "u2" || last.Reason != "sat on it" {
		t.Errorf("resolved: %+v", a)
	}
	if len(h.list(alerts.Query{Open: true})) != 0 || len(h.list(alerts.Query{Residents: []string{"r1"}})) != 1 || len(h.list(alerts.Query{Residents: []string{"r2"}})) != 0 {
		t.Error("the lists do not agree")
	}
}

func TestOurLagIsNobodysSilence(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.says("r1", vitals.WaterLeak, 1)
	h.now = h.now.Add(time.Hour)
	if err := h.judge.Tick(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if open := h.list(alerts.Query{Open: true}); len(open) > 0 {
		t.Errorf("judged what was not heard yet: %+v", open)
	}
	h.tick()
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 {
		t.Errorf("open alerts: %+v", open)
	}
}

// TestEveryAlertOnceAfterCrashes does the same with and without crashes: the
// alerts and all their steps are to be the same, each told at most once.
func TestEveryAlertOnceAfterCrashes(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { testEveryAlertOnce(t, cfg) })
}

func testEveryAlertOnce(t *testing.T, cfg store.Config) {
	seeds := uint64(4)
	if cfg.URL != "" {
		seeds = 1
	}
	for seed := range seeds {
		calm, shaken := play(t, seed, false, storetest.Open(t, storetest.New(t))), play(t, seed, true, fresh(t, cfg))
		want, got := calm.list(alerts.Query{}), shaken.list(alerts.Query{})
		if len(want) < 5 {
			t.Fatalf("seed %d: only %d alerts", seed, len(want))
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d alerts after crashes, want %d", seed, len(got), len(want))
		}
		for i := range want {
			one, err := alerts.NewAlerts(calm.db).Get(t.Context(), want[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			other, err := alerts.NewAlerts(shaken.db).Get(t.Context(), want[i].ID)
			if err != nil || !reflect.DeepEqual(one, other) {
				t.Fatalf("seed %d: after crashes\n%+v, %v\nwant\n%+v", seed, other, err, one)
			}
		}
		for what, times := range shaken.told {
			if times != 1 {
				t.Errorf("seed %d: %s was told %d times", seed, what, times)
			}
		}
	}
}

// fresh is an empty database of the same kind.
func fresh(t *testing.T, cfg store.Config) *store.DB {
	if cfg.URL == "" {
		cfg = storetest.SQLite(t)
	}
	return storetest.Open(t, cfg)
}

func play(t *testing.T, seed uint64, crashes bool, db *store.DB) *house {
	h := newHouse(t, db)
	rng, fate := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	residents := []string{"r1", "r2", "r3"}
	h.enrol(residents...)
	sets := setsOfRules(t)
	for range 300 {
		h.now = h.now.Add(time.Duration(rng.IntN(240)) * time.Second)
		resident := residents[rng.IntN(len(residents))]
		switch rng.IntN(13) {
		case 12:
			h.change(t, sets[rng.IntN(len(sets))], crashes, fate)
		case 0:
			h.says(resident, vitals.SOSButton, 1)
		case 1:
			h.says(resident, vitals.WaterLeak, float64(rng.IntN(2)))
		case 2:
			h.says(resident, vitals.SpO2, 85+float64(rng.IntN(15)))
		case 3:
			h.says(resident, vitals.Smoke, float64(rng.IntN(2)))
		case 4, 5:
			h.tick()
		case 6, 7:
			if open := h.list(alerts.Query{Open: true}); len(open) > 0 {
				act(h, rng, open[rng.IntN(len(open))].ID)
			}
		default:
			h.says(resident, vitals.HeartRate, 90+float64(rng.IntN(60)))
		}
		if fate.IntN(15) == 0 {
			h.tick() // as the service's clock does all the time
			saves := fate.IntN(2) == 0
			if !crashes {
				continue
			}
			if saves {
				if err := h.judge.Save(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			h.open()
		}
	}
	h.now = h.now.Add(time.Hour)
	h.tick()
	return h
}

func act(h *house, rng *rand.Rand, alert string) {
	until := h.now.Add(time.Duration(1+rng.IntN(60)) * time.Minute)
	ctx := h.t.Context()
	switch rng.IntN(3) {
	case 0:
		_ = h.judge.Claim(ctx, alert, "u1", until)
	case 1:
		_ = h.judge.Resolve(ctx, alert, "u1", engine.TrueAlarm, "seen")
	default:
		_ = h.judge.Snooze(ctx, alert, "u1", until)
	}
}
