package panels_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// noon is in Shanghai.
var noon = time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)

// world is a book over resident Li, a panel of three (chair, second, third), a nurse who
// asks, and a clock that tests set.
type world struct {
	*testing.T
	db        *store.DB
	now       time.Time
	audit     *audit.Log
	users     *records.Users
	consents  *records.Consents
	care      *records.CareBook
	file      *healthfile.Book
	residents *records.Residents
	timeline  timeline.Store
	alerts    *someAlerts
	weeks     []panels.Week
	alarm     *bell
	shelf     string // where the papers are
	// reminders are those that Li has.
	reminders []panels.Standing
	made      panels.Change
	asked     int // how many questions were put
	book      *panels.Book
	consent   records.Consent
	who       map[string]records.User
}

// anyCare knows every word but the limit "nonsense".
type anyCare struct{}

func (anyCare) CheckCare(c records.Care) ([]store.Field, error) {
	if _, ok := c.Limits["nonsense"]; ok {
		return []store.Field{{Path: "limits.nonsense", Message: "is no threshold"}}, nil
	}
	return nil, nil
}

// someAlerts are what the tests say they were.
type someAlerts struct{ all []panels.Alert }

func (s *someAlerts) Of(_ context.Context, _ string, from, to time.Time, most int) ([]panels.Alert, error) {
	var of []panels.Alert
	for _, a := range s.all {
		if !a.BeganAt.Before(from) && a.BeganAt.Before(to) && len(of) < most {
			of = append(of, a)
		}
	}
	return of, nil
}

func (s *someAlerts) Counts(_ context.Context, rule string, since time.Time) (map[string]int, error) {
	n := 0
	for _, a := range s.all {
		if a.Rule == rule && !a.BeganAt.Before(since) {
			n++
		}
	}
	return map[string]int{"li": n}, nil
}

func (s *someAlerts) RuleName(string) (panels.Text, bool) {
	return panels.Text{EN: "High blood pressure", ZH: "血压偏高"}, true
}

// oneReminder keeps what is to be made of the first reminder that the world says there is.
type oneReminder struct{ w *world }

func (oneReminder) Check(context.Context, string, panels.Change) error { return nil }

func (m oneReminder) Is(context.Context, string, panels.Change) (string, error) {
	r := m.w.reminders[0]
	return panels.ReminderLine(r.Kind, r.What, r.Schedule), nil
}

func (m oneReminder) Make(_ context.Context, _ string, c panels.Change, _ panels.Order) (string, error) {
	m.w.made = c
	return "reminder " + c.Target, nil
}

func (oneReminder) Made(context.Context, string, panels.Change, panels.Order) (string, time.Time, error) {
	return "", time.Time{}, nil
}

// bell is what rings, by rule and key, and what ever did: each once by its key, as alerts
// are raised.
type bell struct {
	mu    sync.Mutex
	rings map[string]bool
	known map[string]bool
	rang  []string
	grave bool // the last one
	fails bool
}

func (b *bell) Raise(_ context.Context, l panels.Late) error {
	if b.fails {
		return errors.New("the bell is broken")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if id := fmt.Sprint(l.Rule, l.Key, l.Grave); !b.known[id] {
		b.known[id], b.rings[l.Rule], b.rang = true, true, append(b.rang, l.Rule)
	}
	b.grave = l.Grave
	return nil
}

func (b *bell) Lower(_ context.Context, l panels.Late) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.rings, l.Rule)
	return nil
}

// ringing are the rules that ring, in order.
func (b *bell) ringing() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.rings))
}

func eachWorld(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newWorld(t, db)) })
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{T: t, db: db, now: noon}
	w.build(func() time.Time { return w.now })
	return w
}

// build makes the world, by a clock.
func (w *world) build(clock func() time.Time) {
	t, db := w.T, w.db
	t.Helper()
	w.alerts, w.alarm, w.who = &someAlerts{}, &bell{rings: map[string]bool{}, known: map[string]bool{}}, map[string]records.User{}
	registry, err := devices.OpenRegistry(t.Context(), db, slog.New(slog.DiscardHandler))
	w.must(err)
	w.residents = records.NewResidents(db, registry)
	_, err = w.residents.Create(t.Context(), records.Resident{ID: "li", Name: "Li Hua", BirthDate: records.Date{Year: 1941, Month: 3, Day: 5}, Sex: "female", TimeZone: "Asia/Shanghai"})
	w.must(err)
	_, err = w.residents.Create(t.Context(), records.Resident{ID: "wang", Name: "Wang Fang", TimeZone: "Asia/Shanghai"})
	w.must(err)
	w.shelf = t.TempDir()
	shelf, err := papers.Open(w.shelf)
	w.must(err)
	w.timeline, err = timeline.OpenSQL(t.Context(), t.TempDir())
	w.must(err)
	t.Cleanup(func() { w.timeline.Close() })
	w.audit, w.users, w.consents = audit.NewLog(db, clock), records.NewUsers(db), records.NewConsents(db, clock)
	w.care, w.file = records.NewCareBook(db, anyCare{}, clock), healthfile.NewBook(db, shelf, clock)
	care := panels.CareMaker{Book: w.care}
	w.book = panels.NewBook(panels.Config{
		DB: db, Audit: w.audit, Users: w.users, Consents: w.consents, Alarm: w.alarm, Log: slog.New(slog.DiscardHandler), Now: clock,
		Sources: panels.Sources{
			Residents: w.residents, Readings: w.timeline, Alerts: w.alerts, File: w.file, Care: w.care,
			Thresholds: func(c records.Care) map[string]float64 {
				all := map[string]float64{"bp.high.systolic": 160, "bp.high.diastolic": 100}
				if slices.Contains(c.Conditions, "athlete") {
					all["bp.high.systolic"] = 145
				}
				for name, v := range c.Limits {
					all[name] = v
				}
				return all
			},
			Reminders: func(context.Context, string) ([]panels.Standing, error) { return w.reminders, nil },
			Scores:    func(context.Context, string) ([]panels.Score, error) { return nil, nil },
			Adherence: func(context.Context, string, time.Time) ([]panels.Week, error) { return w.weeks, nil },
		},
		Makers: map[panels.ChangeKind]panels.Maker{
			panels.OfLimit: care, panels.OfCondition: care, panels.OfPlan: care, panels.Referral: panels.ReferralMaker{Book: w.file}, panels.OfReminder: oneReminder{w},
		},
	})
	for _, name := range []string{"chair", "second", "third", "outsider"} {
		u, err := w.users.Add(t.Context(), records.User{Login: name, Name: name, Role: records.Expert})
		w.must(err)
		w.who[name] = u
	}
	w.panel(true)
	w.consent, err = w.consents.Give(t.Context(), records.Consent{Resident: "li", Purpose: records.Panel, GivenBy: "Li Hua", Capacity: records.ByResident, Manner: records.SignedIn})
	w.must(err)
}

// panel makes the panel "hearts", or a new version of it.
func (w *world) panel(active bool, members ...string) panels.Panel {
	w.Helper()
	if members == nil {
		members = []string{"chair", "second", "third"}
	}
	p := panels.Panel{ID: "hearts", Name: "Hearts", Active: active}
	for _, name := range members {
		p.Members = append(p.Members, panels.Member{User: w.who[name].ID, Speciality: "cardiology", Chair: name == "chair"})
	}
	keep := w.book.ChangePanel
	if _, err := w.book.Panel(w.Context(), p.ID); errors.Is(err, store.ErrNotFound) {
		keep = w.book.AddPanel
	}
	p, err := keep(w.Context(), p, records.Change{By: "admin"})
	w.must(err)
	return p
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks that err is a fault with this code that says text.
func (w *world) refused(err error, code, text string) {
	w.Helper()
	var fault *store.Fault
	if !errors.As(err, &fault) || fault.Code != code || !strings.Contains(err.Error(), text) {
		w.Errorf("%v\nwant code %s, saying %q", err, code, text)
	}
}

// measure gives Li a reading of her systolic pressure.
func (w *world) measure(at time.Time, v float64) {
	w.Helper()
	ms := at.UnixMilli()
	r := vitals.Report{Device: "cuff", Residents: []string{"li"}, Received: ms, Samples: []vitals.Sample{
		{At: ms, DeviceTime: ms, Values: []vitals.Value{{Metric: vitals.BPSystolic, Number: v}}},
	}}
	w.must(w.timeline.Append(w.Context(), []vitals.Report{r}, uint64(ms)))
}

// ask puts a question to the panel.
func (w *world) ask(changes ...func(*panels.Question)) panels.Consultation {
	w.Helper()
	w.asked++
	q := panels.Question{Resident: "li", Panel: "hearts", Text: fmt.Sprintf("Is the limit right? Asked for the %d. time.", w.asked), By: "nurse"}
	for _, change := range changes {
		change(&q)
	}
	c, err := w.book.Ask(w.Context(), q)
	w.must(err)
	return c
}

func inTurn(q *panels.Question) { q.Mode = panels.InTurn }

// limit would set the upper limit of systolic pressure.
func limit(to string) panels.View {
	return panels.View{
		Answer: panels.WouldChange, Text: "Lower it.", Reasons: "It is often high.", Confidence: panels.High,
		Changes: []panels.Change{{Kind: panels.OfLimit, Target: "bp.high.systolic", To: to}},
	}
}

// leave would change nothing.
func leave() panels.View {
	return panels.View{Answer: panels.WouldLeave, Text: "Leave it.", Reasons: "It is as it should be.", Confidence: panels.Moderate}
}

func (w *world) speaks(name, id string, v panels.View) panels.Opinion {
	w.Helper()
	o, err := w.book.Speak(w.Context(), w.who[name], id, v)
	w.must(err)
	return o
}

// advises publishes advice that sets the upper limit of systolic pressure.
func (w *world) advises(id, to string) panels.Advice {
	w.Helper()
	a, err := w.book.Advise(w.Context(), w.who["chair"], id, panels.Guidance{
		Text: "Set it to " + to, Plain: panels.Text{EN: "We will hear of it sooner."}, ReviewBy: records.Date{Year: 2026, Month: 12, Day: 27}, Changes: limit(to).Changes,
	})
	w.must(err)
	return a
}

func (w *world) status(id string) panels.Status {
	w.Helper()
	c, err := w.book.Consultation(w.Context(), id)
	w.must(err)
	return c.Status
}

// pass lets time pass, and has what is due done.
func (w *world) pass(d time.Duration) {
	w.Helper()
	w.now = w.now.Add(d)
	w.must(w.book.Look(w.Context()))
}
